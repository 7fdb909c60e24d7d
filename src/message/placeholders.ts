import { refuse } from '../errors.ts';
import { findNearest } from './nearest.ts';

export type Variables = Readonly<Record<string, string>>;

/**
 * A placeholder in a text or a template: `{name}` as the vendor's templates write it, or `{{1}}` as Meta's do. Values are
 * not searched again, so a value may contain braces.
 */
const placeholder = /\{\{\s*([A-Za-z_][\w-]*|\d+)\s*\}\}|\{([A-Za-z_][\w-]*|\d+)\}/g;

/** A text split into the pieces around its placeholders, and their names. */
interface ParsedText {
  text: string;
  /** Pieces of text, one more than there are names. */
  between: readonly string[];
  /** Placeholders as written, and their names. */
  written: readonly string[];
  names: readonly string[];
  distinct: ReadonlySet<string>;
}

/** Last parsed text, since most messages of a bulk have the same. */
let lastParsed: ParsedText = { text: '', between: [''], written: [], names: [], distinct: new Set() };

function parseText(text: string): ParsedText {
  if (lastParsed.text === text) return lastParsed;
  const between: string[] = [];
  const written: string[] = [];
  const names: string[] = [];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    between.push(text.slice(end, match.index));
    written.push(match[0]);
    names.push(match[1] ?? match[2] ?? '');
    end = match.index + match[0].length;
  }
  between.push(text.slice(end));
  lastParsed = { text, between, written, names, distinct: new Set(names) };
  return lastParsed;
}

/** A piece of a text: plain text, or a placeholder. */
export interface Piece {
  text: string;
  /** Name of the placeholder; null for plain text. */
  name: string | null;
  /** True if `text` is the value; false if it is the placeholder as written. */
  hasValue: boolean;
}

/** Splits a text into pieces, with the given values. */
export function splitPieces(text: string, values: Variables): Piece[] {
  const { between, written, names } = parseText(text);
  const plain = (piece = ''): Piece[] => (piece === '' ? [] : [{ text: piece, name: null, hasValue: false }]);
  return between.flatMap((piece, index) => {
    const name = names[index];
    if (name === undefined) return plain(piece);
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return [...plain(piece), { text: value ?? written[index] ?? '', name, hasValue: value !== undefined }];
  });
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
