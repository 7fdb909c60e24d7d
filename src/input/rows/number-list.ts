import { utf8Chunks } from './decode.ts';
import { headerLine } from './format.ts';
import { openRows } from './open.ts';
import type { Sheet } from './row.ts';

/** Bytes searched for the first line. */
const headBytes = 1 << 12;

/**
 * Reads rows like `openRows`, and also a plain list of one number per line without a header; its column is named `to`.
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

/** Returns true for a line with so many digits that it is a number, even an invalid one, and not a header. */
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

/** Corrects line numbers for the header line that was added. */
async function* moved(rows: Sheet['rows']): Sheet['rows'] {
  for await (const batch of rows) yield batch.map((row) => ({ ...row, line: row.line - 1 }));
}
