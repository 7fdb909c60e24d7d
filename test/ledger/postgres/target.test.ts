import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPassword } from '../../../src/ledger/postgres/passfile.ts';
import { readTarget } from '../../../src/ledger/postgres/target.ts';
import { afterFile } from '../../support/after-file.ts';
import { makeCertificate } from '../../support/tls.ts';

const me = userInfo().username;

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'qlara-pg-home-'));
  afterFile(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, '.postgresql'));
  return home;
}

/** Describes where a target connects, as `user@server/database`, with ` tls`. */
function listRoutes(url: string, env: NodeJS.ProcessEnv = {}): string[] {
  const { routes, user, database } = readTarget(url, { HOME: makeHome(), ...env });
  return routes.map(({ server, hasTls }) => `${user}@${server}/${database}${hasTls ? ' tls' : ''}`);
}

describe('the URL goes before the environment, the environment before the default', () => {
  test.for<[url: string, env: Record<string, string>, routes: string[]]>([
    ['postgres://h', {}, [`${me}@h:5432/${me} tls`, `${me}@h:5432/${me}`]],
    ['postgres://ada@h', {}, ['ada@h:5432/ada tls', 'ada@h:5432/ada']],
    [
      'postgres://',
      { PGHOST: 'h', PGPORT: '1', PGUSER: 'ada', PGDATABASE: 'd', PGSSLMODE: 'disable' },
      ['ada@h:1/d'],
    ],
    [
      'postgres://b@g:2/e?sslmode=require',
      { PGHOST: 'h', PGPORT: '1', PGUSER: 'ada', PGDATABASE: 'd', PGSSLMODE: 'disable' },
      ['b@g:2/e tls'],
    ],
    ['postgres://ada@h', { PGPORT: '', PGSSLMODE: '' }, ['ada@h:5432/ada tls', 'ada@h:5432/ada']],
    ['postgres://ada@h?sslmode=allow', {}, ['ada@h:5432/ada', 'ada@h:5432/ada tls']],
    ['postgres://ada@[::1]?sslmode=disable', {}, ['ada@[::1]:5432/ada']],
    ['postgres://ada@%2Frun%2Fpg/d?sslmode=require', {}, ['ada@/run/pg/.s.PGSQL.5432/d']],
    ['postgres://ada@/d?host=/run/pg', { PGPORT: '6' }, ['ada@/run/pg/.s.PGSQL.6/d']],
    ['postgres://ada@a:1,b:2/d', {}, ['ada@a:1/d tls', 'ada@a:1/d', 'ada@b:2/d tls', 'ada@b:2/d']],
    ['postgres://ada@a,b/d?sslmode=require', { PGPORT: '7' }, ['ada@a:7/d tls', 'ada@b:7/d tls']],
    ['postgres://ada@a:1,b/d?sslmode=require', { PGPORT: '7' }, ['ada@a:1/d tls', 'ada@b:5432/d tls']],
    [
      'postgres://ada@a,%2Frun%2Fpg/d?sslmode=require',
      {},
      ['ada@a:5432/d tls', 'ada@/run/pg/.s.PGSQL.5432/d'],
    ],
    // No server on this machine has this port.
    ['postgres://ada@:9/d?sslmode=disable', {}, ['ada@localhost:9/d']],
    ['postgres://ada@h/d?sslrootcert=system', {}, ['ada@h:5432/d tls']],
    ['postgres://ada@h/d', { PGHOSTADDR: '127.0.0.1', PGSSLMODE: 'require' }, ['ada@h:5432/d tls']],
    ['postgres://ada@/d?sslmode=disable', { PGHOSTADDR: '127.0.0.1' }, ['ada@127.0.0.1:5432/d']],
  ])('%s %j', ([url, env, routes]) => {
    expect(listRoutes(url, env)).toEqual(routes);
  });

  test('for the options of the package', () => {
    const options = (url: string, env: NodeJS.ProcessEnv = {}) => {
      const { options } = readTarget(url, { HOME: makeHome(), ...env }).routes[0];
      return [options.connect_timeout, options.connection.application_name, options.password()];
    };
    expect(options('postgres://h')).toEqual([10, 'qlara', '']);
    const env = { PGCONNECT_TIMEOUT: '7', PGAPPNAME: 'shop', PGPASSWORD: 'sesame' };
    expect(options('postgres://h', env)).toEqual([7, 'shop', 'sesame']);
    const url = 'postgres://ada:street@h?connect_timeout=0&application_name=x%20y';
    expect(options(url, env)).toEqual([0, 'x y', 'street']);
    expect(JSON.stringify(readTarget(url, env))).not.toContain('street');
  });
});

