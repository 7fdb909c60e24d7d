/** One row of a file, as it stands there. */
export interface Row {
  /** The line it begins on, from 1, as an editor counts them. */
  readonly line: number;
  /**
   * In the order of the sheet's columns; '' where a cell is empty. Undefined, or not there at all, where JSON gives
   * null or does not name the column.
   */
  readonly cells: readonly (string | undefined)[];
  /** Why it cannot be used as it is: its cells do not fit the columns. They are as they stand all the same. */
  readonly problem: string | undefined;
}

/** A file of rows that is being read. */
export interface Sheet {
  /** What to call it in a complaint: its path, or `standard input`. */
  readonly name: string;
  /**
   * The names in the header, trimmed; '' for a column that has neither a name nor values. Rows of JSON may bring
   * columns of their own: those are added at the end, before the batch that has them, so that whoever looks at the
   * length with each batch sees it.
   */
  readonly columns: readonly string[];
  /**
   * In batches, so that a row costs no turn of the event loop.
   * @throws Failure `file.*`, behind the rows before it, the last of which may be missing
   */
  readonly rows: AsyncGenerator<readonly Row[]>;
}

/**
 * Columns that a file may have. Rows of JSON bring columns of their own, and each row holds a cell for every column:
 * a new name in each of many rows would fill the memory.
 */
export const maxColumns = 1_000;

/** Cells of a row, empty ones too: Excel has so many columns, and may write a delimiter for each. */
export const maxCells = 16_384;

/** The hint for a file with more columns than `maxColumns`, or rows with more cells than `maxCells`. */
export const columnsHint = 'is it a file of rows? a row is one message, and a column holds the same of each';

/** A row may take so many bytes, and no more is held: what is longer has lost a quote or is no file of rows. */
export const mostBytes = 1 << 20;

/** The columns that a file of rejects has before those of the file its rows are from. */
export const rejectsColumns = ['line', 'reason'] as const;

/** Tells whether a file is one of rejects. Its cells are written as `toLiteral` does. */
export function isRejects(columns: readonly string[]): boolean {
  return rejectsColumns.every((name, place) => columns[place] === name);
}
