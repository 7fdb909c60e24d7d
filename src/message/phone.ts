import type { CountryCode } from 'libphonenumber-js/max';
import { fail } from '../errors.ts';

declare const e164: unique symbol;
/** A phone number in E.164: `+`, country code, number; 8 to 15 digits, no spaces (ITU-T E.164). */
export type Phone = string & { readonly [e164]: true };

/** Country code: two capital letters, ISO 3166-1 alpha-2. */
export type Country = CountryCode;

/**
 * Loads the numbering plans of all countries on first use. Only these functions are imported, since the rest of the
 * library is larger. The full set is used: the smaller ones accept many numbers that no plan assigns.
 */
export async function loadNumberingPlans() {
  const { parsePhoneNumberFromString, isSupportedCountry, getCountries, getCountryCallingCode } =
    await import('libphonenumber-js/max');
  return { parsePhoneNumberFromString, isSupportedCountry, getCountries, getCountryCallingCode };
}

/** Reports whether a text has the form of E.164; the number need not be assigned. */
export function isE164(text: string): text is Phone {
  return /^\+[1-9]\d{7,14}$/.test(text);
}

/**
 * Reads a number as gateways write it: with `+`, `00` or neither before the country code. Returns undefined for any other
 * text, such as the name of a sender.
 */
export function readGatewayPhone(text: string): Phone | undefined {
  const bare = text
    .replace(/^tel:/i, '')
    // A number that a program has read as a fraction.
    .replace(/(?<=^\+?\d{7,})\.0+$/, '')
    .replace(/[\s\p{Cf}().-]/gu, '');
  const number = `+${bare.replace(/^(?:\+|00)/, '')}`;
  return isE164(number) ? number : undefined;
}

/**
 * Separator of a list of numbers: a comma, but not the decimal comma of a number from a spreadsheet (`3471234567,0`,
 * `3,93471234567E+11`).
 */
export const numberSeparator = /,(?!\s*(?:\d{1,3}|\d*E\+?\d+)\s*(?:,|$))/i;

/** Reads the sender or recipient of an inbound message: a number becomes E.164, a name stays as it is. */
export function readInboundNumber(text: string): string {
  return readGatewayPhone(text) ?? text;
}

export type ReadInboundNumber = typeof readInboundNumber;

/**
 * Parses a phone number as people and spreadsheets write it (`+39 390 123 4567`, `0039...`, `="+39..."`; with a country
 * also `390 1234567`). The number must be valid in its country's numbering plan, according to libphonenumber. A text
 * that may mean several numbers is refused.
 * @throws Failure `phone.not-e164` or `phone.invalid`
 */
export async function parsePhone(text: string, country?: Country): Promise<Phone> {
  if (isE164(text)) {
    // The usual form needs nothing but its plan.
    const { parsePhoneNumberFromString } = await loadNumberingPlans();
    const parsed = parsePhoneNumberFromString(text);
    if (parsed?.isValid()) return parsed.number as string as Phone;
  }
  return (await openPhoneParser(country))(text);
}

/** A synchronous form of `parsePhone`, for many numbers. */
export interface PhoneParser {
  (text: string): Phone;
  /** Synchronous form of `isLandline`; costs little for the number that was read last. */
  isLandline(number: Phone): boolean;
}

/** Loads the numbering plans; resolves to a parser. `country` is that of numbers without a country code. */
export async function openPhoneParser(country?: Country): Promise<PhoneParser> {
  const [plans, { createPhoneParser }] = await Promise.all([loadNumberingPlans(), import('./phone-text.ts')]);
  let latest: ReturnType<typeof plans.parsePhoneNumberFromString>;
  const parsePhoneNumberFromString: typeof plans.parsePhoneNumberFromString = (...args) => {
    latest = plans.parsePhoneNumberFromString(...args);
    return latest;
  };
  const read = createPhoneParser({ ...plans, parsePhoneNumberFromString }, country) as (
    text: string,
  ) => Phone;
  const isLandline = (number: Phone) => {
    const parsed = latest?.number === number ? latest : plans.parsePhoneNumberFromString(number);
    return parsed?.getType() === 'FIXED_LINE';
  };
  return Object.assign(read, { isLandline });
}

/** Reports whether a number belongs to a fixed line and never to a mobile phone. */
export async function isLandline(number: Phone): Promise<boolean> {
  const { parsePhoneNumberFromString } = await loadNumberingPlans();
  return parsePhoneNumberFromString(number)?.getType() === 'FIXED_LINE';
}

/** Parses a country code. @throws Failure `country.unknown` */
export async function parseCountry(text: string): Promise<Country> {
  const { isSupportedCountry } = await loadNumberingPlans();
  const code = text.trim().toUpperCase();
  if (!isSupportedCountry(code))
    fail(
      'usage',
      'country.unknown',
      `unknown country code ${JSON.stringify(text)}`,
      'use two letters, such as IT',
    );
  return code;
}
