import { formatParts } from '../../message/sms.ts';
import { type Finding, finding } from './finding.ts';
import type { CheckedRow } from './row-findings.ts';

/** The sum of the rows of a file. */
export class Totals {
  rows = 0;
  /** Rows that would not be sent. */
  wrong = 0;
  /** Rows that a send would leave out. */
  leftOut = 0;
  #warned = 0;
  #ucs2 = 0;
  #parts = 0;
  /** How many rows had a text whose parts could be counted. */
  #texts = 0;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  add({ findings, wrong, leftOut, size }: CheckedRow): void {
    this.rows++;
    if (wrong) this.wrong++;
    else if (leftOut) this.leftOut++;
    else if (findings.some(({ verdict }) => verdict === 'warning')) this.#warned++;
    if (!size || wrong || leftOut) return;
    this.#texts++;
    this.#parts += size.parts ?? 0;
    if (size.encoding === 'ucs2') this.#ucs2++;
  }

  /** True if there is nothing to send. */
  get isEmpty(): boolean {
    return this.rows === this.wrong + this.leftOut;
  }

  finding(): Finding {
    const counts = [
      `${this.rows} row${this.rows === 1 ? '' : 's'}`,
      `${this.wrong} invalid`,
      ...(this.leftOut > 0 ? [`${this.leftOut} left out`] : []),
      ...(this.#warned > 0 ? [`${this.#warned} with warnings`] : []),
      ...(this.#texts > 0 ? [`${formatParts(this.#parts)} of SMS`, `${this.#ucs2} in UCS-2`] : []),
    ];
    const verdict =
      this.wrong > 0 || this.isEmpty
        ? 'wrong'
        : this.#warned + this.leftOut > 0
          ? 'warning'
          : this.#ucs2 > 0
            ? 'costly'
            : 'ok';
    const parts = this.#texts > 0 ? this.#parts : null;
    return finding('file', this.#name, verdict, counts.join(', '), null, { parts });
  }
}
