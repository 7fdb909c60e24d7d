import { endOfString, parseJson } from '../../message/nesting.ts';

/** A JSON object from outside. The readers below treat a value of another shape as absent, never as an error. */
export type Json = Record<string, unknown>;

/** Longest id in characters. A longer one counts as absent: cut, it would be the id of another message. */
export const maxIdLength = 256;

/** Longest reason or description in characters; longer text is cut. */
export const maxReasonLength = 300;

/**
 * Longest other text in characters; longer text is cut. No text message exceeds it: WhatsApp allows 65,536 characters,
 * an SMS at most 255 parts of 153.
 */
export const maxTextLength = 65_536;

/**
 * Parses JSON text; undefined if the text is not JSON or is nested too deeply for the recursive readers. An integer that
 * JavaScript cannot hold becomes the text of its digits, since an id with other digits is the id of another message.
 */
export function tryParseJson(text: string): unknown {
  try {
    const value = parseJson(text);
    return mayHoldLongInteger.test(text) ? JSON.parse(quoteLongIntegers(text)) : value;
  } catch {
    return undefined;
  }
}

/** Finds 16 digits that are not at the start of a string. A safe integer has at most as many. */
const mayHoldLongInteger = /(?:^|[\s[:,])-?\d{16}/;

/** Reports whether a number in JSON is an integer that JavaScript cannot hold, so that `tryParseJson` makes it a text. */
export function isLongInteger(literal: string): boolean {
  return /^-?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal));
}

/** Puts quotes around the integers of valid JSON text that are not safe. */
function quoteLongIntegers(text: string): string {
  let quoted = '';
  let done = 0;
  const token = /"|-?\d[\d.eE+-]*/g;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [literal] = found;
    const end = found.index + literal.length;
    if (literal === '"') token.lastIndex = endOfString(text, found.index) + 1;
    else if (isLongInteger(literal)) {
      quoted += `${text.slice(done, found.index)}"${literal}"`;
      done = end;
    }
  }
  return quoted + text.slice(done);
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/**
 * Reads a non-empty string or a finite number as text of at most `maxTextLength` characters; null for anything else.
 */
export function asText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  return typeof value === 'string' && value !== '' ? truncate(value, maxTextLength) : null;
}

/** Reads an id: a string, or a safe integer. Null for one that is too long or malformed. */
export function asId(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  const isId = typeof value === 'string' && value.length <= maxIdLength && value.isWellFormed();
  return isId && value !== '' ? value : null;
}

/** Reads a finite number, also written as text; undefined for anything else. Never throws, unlike `Number`. */
export function asNumber(value: unknown): number | undefined {
  const isWritten = typeof value === 'string' && value.length <= maxIdLength && value.trim() !== '';
  const number = typeof value === 'number' ? value : isWritten ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Returns the text of the first of these fields that has one. */
export function firstText(object: Json, ...names: string[]): string | undefined {
  return first(asText, object, names);
}

/** Returns the id of the first of these fields that has one. */
export function firstId(object: Json, ...names: string[]): string | undefined {
  return first(asId, object, names);
}

function first(
  read: (value: unknown) => string | null,
  object: Json,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const text = read(object[name]);
    if (text !== null) return text;
  }
  return undefined;
}

/** Cuts text to `maxLength` UTF-16 units, never within a character; lone surrogates become U+FFFD. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  return text
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF]$/, '')
    .toWellFormed();
}

/** Fields that may hold the reason of a failure, the most specific first. */
const reasonFields = [
  'message',
  'description',
  'detail',
  'msg',
  'defaultMessage',
  'reason',
  'error',
  'title',
  'text',
];

/** Fields that may list several reasons beside it (RFC 9457 has `detail`; Spring, JSON:API and others the rest). */
const reasonListFields = ['reasons', 'errors', 'violations', 'details'];

/** Fields that name what a reason is about. */
const subjectFields = ['field', 'fieldName', 'property', 'propertyPath', 'path', 'loc'];

/** Reasons read from one list. */
const maxReasons = 10;

/**
 * Describes why something failed, from a text, an object or a list of either, whichever the gateway uses; null if it
 * holds no reason. `isNested`: the value is known to be a reason, so that an object without the usual fields holds
 * reasons by the name of what they are about, or only a code.
 */
export function describeReason(value: unknown, isNested = false): string | null {
  const list = asList(value);
  if (list) return joinReasons(list.slice(0, maxReasons).map((one) => describeReason(one, true)));
  const object = asObject(value);
  if (object === undefined) return asText(value);
  const [main, others] = [describeFirst(object, reasonFields), describeFirst(object, reasonListFields)];
  const described =
    main !== null && others !== null && main !== others ? `${main}: ${others}` : (main ?? others);
  if (!isNested) return described;
  if (described === null) return firstText(object, 'code', 'errorCode') ?? describeByName(object);
  const subject = subjectFields
    .map((name) => asText(object[name]) ?? asList(object[name])?.join('.'))
    .find(Boolean);
  return subject === undefined ? described : `${subject}: ${described}`;
}

/** Describes the reason in the first of these fields that holds one; null if there is none. */
export function describeFirst(object: Json, names: readonly string[]): string | null {
  for (const name of names) {
    const described = describeReason(object[name], true);
    if (described !== null) return described;
  }
  return null;
}

function describeByName(object: Json): string | null {
  return joinReasons(
    Object.entries(object)
      .slice(0, maxReasons)
      .map(([name, one]) => {
        const described = describeReason(one, true);
        return described && `${name}: ${described}`;
      }),
  );
}

function joinReasons(found: readonly (string | null)[]): string | null {
  return [...new Set(found.filter(Boolean))].join(', ') || null;
}
