import { utf8Chunks } from './decode.ts';
import { headerLine } from './format.ts';
import { openRows } from './open.ts';
import type { Sheet } from './row.ts';

/** So many bytes are looked at to see what the first line is. */
const headBytes = 1 << 12;

/**
 * Reads rows as `openRows` does, and also a bare list: a number a line, without a line that names the column, which is
 * then called `to`.
 * @throws Failure as `openRows`
 */
export async function openNumbers(source: AsyncIterable<Buffer>, name: string): Promise<Sheet> {
  const chunks = utf8Chunks(source, name);
  const head = await chunks.next();
  const first = head.done ? '' : headerLine(head.value.toString('utf8', 0, headBytes));
  const isBare = isNumberAlone(first) && !/\.(jsonl|ndjson)$/i.test(name);
  const sheet = await openRows(whole(isBare, head, chunks), name);
  return isBare ? { ...sheet, rows: moved(sheet.rows) } : sheet;
}

/** What has that many digits names no column; it may be a number that is none, and must not go by as a header. */
function isNumberAlone(line: string): boolean {
  return /^[^,;\t{]*$/.test(line) && line.replace(/\D/g, '').length >= 4;
}

async function* whole(
  isBare: boolean,
  head: IteratorResult<Buffer>,
  chunks: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (isBare) yield Buffer.from('to\n');
  if (!head.done) yield head.value;
  yield* chunks;
}

/** The line in front was ours. */
async function* moved(rows: Sheet['rows']): Sheet['rows'] {
  for await (const batch of rows) yield batch.map((row) => ({ ...row, line: row.line - 1 }));
}
