/** Unexpected JSON values, as text: parsers must treat them as missing or as strings, and never throw. */
export const hostileValues: readonly (readonly [name: string, json: string])[] = [
  ['object that cannot be converted to a string', '{"toString":1,"valueOf":1}'],
  ['list of an object', '[{"toString":1,"valueOf":1}]'],
  ['own __proto__ key', '{"__proto__":{"toString":1},"constructor":1,"hasOwnProperty":1}'],
  ['own toJSON key', '{"toJSON":1}'],
  ['name of a method', '"constructor"'],
  ['name of the prototype', '"__proto__"'],
  ['lone surrogate', '"\\ud800"'],
  ['NUL', '"\\u0000"'],
  ['number that overflows to infinity', '1e999'],
  ['negative zero', '-0'],
  ['more digits than a double holds', '123456789012345678901234567890'],
  ['number too large for a timer', '1e300'],
  ['null', 'null'],
  ['true', 'true'],
  ['empty string', '""'],
  ['empty list', '[]'],
  ['empty object', '{}'],
  ['string of a megabyte', `"${'x'.repeat(1_000_000)}"`],
  ['deeply nested lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['deeply nested objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
];

/** Returns one variant of `document` per value in it, with that value replaced by `json`. */
export function replaceEachValue(document: unknown, json: string): string[] {
  const mark = '\u0001';
  const variants = (value: unknown): unknown[] => {
    if (Array.isArray(value))
      return [mark, ...value.flatMap((one, at) => variants(one).map((other) => value.with(at, other)))];
    if (typeof value !== 'object' || value === null) return [mark];
    return [
      mark,
      ...Object.entries(value).flatMap(([name, one]) =>
        variants(one).map((other) => ({ ...value, [name]: other })),
      ),
    ];
  };
  const encodedMark = JSON.stringify(mark);
  return variants(document).map((one) => JSON.stringify(one).replace(encodedMark, () => json));
}
