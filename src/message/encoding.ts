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

export function encodingOf(text: string): Encoding {
  for (let i = 0; i < text.length; i++) if (cost[text.charCodeAt(i)] === 0) return 'ucs2';
  return 'gsm7';
}
