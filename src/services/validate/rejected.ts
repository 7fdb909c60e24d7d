import type { Row } from '../../input/rows/row.ts';
import type { ValidatedRow } from './row-validator.ts';

/** A row that is left out, and why. */
export interface Rejected {
  row: Row;
  /** Null for a reason that is about the whole row. */
  column: string | null;
  reason: string;
}

/** Returns a row with the reasons of all its problems. */
export function rejectRow({ row, problems }: ValidatedRow, columns: readonly string[]): Rejected {
  const named = problems.map(({ place, failure }) => ({
    column: place === undefined ? null : (columns[place] ?? null),
    text: failure.message,
  }));
  const [first] = named;
  // One problem names its column apart; several name theirs within the reason.
  if (first && named.length === 1) return { row, column: first.column, reason: first.text };
  const texts = named.map(({ column, text }) => (column === null ? text : `${column}: ${text}`));
  return { row, column: null, reason: texts.join('; ') };
}
