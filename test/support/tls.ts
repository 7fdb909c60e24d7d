import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterFile } from './after-file.ts';

/** A self-signed certificate. */
export interface Certificate {
  key: string;
  cert: string;
  /** Path of `cert`, for NODE_EXTRA_CA_CERTS. */
  path: string;
}

/** Creates a certificate for names such as `DNS:localhost` or `IP:127.0.0.1`. */
export function makeCertificate(...names: string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'qlara-tls-'));
  afterFile(() => rmSync(folder, { recursive: true, force: true }));
  const [key, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', path, '-days', '2', '-subj', '/CN=qlara test'],
      ...['-addext', `subjectAltName=${names.join(',')}`],
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(path, 'utf8'), path };
}

/** Makes this process trust certificates until the end of the test file, as NODE_EXTRA_CA_CERTS does for a new process. */
export function trustCertificates(...certificates: readonly Certificate[]): void {
  const original = tls.createSecureContext;
  tls.createSecureContext = (options) => {
    const context = original(options);
    const { addCACert } = context.context as { addCACert(cert: string): void };
    for (const { cert } of certificates) addCACert.call(context.context, cert);
    return context;
  };
  afterFile(() => {
    tls.createSecureContext = original;
  });
}
