import { fail } from '../errors.ts';
import type { Instant } from './time.ts';

/** Somebody who wants no messages. */
export interface OptOut {
  /** E.164. */
  phone: string;
  at: Instant;
  /** How it became known: by a message of theirs, from a list, or told by a person. */
  source: 'inbound' | 'import' | 'told';
  /** The word they wrote, or what whoever told it said of it; null for nothing. */
  note: string | null;
}

/** What a message of somebody's says about being written to. */
export type ConsentChange = 'out' | 'in';

/** The words that say so, each as a person writes it: capital letters, accents and punctuation make no difference. */
export interface ConsentKeywords {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

/**
 * Words that as a whole message can hardly mean anything else. Not `no`, `yes`, `ja`, `sì`: those answer questions.
 * Nor `fine`, which ends things in Italian and is well in English.
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
 * What may stand behind a word to stop without changing it: what we send, as people call it, and courtesy. A list, and
 * not any one word: `STOP PROMO` ends messages, `stop there` and `cancel tomorrow` speak of something else.
 */
const objects = new Set([
  ...['all', 'sms', 'mms', 'rcs', 'whatsapp', 'msg', 'msgs', 'messages', 'texts', 'texting'],
  ...['promo', 'promos', 'promotions', 'marketing', 'ads', 'spam', 'newsletter', 'info'],
  ...['messaggi', 'tutto', 'tutti', 'pubblicita', 'promozioni', 'pub'],
  ...['mensajes', 'publicidad', 'mensagens', 'nachrichten', 'werbung'],
]);

const courtesy = new Set([
  ...['please', 'pls', 'grazie', 'per', 'favore', 'merci', 'svp', 'gracias', 'por', 'favor', 'bitte'],
]);

/**
 * What a message says about being written to, where all of it says that, and the word of the list that does; null
 * where it speaks of something else: `stop by later` and `don't stop` do. Said several times it is still said.
 */
export function detectConsentKeyword(
  text: string,
  words: ConsentKeywords,
): { change: ConsentChange; word: string } | null {
  const tokens = tokensOf(text);
  const [first, ...others] = tokens;
  if (first === undefined) return null;
  const said = others.every((token) => token === first) ? first : tokens.join(' ');
  /** Without what changes nothing at its end; the first word always counts. */
  const without = (isIdle: (token: string) => boolean) =>
    tokens.slice(0, Math.max(tokens.findLastIndex((token) => !isIdle(token)) + 1, 1)).join(' ');
  const among = (list: readonly string[], wanted: string) => list.find((word) => plain(word) === wanted);
  // Who says both wants out: a message too few does less harm than one too many.
  const stop =
    among(words.stop, said) ??
    among(
      words.stop,
      without((token) => courtesy.has(token) || objects.has(token)),
    );
  if (stop !== undefined) return { change: 'out', word: stop };
  const start =
    among(words.start, said) ??
    among(
      words.start,
      without((token) => courtesy.has(token)),
    );
  return start === undefined ? null : { change: 'in', word: start };
}

/** Reads a list of words parted by commas. @throws Failure `words.invalid` where one of them has neither letter nor digit */
export function parseConsentKeywords(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => plain(word) === ''))
    fail(
      'usage',
      'words.invalid',
      `${JSON.stringify(text)} is not a list of words`,
      'write it as stop,basta,no more',
    );
  return words;
}

/** Letters and digits, in lower case and without accents, in the groups in which they stand. */
function tokensOf(text: string): string[] {
  const bare = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .normalize('NFKD');
  const tokens = bare.replace(/\p{M}/gu, '').match(/[\p{L}\p{N}]+/gu) ?? [];
  // Spelt out: S.T.O.P.
  return tokens.length > 2 && tokens.every((token) => token.length === 1) ? [tokens.join('')] : tokens;
}

function plain(word: string): string {
  return tokensOf(word).join(' ');
}
