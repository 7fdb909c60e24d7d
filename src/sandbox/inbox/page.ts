import { refuse } from '../answer.ts';

/** Of entries in a page, and of pages. */
export const mostOfAPage = 1_000_000;

/** Which part of a list `page` (from 0) and `limit` ask for; `usual` is the limit where none is named. @throws Refusal 400 */
export function pageOf(query: URLSearchParams, usual: number): { skip: number; limit: number } {
  const limit = wholeNumber(query, 'limit', 1) ?? usual;
  return { skip: (wholeNumber(query, 'page', 0) ?? 0) * limit, limit };
}

function wholeNumber(query: URLSearchParams, name: string, least: number): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  const number = Number(given);
  if (!Number.isInteger(number) || number < least || number > mostOfAPage)
    refuse(400, `${name} must be a whole number from ${least} to ${mostOfAPage}`);
  return number;
}
