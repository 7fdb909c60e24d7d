import { fail } from '../errors.ts';
import { nearest } from '../message/nearest.ts';
import type { Style } from './style.ts';

/** What a row has under a column, as a script reads it. */
export type Cell = string | number | boolean | null | readonly unknown[] | object;

/** One thing to tell about a row, declared once for every format and for help. */
export interface Column<Row> {
  /** The key in JSON and the header elsewhere. */
  key: string;
  summary: string;
  value(row: Row): Cell;
  /** For a person's table, where the bare value would not read well. May hold style. */
  show?(row: Row, style: Style): string;
  /** Whether a table has it when nobody asked for columns by name; true unless said otherwise. */
  inTable?: boolean;
  align?: 'left' | 'right';
}

/**
 * The columns with these keys, in this order, each of them for tables too; all columns without keys.
 * @throws Failure `columns.unknown`
 */
export function pickColumns<Row>(
  columns: readonly Column<Row>[],
  keys: readonly string[] | undefined,
): Column<Row>[] {
  if (keys === undefined) return [...columns];
  return [...new Set(keys)].map((key) => {
    const column = columns.find((column) => column.key === key);
    return column ? { ...column, inTable: true } : refuse(key, columns);
  });
}

function refuse<Row>(key: string, columns: readonly Column<Row>[]): never {
  const known = columns.map((column) => column.key);
  const meant = nearest(key, known);
  fail(
    'usage',
    'columns.unknown',
    `there is no column ${JSON.stringify(key)}`,
    meant ? `did you mean ${meant}?` : `there are ${known.join(', ')}`,
  );
}

/** The columns that a table has. */
export function formatCell<Row>(columns: readonly Column<Row>[]): Column<Row>[] {
  return columns.filter((column) => column.inTable !== false);
}

/** A cell as bare text: nothing for null, JSON for lists and objects. */
export function textOf(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** Returns the values of a row by the keys of its columns. */
export function rowObject<Row>(columns: readonly Column<Row>[], row: Row): Record<string, Cell> {
  return Object.fromEntries(columns.map((column) => [column.key, column.value(row)]));
}
