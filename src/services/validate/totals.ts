import { formatParts } from '../../message/sms.ts';
import { type Finding, finding } from './finding.ts';
import type { CheckedRow, LeftOut } from './row-findings.ts';

/** The sum of the rows of a file. */
export class Totals {
  rows = 0;
  /** Rows that would not be sent. */
  wrong = 0;
  /** Rows that a send would leave out, by reason. */
  readonly #leftOut: Record<LeftOut, number> = {
    'opted out': 0,
    'window closed': 0,
    duplicate: 0,
    'sent before': 0,
  };
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
    else if (leftOut) this.#leftOut[leftOut]++;
    else if (findings.some(({ verdict }) => verdict === 'warning')) this.#warned++;
    if (!size || wrong || leftOut) return;
    this.#texts++;
    this.#parts += size.parts ?? 0;
    if (size.encoding === 'ucs2') this.#ucs2++;
  }

  /** Returns the code with which a send refuses the file; null if it sends rows, or has sent all of them before. */
  get refusal(): string | null {
    if (this.wrong > 0) return 'file.invalid';
    const { 'opted out': optedOut, 'window closed': closed, 'sent before': sent } = this.#leftOut;
    if (this.rows > this.#sumLeftOut()) return null;
    if (optedOut + closed > 0) return optedOut > 0 ? 'file.opted-out' : 'file.window-closed';
    return sent > 0 ? null : 'file.invalid';
  }

  #sumLeftOut(): number {
    return Object.values(this.#leftOut).reduce((sum, count) => sum + count, 0);
  }

  finding(): Finding {
    const leftOut = this.#sumLeftOut();
    const { refusal } = this;
    const counts = [
      `${this.rows} row${this.rows === 1 ? '' : 's'}`,
      `${this.wrong} invalid`,
      ...(leftOut > 0 ? [`${leftOut} left out`] : []),
      ...(this.#warned > 0 ? [`${this.#warned} with warnings`] : []),
      ...(this.#texts > 0 ? [`${formatParts(this.#parts)} of SMS`, `${this.#ucs2} in UCS-2`] : []),
    ];
    const verdict =
      refusal !== null ? 'wrong' : this.#warned + leftOut > 0 ? 'warning' : this.#ucs2 > 0 ? 'costly' : 'ok';
    const parts = this.#texts > 0 ? this.#parts : null;
    const rest = refusal !== null && this.wrong === 0 ? '; nothing is left to send' : '';
    return finding('file', this.#name, verdict, counts.join(', ') + rest, null, { parts, code: refusal });
  }
}
