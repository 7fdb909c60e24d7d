import { CsvError, Parser } from 'csv-parse';
import { Failure, fail } from '../../errors.ts';
import { fromLiteral } from '../../message/formula.ts';
import { normalizeName } from '../../message/placeholders.ts';
import { utf8Chunks } from './decode.ts';
import { type Delimiter, detectFormat, hasHeaderLine } from './format.ts';
import { jsonRows } from './jsonl.ts';
import { columnsHint, isRejects, maxCells, maxColumns, maxRowBytes, type Row, type Sheet } from './row.ts';

/** Maximum number of bytes searched for the header. */
const headBytes = 1 << 16;

/**
 * Reads rows from a stream of bytes, chunk by chunk. `name` is used in messages; its extension may determine the format.
 * @throws Failure `file.*` for errors up to the first row; `rows` throws for later ones
 */
export async function openRows(source: AsyncIterable<Buffer>, name: string): Promise<Sheet> {
  const chunks = utf8Chunks(source, name);
  try {
    const head = await headOf(chunks);
    const whole = following(head, chunks);
    const format = detectFormat(name, head.toString());
    const columns: string[] = [];
    const rows =
      format === 'json' ? jsonRows(whole, name, columns) : delimitedRows(whole, format, name, columns);
    const first = await rows.next();
    if (first.done) fail('usage', 'file.empty', `${name} has no rows`, 'the first line names the columns');
    const [row] = first.value;
    // Without columns, all rows are invalid: report the first error.
    if (columns.length === 0 && row?.problem !== undefined)
      fail(
        'usage',
        'file.invalid',
        `${name} is not JSON Lines; line ${row.line}: ${row.problem}`,
        "write one object per line; `jq -c '.[]' FILE` converts a JSON array",
      );
    return { name, columns, rows: following(first.value, rows) };
  } catch (cause) {
    await chunks.return(undefined);
    throw cause;
  }
}

async function headOf(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < headBytes && !hasHeaderLine(head.toString())) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* following<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** Yields the rows below the header, and adds the column names to `columns`. */
async function* delimitedRows(
  chunks: AsyncIterable<Buffer>,
  delimiter: Delimiter,
  name: string,
  columns: string[],
): AsyncGenerator<Row[]> {
  const reader = new Reader(delimiter, name, columns);
  for await (const chunk of withoutFormulas(chunks)) {
    const fault = await reader.feed(chunk);
    if (reader.rows.length > 0) yield reader.rows.splice(0);
    if (fault) throw fault;
  }
  const fault = await reader.feed(undefined);
  if (reader.rows.length > 0) yield reader.rows;
  if (fault) throw fault;
}

/** A cell that is a formula of one text, `="+39..."`: the way to keep a spreadsheet from changing a number. */
const formulaCell = /(?<=^|[,;\t\r\n])="([^",;\t\r\n]+)"(?=[,;\t\r\n]|$)/g;

const equalsSign = Buffer.from('=');

/**
 * Writes cells that are a formula of one text as quoted cells. The library refuses them, since their quotes are not at
 * the beginning. No valid cell has such a sequence: within quotes, a quote is written twice.
 */
async function* withoutFormulas(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  /** The beginning of a cell that may be such a formula, at the end of a chunk. */
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const joined = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    rest = Buffer.alloc(0);
    if (!joined.includes('="') && !joined.subarray(-1).equals(equalsSign)) {
      yield joined;
      continue;
    }
    const bytes = joined.toString('latin1');
    const open = /(?:^|[,;\t\r\n])(=(?:"[^",;\t\r\n]{0,100}"?)?)$/.exec(bytes)?.[1] ?? '';
    rest = Buffer.from(open, 'latin1');
    const closed = bytes.slice(0, bytes.length - open.length);
    yield Buffer.from(closed.replace(formulaCell, '"$1"'), 'latin1');
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('latin1').replace(formulaCell, '"$1"'), 'latin1');
}

/** State of the library for the current row; it is accessible but not declared. */
interface ParserState {
  /** True within quotes. */
  readonly quoting: boolean;
  /** True if the last byte is a line end that is not counted yet. */
  readonly wasRowDelimiter: boolean;
  readonly record: readonly string[];
  readonly field: { toString(encoding: 'utf8'): string };
  /** Expected number of cells. */
  expectedRecordLength: number;
}

/** Takes rows from the library's `push`: reading them from the stream would take twice the time. */
class Reader extends Parser {
  /** Rows not taken yet. */
  readonly rows: Row[] = [];
  readonly #name: string;
  readonly #columns: string[];
  readonly #isTabbed: boolean;
  #isRejects = false;
  /** Indexes of the columns without a name. */
  #nameless: number[] = [];
  /** Line on which the latest row ended, as the library counts. */
  #counted = 0;
  /** Lines that the library has counted twice: CR LF within quotes counts as two. */
  #surplus = 0;
  #refusal: Failure | undefined;

  /** State of the library's parser, which its types do not tell. */
  declare readonly state: ParserState;

  constructor(delimiter: Delimiter, name: string, columns: string[]) {
    super({
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      // In tab-separated values a quote is text. With quoting, a cell that begins with one would take in the next rows.
      ...(delimiter === '\t' && { quote: null }),
      skip_empty_lines: true,
      max_record_size: maxRowBytes,
    });
    this.#name = name;
    this.#columns = columns;
    this.#isTabbed = delimiter === '\t';
    // `feed` reports the error; without a listener it would also end the program.
    this.on('error', () => {});
  }

