/** One row of a file, unchanged. */
export interface Row {
  /** Line on which it begins, counted from 1 like in an editor. */
  readonly line: number;
  /** Cells in the order of the sheet's columns; '' if empty. Undefined or absent if JSON has null or no such field. */
  readonly cells: readonly (string | undefined)[];
  /** Reason why the row is invalid, such as a wrong number of cells. The cells are unchanged. */
  readonly problem: string | undefined;
}

/** An open file of rows. */
export interface Sheet {
  /** Name for messages: its path, or `standard input`. */
  readonly name: string;
  /**
   * Names in the header, trimmed; '' for a column with neither name nor values. Rows of JSON may add columns: they are
   * appended before the batch that has them, so that a check of the length with each batch finds them.
   */
  readonly columns: readonly string[];
  /**
   * Rows in batches, to avoid an event-loop turn per row.
   * @throws Failure `file.*` after the rows before the error, of which the last may be missing
   */
  readonly rows: AsyncGenerator<readonly Row[]>;
}

/**
 * Maximum number of columns of a file. Rows of JSON may add columns, and each row has a cell for every column, so a new
 * name in each of many rows would fill the memory.
 */
export const maxColumns = 1_000;

/** Maximum number of cells of a row, including empty ones: the columns of Excel, which may write a delimiter for each. */
export const maxCells = 16_384;

/** The hint for a file with more columns than `maxColumns`, or rows with more cells than `maxCells`. */
export const columnsHint = 'check that it is a file with one message per row and one field per column';

/** Maximum size of a row, in bytes. A longer row lacks a quote, or the file has no rows. */
export const maxRowBytes = 1 << 20;

/** Columns that a rejects file has before those of the input file. */
export const rejectsColumns = ['line', 'reason'] as const;

/** Returns true for the columns of a rejects file, whose cells are written by `toLiteral`. */
export function isRejects(columns: readonly string[]): boolean {
  return rejectsColumns.every((name, place) => columns[place] === name);
}
