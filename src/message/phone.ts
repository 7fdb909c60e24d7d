import type { CountryCode } from 'libphonenumber-js/max';
import { fail, refuse } from '../errors.ts';

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
  return /^\+\d{8,15}$/.test(text);
}

/**
 * Reads a number as gateways write it: with `+`, `00` or neither before the country code. Returns undefined for any other
 * text, such as the name of a sender.
 */
export function readGatewayPhone(text: string): Phone | undefined {
  const number = `+${text.replace(/^(?:\+|00)/, '').replace(/[\s().-]/g, '')}`;
  return isE164(number) ? number : undefined;
}

/** Reads the sender or recipient of an inbound message: a number becomes E.164, a name stays as it is. */
export function readInboundNumber(text: string): string {
  return readGatewayPhone(text) ?? text;
}

const phonePattern = /^\+?[\d\s().\-/]+$/;

/** A long number as reformatted by a spreadsheet: `3.93901E+11`. */
const exponentPattern = /^\d(?:[.,]\d+)?E\+?\d+$/i;

/**
 * Parses a phone number in common notation (`+39 390 123 4567`, with a country also `390 1234567`). The number must be
 * valid in its country's numbering plan, according to libphonenumber.
 * @throws Failure `phone.not-e164` or `phone.invalid`
 */
export async function parsePhone(text: string, country?: Country): Promise<Phone> {
  assertPhoneFormat(text, country);
  return (await openPhoneParser(country))(text);
}

/** Loads the numbering plans; resolves to a synchronous form of `parsePhone`, for many numbers. */
export async function openPhoneParser(country?: Country): Promise<(text: string) => Phone> {
  const { parsePhoneNumberFromString } = await loadNumberingPlans();
  const options = { ...(country && { defaultCountry: country }), extract: false };
  return (text) => {
    assertPhoneFormat(text, country);
    const trimmed = text.trim();
    const parsed = parsePhoneNumberFromString(trimmed, options);
    if (!parsed?.isValid())
      fail(
        'usage',
        'phone.invalid',
        `invalid phone number ${JSON.stringify(trimmed)}${parsed?.country ? ` for ${parsed.country}` : ''}`,
        'check the country code and the number of digits',
      );
    return parsed.number as string as Phone;
  };
}

function assertPhoneFormat(text: string, country: Country | undefined): void {
  const trimmed = text.trim();
  if (!phonePattern.test(trimmed))
    fail(
      'usage',
      'phone.not-e164',
      `${JSON.stringify(trimmed)} is not a phone number`,
      exponentPattern.test(trimmed)
        ? 'the number was shortened by a spreadsheet; format its column as text'
        : 'write it as +393901234567',
    );
  if (!trimmed.startsWith('+') && country === undefined)
    refuse(
      'phone.not-e164',
      `${JSON.stringify(trimmed)} is not in E.164: it must start with + and the country code`,
    );
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
