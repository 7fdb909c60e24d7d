import { type Country, isLandline, numberingPlans, type Phone, parsePhone } from './phone.ts';

/** What a destination is, as far as it is typed. */
export interface TypedPhone {
  /** Null as long as it is none. */
  number: Phone | null;
  /** With the gaps that its country writes; what was typed where it is no number. */
  shown: string;
  /** A few words on it: `Italy, mobile: 3 more digits?` */
  remark: string;
}

const international = 'begin with + and the country code, as in +39 390 123 4567';

/** Characters of a country code with its +, at most. */
const longestCode = 4;

/** Characters of a number with its country code, below which nothing is said against it (E.164). */
const fewest = 9;

/** More digits than these behind what is typed are not looked for. */
const longest = 12;

/**
 * Loads the numbering plans, and resolves to what tells at once what is typed. `home` is the country of numbers
 * without a country code.
 */
export async function describeTypedPhone(home?: Country): Promise<(typed: string) => Promise<TypedPhone>> {
  const { parsePhoneNumberFromString, getCountries, getCountryCallingCode } = await numberingPlans();
  const options = { ...(home && { defaultCountry: home }), extract: false };
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  const valid = (text: string) => {
    const parsed = parsePhoneNumberFromString(text, options);
    return parsed?.isValid() ? parsed : undefined;
  };

  /** `Italy, mobile`, of all of these numbers; nothing where they differ. */
  function kindOf(numbers: readonly (ReturnType<typeof valid> & object)[]): string {
    const one = <T>(values: readonly T[]) => (new Set(values).size === 1 ? values[0] : undefined);
    const country = one(numbers.map((number) => number.country));
    const type = one(numbers.map((number) => types[number.getType() ?? '']));
    return [country && names.of(country), type].filter(Boolean).join(', ');
  }

  /** What the fewest digits more would make of it, rather no landline: each digit is tried, over and over. */
  function completed(text: string): { more: number; kind: string } | undefined {
    let landline: { more: number; kind: string } | undefined;
    for (let more = 1; more <= longest; more++) {
      const found = Array.from({ length: 10 }, (_, digit) => valid(text + String(digit).repeat(more)));
      const numbers = found.filter((number) => number !== undefined);
      const others = numbers.filter((number) => number.getType() !== 'FIXED_LINE');
      if (others.length > 0) return { more, kind: kindOf(others) };
      if (numbers.length > 0) landline ??= { more, kind: kindOf(numbers) };
    }
    return landline;
  }

  /** What it would be without the fewest digits at its end. */
  function shortened(text: string): { less: number; kind: string } | undefined {
    for (let less = 1; less <= 3 && less < text.length; less++) {
      const number = valid(text.slice(0, -less));
      if (number) return { less, kind: kindOf([number]) };
    }
    return undefined;
  }

  function unfinished(text: string): string {
    if (text === '') return home ? `of ${names.of(home)}, or with + and another country code` : international;
    if (/[^\d\s().\-/+]/.test(text) || text.lastIndexOf('+') > 0) return 'not a phone number';
    const digits = text.replace(/[^\d+]/g, '');
    if (!digits.startsWith('+') && home === undefined) return international;
    const countries = digits.startsWith('+') ? countriesOf(digits.slice(1)) : [];
    if (countries.length > 0) return countries.length < 3 ? countries.join(' or ') : `country code ${digits}`;
    if (digits.startsWith('+') && digits.length < longestCode && !isBegun(digits))
      return 'the country code comes first';
    const ahead = completed(digits);
    if (ahead) return `${ahead.kind || 'not yet a number'}: ${counted(ahead.more)} more?`;
    const behind = shortened(digits);
    if (behind) return `${behind.kind || 'not a number'}: ${counted(behind.less)} too many?`;
    if (digits.startsWith('+') && !isBegun(digits)) return 'no country has this code';
    return digits.length < fewest ? 'not yet a number' : 'not a number so far: check the digits';
  }

  /** The names of the countries with this code. */
  function countriesOf(code: string): string[] {
    const countries = getCountries().filter((country) => getCountryCallingCode(country) === code);
    return countries.map((country) => names.of(country) ?? country);
  }

  /** Whether there is a country code at its beginning. */
  function isBegun(digits: string): boolean {
    return [1, 2, 3].some((length) => countriesOf(digits.slice(1, 1 + length)).length > 0);
  }

  return async (typed) => {
    const text = typed.trim();
    if (text === '') return { number: null, shown: '', remark: unfinished('') };
    const number = await parsePhone(text, home).catch(() => null);
    const parsed = number && valid(number);
    if (!parsed) return { number: null, shown: text, remark: unfinished(text) };
    const kind = kindOf([parsed]);
    const landline = (await isLandline(number)) ? '; messages go to mobile phones' : '';
    return {
      number,
      shown: parsed.formatInternational(),
      remark: `valid${kind && `: ${kind}`}${landline}`,
    };
  };
}

/** The types that a person knows, in their words. */
const types: Readonly<Record<string, string>> = {
  MOBILE: 'mobile',
  FIXED_LINE: 'landline',
  TOLL_FREE: 'toll-free',
  PREMIUM_RATE: 'premium rate',
  VOIP: 'internet telephony',
};

function counted(digits: number): string {
  return digits === 1 ? '1 digit' : `${digits} digits`;
}
