import type { Column } from '../columns.ts';

/** An output format. Each function returns text to print. */
export interface Renderer {
  /**
   * `change`: a row as soon as there is one, and again for each change. `final`: one row for each message, at its final
   * state.
   */
  readonly rowsFor: 'change' | 'final';
  begin<Row>(columns: readonly Column<Row>[]): string;
  /** `index` counts the rows from 0. */
  row<Row>(columns: readonly Column<Row>[], row: Row, index: number): string;
  /** `count` is the number of rows printed. */
  end(count: number): string;
}
