import { parseJson } from '../message/nesting.ts';
import type { Variables } from '../message/placeholders.ts';
import { refuse } from './answer.ts';

/** The JSON object of a request's body. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** @throws Refusal 400 when `bytes` are not a JSON object in UTF-8, or one that is nested too deeply */
export function bodyOf(bytes: Uint8Array): RequestBody {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    refuse(400, 'The body is not valid JSON in UTF-8');
  }
  if (!isObject(value)) refuse(400, 'The body is not a JSON object');
  return value;
}

function isObject(value: unknown): value is RequestBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a field, or null where it is absent or null. @throws Refusal 400 naming the field */
export function text(body: RequestBody, name: string): string | null {
  const value = body[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') refuse(400, `${name} must be a string`);
  if (value.trim() === '') refuse(400, `${name} is empty`);
  if (!value.isWellFormed()) refuse(400, `${name} holds half of a character`);
  return value;
}

/** The text of a field that must be there. @throws Refusal 400 naming the field */
export function neededText(body: RequestBody, name: string): string {
  return text(body, name) ?? refuse(400, `${name} is missing`);
}

/** A number in international format: the plus sign, then 8 to 15 digits (ITU-T E.164). */
export function phoneNumber(body: RequestBody, name: string): string {
  const value = neededText(body, name);
  if (!/^\+\d{8,15}$/.test(value)) refuse(400, `${name} is not in international format, like +393901234567`);
  return value;
}

/** A sender: up to 11 letters and digits, or up to 16 digits (the vendor's `sms-universal` page). */
export function sender(body: RequestBody, name: string): string | null {
  const value = text(body, name);
  if (value !== null && !/^(\+?\d{1,16}|[A-Za-z0-9]{1,11})$/.test(value))
    refuse(400, `${name} is longer than 11 letters and digits or 16 digits, or holds other characters`);
  return value;
}

/** False where it is absent. */
export function flag(body: RequestBody, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value !== 'boolean') refuse(400, `${name} must be true or false`);
  return value;
}

/** Values by placeholder; empty where the field is absent. */
export function variables(body: RequestBody, name: string): Variables {
  const value = body[name] ?? {};
  if (!isObject(value)) refuse(400, `${name} must be an object`);
  for (const key of Object.keys(value))
    if (typeof value[key] !== 'string') refuse(400, `${name}.${key} must be a string`);
  return value as Variables;
}
