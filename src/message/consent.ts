import {
  agreement,
  courtesies,
  defaultConsentKeywords,
  leadingWords,
  startSentences,
  stopSentences,
  topics,
  trailingWords,
} from './consent-words.ts';
import { type ConsentChange, type ConsentKeywords, normalizeKeyword, tokenize } from './opt-out.ts';

/** Returns the pattern of a sentence for normalized text in which each word is followed by a space. */
function toPattern(sentence: string): RegExp {
  const marks: Readonly<Record<string, string>> = { '(': '(?:', ')': ')', '[': '(?:', ']': ')?', '|': '|' };
  const source = sentence.replace(/[()[\]|]|[^()[\]|]+/g, (part) => {
    const words = normalizeKeyword(part);
    return marks[part] ?? (words === '' ? '' : `${words} `);
  });
  return new RegExp(source, 'y');
}

/** Texts to recognize: words and phrases by their normalized form, and sentences. */
interface Phrases {
  byNormalized: ReadonlyMap<string, string>;
  /** Number of words of the longest phrase. */
  longest: number;
  sentences: readonly RegExp[];
}

function toPhrases(texts: readonly string[], sentences: readonly string[] = []): Phrases {
  // The first of several texts is the one that is listed.
  const byNormalized = new Map(texts.map((text) => [normalizeKeyword(text), text] as const).reverse());
  const longest = Math.max(...[...byNormalized.keys()].map((key) => key.split(' ').length));
  return { byNormalized, longest, sentences: sentences.map(toPattern) };
}

function withSentence(phrases: Phrases, sentence: RegExp): Phrases {
  return { ...phrases, sentences: [...phrases.sentences, sentence] };
}

/** Returns the phrases and sentences at a place in a text, the longest first, and the places behind them. */
function matchPhrases(
  tokens: readonly string[],
  at: number,
  { byNormalized, longest, sentences }: Phrases,
): { end: number; word: string }[] {
  const found: { end: number; word: string }[] = [];
  for (let end = Math.min(at + longest, tokens.length); end > at; end--) {
    const word = byNormalized.get(tokens.slice(at, end).join(' '));
    if (word !== undefined) found.push({ end, word });
  }
  const rest = `${tokens.slice(at).join(' ')} `;
  for (const sentence of sentences) {
    sentence.lastIndex = 0;
    const word = sentence.exec(rest)?.[0].trim();
    if (word) found.push({ end: at + word.split(' ').length, word });
  }
  return found;
}

/** A keyword with the short code that the messages come from. `cancel 48123` may mean an order. */
const keywordAndCode =
  /(?:stop|stopp|stopall|unsubscribe|optout|opt out|arret|baja|basta|parar|sair) (?:to )?\d{5,6} /y;

const phrases = {
  stop: withSentence(toPhrases(defaultConsentKeywords.stop, stopSentences), keywordAndCode),
  start: toPhrases(defaultConsentKeywords.start, startSentences),
  courtesies: toPhrases(courtesies),
  topics: toPhrases(topics),
  trailing: toPhrases(trailingWords),
  leading: toPhrases(leadingWords),
  agreement: toPhrases(agreement),
};

/** Words of the longest message that can be a keyword with what surrounds it. Longer ones are not searched. */
const maxTokens = 40;

/** Characters at the end of a message that are searched for a question mark. */
const maxTailLength = 100;

/** Characters of the longest message that is searched for a signature. */
const maxSignedLength = 1_000;

/** Lines of a signature. */
const maxSignatureLines = 4;

/**
 * Detects a consent change in a message that says nothing else: a keyword or sentence, possibly repeated, with polite
 * words or one of `senders`, our names, around it, and a signature behind it. Returns the change and the keyword; null
 * for any other message, such as `stop by later` and `don't stop`.
 */
