import { type Encoding, encodingOf, septets } from './encoding.ts';

/**
 * Room in one message and in one part of a concatenated one, in septets or UTF-16 code units: 140 octets,
 * of which a part gives 6 to its header (3GPP TS 23.040, clause 9.2.3.24.1).
 */
const room = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/** The header counts parts in one octet (3GPP TS 23.040, clause 9.2.3.24.1). */
export const mostParts = 255;

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
export function partsOf(text: string): Parts {
  const encoding = encodingOf(text);
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
export function counted(parts: number): string {
  return `${parts} part${parts === 1 ? '' : 's'}`;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}
