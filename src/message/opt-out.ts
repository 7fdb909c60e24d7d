import { fail } from '../errors.ts';
import type { Instant } from './time.ts';

/** A number that opted out. */
export interface OptOut {
  /** Number in E.164. */
  phone: string;
  at: Instant;
  /** Source of the opt-out: a message from the number, a list, or the user. */
  source: 'inbound' | 'import' | 'told';
  /** Keyword of the message, or a note by the user; null for none. */
  note: string | null;
}

/** Direction of a consent change: opt out or opt in. */
export type ConsentChange = 'out' | 'in';

/** Keywords for opting out and in. Case, accents and punctuation are ignored. */
export interface ConsentKeywords {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

/**
 * Keywords that, as a whole message, can hardly mean anything else. Without `no`, `yes`, `ja`, `sì`, which answer
 * questions, and without `fine`, which means the end in Italian and well in English.
 */
export const defaultConsentKeywords: ConsentKeywords = {
  stop: [
    ...[
      'stop',
      'stopall',
      'stop all',
      'unsubscribe',
      'cancel',
      'end',
      'quit',
      'revoke',
      'remove',
      'optout',
      'opt out',
    ],
    ...[
      'basta',
      'annulla',
      'cancella',
      'cancellami',
      'disiscrivi',
      'disiscrivimi',
      'rimuovimi',
      'disiscrizione',
    ],
    ...[
      'arrêt',
      'arrêter',
      'arrêtez',
      'arrête',
      'désabonner',
      'désabonnement',
      'désinscrire',
      'désinscription',
    ],
    ...['stopp', 'abmelden', 'abbestellen', 'austragen', 'afmelden', 'uitschrijven'],
    ...['baja', 'alto', 'cancelar', 'parar', 'sair', 'remover', 'стоп', 'отписаться', 'στοπ', 'توقف'],
  ],
  start: [
    ...['start', 'unstop', 'subscribe', 'resubscribe', 'optin', 'opt in'],
    ...['inizia', 'iscrivi', 'iscrivimi', 'riattiva', 'alta', 'réabonner', 'anmelden', 'aanmelden', 'старт'],
  ],
};

/**
 * Words that may follow an opt-out keyword without changing its meaning: names for our messages. A fixed list, since
 * not every word may follow: `STOP PROMO` opts out, `stop there` and `cancel tomorrow` do not.
 */
const trailingWords = new Set([
  ...['all', 'sms', 'mms', 'rcs', 'whatsapp', 'msg', 'msgs', 'messages', 'texts', 'texting'],
  ...['promo', 'promos', 'promotions', 'marketing', 'ads', 'spam', 'newsletter', 'info'],
  ...['messaggi', 'tutto', 'tutti', 'pubblicita', 'promozioni', 'pub'],
  ...['mensajes', 'publicidad', 'mensagens', 'nachrichten', 'werbung'],
]);

/** Polite words that may follow any keyword without changing its meaning. */
const courtesyWords = new Set([
  ...['please', 'pls', 'grazie', 'per', 'favore', 'merci', 'svp', 'gracias', 'por', 'favor', 'bitte'],
]);

/**
 * Detects a consent change in a message that consists of a keyword only, possibly repeated; returns the change and the
 * keyword. Null for any other message, such as `stop by later` and `don't stop`.
 */
export function detectConsentKeyword(
  text: string,
  words: ConsentKeywords,
): { change: ConsentChange; word: string } | null {
  const tokens = tokenize(text);
  const [first, ...others] = tokens;
  if (first === undefined) return null;
  const wholeText = others.every((token) => token === first) ? first : tokens.join(' ');
  /** Joins the tokens without ignored ones at the end; the first token always counts. */
  const joinWithout = (isIgnored: (token: string) => boolean) =>
    tokens.slice(0, Math.max(tokens.findLastIndex((token) => !isIgnored(token)) + 1, 1)).join(' ');
  const findKeyword = (list: readonly string[], wanted: string) =>
    list.find((word) => normalize(word) === wanted);
  // A message that matches both opts out: one message too few does less harm than one too many.
  const stop =
    findKeyword(words.stop, wholeText) ??
    findKeyword(
      words.stop,
      joinWithout((token) => courtesyWords.has(token) || trailingWords.has(token)),
    );
  if (stop !== undefined) return { change: 'out', word: stop };
  const start =
    findKeyword(words.start, wholeText) ??
    findKeyword(
      words.start,
      joinWithout((token) => courtesyWords.has(token)),
    );
  return start === undefined ? null : { change: 'in', word: start };
}

/** Parses a comma-separated list of keywords. @throws Failure `words.invalid` if one has neither letter nor digit */
export function parseConsentKeywords(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => normalize(word) === ''))
    fail(
      'usage',
      'words.invalid',
      `invalid list of words ${JSON.stringify(text)}`,
      'separate the words with commas: stop,basta,no more',
    );
  return words;
}

/** Splits a text into groups of letters and digits, in lower case and without accents. */
function tokenize(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .normalize('NFKD');
  const tokens = folded.replace(/\p{M}/gu, '').match(/[\p{L}\p{N}]+/gu) ?? [];
  // Spelled out: S.T.O.P.
  return tokens.length > 2 && tokens.every((token) => token.length === 1) ? [tokens.join('')] : tokens;
}

function normalize(word: string): string {
  return tokenize(word).join(' ');
}
