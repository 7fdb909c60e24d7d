import { fail } from '../errors.ts';
import { findNearest } from '../message/nearest.ts';
import type { Style } from './style.ts';

/** Value of a cell, as scripts read it. */
export type Cell = string | number | boolean | null | readonly unknown[] | object;

/** A column of rows, declared once for every format and for help. */
export interface Column<Row> {
  /** Key in JSON, and header in other formats. */
  key: string;
  summary: string;
  value(row: Row): Cell;
  /** Formats the value for a table where the plain value would not read well. The result may be styled. */
  show?(row: Row, style: Style): string;
  /** True if tables show it by default; default true. */
  inTable?: boolean;
  align?: 'left' | 'right';
}

/**
 * Returns the columns with these keys, in this order and all for tables; all columns if `keys` is undefined.
 * @throws Failure `columns.unknown`
 */
export function pickColumns<Row>(
  columns: readonly Column<Row>[],
  keys: readonly string[] | undefined,
): Column<Row>[] {
  if (keys === undefined) return [...columns];
  return [...new Set(keys)].map((key) => {
    const column = columns.find((column) => column.key === key);
    return column ? { ...column, inTable: true } : failUnknown(key, columns);
  });
}

function failUnknown<Row>(key: string, columns: readonly Column<Row>[]): never {
  const known = columns.map((column) => column.key);
  const meant = findNearest(key, known);
  fail(
    'usage',
    'columns.unknown',
    `--columns: unknown column ${JSON.stringify(key)}`,
    meant ? `did you mean ${meant}?` : `available columns: ${known.join(', ')}`,
  );
}

/** Returns the columns that tables show. */
export function selectTableColumns<Row>(columns: readonly Column<Row>[]): Column<Row>[] {
  return columns.filter((column) => column.inTable !== false);
}

/** Formats a cell as plain text: empty for null, JSON for lists and objects. */
export function formatCell(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** Returns the values of a row by the keys of its columns. */
export function rowObject<Row>(columns: readonly Column<Row>[], row: Row): Record<string, Cell> {
  return Object.fromEntries(columns.map((column) => [column.key, column.value(row)]));
}
