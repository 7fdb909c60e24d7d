import { refuse } from '../errors.ts';
import { nearest } from './nearest.ts';

export type Variables = Readonly<Record<string, string>>;

/** `{name}`, as the vendor's templates write it. Values are never searched again, so a value may hold braces. */
const placeholder = /\{([A-Za-z_][\w-]*|\d+)\}/g;

/** A text taken apart: what stands before, between and after its placeholders, and their names. */
interface ParsedText {
  text: string;
  /** One more than there are names. */
  between: readonly string[];
  names: readonly string[];
  distinct: ReadonlySet<string>;
}

/** Of many messages most say the same. */
let latest: ParsedText = { text: '', between: [''], names: [], distinct: new Set() };

function parseText(text: string): ParsedText {
  if (latest.text === text) return latest;
  // Split by a pattern with a group, every second piece is what the group caught.
  const pieces = text.split(placeholder);
  const between = pieces.filter((_, index) => index % 2 === 0);
  const names = pieces.filter((_, index) => index % 2 === 1);
  latest = { text, between, names, distinct: new Set(names) };
  return latest;
}

export function findPlaceholders(text: string): ReadonlySet<string> {
  return parseText(text).distinct;
}

/**
 * The text with its placeholders filled in.
 * @throws Failure `placeholder.missing` when a value is missing
 */
export function renderText(text: string, variables: Variables): string {
  const { between, names, distinct } = parseText(text);
  let whole = between[0] ?? '';
  names.forEach((name, index) => {
    if (!Object.hasOwn(variables, name)) refuseMissing(distinct, variables);
    whole += variables[name] + (between[index + 1] ?? '');
  });
  return whole;
}

function refuseMissing(names: ReadonlySet<string>, variables: Variables): never {
  const missing = [...names].filter((name) => !Object.hasOwn(variables, name));
  return refuse(
    'placeholder.missing',
    `the message has no value for ${missing.map((name) => `{${name}}`).join(', ')}`,
    { names: missing },
  );
}

/** @throws Failure `placeholder.unknown` when a value is given that nothing asks for */
export function refuseSurplus(variables: Variables, known: ReadonlySet<string>, where: string): void {
  for (const name of Object.keys(variables)) {
    if (known.has(name)) continue;
    const meant = nearest(name, known);
    refuse('placeholder.unknown', `${where} has no placeholder {${name}}`, {
      known: [...known],
      ...(meant !== undefined && { meant }),
    });
  }
}
