/** Encoding of an SMS text: 7 or 16 bits a character (3GPP TS 23.038, clauses 6.2.1 and 6.2.3). */
export type Encoding = 'gsm7' | 'ucs2';

/** Names of the encodings in sentences. */
export const encodingTitles: Readonly<Record<Encoding, string>> = { gsm7: 'GSM-7', ucs2: 'UCS-2' };

/** The default alphabet, clause 6.2.1, without ESC. Each character costs one septet. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** The extension table, clause 6.2.1.1. Each character costs two septets: ESC and itself. */
const extension = '\f^{}\\[~]|€';

/** Cost of a UTF-16 code unit in GSM-7, in septets; 0 if the alphabet lacks it. */
const septetCosts = new Uint8Array(0x10000);
for (const character of basic) septetCosts[character.charCodeAt(0)] = 1;
for (const character of extension) septetCosts[character.charCodeAt(0)] = 2;

/** Returns the cost of a UTF-16 code unit in GSM-7, in septets (1 or 2), or 0 if it forces UCS-2. */
export function countSeptets(unit: number): number {
  return septetCosts[unit] ?? 0;
}

/** Returns the encoding that a text needs. */
export function detectEncoding(text: string): Encoding {
  for (let i = 0; i < text.length; i++) if (septetCosts[text.charCodeAt(i)] === 0) return 'ucs2';
  return 'gsm7';
}

/**
 * Capacity of a single message and of one part of a concatenated message, in septets or UTF-16 code units: 140 octets,
 * of which a part uses 6 for its header (3GPP TS 23.040, clause 9.2.3.24.1).
 */
const capacity = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/** Maximum number of parts: the header counts them in one octet (3GPP TS 23.040, clause 9.2.3.24.1). */
export const maxParts = 255;

export interface SmsSize {
  encoding: Encoding;
  /** Number of parts, at least 1. */
  parts: number;
}

export interface Parts extends SmsSize {
  /** Septets (gsm7) or UTF-16 code units (ucs2) used in the last part. */
  used: number;
  /** Remaining capacity of the last part. */
  left: number;
}

/**
 * Counts the parts of an SMS text. A part never ends inside an escape sequence or a surrogate pair, so it may stay one
 * unit short; dividing the length by the capacity would be wrong then.
 */
export function countParts(text: string): Parts {
  const encoding = detectEncoding(text);
  const { single, part } = capacity[encoding];
  let total = 0;
  let count = 1;
  let used = 0;
  for (let i = 0; i < text.length; i++) {
    let size = 1;
    if (encoding === 'gsm7') size = countSeptets(text.charCodeAt(i));
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

/** Formats a number of parts: `1 part`, `2 parts`. */
export function formatParts(parts: number): string {
  return `${parts} part${parts === 1 ? '' : 's'}`;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}
