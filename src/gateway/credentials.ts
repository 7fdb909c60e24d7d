/** How this program proves who it is (vendor: `guides/authentication`). */
export type Credentials =
  | { kind: 'key'; key: string }
  | { kind: 'basic'; username: string; password: string };

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
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  return (text) => forms.reduce((rest, form) => (form === '' ? rest : rest.replaceAll(form, masked)), text);
}
