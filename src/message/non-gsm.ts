import { detectEncoding, septets } from './sms.ts';

/** What people's editors put in, and what says the same in GSM-7. */
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

/** A character that GSM-7 lacks. */
export interface NonGsmCharacter {
  character: string;
  /** `U+2019`. */
  codePoint: string;
  /** How often it stands in the text. */
  count: number;
  /** What to write instead; null when nothing says the same. */
  instead: string | null;
}

/** The characters of a text that force UCS-2, each once and in order, and what to write instead. */
export function findNonGsm(text: string): NonGsmCharacter[] {
  const found = new Map<string, NonGsmCharacter>();
  for (const character of text) {
    if (isGsm7(character)) continue;
    const known = found.get(character);
    if (known) known.count++;
    else
      found.set(character, {
        character,
        codePoint: codePoint(character),
        count: 1,
        instead: instead(character),
      });
  }
  return [...found.values()];
}

/** The text with all that can be written in GSM-7 written so. */
export function simplify(text: string): string {
  return Array.from(text, (character) =>
    isGsm7(character) ? character : (instead(character) ?? character),
  ).join('');
}

function instead(character: string): string | null {
  const lookalike = lookalikes[character];
  if (lookalike !== undefined) return lookalike;
  // An accent that GSM-7 lacks is better dropped than paid for with half the room.
  const bare = character.normalize('NFKD').replace(/\p{Mark}/gu, '');
  return bare !== '' && bare !== character && detectEncoding(bare) === 'gsm7' ? bare : null;
}

function isGsm7(character: string): boolean {
  return character.length === 1 && septets(character.charCodeAt(0)) > 0;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
