import { type ConsentChange, type ConsentKeywords, normalizeKeyword, tokenize } from './opt-out.ts';

/**
 * Keywords that, as a whole message, can hardly mean anything else. Without `no`, `yes`, `ja`, `sì`, which answer
 * questions, and without `fine`, which means the end in Italian and well in English.
 */
export const defaultConsentKeywords = {
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
  { stop = defaultConsentKeywords.stop, start = defaultConsentKeywords.start }: ConsentKeywords,
): { change: ConsentChange; word: string } | null {
  const tokens = tokenize(text);
  const [first, ...others] = tokens;
  if (first === undefined) return null;
  const wholeText = others.every((token) => token === first) ? first : tokens.join(' ');
  /** Joins the tokens without ignored ones at the end; the first token always counts. */
  const joinWithout = (isIgnored: (token: string) => boolean) =>
    tokens.slice(0, Math.max(tokens.findLastIndex((token) => !isIgnored(token)) + 1, 1)).join(' ');
  const findKeyword = (list: readonly string[], wanted: string) =>
    list.find((word) => normalizeKeyword(word) === wanted);
  // A message that matches both opts out: one message too few does less harm than one too many.
  const stopWord =
    findKeyword(stop, wholeText) ??
    findKeyword(
      stop,
      joinWithout((token) => courtesyWords.has(token) || trailingWords.has(token)),
    );
  if (stopWord !== undefined) return { change: 'out', word: stopWord };
  const startWord =
    findKeyword(start, wholeText) ??
    findKeyword(
      start,
      joinWithout((token) => courtesyWords.has(token)),
    );
  return startWord === undefined ? null : { change: 'in', word: startWord };
}