test.for<[url: string, env: Record<string, string>, code: string, message: RegExp]>([
  ['mysql://h', {}, 'ledger.url', /postgres/],
  ['postgres://h', { PGPORT: 'x' }, 'ledger.environment', /^PGPORT has a port/],
  ['postgres://h', { PGSSLMODE: 'yes' }, 'ledger.environment', /^PGSSLMODE .*"yes"/],
  ['postgres://h', { PGCONNECT_TIMEOUT: '1s' }, 'ledger.environment', /^PGCONNECT_TIMEOUT/],
  ['postgres://h', { PGCHANNELBINDING: 'require' }, 'ledger.environment', /^PGCHANNELBINDING/],
  ['postgres://h,g', { PGHOSTADDR: '127.0.0.1' }, 'ledger.environment', /2 hosts/],
  ['postgres://h,g', { PGPORT: '1,2,3' }, 'ledger.environment', /2 hosts/],
  ['postgres://h?sslmode=verify-full', {}, 'ledger.certificate', /root\.crt/],
  ['postgres://h?sslmode=verify-ca&sslrootcert=/no/such', {}, 'ledger.certificate', /\/no\/such/],
  ['postgres://h?sslmode=require', { PGSSLROOTCERT: '/no/such' }, 'ledger.certificate', /\/no\/such/],
  ['postgres://h?sslrootcert=system&sslmode=require', {}, 'ledger.certificate', /system/],
  ['postgres://h?sslcert=/no/such', {}, 'ledger.certificate', /\/no\/such/],
])('%s %j is refused', ([url, env, code, message]) => {
  const complaint = {
    kind: code === 'ledger.url' ? 'usage' : 'setup',
    code,
    message: expect.stringMatching(message),
    hint: expect.any(String),
  };
  expect(() => listRoutes(url, env)).toThrow(expect.objectContaining(complaint));
});

test('a key that others can read is refused', () => {
  const home = makeHome();
  const { key, cert } = makeCertificate('DNS:client');
  const [certPath, keyPath] = ['crt', 'key'].map((end) => join(home, '.postgresql', `postgresql.${end}`)) as [
    string,
    string,
  ];
  writeFileSync(certPath, cert);
  const read = () => readTarget('postgres://h', { HOME: home });
  expect(read).toThrow(`no key ${keyPath}`);
  writeFileSync(keyPath, key);
  chmodSync(keyPath, 0o604);
  expect(read).toThrow(`others can read the key ${keyPath}`);
  chmodSync(keyPath, 0o600);
  expect(read).not.toThrow();
});

describe('a password file', () => {
  const write = (text: string, mode = 0o600) => {
    const file = join(makeHome(), 'pass');
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  const query = { host: 'h', port: 5432, database: 'd', user: 'u:\\' };

  test.for<[text: string, password: string]>([
    ['h:5432:d:u\\:\\\\:pw', 'pw'],
    ['*:*:*:*:a', 'a'],
    ['*:*:*:*:a:b\\:c\\\\d\\e', 'a:b:c\\de'],
    ['# comment\n\n#h:5432:d:u\\:\\\\:no\r\nh:5432:d:u\\:\\\\:yes\r\n*:*:*:*:late', 'yes'],
    ['g:*:*:*:1\nh:1:*:*:2\nh:*:e:*:3\nh:*:*:u:4\nh:*:*:*:5', '5'],
    ['*x:*:*:*:1\n*:*:*:*: spaces kept ', ' spaces kept '],
  ])('%j has %j', ([text, password]) => {
    expect(findPassword(write(text), query)).toEqual({ password });
  });

  test.for<[text: string, mode: number, fault: RegExp]>([
    ['*:*:*:*:a', 0o640, /chmod 600/],
    ['*:*:*:*:a', 0o604, /chmod 600/],
    ['', 0o600, /no line for h:5432:d:/],
    ['h:5432:d\nh:5432:d:u', 0o600, /no line/],
    ['*:*:*:*:', 0o600, /empty/],
  ])('%j with mode %o has none', ([text, mode, fault]) => {
    expect(findPassword(write(text, mode), query)).toEqual({ fault: expect.stringMatching(fault) });
  });

  test('may be missing, or a folder', () => {
    const home = makeHome();
    expect(findPassword(join(home, 'none'), query)).toEqual({ fault: `there is no ${home}/none` });
    expect(findPassword(home, query)).toEqual({ fault: `${home} is not a file` });
  });
});
