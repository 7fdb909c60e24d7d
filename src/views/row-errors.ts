import { pluralize } from '../output/units.ts';
import type { Rejected } from '../services/validate/rejected.ts';

/** Maximum number of different errors listed. */
const maxListed = 10;

/** Collects errors in rows and lists each different one once. */
export class RowErrors {
  readonly #known = new Map<string, { first: string; others: number }>();

  add(rejected: readonly Rejected[]): void {
    for (const { row, column, reason } of rejected) {
      const what = `${column === null ? '' : `${column}: `}${reason}`;
      const known = this.#known.get(what);
      if (known) known.others++;
      else if (this.#known.size < maxListed)
        this.#known.set(what, { first: `line ${row.line}${column === null ? ':' : ','} ${what}`, others: 0 });
    }
  }

  lines(): string[] {
    return [...this.#known.values()].map(({ first, others }) =>
      others > 0 ? `${first} (and ${pluralize(others, 'more row')})` : first,
    );
  }
}
