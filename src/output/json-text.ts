/**
 * Returns a value as JSON that is safe to show on a terminal: characters that JSON leaves bare and a terminal would obey
 * (DEL, C1, marks of direction, line separators) are escaped, so nothing is lost.
 */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
