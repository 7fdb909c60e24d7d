import { Failure } from '../errors.ts';
import { destinationPlace, type Mapping, rowFields } from '../input/rows/columns.ts';
import type { Sheet } from '../input/rows/row.ts';
import type { OptOuts } from '../ledger/api.ts';
import type { OptOut } from '../message/opt-out.ts';
import type { Phone } from '../message/phone.ts';
import type { Rejected } from './validate/rejected.ts';

/** How rows become numbers. */
export interface OptOutImportOptions {
  mappings: readonly Mapping[];
  phone(text: string): Phone;
  /** Whether rows without a number are left out; else one of them keeps all from being kept. */
  skipInvalid: boolean;
}

/** What came of a list. */
export interface OptOutImport {
  rows: number;
  /** Opted out from now on. */
  added: number;
  /** Opted out before, or several times in the list. */
  known: number;
  invalid: number;
}

/** Numbers that are kept in one commit: who sends at the same time waits no longer for it than for one of its own. */
const portion = 10_000;

/**
 * Keeps the numbers of a list as opted out, once all of it has been read: `common` is what they have in common. Yields
 * what is wrong as it goes, and how many rows were read. Kept again they change nothing, so that a run that was cut
 * short is only to be repeated. Returns undefined, and has kept nothing, where rows are invalid and may not be skipped.
 * @throws Failure `file.*`, `map.*`, `ledger.unusable`
 */
export async function* importOptOuts(
  sheet: Sheet,
  { mappings, phone, skipInvalid }: OptOutImportOptions,
  common: Omit<OptOut, 'phone'>,
  optOuts: Pick<OptOuts, 'addList'>,
): AsyncGenerator<{ rows: number; rejected: readonly Rejected[] }, OptOutImport | undefined> {
  const numbers = new Numbers();
  let rows = 0;
  let invalid = 0;
  let width = -1;
  let place = 0;
  for await (const batch of sheet.rows) {
    if (sheet.columns.length !== width) {
      width = sheet.columns.length;
      place = placeIn(sheet, mappings);
    }
    const rejected: Rejected[] = [];
    for (const row of batch) {
      rows++;
      try {
        if (row.problem === undefined) numbers.add(phone(row.cells[place] ?? ''));
        else rejected.push({ row, column: null, reason: row.problem });
      } catch (cause) {
        if (!(cause instanceof Failure)) throw cause;
        rejected.push({ row, column: sheet.columns[place] ?? null, reason: cause.message });
      }
    }
    invalid += rejected.length;
    yield { rows, rejected };
  }
  if (invalid > 0 && !skipInvalid) return undefined;
  let added = 0;
  for (const some of numbers.inPortions(portion)) {
    added += await optOuts.addList(some, common);
    yield { rows, rejected: [] };
  }
  return { rows, added, known: rows - invalid - added, invalid };
}

/** The column with the numbers: a column alone may be called anything. */
function placeIn(sheet: Sheet, mappings: readonly Mapping[]): number {
  const fields = rowFields(sheet, mappings, ['message', 'template', 'from', 'id']);
  return sheet.columns.length === 1 ? (fields.to ?? 0) : destinationPlace(fields, sheet);
}

/** Numbers in eight bytes each: E.164 has 15 digits, which is exact up to 2^53. */
class Numbers {
  #all = new Float64Array(1_024);
  #count = 0;

  add(number: Phone): void {
    if (this.#count === this.#all.length) {
      const larger = new Float64Array(this.#all.length * 2);
      larger.set(this.#all);
      this.#all = larger;
    }
    this.#all[this.#count++] = Number(number.slice(1));
  }

  /** In their order, which is that of the table: it grows at its end. */
  *inPortions(size: number): Generator<string[]> {
    const sorted = this.#all.subarray(0, this.#count).sort();
    for (let at = 0; at < sorted.length; at += size)
      yield Array.from(sorted.subarray(at, at + size), (number) => `+${number}`);
  }
}
