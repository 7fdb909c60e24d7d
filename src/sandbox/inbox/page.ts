import { refuse } from '../answer.ts';

/** Largest page size, and largest page number. */
export const maxPageValue = 1_000_000;

/** Parses `page` (from 0) and `limit` into the part of a list to return. @throws HttpError 400 */
export function parsePage(query: URLSearchParams, defaultLimit: number): { skip: number; limit: number } {
  const limit = parseWholeNumber(query, 'limit', 1) ?? defaultLimit;
  return { skip: (parseWholeNumber(query, 'page', 0) ?? 0) * limit, limit };
}

function parseWholeNumber(query: URLSearchParams, name: string, min: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < min || number > maxPageValue)
    refuse(400, `${name} must be a whole number from ${min} to ${maxPageValue}`);
  return number;
}
