import { fail } from '../errors.ts';
import type { Instant } from './time.ts';

/** A number that opted out. */
export interface OptOut {
  /** Number in E.164, as it was given; or a short code or a name. */
  phone: string;
  at: Instant;
  /** Source of the opt-out: a message from the number, a list, the user, or a rejection by the gateway. */
  source: 'inbound' | 'import' | 'told' | 'gateway';
  /** Keyword of the message, a note by the user, or the reason of the rejection; null for none. */
  note: string | null;
}

/** Direction of a consent change: opt out or opt in. */
export type ConsentChange = 'out' | 'in';

/** Keywords for opting out and in. Case, accents and punctuation are ignored. */
export interface ConsentKeywords {
  /** Undefined for the default ones. */
  readonly stop: readonly string[] | undefined;
  readonly start: readonly string[] | undefined;
  /** Our sender ID, which may stand beside a keyword; undefined if it is not known. */
  readonly sender?: string | undefined;
}

/** Parses a comma-separated list of keywords. @throws Failure `words.invalid` if one has neither letter nor digit */
export function parseConsentKeywords(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => normalizeKeyword(word) === ''))
    fail(
      'usage',
      'words.invalid',
      `invalid list of words ${JSON.stringify(text)}`,
      'separate the words with commas: stop,basta,no more',
    );
  return words;
}

/** Splits a text into groups of letters and digits, in lower case, without accents and emoji. */
export function tokenize(text: string): string[] {
  const folded = text
    .replace(/[\d#*]\uFE0F?\u20E3|\p{Extended_Pictographic}/gu, ' ')
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .normalize('NFKD');
  const tokens = folded.replace(/\p{M}/gu, '').match(/[\p{L}\p{N}]+/gu) ?? [];
  // Spelled out: S.T.O.P.
  return tokens.length > 2 && tokens.every((token) => token.length === 1) ? [tokens.join('')] : tokens;
}

export function normalizeKeyword(word: string): string {
  return tokenize(word).join(' ');
}
