import { readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import type { SocketPlan, TlsFiles } from './socket.ts';
import type { Parameters, SslMode } from './url.ts';

/**
 * Reads the certificates of a connection with TLS as libpq does: those of the parameters, else those in `folder`.
 * A root certificate makes even weak modes verify the chain. Beyond libpq, a file that is named but missing is refused
 * where a connection without it would be weaker than asked for.
 * @throws Failure `ledger.certificate` of kind `setup`
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function readTlsFiles(
  { sslrootcert, sslcert, sslkey }: Parameters,
  folder: string,
  mode: SslMode,
): TlsFiles & Pick<NonNullable<SocketPlan['tls']>, 'verify'> {
  const verify = mode === 'verify-full' ? 'host' : 'chain';
  const client = readClientFiles(sslcert, sslkey, folder);
  if (sslrootcert === 'system') return { ...client, verify };
  const root = sslrootcert ?? join(folder, 'root.crt');
  if (find(root)) return { ...client, ca: read(root), verify };
  if (mode.startsWith('verify') || (mode === 'require' && sslrootcert !== undefined))
    refuse(
      `sslmode=${mode} needs a root certificate, and there is no file ${root}`,
      'name it with sslrootcert=FILE; sslrootcert=system trusts the certificates that Node trusts',
    );
  return { ...client, verify: 'nothing' };
}

/** Reads the user's own certificate and key, for servers that ask for one. */
function readClientFiles(sslcert: string | undefined, sslkey: string | undefined, folder: string): TlsFiles {
  const cert = sslcert ?? join(folder, 'postgresql.crt');
  if (!find(cert)) {
    if (sslcert === undefined) return {};
    refuse(`there is no certificate ${cert}`, 'look at sslcert and PGSSLCERT');
  }
  const key = sslkey ?? join(folder, 'postgresql.key');
  const found = find(key);
  if (!found) refuse(`there is a certificate ${cert}, but no key ${key}`, 'name the key with sslkey=FILE');
  // A key of root may be readable for a group, such as that of a service.
  if (process.platform !== 'win32' && (found.mode & (found.uid === 0 ? 0o037 : 0o077)) !== 0)
    refuse(`others can read the key ${key}`, `run \`chmod 600 ${key}\``);
  return { cert: read(cert), key: read(key) };
}

function find(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    refuse(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function refuse(message: string, hint?: string): never {
  fail('setup', 'ledger.certificate', message, hint);
}
