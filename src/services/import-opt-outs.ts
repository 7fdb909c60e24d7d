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
  /** True to skip rows without a number; otherwise one such row fails the whole import. */
  skipInvalid: boolean;
}

/** The result of an import. */
export interface OptOutImport {
  rows: number;
  /** Numbers newly opted out. */
  added: number;
  /** Numbers opted out before, and repeated rows. */
  known: number;
  invalid: number;
}

/** Numbers recorded in one commit: a larger one would delay a process that sends at the same time. */
const numbersPerCommit = 10_000;

/**
 * Reads a whole list, then records its numbers as opted out, each with the fields in `common`. Yields the rows read so
 * far and the rejected ones. Recording a number again changes nothing, so an interrupted import can be repeated. Returns
 * undefined, with nothing recorded, if rows are invalid and may not be skipped.
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
      place = findPlace(sheet, mappings);
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
  for (const some of numbers.portions(numbersPerCommit)) {
    added += await optOuts.addList(some, common);
    yield { rows, rejected: [] };
  }
  return { rows, added, known: rows - invalid - added, invalid };
}

/** Returns the column with the numbers. A file with one column may call it anything. */
function findPlace(sheet: Sheet, mappings: readonly Mapping[]): number {
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

  /** Yields the numbers in ascending order, which is the order of the table: inserting is fastest that way. */
  *portions(size: number): Generator<string[]> {
    const sorted = this.#all.subarray(0, this.#count).sort();
    for (let at = 0; at < sorted.length; at += size)
      yield Array.from(sorted.subarray(at, at + size), (number) => `+${number}`);
  }
}
