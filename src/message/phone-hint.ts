import { type Country, isLandline, loadNumberingPlans, openPhoneParser, type Phone } from './phone.ts';
import { foldPhoneText } from './phone-text.ts';

/** A phone number as typed so far. */
export interface TypedPhone {
  /** Parsed number; null while it is invalid. */
  number: Phone | null;
  /** Number with its country's spacing; the text as typed while it is invalid. */
  formatted: string;
  /** Short description or problem, such as `Italy, mobile: 3 more digits?`. */
  hint: string;
}

const international = 'begin with + and the country code, as in +39 390 123 4567';

/** Longest country code, with its `+`. */
const maxCountryCodeChars = 4;

/** Shortest number with its country code that is called wrong (E.164). */
const minPhoneChars = 9;

/** Missing digits that are tried at most. */
const maxDigitsTried = 12;

/**
 * Loads the numbering plans; resolves to a function that describes a number while it is typed. `home` is the country of
 * numbers without a country code.
 */
export async function describeTypedPhone(home?: Country): Promise<(typed: string) => Promise<TypedPhone>> {
  const { parsePhoneNumberFromString, getCountries, getCountryCallingCode } = await loadNumberingPlans();
  const parse = await openPhoneParser(home);
  const options = { ...(home && { defaultCountry: home }), extract: false };
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  const valid = (text: string) => {
    const parsed = parsePhoneNumberFromString(text, options);
    return parsed?.isValid() ? parsed : undefined;
  };

  /** Returns the common country and type of the numbers, such as `Italy, mobile`; empty parts where they differ. */
  function describeKind(numbers: readonly (ReturnType<typeof valid> & object)[]): string {
    const common = <T>(values: readonly T[]) => (new Set(values).size === 1 ? values[0] : undefined);
    const country = common(numbers.map((number) => number.country));
    const type = common(numbers.map((number) => typeNames[number.getType() ?? '']));
    return [country && names.of(country), type].filter(Boolean).join(', ');
  }

  /** Finds the fewest digits that complete the number, preferably not to a landline, by repeating each digit. */
  function findCompletion(text: string): { more: number; kind: string } | undefined {
    let landline: { more: number; kind: string } | undefined;
    for (let more = 1; more <= maxDigitsTried; more++) {
      const found = Array.from({ length: 10 }, (_, digit) => valid(text + String(digit).repeat(more)));
      const numbers = found.filter((number) => number !== undefined);
      const others = numbers.filter((number) => number.getType() !== 'FIXED_LINE');
      if (others.length > 0) return { more, kind: describeKind(others) };
      if (numbers.length > 0) landline ??= { more, kind: describeKind(numbers) };
    }
    return landline;
  }

  /** Finds the fewest digits at the end that must be removed. */
  function findShortened(text: string): { less: number; kind: string } | undefined {
    for (let less = 1; less <= 3 && less < text.length; less++) {
      const number = valid(text.slice(0, -less));
      if (number) return { less, kind: describeKind([number]) };
    }
    return undefined;
  }

  function describeIncomplete(text: string): string {
    if (text === '') return home ? `of ${names.of(home)}, or with + and another country code` : international;
    if (!/^\(?\+?[\d\s().\-/]*$/.test(text)) return 'not a phone number';
    const typedDigits = text.replace(/[^\d+]/g, '');
    const digits = home === undefined ? typedDigits.replace(/^00/, '+') : typedDigits;
    if (!digits.startsWith('+') && home === undefined) return international;
    const countries = digits.startsWith('+') ? findCountries(digits.slice(1)) : [];
    if (countries.length > 0) return countries.length < 3 ? countries.join(' or ') : `country code ${digits}`;
    if (digits.startsWith('+') && digits.length < maxCountryCodeChars && !hasCountryCode(digits))
      return 'the country code comes first';
    if (valid(digits)) return 'more than one number, or an extension?';
    const completion = findCompletion(digits);
    if (completion) return `${completion.kind || 'not yet a number'}: ${formatDigits(completion.more)} more?`;
    const shorter = findShortened(digits);
    if (shorter) return `${shorter.kind || 'not a number'}: ${formatDigits(shorter.less)} too many?`;
    if (digits.startsWith('+') && !hasCountryCode(digits)) return 'no country has this code';
    return digits.length < minPhoneChars ? 'not yet a number' : 'not a number so far: check the digits';
  }

  /** Returns the names of the countries with this code. */
  function findCountries(code: string): string[] {
    const countries = getCountries().filter((country) => getCountryCallingCode(country) === code);
    return countries.map((country) => names.of(country) ?? country);
  }

  /** Reports whether the number starts with a country code. */
  function hasCountryCode(digits: string): boolean {
    return [1, 2, 3].some((length) => findCountries(digits.slice(1, 1 + length)).length > 0);
  }

  function parseOrNull(text: string): Phone | null {
    try {
      return parse(text);
    } catch {
      return null;
    }
  }

  return async (typed) => {
    const text = typed.trim();
    if (text === '') return { number: null, formatted: '', hint: describeIncomplete('') };
    const number = parseOrNull(text);
    const parsed = number && valid(number);
    if (!parsed) return { number: null, formatted: text, hint: describeIncomplete(foldPhoneText(text)) };
    const kind = describeKind([parsed]);
    const landline = (await isLandline(number)) ? '; messages go to mobile phones' : '';
    return {
      number,
      formatted: parsed.formatInternational(),
      hint: `valid${kind && `: ${kind}`}${landline}`,
    };
  };
}

/** Names of number types for display. */
const typeNames: Readonly<Record<string, string>> = {
  MOBILE: 'mobile',
  FIXED_LINE: 'landline',
  TOLL_FREE: 'toll-free',
  PREMIUM_RATE: 'premium rate',
  VOIP: 'internet telephony',
};

function formatDigits(digits: number): string {
  return digits === 1 ? '1 digit' : `${digits} digits`;
}
