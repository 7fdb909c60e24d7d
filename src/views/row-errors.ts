import { pluralize } from '../output/units.ts';
import type { Rejected } from '../services/validate/rejected.ts';

/** Reasons told one by one, at most. */
const mostTold = 10;

/** What is wrong with rows: what holds for many is told once. */
export class RowErrors {
  readonly #known = new Map<string, { first: string; others: number }>();

  add(rejected: readonly Rejected[]): void {
    for (const { row, column, reason } of rejected) {
      const what = `${column === null ? '' : `${column}: `}${reason}`;
      const known = this.#known.get(what);
      if (known) known.others++;
      else if (this.#known.size < mostTold)
        this.#known.set(what, { first: `line ${row.line}${column === null ? '' : ','} ${what}`, others: 0 });
    }
  }

  lines(): string[] {
    return [...this.#known.values()].map(({ first, others }) =>
      others > 0 ? `${first} (and ${pluralize(others, 'more row')})` : first,
    );
  }
}
