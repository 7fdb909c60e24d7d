import { refuse } from '../answer.ts';
import { isObject, type RequestBody, readText } from '../fields.ts';

/** Refuses a request without a required field in the words of the vendor's framework. @throws HttpError 400 */
export function requirePresent(body: RequestBody, name: string): void {
  if (!isPresent(body, name)) refuse(400, `${name}: must not be null`);
}

export function isPresent(body: RequestBody, name: string): boolean {
  return (body[name] ?? null) !== null;
}

/** Reads a required text. @throws HttpError 400 naming the field */
export function requirePlatformText(body: RequestBody, name: string): string {
  requirePresent(body, name);
  return readText(body, name) as string;
}

/** Reads a whole number above 0; null if the field is absent. @throws HttpError 400 naming the field */
export function readWholeNumber(body: RequestBody, name: string): number | null {
  if (!isPresent(body, name)) return null;
  const value = body[name];
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  return refuse(400, `${name}: must be a whole number above 0`);
}

/** Refuses a request without a whole number above 0. @throws HttpError 400 naming the field */
export function requireWholeNumber(body: RequestBody, name: string): number {
  requirePresent(body, name);
  return readWholeNumber(body, name) as number;
}

/**
 * Reads an object, whose fields are named with the path to them, so that errors name it; null if it is absent.
 * @throws HttpError 400 naming the field
 */
export function readObject(body: RequestBody, name: string): RequestBody | null {
  if (!isPresent(body, name)) return null;
  const value = body[name];
  if (!isObject(value)) return refuse(400, `${name}: must be an object`);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner]));
}