export function detectConsentKeyword(
  text: string,
  words: ConsentKeywords,
  senders: readonly (string | null | undefined)[] = [],
): { change: ConsentChange; word: string } | null {
  const stop = words.stop === undefined ? phrases.stop : toPhrases(words.stop);
  const start = words.start === undefined ? phrases.start : toPhrases(words.start);
  const names = senders.filter((name) => name != null).filter((name) => !isKeyword(name));
  const around = [phrases.courtesies, ...(names.length > 0 ? [toPhrases(names)] : [])];
  for (const body of listBodies(text)) {
    // `!!1` is a slip of the Shift key.
    const tokens = tokenize(body.replace(/![!1]+/g, '!'));
    if (tokens.length === 0 || tokens.length > maxTokens) continue;
    // `Stop?` may be a careless sign, `no more messages?` is a question.
    const isQuestion = /\?\P{L}*$/u.test(body.slice(-maxTailLength));
    const without = (wanted: Phrases) => (isQuestion ? { ...wanted, sentences: [] } : wanted);
    // A message that matches both opts out: one message too few does less harm than one too many.
    const stopWord = findPhrase(tokens, without(stop), {
      before: [...around, phrases.leading],
      directlyBehind: [phrases.topics],
      behind: [...around, phrases.trailing],
    });
    if (stopWord !== undefined) return { change: 'out', word: stopWord };
    const startWord = findPhrase(tokens, without(start), {
      before: [...around, phrases.agreement],
      directlyBehind: [],
      behind: around,
    });
    if (startWord !== undefined) return { change: 'in', word: startWord };
  }
  return null;
}

/** Words that may stand around a keyword. */
interface Surroundings {
  before: readonly Phrases[];
  directlyBehind: readonly Phrases[];
  behind: readonly Phrases[];
}

/** Returns the phrase of `wanted` that is the whole text, perhaps repeated, apart from the words around it. */
function findPhrase(
  tokens: readonly string[],
  wanted: Phrases,
  { before, directlyBehind, behind }: Surroundings,
): string | undefined {
  /** Returns the places that are reached from these through phrases of these kinds. */
  const reach = (from: Iterable<number>, kinds: readonly Phrases[]) => {
    const reached = new Set(from);
    for (const at of reached)
      for (const kind of kinds) for (const { end } of matchPhrases(tokens, at, kind)) reached.add(end);
    return reached;
  };
  for (const begin of reach([0], before))
    for (const { end, word } of matchPhrases(tokens, begin, wanted)) {
      // Places behind a keyword; the set grows while it is read.
      const ends = new Set([end]);
      for (const at of ends)
        for (const next of reach(reach([at], directlyBehind), behind)) {
          if (next === tokens.length) return word;
          for (const again of matchPhrases(tokens, next, wanted)) ends.add(again.end);
        }
    }
  return undefined;
}

/** A line that a program adds behind a message. */
const programSignature =
  /^(?:sent (?:from|via|with)|get outlook|inviato (?:da|con)|envoyé (?:de|depuis|avec)|enviado (?:desde|do|de|da|por)|gesendet (?:von|mit)|von meinem)\b/i;

/** A name of a person: capitalized words, initials. */
const name = String.raw`(?:\p{Lu}[\p{Ll}'’-]+|\p{Lu}\.?)`;
const nameOnly = new RegExp(`^${name}(?: ${name}){0,3}[.,!]?$`, 'u');
const dashedName = /^[-–—~]+ ?\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,3}$/u;
const nameBehindSentence = new RegExp(`[.!…]\\s+${name}(?: ${name}){1,3}[.,!]?$`, 'u');
/** Case matters for the name, so the thanks are written in both. */
const thanks = [
  ...['thank [Yy]ou', 'thanks', 'grazie', 'grazie mille', 'merci', 'gracias', 'danke', 'dank', 'obrigad[oa]'],
  ...[
    'saluti',
    'regards',
    'sincerely',
    'cordialement',
    'saludos?',
    'cordiales',
    'cordialmente',
    'atentamente',
  ],
  ...['gr[üu](?:ß|ss)en?', 'mf[Gg]', 'l[Gg]', 'v[Gg]', 'atenciosamente'],
].map((word) => `[${word[0]}${word[0]?.toUpperCase()}]${word.slice(1)}`);
const nameBehindThanks = new RegExp(
  `(?<=(?<!\\p{L})(?:${thanks.join('|')})[,.!]?)\\s+${name}(?: ${name}){0,3}[.,!]?$`,
  'u',
);

