import { Failure } from '../../errors.ts';
import { findTooDeep, parseJson, tooDeepMessage } from '../../message/nesting.ts';
import { columnsHint, maxColumns, type Row } from './row.ts';

/** Number of rows without any column after which the first batch is yielded anyway. */
const maxRowsWithoutColumn = 1_000;

/**
 * Reads JSON Lines in batches: one object per line with text, numbers and booleans; null counts as absent. Chunks must
 * consist of whole lines. Adds new names to `columns`. Any other line is a row with a problem.
 * @throws Failure `file.too-many-columns`, naming the line
 */
export async function* jsonRows(
  chunks: AsyncIterable<Buffer>,
  name: string,
  columns: string[],
): AsyncGenerator<Row[]> {
  const places = new Map<string, number>();
  let line = 0;
  let rows: Row[] = [];
  for await (const chunk of chunks) {
    let tooMany = false;
    for (const text of chunk
      .toString()
      .replace(/\r?\n$|\r$/, '')
      .split(/\r\n|[\r\n]/)) {
      line++;
      const row = text.trim() === '' ? undefined : rowOf(text, line, columns, places);
      tooMany = columns.length > maxColumns;
      if (tooMany) break;
      if (row) rows.push(row);
    }
    // The first batch must have the columns, if there are any.
    if (columns.length > 0 || rows.length >= maxRowsWithoutColumn) {
      if (rows.length > 0) yield rows;
      rows = [];
    }
    if (tooMany)
      throw new Failure(
        'usage',
        'file.too-many-columns',
        `${name}, line ${line}: more than ${maxColumns.toLocaleString('en')} different names in the file`,
        columnsHint,
      );
  }
  if (rows.length > 0) yield rows;
}

function rowOf(text: string, line: number, columns: string[], places: Map<string, number>): Row {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    if (findTooDeep(text) !== undefined) return { line, cells: [], problem: tooDeepMessage };
    return { line, cells: [], problem: `not JSON at column ${findErrorColumn(text, messageOf(cause))}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { line, cells: [], problem: 'not a JSON object' };
  const cells: (string | undefined)[] = new Array(columns.length).fill(undefined);
  let problem: string | undefined;
  const literals = scientificLiterals(text);
  for (const [key, cell] of Object.entries(value)) {
    const column = key.trim();
    let place = places.get(column);
    if (place === undefined) {
      if (columns.length > maxColumns) break;
      place = columns.push(column) - 1;
      places.set(column, place);
    }
    if (typeof cell === 'string') cells[place] = cell;
    else if (cell !== null) {
      // `String` throws for an object with a field `toString`.
      cells[place] = typeof cell === 'object' ? JSON.stringify(cell) : (literals.get(cell) ?? String(cell));
      problem ??= faultOf(cell, JSON.stringify(key));
    }
  }
  return { line, cells, problem };
}

/**
 * Returns the numbers in scientific notation as they are written: `3.93E+11` may be a number of a phone that lost its
 * digits, which `393000000000` would hide.
 */
function scientificLiterals(text: string): ReadonlyMap<unknown, string> {
  const found = text.match(/(?<=[:\s])-?\d+(?:\.\d+)?[eE][+-]?\d+(?=\s*[,}])/g) ?? [];
  return new Map(
    found.flatMap((literal) => (Number.isFinite(Number(literal)) ? [[Number(literal), literal]] : [])),
  );
}

function faultOf(cell: unknown, name: string): string | undefined {
  if (typeof cell === 'object') return `${name} is ${Array.isArray(cell) ? 'a list' : 'an object'}, not text`;
  // A JavaScript number cannot hold 17 digits, so a wrong value would be sent.
  if (typeof cell === 'number' && (!Number.isFinite(cell) || Math.abs(cell) > Number.MAX_SAFE_INTEGER))
    return `${name} is too large for a number: put it in quotes`;
  return undefined;
}

/** Returns the column, from 1, at which a text stops being valid JSON. */
function findErrorColumn(text: string, message: string): number {
  const position = positionIn(message);
  if (position !== undefined) return position + 1;
  // The parser does not always report the position. Search the longest prefix that is still incomplete JSON: adding a
  // character that is never allowed then fails at that character.
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good + 1;
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(`${text}\u0001`);
    return false;
  } catch (cause) {
    const message = messageOf(cause);
    return message.includes("token '\u0001'") || positionIn(message) === text.length;
  }
}

function positionIn(message: string): number | undefined {
  const [, digits] = /at position (\d+)/.exec(message) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
