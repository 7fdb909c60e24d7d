import { Failure } from '../../errors.ts';
import { type Country, isLandline, type Phone, phone } from '../../message/phone.ts';
import type { Finding } from './finding.ts';

/** What there is to say of a number, and the number where it is one. */
export type Number = Pick<Finding, 'verdict' | 'detail' | 'hint'> & { number: Phone | null };

/** Whether messages can go to a number, as people write it where the country is `home`. */
export async function ofNumber(value: string, home: Country | undefined): Promise<Number> {
  try {
    const number = await phone(value, home);
    return (await isLandline(number))
      ? { verdict: 'wrong', detail: `${number} is a landline`, hint: 'messages go to mobile phones', number }
      : { verdict: 'ok', detail: `${number} is valid`, hint: null, number };
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return { verdict: 'wrong', detail: cause.message, hint: cause.hint ?? null, number: null };
  }
}
