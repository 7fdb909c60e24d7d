import type { CountryCode } from 'libphonenumber-js/max';
import { fail, refuse } from '../errors.ts';

declare const e164: unique symbol;
/** A destination in E.164: `+`, country code, number; 8 to 15 digits, no blanks (ITU-T E.164). */
export type Phone = string & { readonly [e164]: true };

/** Two capital letters, ISO 3166-1 alpha-2. */
export type Country = CountryCode;

/**
 * The numbering plans of all countries, loaded when first wanted, and what is asked of them: these functions only,
 * since the rest of the library is larger. In full: its smaller sets let many numbers pass that no plan hands out.
 */
export async function numberingPlans() {
  const { parsePhoneNumberFromString, isSupportedCountry, getCountries, getCountryCallingCode } =
    await import('libphonenumber-js/max');
  return { parsePhoneNumberFromString, isSupportedCountry, getCountries, getCountryCallingCode };
}

const written = /^\+?[\d\s().\-/]+$/;

/** What a spreadsheet makes of a long number: `3.93901E+11`. */
const shortened = /^\d(?:[.,]\d+)?E\+?\d+$/i;

/**
 * Reads a destination as people write it (`+39 390 123 4567`, with a country also `390 1234567`).
 * The number must be one that its country's numbering plan hands out; which it is, libphonenumber knows.
 * @throws Failure `phone.not-e164` or `phone.invalid`
 */
export async function parsePhone(text: string, parseCountry?: Country): Promise<Phone> {
  refuseNoNumber(text, parseCountry);
  return (await openPhoneParser(parseCountry))(text);
}

/** As `phone`, for many: the numbering plans are loaded before, and each number is read at once. */
export async function openPhoneParser(country?: Country): Promise<(text: string) => Phone> {
  const { parsePhoneNumberFromString } = await numberingPlans();
  const options = { ...(country && { defaultCountry: country }), extract: false };
  return (text) => {
    refuseNoNumber(text, country);
    const trimmed = text.trim();
    const parsed = parsePhoneNumberFromString(trimmed, options);
    if (!parsed?.isValid())
      fail(
        'usage',
        'phone.invalid',
        `${JSON.stringify(trimmed)} is not a valid number${parsed?.country ? ` of ${parsed.country}` : ''}`,
        'check the country code and count the digits',
      );
    return parsed.number as string as Phone;
  };
}

function refuseNoNumber(text: string, country: Country | undefined): void {
  const trimmed = text.trim();
  if (!written.test(trimmed))
    fail(
      'usage',
      'phone.not-e164',
      `${JSON.stringify(trimmed)} is not a phone number`,
      shortened.test(trimmed)
        ? 'a spreadsheet has shortened it: format its column as text'
        : 'write it as +393901234567',
    );
  if (!trimmed.startsWith('+') && country === undefined)
    refuse(
      'phone.not-e164',
      `${JSON.stringify(trimmed)} is not in E.164: it does not begin with + and the country code`,
    );
}

/** Whether the numbering plan says that a number is of a fixed line and never of a mobile phone. */
export async function isLandline(number: Phone): Promise<boolean> {
  const { parsePhoneNumberFromString } = await numberingPlans();
  return parsePhoneNumberFromString(number)?.getType() === 'FIXED_LINE';
}

/** @throws Failure `country.unknown` */
export async function country(text: string): Promise<Country> {
  const { isSupportedCountry } = await numberingPlans();
  const code = text.trim().toUpperCase();
  if (!isSupportedCountry(code))
    fail(
      'usage',
      'country.unknown',
      `${JSON.stringify(text)} is not a country code`,
      'use two letters, like IT',
    );
  return code;
}