/** A number of a phone, perhaps with the name of the device before it. */
const phone =
  /(?:(?<label>(?:tel|telephone|phone|ph|mob|mobile|mobil|cell|cel|handy|whatsapp|tél|téléphone|telefono|telefon|telefone|teléfono|móvil|celular)[.:]*\s*)|(?<![\p{L}\d]))(?<number>(?:\+|\()?\d[\d\s()./-]*\d)$/iu;

/** Fewest digits of a number that a signature gives without the word for a phone. */
const minPhoneDigits = 9;

/** A date, a date with a time, or the groups of four digits of a card or a parcel. */
const otherNumber =
  /^\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)|^\d{4}[./-]\d{1,2}[./-]\d{1,2}(?!\d)|\s\d{1,2}\.\d{2}$|^\d{4}(?:[ -]\d{4}){2,}/;

/**
 * Returns a text without the number of a phone at its end; as it is if there is none. Digits without a sign of a phone
 * may be the number of an order.
 */
function removePhone(text: string): string {
  const match = phone.exec(text);
  const { label, number = '' } = match?.groups ?? {};
  const digits = number.replace(/\D/g, '').length;
  const isPhone =
    label !== undefined || number.startsWith('+')
      ? digits >= 6
      : digits >= minPhoneDigits &&
        (/^[(0]/.test(number) || /\d[\s./-]+\d/.test(number)) &&
        !otherNumber.test(number);
  return match !== null && isPhone && digits <= 15 ? text.slice(0, match.index) : text;
}

/** An address of mail or of a page. */
const address = /^(?:\S+@\S+\.\S+|(?:https?:\/\/|www\.)\S+)$/i;

/** Yields a message, and the same without the signature or the quotation behind it. */
function* listBodies(text: string): Generator<string> {
  const trimmed = text.trim();
  const lines = trimmed
    .slice(0, maxSignedLength + 1)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const end = lines.findIndex((line) => line.startsWith('>') || /^(?:--|__)$/.test(line));
  const kept = end < 1 ? lines : lines.slice(0, end);
  // A quotation is no part of the message.
  yield kept.length < lines.length ? kept.join('\n') : trimmed;
  if (trimmed.length > maxSignedLength) return;
  for (let left = maxSignatureLines; left > 0 && kept.length > 1 && isSignature(kept.at(-1) ?? ''); left--) {
    kept.pop();
    yield kept.join('\n');
  }
  const signed = kept.join('\n');
  const last = removePhone(signed).replace(/[\s,–—-]+$/, '');
  if (last !== signed) yield last;
  for (const behind of [
    /\s(?:sent from|inviato da|envoyé de|enviado desde|enviado do|gesendet von)\b.{0,60}$/i,
    /\s[-–—~]+ ?\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,3}$/u,
    nameBehindThanks,
    nameBehindSentence,
  ])
    if (behind.test(last)) yield last.replace(behind, '');
}

function isSignature(line: string): boolean {
  const plain = line.replace(/\p{Extended_Pictographic}\uFE0F?/gu, '').trim();
  return (
    programSignature.test(line) ||
    address.test(plain) ||
    removePhone(plain).trim() === '' ||
    (!isKeyword(line) && (nameOnly.test(line) || dashedName.test(line)))
  );
}

function isKeyword(text: string): boolean {
  const tokens = tokenize(text);
  return (
    tokens.length === 0 ||
    tokens.some((token) => phrases.stop.byNormalized.has(token) || phrases.start.byNormalized.has(token))
  );
}
