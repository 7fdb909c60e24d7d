import { createHash } from 'node:crypto';
import type { Credentials } from '../message/credentials.ts';
import type { DialectName } from './dialects.ts';

/**
 * Names base URL, account and dialect in a digest, from which no secret can be read. A message in doubt can only be
 * proven absent where it was sent to.
 */
export function routeTo(baseUrl: string, credentials: Credentials | undefined, dialect: DialectName): string {
  const account = credentials?.kind === 'basic' ? credentials.username : credentials?.key;
  const base = baseUrl.replace(/\/+$/, '');
  return createHash('sha256')
    .update(JSON.stringify([base, credentials?.kind, account, dialect]))
    .digest('base64url')
    .slice(0, 16);
}