  /** Parses a chunk, or ends the input without one. Resolves to the error after the rows parsed so far. */
  feed(chunk: Buffer | undefined): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const done = (fault?: Error | null) =>
        resolve(this.#refusal ?? (fault ? this.#convertError(fault) : undefined));
      if (chunk) this.write(chunk, done);
      else this.end(done);
    });
  }

  override push(record: string[] | null): boolean {
    if (record === null) return super.push(null);
    const cells = this.#isTabbed ? record.map(unquoteCell) : record;
    // Rows may differ in length; the library would create an error with a stack for each.
    this.state.expectedRecordLength = cells.length;
    const ended = this.info.lines;
    let line = ended - this.#surplus;
    // More than one line since the previous row: blank lines, or line breaks within quotes.
    if (ended > this.#counted + 1) {
      const within = breaksIn(cells);
      this.#surplus += within.pairs;
      line -= within.pairs + within.lines;
    }
    this.#counted = ended;
    if (this.#refusal !== undefined) return true;
    if (cells.length > maxCells) {
      this.#refuseColumns(line, `more than ${maxCells.toLocaleString('en')} cells`);
      return true;
    }
    if (isBlank(cells)) return true;
    if (this.#columns.length === 0) this.#begin(cells, line);
    else this.#add(cells, line);
    return true;
  }

  #begin(cells: readonly string[], line: number): void {
    // A line that tells Excel the delimiter; it is not a header.
    if (cells.length === 2 && cells[0] === 'sep=' && cells[1] === '') return;
    this.#isRejects = isRejects(cells.map((cell) => cell.trim()));
    const names = cells.map((cell) => (this.#isRejects ? fromLiteral(cell) : cell).trim());
    if (names.findLastIndex((name) => name !== '') >= maxColumns) {
      this.#refuseColumns(line, `more than ${maxColumns.toLocaleString('en')} columns`);
      return;
    }
    this.#columns.push(...names);
    this.#nameless = names.flatMap((name, place) => (name === '' ? [place] : []));
    const twice = names.filter(
      (name, place) =>
        name !== '' && names.findIndex((other) => normalizeName(other) === normalizeName(name)) !== place,
    );
    if (twice.length > 0)
      this.#refuse(
        line,
        'file.columns',
        `more than one column is called ${[...new Set(twice)].map((name) => JSON.stringify(name)).join(' and ')}`,
        'give each column a name of its own',
      );
  }

  #add(cells: string[], line: number): void {
    const expected = this.#columns.length;
    let problem: string | undefined;
    if (cells.length !== expected) {
      // Empty cells at the end can be dropped without losing data.
      while (cells.length > expected && cells.at(-1) === '') cells.pop();
      if (cells.length !== expected)
        problem = `${cells.length} cell${cells.length === 1 ? '' : 's'}, the header has ${expected}`;
    }
    for (const place of this.#nameless)
      if (cells[place])
        this.#refuse(
          line,
          'file.columns',
          `column ${place + 1} has a value and no name`,
          'name it in the header',
        );
    if (this.#refusal !== undefined) return;
    this.rows.push({ line, cells: this.#isRejects ? cells.map(fromLiteral) : cells, problem });
  }

  #refuseColumns(line: number, message: string): void {
    this.#refuse(line, 'file.too-many-columns', message, columnsHint);
  }

  #refuse(line: number, code: string, message: string, hint: string): Failure {
    this.#refusal ??= new Failure('usage', code, `${this.#name}, line ${line}: ${message}`, hint);
    return this.#refusal;
  }

  /** Converts an error of the library, with the line as an editor counts it. */
  #convertError(fault: Error): Error {
    if (!(fault instanceof CsvError)) return fault;
    const { quoting, wasRowDelimiter, record, field } = this.state;
    const cell = field.toString('utf8');
    const open = fault.code === 'CSV_QUOTE_NOT_CLOSED';
    const counted = this.info.lines + (open && wasRowDelimiter ? 1 : 0);
    const here = counted - this.#surplus - breaksIn([...record, cell]).pairs;
    const opened = here - breaksIn([cell]).lines;
    const once = 'put the whole cell in quotes, and write each quote within it twice';
    if (open || (quoting && fault.code === 'CSV_MAX_RECORD_SIZE'))
      return this.#refuse(opened, 'file.unclosed-quote', 'the quote that opens here is never closed', once);
    if (fault.code === 'CSV_INVALID_CLOSING_QUOTE')
      return this.#refuse(opened, 'file.stray-quote', 'text after the closing quote of a cell', once);
    if (fault.code === 'CSV_MAX_RECORD_SIZE')
      return this.#refuse(here, 'file.row-too-long', 'longer than 1 MiB', 'is it a file of rows?');
    return this.#refuse(here, 'file.stray-quote', 'quote in the middle of a cell', once);
  }
}

/** Counts the line ends within cells, and those that are CR LF. */
function breaksIn(cells: readonly string[]): { lines: number; pairs: number } {
  let lines = 0;
  let pairs = 0;
  for (const cell of cells)
    for (const [end] of cell.matchAll(/\r\n|[\r\n]/g)) {
      lines++;
      if (end.length === 2) pairs++;
    }
  return { lines, pairs };
}

/** Removes the quotes that spreadsheets put around a cell of tab-separated values that holds quotes itself. */
function unquoteCell(cell: string): string {
  return /^"(?:[^"]|"")*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

function isBlank(cells: readonly string[]): boolean {
  for (const cell of cells) if (cell.trim() !== '') return false;
  return true;
}
