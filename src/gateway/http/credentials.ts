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

/** Returns a function that masks the secrets in all text to be printed or stored. */
export function createMask(credentials: Credentials | undefined): (text: string) => string {
  if (credentials === undefined) return (text) => text;
  const secrets =
    credentials.kind === 'key' ? [credentials.key] : [credentials.password, encodeBasic(credentials)];
  // The forms are mostly identical, and every response is searched for each.
  const forms = new Set(
    secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  forms.delete('');
  return (text) => {
    let rest = text;
    for (const form of forms) if (rest.includes(form)) rest = rest.replaceAll(form, masked);
    return rest;
  };
}

/** Decodes `\u` escapes in text that is not valid JSON, so that a secret written with them is found. */
export function unescapeUnicode(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
