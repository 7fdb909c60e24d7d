import { Failure } from '../../errors.ts';
import { findHint } from '../../input/hints.ts';
import { type Country, isLandline, type Phone, parsePhone } from '../../message/phone.ts';
import type { Finding } from './finding.ts';

/** The result of checking a number; `number` is null if it is invalid. */
export type NumberFinding = Pick<Finding, 'verdict' | 'detail' | 'hint'> & { number: Phone | null };

/** Checks whether messages can and may go to a number, which may lack the code of the country `home`. */
export async function checkNumber(
  value: string,
  home: Country | undefined,
  optedOut: OptOutLookup,
): Promise<NumberFinding> {
  try {
    const number = await parsePhone(value, home);
    const out = await optedOut(number);
    if (out !== null) return { verdict: 'wrong', detail: out, hint: removal, number };
    return (await isLandline(number))
      ? {
          verdict: 'warning',
          detail: `${number} is a landline`,
          hint: 'messages go to mobile phones',
          number,
        }
      : { verdict: 'ok', detail: `${number} is valid`, hint: null, number };
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return { verdict: 'wrong', detail: cause.message, hint: findHint(cause) ?? null, number: null };
  }
}

const removal = '`qlara optout remove` once they want messages again';

/** Returns a sentence about the opt-out of a number; null if the ledger knows none. */
export type OptOutLookup = (number: string) => Promise<string | null>;
