import { refuse } from '../errors.ts';
import { findNearest } from './nearest.ts';

export type Variables = Readonly<Record<string, string>>;

/** A placeholder `{name}` of the vendor's templates. Values are not searched again, so a value may contain braces. */
const placeholder = /\{([A-Za-z_][\w-]*|\d+)\}/g;

/** A text split into the pieces around its placeholders, and their names. */
interface ParsedText {
  text: string;
  /** Pieces of text, one more than there are names. */
  between: readonly string[];
  names: readonly string[];
  distinct: ReadonlySet<string>;
}

/** Last parsed text, since most messages of a bulk have the same. */
let lastParsed: ParsedText = { text: '', between: [''], names: [], distinct: new Set() };

function parseText(text: string): ParsedText {
  if (lastParsed.text === text) return lastParsed;
  // After splitting by a pattern with a group, every second piece is the group.
  const pieces = text.split(placeholder);
  const between = pieces.filter((_, index) => index % 2 === 0);
  const names = pieces.filter((_, index) => index % 2 === 1);
  lastParsed = { text, between, names, distinct: new Set(names) };
  return lastParsed;
}

/** Returns the names of the placeholders in a text. */
export function findPlaceholders(text: string): ReadonlySet<string> {
  return parseText(text).distinct;
}

/**
 * Replaces the placeholders in a text with their values.
 * @throws Failure `placeholder.missing` if a value is missing
 */
export function renderText(text: string, variables: Variables): string {
  const { between, names, distinct } = parseText(text);
  let result = between[0] ?? '';
  names.forEach((name, index) => {
    if (!Object.hasOwn(variables, name)) failMissing(distinct, variables);
    result += variables[name] + (between[index + 1] ?? '');
  });
  return result;
}

function failMissing(names: ReadonlySet<string>, variables: Variables): never {
  const missing = [...names].filter((name) => !Object.hasOwn(variables, name));
  return refuse(
    'placeholder.missing',
    `the message has no value for ${missing.map((name) => `{${name}}`).join(', ')}`,
    { names: missing },
  );
}

/** Checks that all values belong to known placeholders. @throws Failure `placeholder.unknown` */
export function assertKnownPlaceholders(
  variables: Variables,
  known: ReadonlySet<string>,
  where: string,
): void {
  for (const name of Object.keys(variables)) {
    if (known.has(name)) continue;
    const meant = findNearest(name, known);
    refuse('placeholder.unknown', `${where} has no placeholder {${name}}`, {
      known: [...known],
      ...(meant !== undefined && { meant }),
    });
  }
}
