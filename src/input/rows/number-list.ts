import { utf8Chunks } from './decode.ts';
import { headerLine } from './format.ts';
import { openRows } from './open.ts';
import type { Sheet } from './row.ts';

/** Bytes searched for the first line. */
const headBytes = 1 << 12;

/**
 * Reads rows like `openRows`, and also a plain list of one number per line without a header; its column is named `to`,
 * and each of its lines is one cell, since a spreadsheet may write a number with a comma.
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
  const isCell = /^[^,;\t{]*$/.test(line) || isNumberWithComma.test(line);
  return isCell && line.replace(/\D/g, '').length >= 4;
}

/** A number with decimals or in scientific notation, alone in its line. */
const isNumberWithComma = /^\s*\+?\d+,(?:\d{1,3}|\d*E\+?\d{1,2})\s*$/i;

async function* whole(
  isBare: boolean,
  head: IteratorResult<Buffer>,
  chunks: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (isBare) yield Buffer.from('to\n');
  if (!head.done) yield isBare ? quoteLines(head.value) : head.value;
  for await (const chunk of chunks) yield isBare ? quoteLines(chunk) : chunk;
}

/** Quotes each line of a chunk, which holds whole lines, so that it is one cell of CSV. */
function quoteLines(chunk: Buffer): Buffer {
  const text = chunk.toString('utf8');
  if (!/[,;\t"]/.test(text)) return chunk;
  return Buffer.from(text.replace(/[^\r\n]+/g, (line) => `"${line.replaceAll('"', '""')}"`));
}

/** Corrects line numbers for the header line that was added. */
async function* moved(rows: Sheet['rows']): Sheet['rows'] {
  for await (const batch of rows) yield batch.map((row) => ({ ...row, line: row.line - 1 }));
}
