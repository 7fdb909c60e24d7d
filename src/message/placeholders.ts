import { fail } from '../errors.ts';
import { nearest } from './nearest.ts';

export type Variables = Readonly<Record<string, string>>;

/** `{name}`, as the vendor's templates write it. Values are never searched again, so a value may hold braces. */
const placeholder = /\{([A-Za-z_][\w-]*|\d+)\}/g;

export function placeholdersOf(text: string): Set<string> {
  return new Set(Array.from(text.matchAll(placeholder), (match) => match[1] as string));
}

/**
 * The text with its placeholders filled in.
 * @throws Failure `placeholder.missing` when a value is missing
 */
export function filled(text: string, variables: Variables): string {
  const missing = [...placeholdersOf(text)].filter((name) => !Object.hasOwn(variables, name));
  if (missing.length > 0)
    fail(
      'usage',
      'placeholder.missing',
      `the message has no value for ${missing.map((name) => `{${name}}`).join(', ')}`,
      `give it: ${missing.map((name) => `--var ${name}=VALUE`).join(' ')}`,
    );
  return text.replace(placeholder, (_, name: string) => variables[name] ?? '');
}

/** @throws Failure `placeholder.unknown` when a value is given that nothing asks for */
export function refuseSurplus(variables: Variables, known: Set<string>, where: string): void {
  for (const name of Object.keys(variables)) {
    if (known.has(name)) continue;
    const meant = nearest(name, known);
    fail(
      'usage',
      'placeholder.unknown',
      `${where} has no placeholder {${name}}`,
      meant
        ? `did you mean --var ${meant}=...?`
        : known.size > 0
          ? `it has ${[...known].map((k) => `{${k}}`).join(', ')}`
          : 'leave --var away',
    );
  }
}
