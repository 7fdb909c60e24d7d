import { Failure } from '../../errors.ts';
import { findTooDeep, parseJson, tooDeepMessage } from '../../message/nesting.ts';
import { columnsHint, maxColumns, type Row } from './row.ts';

/** Rows at the beginning of which none is an object, before it is given up to wait for one. */
const maxRowsWithoutColumn = 1_000;

/**
 * The rows of JSON Lines, in batches: an object a line, whose values are text, numbers, true or false; null is not
 * given. Each chunk is of whole lines. Names that were not met before are added to `columns`. A line that is none of
 * this is a row with a problem.
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
    // The first batch is to show the columns, if there are any.
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
    return { line, cells: [], problem: `not JSON at column ${faultIn(text, messageOf(cause))}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { line, cells: [], problem: 'not a JSON object' };
  const cells: (string | undefined)[] = new Array(columns.length).fill(undefined);
  let problem: string | undefined;
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
      cells[place] = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
      problem ??= faultOf(cell, JSON.stringify(key));
    }
  }
  return { line, cells, problem };
}

function faultOf(cell: unknown, name: string): string | undefined {
  if (typeof cell === 'object') return `${name} is ${Array.isArray(cell) ? 'a list' : 'an object'}, not text`;
  // 17 digits do not survive as a number of JavaScript, and a wrong one would be sent.
  if (typeof cell === 'number' && (!Number.isFinite(cell) || Math.abs(cell) > Number.MAX_SAFE_INTEGER))
    return `${name} is too large for a number: put it in quotes`;
  return undefined;
}

/** The column, from 1, at which a text stops being JSON. */
function faultIn(text: string, message: string): number {
  const told = positionIn(message);
  if (told !== undefined) return told + 1;
  // The parser does not always say where. It is the longest beginning that something could still follow, which
  // shows when a character follows that can stand nowhere.
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
