import { findNearest } from './nearest.ts';

/** Validates a value; returns all problems, each with the path it concerns, and none if the value is valid. */
export type Rule = (value: unknown, path: string) => string[];

/** Schema of an object key: the rule for its value, and whether it is required. */
export interface SchemaEntry {
  rule: Rule;
  isRequired: boolean;
}

export const required = (rule: Rule): SchemaEntry => ({ rule, isRequired: true });
export const optional = (rule: Rule): SchemaEntry => ({ rule, isRequired: false });

/** Accepts any value. */
export const unknown: Rule = () => [];

/** Accepts non-empty text; `check` returns a further problem with it. */
export function text(check?: (value: string) => string | undefined): Rule {
  return (value, path) => {
    if (typeof value !== 'string') return [`${path}: must be text`];
    if (value.trim() === '') return [`${path}: is empty`];
    if (!value.isWellFormed()) return [`${path}: holds half of a character (a lone surrogate)`];
    const wrong = check?.(value);
    return wrong === undefined ? [] : [`${path}: ${wrong}`];
  };
}

/** Accepts one of these words. */
export function oneOf(words: readonly string[]): Rule {
  return text((value) => {
    if (words.includes(value)) return undefined;
    const meant = findNearest(value, words);
    return `${JSON.stringify(value)} is not one of ${words.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`;
  });
}

/** Accepts a list of `min` to `max` items; `what` names the items in the plural. */
export function list(item: Rule, what: string, min: number, max: number): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return [`${path}: must be a list of ${what}`];
    const count =
      value.length < min || value.length > max
        ? [`${path}: has ${value.length} ${what}, ${min} to ${max} are allowed`]
        : [];
    return [...count, ...value.flatMap((element, index) => item(element, `${path}[${index}]`))];
  };
}

/**
 * Accepts an object with these keys. An unknown key is accepted, since the gateway may support keys that its
 * documentation lacks; only a near match of a known key is reported as a typo. Each of `extraRules` validates the whole
 * object.
 */
export function object(keys: Readonly<Record<string, SchemaEntry>>, ...extraRules: Rule[]): Rule {
  return (value, path) => {
    const fields = asFields(value);
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    if (fields === undefined) return [`${path || 'the file'}: must be an object`];
    return [
      ...Object.entries(keys).flatMap(([key, entry]) => {
        const field = fields[key];
        if (field !== undefined && field !== null) return entry.rule(field, at(key));
        return entry.isRequired ? [`${at(key)}: is missing`] : [];
      }),
      ...Object.keys(fields).flatMap((key) => {
        if (Object.hasOwn(keys, key)) return [];
        const absent = Object.keys(keys).filter((known) => fields[known] === undefined);
        const meant = findNearest(key, absent);
        return meant ? [`${at(key)}: is unknown; did you mean ${meant}?`] : [];
      }),
      ...extraRules.flatMap((rule) => rule(fields, path)),
    ];
  };
}

/** Returns the fields of an object; undefined for any other value. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
