import { Failure } from '../../errors.ts';
import { findHint } from '../../input/hints.ts';
import { type Country, isLandline, type Phone, parsePhone } from '../../message/phone.ts';
import type { Finding } from './finding.ts';

/** What there is to say of a number, and the number where it is one. */
export type NumberFinding = Pick<Finding, 'verdict' | 'detail' | 'hint'> & { number: Phone | null };

/** Whether messages can go to a number, as people write it where the country is `home`, and may. */
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

/** What says who has opted out, by their number; null where nobody has, as far as is known here. */
export type OptOutLookup = (number: string) => Promise<string | null>;
