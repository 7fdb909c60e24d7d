import { createHash } from 'node:crypto';
import type { Credentials } from '../message/credentials.ts';
import type { DialectName } from './dialects.ts';

/**
 * Hashes base URL, account and dialect into a digest that reveals no secret. A message in doubt can only be proven
 * absent at the gateway and account it was sent to.
 */
export function hashRoute(
  baseUrl: string,
  credentials: Credentials | undefined,
  dialect: DialectName,
): string {
  const account = credentials?.kind === 'basic' ? credentials.username : credentials?.key;
  const base = baseUrl.replace(/\/+$/, '');
  return createHash('sha256')
    .update(JSON.stringify([base, credentials?.kind, account, dialect]))
    .digest('base64url')
    .slice(0, 16);
}
