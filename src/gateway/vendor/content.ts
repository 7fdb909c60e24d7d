import { asList, asObject, asText } from '../http/json.ts';

/** Fields that may hold the text of a message, or an object with it. */
export const contentFields = ['text', 'body', 'message', 'content', 'caption', 'title', 'description'];

/** Finds the text of a message, at most `maxTextLength` characters of each part: the value itself, the first text in the usual fields of an object, or those of a list. */
export function findContent(value: unknown): string | undefined {
  const list = asList(value);
  if (list) return list.flatMap((one) => findContent(one) ?? []).join('\n') || undefined;
  const object = asObject(value);
  if (object === undefined) return asText(value) ?? undefined;
  for (const name of contentFields) {
    const found = findContent(object[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
