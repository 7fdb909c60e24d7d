import { nearest } from './nearest.ts';

/** What is wrong with a value, each complaint with the path it is about; nothing when it is right. */
export type Rule = (value: unknown, path: string) => string[];

/** A key of an object: what its value must be, and whether it must be there. */
export interface SchemaEntry {
  rule: Rule;
  needed: boolean;
}

export const required = (rule: Rule): SchemaEntry => ({ rule, needed: true });
export const optional = (rule: Rule): SchemaEntry => ({ rule, needed: false });

export const unknown: Rule = () => [];

/** Text with something in it; `fault` says what else is wrong with it. */
export function text(fault?: (value: string) => string | undefined): Rule {
  return (value, path) => {
    if (typeof value !== 'string') return [`${path}: must be text`];
    if (value.trim() === '') return [`${path}: is empty`];
    if (!value.isWellFormed()) return [`${path}: holds half of a character (a lone surrogate)`];
    const wrong = fault?.(value);
    return wrong === undefined ? [] : [`${path}: ${wrong}`];
  };
}

/** Text that is one of these words. */
export function oneOf(words: readonly string[]): Rule {
  return text((value) => {
    if (words.includes(value)) return undefined;
    const meant = nearest(value, words);
    return `${JSON.stringify(value)} is not one of ${words.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`;
  });
}

export function list(item: Rule, what: string, least: number, most: number): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return [`${path}: must be a list of ${what}`];
    const count =
      value.length < least || value.length > most
        ? [`${path}: has ${value.length} ${what}, ${least} to ${most} are allowed`]
        : [];
    return [...count, ...value.flatMap((one, index) => item(one, `${path}[${index}]`))];
  };
}

/**
 * An object with these keys. A key that is not among them may be one that the gateway knows and its
 * documentation does not; only what is nearly one of them counts as a slip of the pen. Each of `more` looks at the
 * object as a whole.
 */
export function object(keys: Readonly<Record<string, SchemaEntry>>, ...more: Rule[]): Rule {
  return (value, path) => {
    const fields = asFields(value);
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    if (fields === undefined) return [`${path || 'the file'}: must be an object`];
    return [
      ...Object.entries(keys).flatMap(([key, entry]) => {
        const one = fields[key];
        if (one !== undefined && one !== null) return entry.rule(one, at(key));
        return entry.needed ? [`${at(key)}: is missing`] : [];
      }),
      ...Object.keys(fields).flatMap((key) => {
        if (Object.hasOwn(keys, key)) return [];
        const absent = Object.keys(keys).filter((known) => fields[known] === undefined);
        const meant = nearest(key, absent);
        return meant ? [`${at(key)}: is unknown; did you mean ${meant}?`] : [];
      }),
      ...more.flatMap((rule) => rule(fields, path)),
    ];
  };
}

export function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
