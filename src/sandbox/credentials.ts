import type { IncomingHttpHeaders } from 'node:http';
import { HttpError, refuse } from './answer.ts';

/** User and key names that simulate a rejected account; all others are accepted. */
const rejectedNames: Readonly<Record<string, 401 | 403>> = { invalid: 401, forbidden: 403 };

/**
 * Returns the name of the client: `key NAME` by `X-Api-Key` or `user NAME` by Basic, the vendor's two ways to
 * authenticate.
 * @throws HttpError 401 without usable credentials, 401 or 403 for the names that simulate it
 */
export function authenticate(headers: IncomingHttpHeaders): string {
  const key = [headers['x-api-key']].flat()[0]?.trim();
  const user = key ? undefined : parseBasicUser(headers.authorization);
  const name = key || user;
  if (!name) throw unauthorized();
  if (Object.hasOwn(rejectedNames, name)) {
    if (rejectedNames[name] === 403) refuse(403, 'This address is not allowed to use these credentials');
    throw unauthorized();
  }
  return `${key ? 'key' : 'user'} ${name}`;
}

function parseBasicUser(authorization: string | undefined): string | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/_=-]+)\s*$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user, ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return password.length > 0 ? user : undefined;
}

function unauthorized(): HttpError {
  return new HttpError(401, 'Credentials are missing or invalid', {
    'WWW-Authenticate': 'Basic realm="sandbox"',
  });
}
