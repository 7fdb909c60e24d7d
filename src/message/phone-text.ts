import examples from 'libphonenumber-js/examples.mobile.json';
import { fail, refuse } from '../errors.ts';
import { toPersonKey } from './person.ts';

/** Possible meanings of a text that holds a phone number. */
export interface PhoneText {
  /** The numbers it may stand for: digits, after `+` where they begin with a country code. Usually one. */
  readings: readonly string[];
  splits: readonly Split[];
}

/**
 * A way to read a text as more than one number. It is such a text if `left` is a valid number, and `right` too unless
 * null. With `isTail`, `left` must also be as long as mobile numbers of its country usually are (with `isPair`, longer),
 * or a mobile number where the whole text is none: what is behind it may be an extension or the end of another number.
 */
interface Split {
  left: string;
  right: string | null;
  isTail?: boolean;
  /** True if the tail is the last of several groups of two digits, which is a way to write one number. */
  isPair?: boolean;
}

/** Characters around a number that say nothing: blanks, invisible characters (Cf), variation selectors. */
const edge = String.raw`[\s\p{Cf}\uFE00-\uFE0F]*`;
const edges = new RegExp(`^${edge}|${edge}$`, 'gu');

/** Characters that libphonenumber ignores anywhere in a number: soft hyphen, zero-width space, word joiner. */
const ignored = /[\u00AD\u200B\u2060]/g;

