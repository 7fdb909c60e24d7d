import { refuse } from '../errors.ts';
import { findNearest } from './nearest.ts';

export type Variables = Readonly<Record<string, string>>;

/**
 * Texts and templates have one grammar. `{name}` is a placeholder, and `{{name}}` is the same, as Meta writes it in
 * `{{1}}`. A name is any text without braces and backslashes, so every header of a spreadsheet is one. A backslash before
 * a brace makes it a literal one; two backslashes there are a literal backslash. Any other brace is an error. Values are
 * not searched again, so a value may contain braces.
 */
const token = /(\\+)([{}])|\{\{([^{}\\]*)\}\}|\{(?!\{)([^{}\\]*)\}|\{+[^{}\\]*\}*|\}/g;

/** A text split into the pieces around its placeholders, and their names. */
interface ParsedText {
  text: string;
  /** Pieces of text without escapes, one more than there are names. */
  between: readonly string[];
  /** Placeholders as written, and their names. */
  written: readonly string[];
  names: readonly string[];
  distinct: ReadonlySet<string>;
  /** First brace that is neither part of a placeholder nor escaped, with the text behind it. */
  malformed: string | undefined;
}

/** Last parsed text, since most messages of a bulk have the same. */
let lastParsed = parseAnew('');

function parseText(text: string): ParsedText {
  if (lastParsed.text !== text) lastParsed = parseAnew(text);
  return lastParsed;
}

function parseAnew(text: string): ParsedText {
  const between: string[] = [];
  const written: string[] = [];
  const names: string[] = [];
  let malformed: string | undefined;
  let piece = '';
  let end = 0;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    piece += text.slice(end, match.index);
    end = token.lastIndex;
    const [whole, slashes, brace = ''] = match;
    const name = normalizeName(match[3] ?? match[4] ?? '');
    if (slashes !== undefined) {
      piece += '\\'.repeat(slashes.length >> 1);
      if (slashes.length % 2 === 1) piece += brace;
      // The brace begins a token of its own.
      else end = token.lastIndex -= 1;
    } else if (name === '') {
      malformed ??= whole;
      piece += whole;
    } else {
      between.push(piece);
      written.push(whole);
      names.push(name);
      piece = '';
    }
  }
  between.push(piece + text.slice(end));
  return { text, between, written, names, distinct: new Set(names), malformed };
}

/**
 * Normalizes the name of a placeholder or a column: composed characters (NFC), single spaces, no invisible characters.
 */
export function normalizeName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * Finds the value of a placeholder among the names of values: the same name, else the only one that differs in case alone.
 * Returns several names if more than one differs in case, and none if no name fits.
 */
export function matchName(placeholder: string, names: readonly string[]): readonly string[] {
  const same = names.find((name) => normalizeName(name) === placeholder);
  if (same !== undefined) return [same];
  const folded = placeholder.toLowerCase();
  return names.filter((name) => normalizeName(name).toLowerCase() === folded);
}

/** Returns the values of these placeholders by their names; those without a value are left out. */
export function pickValues(placeholders: Iterable<string>, variables: Variables): Record<string, string> {
  const names = Object.keys(variables);
  return Object.fromEntries(
    [...placeholders].flatMap((placeholder) => {
      const [name, ...others] = matchName(placeholder, names);
      return name === undefined || others.length > 0 ? [] : [[placeholder, variables[name] ?? '']];
    }),
  );
}

/** A piece of a text: plain text, or a placeholder. */
export interface Piece {
  text: string;
  /** Name of the placeholder; null for plain text. */
  name: string | null;
  /** True if `text` is the value; false if it is the placeholder as written. */
  hasValue: boolean;
}

/** Splits a text into pieces, with the given values. Malformed braces are plain text. */
export function splitPieces(text: string, variables: Variables): Piece[] {
  const { between, written, names, distinct } = parseText(text);
  const values = pickValues(distinct, variables);
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

/** Maximum length of the malformed text in an error, in characters. */
const maxShown = 30;

/** Refuses a text with a brace that is neither part of a placeholder nor escaped. @throws Failure `placeholder.malformed` */
export function assertWellFormed(text: string): void {
  const { malformed } = parseText(text);
  if (malformed === undefined) return;
  const shown = malformed.length > maxShown ? `${malformed.slice(0, maxShown - 1)}…` : malformed;
  refuse('placeholder.malformed', `${JSON.stringify(shown)} is not a placeholder`);
}

/**
 * Replaces the placeholders in a text with their values, and escaped braces with braces.
 * @throws Failure `placeholder.malformed`, and `placeholder.missing` if a value is missing
 */
export function renderText(text: string, variables: Variables): string {
  assertWellFormed(text);
  const { between, names, distinct } = parseText(text);
  const values = names.every((name) => Object.hasOwn(variables, name))
    ? variables
    : pickValues(distinct, variables);
  let result = between[0] ?? '';
  names.forEach((name, index) => {
    if (!Object.hasOwn(values, name)) failMissing(distinct, variables);
    result += values[name] + (between[index + 1] ?? '');
  });
  return result;
}

function failMissing(placeholders: ReadonlySet<string>, variables: Variables): never {
  const given = Object.keys(variables);
  const unmatched = [...placeholders].map((name) => ({ name, matches: matchName(name, given) }));
  const missing = unmatched.filter(({ matches }) => matches.length !== 1);
  return refuse(
    'placeholder.missing',
    `the message has no value for ${missing.map(({ name }) => `{${name}}`).join(', ')}${missing
      .filter(({ matches }) => matches.length > 1)
      .map(({ name, matches }) => `; {${name}} could be ${matches.join(' or ')}`)
      .join('')}`,
    { names: missing.map(({ name }) => name) },
  );
}

/** Checks that all values belong to known placeholders. @throws Failure `placeholder.unknown` */
export function assertKnownPlaceholders(
  variables: Variables,
  known: ReadonlySet<string>,
  where: string,
): void {
  for (const name of Object.keys(variables)) {
    if (isKnownName(name, known)) continue;
    const meant = findNearest(name, known);
    refuse('placeholder.unknown', `${where} has no placeholder {${name}}`, {
      known: [...known],
      ...(meant !== undefined && { meant }),
    });
  }
}

/** Returns true if a value of this name belongs to one of the placeholders. */
export function isKnownName(name: string, placeholders: Iterable<string>): boolean {
  const folded = normalizeName(name).toLowerCase();
  for (const placeholder of placeholders) if (placeholder.toLowerCase() === folded) return true;
  return false;
}
