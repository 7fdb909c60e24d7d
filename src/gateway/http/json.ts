import { parseJson } from '../../message/nesting.ts';

/** Tolerant reading of JSON from outside: what has not the shape one asks for is absent, never an error. */
export type Json = Record<string, unknown>;

/** Characters of an id; a longer one is none, and counts as absent: cut, it would be another's. */
export const maxIdLength = 256;

/** Characters of a reason or a description; what is longer is cut. */
export const maxReasonLength = 300;

/**
 * Characters of any other text; what is longer is cut. No text message is: WhatsApp takes 65,536 characters, and an SMS
 * has at most 255 parts of 153.
 */
export const maxTextLength = 65_536;

/** Parses JSON text; undefined when it is none, or nested too deeply for the recursive readers of its value. */
export function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Reads a string that is not empty, or a finite number as its digits, of at most `maxTextLength` characters. */
export function asText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  return typeof value === 'string' && value !== '' ? truncate(value, maxTextLength) : null;
}

/** Reads an id: text, or a whole number that JavaScript keeps exactly. One that is too long or malformed is absent. */
export function asId(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  const isId = typeof value === 'string' && value.length <= maxIdLength && value.isWellFormed();
  return isId && value !== '' ? value : null;
}

/** Reads a finite number, also one written as text; undefined for anything else. Never throws, unlike `Number`. */
export function asNumber(value: unknown): number | undefined {
  const isWritten = typeof value === 'string' && value.length <= maxIdLength && value.trim() !== '';
  const number = typeof value === 'number' ? value : isWritten ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Returns the first of these fields that holds text. */
export function firstText(object: Json, ...names: string[]): string | undefined {
  return first(asText, object, names);
}

/** Returns the first of these fields that holds an id. */
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

/** Cuts a text to so many UTF-16 units at most, never within a character; halves of characters become U+FFFD. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  return text
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF]$/, '')
    .toWellFormed();
}
