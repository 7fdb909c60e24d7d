import type { Column } from '../columns.ts';

/** Formats rows as one JSON array, indented by two spaces, with a newline at the end. */
export function formatDocument<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return `${stringifyJson(
    rows.map((row) => toObject(columns, row)),
    2,
  )}\n`;
}

/** Formats a row as an element of such an array, without the line end. */
export function formatElement<Row>(columns: readonly Column<Row>[], row: Row): string {
  return stringifyJson(toObject(columns, row), 2).replace(/^/gm, '  ');
}

/** Formats a row as one line of JSON Lines, with its newline. */
export function formatRow<Row>(columns: readonly Column<Row>[], row: Row): string {
  return `${stringifyJson(toObject(columns, row))}\n`;
}

/**
 * Formats any value as JSON that is safe for a terminal: characters that JSON does not escape but a terminal would
 * interpret (DEL, C1, direction marks, line separators) are escaped, so nothing is lost.
 */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function toObject<Row>(columns: readonly Column<Row>[], row: Row): object {
  return Object.fromEntries(columns.map((column) => [column.key, column.value(row)]));
}
