import type { Flag } from './flag.ts';

/** Returns the words that give a flag this value on a command line; none for its default. */
export function writeFlag<T>({ flag, type, defaultValue, many, flat, negated }: Flag<T>, value: T): string[] {
  const isDefault = many ? (value as unknown[]).length === 0 : value === defaultValue || value === undefined;
  if (isDefault) return [];
  if (type === null) return [negated ? `--no-${flag}` : `--${flag}`];
  const values: unknown[] = many ? (value as unknown[]) : [value];
  return values.flatMap((one) => {
    const text = type.write?.(flat ? [one] : one) ?? String(one);
    // A value with a leading dash would be parsed as a flag.
    return text.startsWith('-') ? [`--${flag}=${text}`] : [`--${flag}`, text];
  });
}
