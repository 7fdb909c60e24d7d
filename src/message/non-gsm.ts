import { countSeptets, detectEncoding } from './sms.ts';

/** Characters that editors insert, and their replacements in GSM-7. */
const lookalikes: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': ',',
  '‛': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‹': "'",
  '›': "'",
  '`': "'",
  '´': "'",
  '–': '-',
  '—': '-',
  '‐': '-',
  '‑': '-',
  '−': '-',
  '…': '...',
  '•': '*',
  '·': '.',
  '×': 'x',
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  ı: 'i',
  Œ: 'OE',
  œ: 'oe',
  '\t': ' ',
  '\u00a0': ' ',
  '\u2009': ' ',
  '\u202f': ' ',
  '\u200b': '',
  '\ufeff': '',
};

/** A character that is not in GSM-7. */
export interface NonGsmCharacter {
  character: string;
  /** Code point in the form `U+2019`. */
  codePoint: string;
  /** Number of occurrences. */
  count: number;
  /** Replacement in GSM-7; null if there is none. */
  replacement: string | null;
}

/** Returns the characters that force UCS-2, each once and in order, with their replacements. */
export function findNonGsm(text: string): NonGsmCharacter[] {
  const found = new Map<string, NonGsmCharacter>();
  for (const character of text) {
    if (isGsm7(character)) continue;
    const known = found.get(character);
    if (known) known.count++;
    else
      found.set(character, {
        character,
        codePoint: formatCodePoint(character),
        count: 1,
        replacement: findReplacement(character),
      });
  }
  return [...found.values()];
}

/** Replaces all characters that have a replacement in GSM-7. */
export function toGsm7(text: string): string {
  return Array.from(text, (character) =>
    isGsm7(character) ? character : (findReplacement(character) ?? character),
  ).join('');
}

/** Returns the replacement of a character in GSM-7, or null. */
function findReplacement(character: string): string | null {
  const lookalike = lookalikes[character];
  if (lookalike !== undefined) return lookalike;
  // Dropping an accent that GSM-7 lacks is better than halving the length of a part.
  const withoutMarks = character.normalize('NFKD').replace(/\p{Mark}/gu, '');
  return withoutMarks !== '' && withoutMarks !== character && detectEncoding(withoutMarks) === 'gsm7'
    ? withoutMarks
    : null;
}

function isGsm7(character: string): boolean {
  return character.length === 1 && countSeptets(character.charCodeAt(0)) > 0;
}

function formatCodePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
