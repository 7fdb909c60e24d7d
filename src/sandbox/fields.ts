import { parseJson } from '../message/nesting.ts';
import { isE164 } from '../message/phone.ts';
import type { Variables } from '../message/placeholders.ts';
import { refuse } from './answer.ts';

/** Request body: a JSON object. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** Parses a body. @throws HttpError 400 if `bytes` are not a JSON object in UTF-8, or one nested too deeply */
export function parseBody(bytes: Uint8Array): RequestBody {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    refuse(400, 'The body is not valid JSON in UTF-8');
  }
  if (!isObject(value)) refuse(400, 'The body is not a JSON object');
  return value;
}

/** Reports whether a value is a JSON object. */
export function isObject(value: unknown): value is RequestBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the text of a field, or null if the field is absent or null. @throws HttpError 400 naming the field */
export function readText(body: RequestBody, name: string): string | null {
  const value = body[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') refuse(400, `${name} must be a string`);
  if (value.trim() === '') refuse(400, `${name} is empty`);
  if (!value.isWellFormed()) refuse(400, `${name} holds half of a character`);
  return value;
}

/** Returns the text of a required field. @throws HttpError 400 naming the field */
export function requireText(body: RequestBody, name: string): string {
  return readText(body, name) ?? refuse(400, `${name} is missing`);
}

/** Returns a number in international format: the plus sign, then 8 to 15 digits (ITU-T E.164). @throws HttpError 400 */
export function requirePhoneNumber(body: RequestBody, name: string): string {
  const value = requireText(body, name);
  if (!isE164(value)) refuse(400, `${name} is not in international format, like +393901234567`);
  return value;
}

/** Returns a sender: up to 11 letters and digits, or up to 16 digits (the vendor's `sms-universal` page). */
export function readSender(body: RequestBody, name: string): string | null {
  const value = readText(body, name);
  if (value !== null && !/^(\+?\d{1,16}|[A-Za-z0-9]{1,11})$/.test(value))
    refuse(400, `${name} is longer than 11 letters and digits or 16 digits, or holds other characters`);
  return value;
}

/** Returns a boolean; `preset` if the field is absent. @throws HttpError 400 naming the field */
export function readFlag(body: RequestBody, name: string, preset = false): boolean {
  const value = body[name] ?? preset;
  if (typeof value !== 'boolean') refuse(400, `${name} must be true or false`);
  return value;
}

/** Returns values by placeholder; empty if the field is absent. @throws HttpError 400 naming the field */
export function readVariables(body: RequestBody, name: string): Variables {
  const value = body[name] ?? {};
  if (!isObject(value)) refuse(400, `${name} must be an object`);
  for (const key of Object.keys(value))
    if (typeof value[key] !== 'string') refuse(400, `${name}.${key} must be a string`);
  return value as Variables;
}