/** Quotation marks that a program or a person may have left around a number. */
const quoted = /^["'“”„«‘’`´](.*?)["'“”»‘’`´]?$/su;

/** Schemes of addresses that hold a number (RFC 3966, RFC 5724, and those of programs). */
const addressScheme = /^(?:tel|sms|smsto|callto|whatsapp):(?:\/\/)?/i;

/** Domains of the numbers of WhatsApp Web. */
const whatsAppDomain = /@(?:c\.us|s\.whatsapp\.net)$/i;

/** Digits that libphonenumber reads: full-width, Arabic-Indic, Persian. */
const foreignDigit = /[\uFF10-\uFF19\u0660-\u0669\u06F0-\u06F9]/g;

/**
 * Removes what surrounds a number and belongs to no number (quotation marks, the formula sign and apostrophe of
 * spreadsheets, the scheme of an address such as `tel:`, the domain of WhatsApp), and writes digits, signs and spaces in
 * ASCII.
 */
export function foldPhoneText(text: string): string {
  let bare = text.replace(edges, '');
  for (let before = ''; before !== bare; ) {
    before = bare;
    bare = bare
      .replace(/^=\s*(?=["“+＋\d])/u, '')
      .replace(quoted, '$1')
      .replace(addressScheme, '')
      .replace(whatsAppDomain, '')
      .replace(/[,;.]$/, '')
      .replace(edges, '');
  }
  return bare
    .replace(ignored, '')
    .replace(foreignDigit, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(/\uFF0B/g, '+')
    .replace(/[\u2010-\u2015\u2212\u30FC\uFF0D]/g, '-')
    .replace(/\s/g, ' ')
    .replace(/[（［[]/g, '(')
    .replace(/[）］\]]/g, ')')
    .replace(/．/g, '.')
    .replace(/／/g, '/');
}

/** A number that a spreadsheet wrote in scientific notation: `3.93471234567E+11`. */
const scientific = /^\+?(\d+)(?:[.,](\d*))?E\+?(\d{1,2})$/i;

/** A number that a spreadsheet wrote with decimals: `3471234567.0`. */
const decimal = /^(\+?\d{7,})[.,](\d+)$/;

/** Most digits behind a number that may be an extension, or the end of another number. */
const maxTailDigits = 4;

/** Fewest digits of each of two numbers that stand side by side. */
const minDigitsOfEach = 6;

/**
 * Reads a text as a phone number, as people and spreadsheets write it. Where the text may mean several numbers, returns
 * each of them, so that the caller can refuse it: a guess would reach another person.
 * @throws Failure `phone.not-e164` if it is no number, more than one, or one with an extension
 */
export function readPhoneText(text: string): PhoneText {
  const shown = quote(text);
  if (text.length > maxLength) refuseText(`${shown} is not a phone number`);
  const folded = foldPhoneText(text);
  const [, whole, fraction = '', exponent] = scientific.exec(folded) ?? [];
  if (whole !== undefined) {
    const { length } = fraction.replace(/0+$/, '');
    const isWhole = length <= Number(exponent) && fraction.length >= Number(exponent);
    if (!isWhole)
      refuseText(
        `${shown} is not a phone number: a spreadsheet shortened it`,
        'format the column as text, and enter the numbers again',
      );
    return listReadings(whole + fraction.slice(0, Number(exponent)));
  }
  const [, integer, decimals = ''] = decimal.exec(folded) ?? [];
  if (integer !== undefined && /^0+$/.test(decimals)) return listReadings(integer);
  if (integer !== undefined && folded.includes(',') && decimals.length >= minDigitsOfEach)
    refuseText(`${shown} holds more than one number`, hintEach);
  // A spreadsheet writes no sign.
  if (integer !== undefined && folded.includes(',') && folded.startsWith('+'))
    refuseText(`${shown} may hold more than one number, or an extension`, hintEach);
  if (integer !== undefined && (decimals.length <= 2 || folded.includes(',')))
    refuseText(`${shown} is not a phone number: it has decimals`, 'format the column as text');
  refuseOtherText(folded, shown);
  return listReadings(folded);
}

/** Characters of the longest text that libphonenumber reads. */
const maxLength = 250;

/** Characters of a text that an error repeats. */
const maxQuoted = 100;

function quote(text: string): string {
  const trimmed = text.trim();
  return JSON.stringify(trimmed.length > maxQuoted ? `${trimmed.slice(0, maxQuoted)}...` : trimmed);
}

const hintEach = 'write each number by itself, as +393901234567';

/** Refuses a text that stays wrong with another country. */
function refuseText(message: string, hint = 'write it as +393901234567'): never {
  fail('usage', 'phone.not-e164', message, hint);
}

/** An extension behind a number, in several languages. */
const extension =
  /(?:\d[\s().\-/]*){5}[,;]?\s*(?:ext(?:n|ension)?|x|×|#|int(?:erno)?|dw|durchwahl|poste|доб)[\s.:=]*\d{0,6}[\s.]*$/iu;

/** Refuses a text with anything but one number. */
function refuseOtherText(folded: string, shown: string): void {
  if (/^\(?\+?[\d\s().\-/~]+$/.test(folded) && /\d/.test(folded)) return;
  if (extension.test(folded))
    refuseText(
      `${shown} has an extension, which no message can reach`,
      'use a number without an extension, such as that of a mobile phone',
    );
  if (/\d{5}.*(?:[+,;|&\n]|\p{L})[^\d]*\d[\d\s().\-/]{5}/su.test(folded))
    refuseText(`${shown} holds more than one number`, hintEach);
  const unknown = [...new Set(folded.match(/[^\x20-\x7E\p{L}]/gu) ?? [])];
  const names = unknown.map(
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  refuseText(
    `${shown} is not a phone number${names.length > 0 ? `: it contains ${names.join(', ')}` : ''}`,
    names.length > 0 ? 'write it with digits only, as +393901234567' : undefined,
  );
}

/** Returns the readings of a text with digits, signs and spaces only. */
function listReadings(text: string): PhoneText {
  const digits = (part: string) => part.replace(/[^\d+]/g, '');
  // The zero of `+44 (0)7911 123456` is dialed within the country only, in most countries.
  const zero = /\(\s*0\s*\)/;
  const texts = zero.test(text) ? [text, text.replace(zero, ' ')] : [text];
  const readings = texts.flatMap((one) => {
    const number = digits(one);
    // The prefix of international calls in most countries; some countries have others, or 00 in a number.
    return number.startsWith('00') ? [number, `+${number.slice(2)}`] : [number];
  });
  return { readings, splits: [...listSplits(text, digits)] };
}

/** Yields the ways to divide a text at a separator into two numbers, or a number and something behind it. */
function* listSplits(text: string, digits: (part: string) => string): Generator<Split> {
  let groupStart = 0;
  for (const { index, 0: separator } of text.matchAll(/[\s().\-/~]+/g)) {
    const left = digits(text.slice(0, index));
    const right = digits(text.slice(index + separator.length));
    const group = digits(text.slice(groupStart, index));
    groupStart = index + separator.length;
    if (left === '' || right === '') continue;
    // `1234567/8` stands for two numbers, `1234567-0` for a switchboard, and `1234567.0` comes from a spreadsheet.
    const isAppendix = separator.includes('/') || (right.length === 1 && /[.-]/.test(separator));
    const isDecimal =
      separator === '.' && (/^0+$/.test(right) || /^\s*\+?\d{7,}$/.test(text.slice(0, index)));
    if (isAppendix || isDecimal) yield { left, right: null };
    else if (Math.min(left.replace('+', '').length, right.length) >= minDigitsOfEach) yield { left, right };
    else if (right.length <= maxTailDigits)
      yield { left, right: null, isTail: true, isPair: group.length === 2 && right.length === 2 };
  }
}

/** Reports whether a text is meant as a phone number, even if it is none. */
export function resemblesPhone(text: string): boolean {
  return /^(?:\P{L}*\d){6}/u.test(text) || /^\s*\+?\d+[.,]\d*E\+?\d{1,2}\s*$/i.test(text);
}

interface ParsedPhone<Country> {
  number: string;
  nationalNumber: string;
  country?: Country;
  isValid(): boolean;
  getType(): string | undefined;
}

/** The functions of libphonenumber that a parser needs. */
export interface NumberingPlans<Country> {
  parsePhoneNumberFromString(
    text: string,
    options: { defaultCountry?: Country; extract: false },
  ): ParsedPhone<Country> | undefined;
  getCountryCallingCode(country: Country): string;
}

/**
 * Returns the number of digits that mobile numbers of a country usually have, without its code: that of the example of
 * libphonenumber, since the plans allow more than are assigned.
 */
function usualLength(country: string): number {
  const numbers: Readonly<Record<string, string>> = examples;
  return numbers[country]?.length ?? Number.POSITIVE_INFINITY;
}

/** Finds valid numbers in what a text may mean. `country` is that of numbers without a country code. */
export function createFinder<Country extends string>(
  { parsePhoneNumberFromString }: NumberingPlans<Country>,
  country: Country | undefined,
) {
  const parse = (number: string, home = country) =>
    parsePhoneNumberFromString(number, { ...(home && { defaultCountry: home }), extract: false });
  /** Parses a number, also one in the form of WhatsApp, to a valid one. */
  const parseValid = (number: string, home = country) => {
    const parsed = parse(number, home);
    if (parsed === undefined || parsed.isValid()) return parsed;
    const same = parse(toPersonKey(parsed.number));
    return same?.isValid() ? same : undefined;
  };
  const isComplete = ({ country: home = country, nationalNumber }: ParsedPhone<Country>, isPair: boolean) =>
    home !== undefined && nationalNumber.length >= usualLength(home) + (isPair ? 1 : 0);
  /** Reports whether what is behind a mobile number makes it another kind of number. */
  const changesKind = (left: ParsedPhone<Country>, whole: string) =>
    isMobile(left) && !isMobile(parse(whole) ?? left);
  /** @throws Failure `phone.not-e164` if the text may hold more than one number */
  const assertSingle = ({ readings, splits }: PhoneText, shown: string) => {
    for (const { left, right, isTail = false, isPair = false } of splits) {
      const first = parseValid(left) ?? (left.startsWith('00') ? parseValid(`+${left.slice(2)}`) : undefined);
      if (first === undefined || (right !== null && !parseValid(right, first.country ?? country))) continue;
      const whole = readings.find((one) => one.startsWith('+')) ?? readings[0] ?? '';
      if (isTail && !isComplete(first, isPair) && !changesKind(first, whole)) continue;
      fail(
        'usage',
        'phone.not-e164',
        `${shown} may hold more than one number, such as ${first.number}`,
        'write each number by itself, without an extension',
      );
    }
  };
  return { parse, parseValid, assertSingle };
}

/** Reports whether a number may belong to a mobile phone, according to its plan. */
export function isMobile(parsed: { getType(): string | undefined } | undefined): boolean {
  const type = parsed?.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}

export function isLandline(parsed: { getType(): string | undefined } | undefined): boolean {
  return parsed?.getType() === 'FIXED_LINE';
}

/**
 * Returns a parser of numbers as people and spreadsheets write them, which returns E.164. See `openPhoneParser`.
 */
export function createPhoneParser<Country extends string>(
  plans: NumberingPlans<Country>,
  country: Country | undefined,
): (text: string) => string {
  const callingCode = country && plans.getCountryCallingCode(country);
  const { parse, parseValid, assertSingle } = createFinder(plans, country);
  /**
   * Returns the valid numbers that a reading may be. A number may begin with the code of its country, without a sign that
   * says so; that is no landline if the text is also a national mobile number, which is what people write.
   */
  const listNumbers = (reading: string) => {
    const usual = parseValid(reading);
    const isUnsigned = callingCode !== undefined && reading.startsWith(callingCode);
    const other = isUnsigned ? parseValid(`+${reading}`) : undefined;
    const numbers = usual && !isLandline(usual) && isLandline(other) ? [usual] : [usual, other];
    return numbers.flatMap((one) => one?.number ?? []);
  };
  return (text) => {
    const plain = /^\+\d+$/.test(text) ? parse(text) : undefined;
    if (plain?.isValid()) return plain.number;
    const found = readPhoneText(text);
    const { readings } = found;
    const shown = quote(text);
    if (country === undefined && !readings.some((number) => number.startsWith('+')))
      refuse('phone.not-e164', `${shown} is not in E.164: it must start with + and the country code`);
    assertSingle(found, shown);
    const [number, ...others] = new Set(readings.flatMap(listNumbers));
    if (number === undefined) {
      const [parsed] = readings.map((one) => parse(one));
      fail(
        'usage',
        'phone.invalid',
        `invalid phone number ${shown}${parsed?.country ? ` for ${parsed.country}` : ''}`,
        'check the country code and the number of digits',
      );
    }
    if (others.length > 0)
      fail(
        'usage',
        'phone.not-e164',
        `${shown} may be ${[number, ...others].join(' or ')}`,
        'write it with + and the country code',
      );
    return number;
  };
}
