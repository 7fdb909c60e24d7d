import type { Credentials } from '../../message/credentials.ts';

export function authHeaders(credentials: Credentials): Record<string, string> {
  if (credentials.kind === 'key') return { 'x-api-key': credentials.key };
  return { authorization: `Basic ${encodeBasic(credentials)}` };
}

function encodeBasic({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

/** Replacement for a secret. */
export const masked = '****';

/** Masks the secrets in a text. */
export type Mask = (text: string) => string;

/** Fewest characters of a secret that is masked within a word: a shorter one may be part of it by chance. */
const minSecretLength = 8;

/** Returns a function that masks the secrets in text to be printed or stored. */
export function createMask(credentials: Credentials | undefined): Mask {
  return createReplacer(listForms(credentials));
}

/**
 * Returns a function that masks the secrets in a value of JSON or of a form. A value without blanks may be an id, an
 * address or a number, which is needed as it is: a short secret stays in it.
 */
export function createValueMask(credentials: Credentials | undefined): Mask {
  const forms = listForms(credentials);
  const [mask, maskWord] = [
    createReplacer(forms),
    createReplacer(forms.filter(({ length }) => length >= minSecretLength)),
  ];
  return (text) => (/\s/.test(text) ? mask(text) : maskWord(text));
}

/** Lists the secrets in all forms in which a gateway may repeat them. */
function listForms(credentials: Credentials | undefined): string[] {
  if (credentials === undefined) return [];
  const secrets =
    credentials.kind === 'key' ? [credentials.key] : [credentials.password, encodeBasic(credentials)];
  // The forms are mostly identical, and every response is searched for each.
  const forms = new Set(
    secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  return [...forms].filter(Boolean);
}

function createReplacer(forms: readonly string[]): Mask {
  const patterns = forms.map(searchFor);
  return (text) =>
    patterns.reduce(
      (rest, pattern, index) => (rest.includes(forms[index] ?? '') ? rest.replace(pattern, masked) : rest),
      text,
    );
}

/** Returns the pattern of a secret: not within a longer number, and for a short secret not within a word. */
function searchFor(secret: string): RegExp {
  const escaped = secret.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const word = secret.length < minSecretLength ? '[\\p{L}\\p{N}_]' : '$^';
  const digit = /^\d+$/.test(secret) ? '[\\d+]' : '$^';
  const separator = '[\\s().\\-/]?';
  return new RegExp(`(?<!${word}|${digit}${separator})${escaped}(?!${word}|${separator}${digit})`, 'gu');
}

/** Decodes `\u` escapes in text that is not valid JSON, so that a secret written with them is found. */
export function unescapeUnicode(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
