/** How an SMS text is coded on the air: 7 bits a character, or 16 (3GPP TS 23.038, clauses 6.2.1 and 6.2.3). */
export type Encoding = 'gsm7' | 'ucs2';

/** The default alphabet, clause 6.2.1, without ESC. Each costs one septet. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** The extension table, clause 6.2.1.1. Each costs two septets: ESC and itself. */
const extension = '\f^{}\\[~]|€';

/** Septets a UTF-16 code unit costs in GSM-7; 0 where the alphabet lacks it. */
const cost = new Uint8Array(0x10000);
for (const character of basic) cost[character.charCodeAt(0)] = 1;
for (const character of extension) cost[character.charCodeAt(0)] = 2;

/** Septets that a UTF-16 code unit costs in GSM-7 (1 or 2), or 0 when it forces UCS-2. */
export function septets(unit: number): number {
  return cost[unit] ?? 0;
}

export function detectEncoding(text: string): Encoding {
  for (let i = 0; i < text.length; i++) if (cost[text.charCodeAt(i)] === 0) return 'ucs2';
  return 'gsm7';
}

/**
 * Room in one message and in one part of a concatenated one, in septets or UTF-16 code units: 140 octets,
 * of which a part gives 6 to its header (3GPP TS 23.040, clause 9.2.3.24.1).
 */
const room = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/** The header counts parts in one octet (3GPP TS 23.040, clause 9.2.3.24.1). */
export const maxParts = 255;

export interface Parts {
  encoding: Encoding;
  /** How many parts the text takes, from 1. */
  parts: number;
  /** Septets (gsm7) or UTF-16 code units (ucs2) used in the last part. */
  used: number;
  /** What still fits into the last part. */
  left: number;
}

/**
 * Counts the parts of an SMS text. A part never ends inside an escape sequence or a surrogate pair, so a
 * part may stay one unit short; a count by division alone is wrong exactly there.
 */
export function countParts(text: string): Parts {
  const encoding = detectEncoding(text);
  const { single, part } = room[encoding];
  let total = 0;
  let count = 1;
  let used = 0;
  for (let i = 0; i < text.length; i++) {
    let size = 1;
    if (encoding === 'gsm7') size = septets(text.charCodeAt(i));
    else if (isPair(text, i)) {
      size = 2;
      i++;
    }
    total += size;
    if (used + size > part) {
      count++;
      used = 0;
    }
    used += size;
  }
  if (total <= single) return { encoding, parts: 1, used: total, left: single - total };
  return { encoding, parts: count, used, left: part - used };
}

/** `1 part`, `2 parts`. */
export function formatParts(parts: number): string {
  return `${parts} part${parts === 1 ? '' : 's'}`;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}
