/** Unexpected JSON values, each as its text: a reader must treat them as absent or as text, and never fail. */
export const hostileValues: readonly (readonly [name: string, json: string])[] = [
  ['an object that cannot become text', '{"toString":1,"valueOf":1}'],
  ['a list that holds one', '[{"toString":1,"valueOf":1}]'],
  ['a prototype of its own', '{"__proto__":{"toString":1},"constructor":1,"hasOwnProperty":1}'],
  ['a toJSON of its own', '{"toJSON":1}'],
  ['the name of a method', '"constructor"'],
  ['the name of the prototype', '"__proto__"'],
  ['half a character', '"\\ud800"'],
  ['NUL', '"\\u0000"'],
  ['a number beyond all', '1e999'],
  ['minus nought', '-0'],
  ['more digits than a number keeps', '123456789012345678901234567890'],
  ['a number that no timer takes', '1e300'],
  ['null', 'null'],
  ['true', 'true'],
  ['an empty text', '""'],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['a text of a megabyte', `"${'x'.repeat(1_000_000)}"`],
  ['lists within lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['objects within objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
];

/** `document` once for each place in it that holds a value, with `json` in that place. */
export function withValueAt(document: unknown, json: string): string[] {
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
  const written = JSON.stringify(mark);
  return variants(document).map((one) => JSON.stringify(one).replace(written, () => json));
}
