import type { Column } from '../columns.ts';

/** Rows as one JSON array, for eyes too: two spaces a level, and a newline at the end. */
export function document<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return `${jsonText(
    rows.map((row) => object(columns, row)),
    2,
  )}\n`;
}

/** A row as `document` has it within its array, without the line end. */
export function element<Row>(columns: readonly Column<Row>[], row: Row): string {
  return jsonText(object(columns, row), 2).replace(/^/gm, '  ');
}

/** A row as one line of JSON Lines, with its newline. */
export function line<Row>(columns: readonly Column<Row>[], row: Row): string {
  return `${jsonText(object(columns, row))}\n`;
}

/**
 * Any value as JSON that a terminal may be shown: what JSON leaves bare and a terminal would obey (DEL, C1, marks of
 * direction, line separators) is escaped, so nothing is lost.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function object<Row>(columns: readonly Column<Row>[], row: Row): object {
  return Object.fromEntries(columns.map((column) => [column.key, column.value(row)]));
}
