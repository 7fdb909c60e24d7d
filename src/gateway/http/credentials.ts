import type { Credentials } from '../../message/credentials.ts';

export function authorization(credentials: Credentials): Record<string, string> {
  if (credentials.kind === 'key') return { 'x-api-key': credentials.key };
  return { authorization: `Basic ${encoded(credentials)}` };
}

function encoded({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

export const masked = '****';

/** A function that takes the secrets out of a text, for all that may be printed or kept. */
export function masker(credentials: Credentials | undefined): (text: string) => string {
  if (credentials === undefined) return (text) => text;
  const secrets =
    credentials.kind === 'key' ? [credentials.key] : [credentials.password, encoded(credentials)];
  // Mostly they are one form: every answer passes here.
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
