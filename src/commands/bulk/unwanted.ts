import type { Tally, Unwanted } from '../../flow/bulk/import.ts';
import type { Bulk } from '../../message/bulk.ts';
import { firstOf } from '../consent/words.ts';
import { many } from './amounts.ts';

/** Numbers named, at most: the file of rejects has all. */
const mostNamed = 3;

/** Who is left out for what is known of them: how many, and the first of them. */
export class LeftOut {
  readonly #first: Record<Unwanted['reason'], string[]> = { 'opted out': [], 'window closed': [] };

  add(unwanted: readonly Unwanted[]): void {
    for (const { reason, to } of unwanted)
      if (this.#first[reason].length < mostNamed) this.#first[reason].push(to);
  }

  /** What to say of them before a bulk is sent; `rejects` is the file they are listed in. */
  facts(tally: Tally, { forced }: Bulk, rejects: string | undefined): [label: string, text: string][] {
    const told = (
      reason: Unwanted['reason'],
      label: string,
      count: number,
      about = '',
    ): [string, string][] => {
      if (count === 0) return [];
      if (forced !== undefined)
        return [[label, `${many(count, 'row')}${about}, sent all the same: ${forced}`]];
      const listed = rejects ? `; written to ${rejects}` : '';
      return [[label, `${many(count, 'row')}${about}, left out: ${this.#named(reason, count)}${listed}`]];
    };
    return [
      ...told('opted out', 'opted out', tally.optedOut),
      ...told('window closed', 'window', tally.windowClosed, ' closed, 24 hours after they last wrote'),
    ];
  }

  #named(reason: Unwanted['reason'], count: number): string {
    return firstOf(this.#first[reason], count);
  }
}
