import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { readTarget } from '../../../src/ledger/postgres/target.ts';
import { afterFile } from '../../support/after-file.ts';
import { type Postgres, postgresPassword, startPostgres } from '../../support/postgres.ts';
import { only } from '../../support/program.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { type Certificate, makeCertificate } from '../../support/tls.ts';

/** Creates the home of a user, with the files of libpq. */
function makeHome(files: Record<string, string> = {}): string {
  const home = mkdtempSync(join(tmpdir(), 'qlara-pg-home-'));
  afterFile(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, '.postgresql'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home, name), text);
    chmodSync(join(home, name), 0o600);
  }
  return home;
}

/** Connects by the first route that works, and returns whether the session is encrypted. */
async function connect(url: string, env: NodeJS.ProcessEnv): Promise<'tls' | 'plain'> {
  const failures: unknown[] = [];
  for (const { options } of readTarget(url, env).routes) {
    const sql = postgres({ ...options, max: 1, fetch_types: false });
    try {
      const { ssl } = only(await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`);
      return ssl ? 'tls' : 'plain';
    } catch (cause) {
      failures.push(cause);
    } finally {
      await sql.end({ timeout: 0 });
    }
  }
  throw failures[0];
}

/** The same by psql. */
async function connectByLibpq(url: string, env: Record<string, string>): Promise<'tls' | 'plain'> {
  const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
  const { stdout } = await promisify(execFile)('psql', ['-XAtw', '-c', sql, url], {
    env: { PATH: process.env.PATH, ...env },
  });
  return stdout === 't\n' ? 'tls' : 'plain';
}

const attempt = (session: Promise<string>) => session.catch(() => 'refused');

describe('every sslmode does what it does with psql', () => {
  let certificate: Certificate;
  let other: Certificate;
  let secure: Postgres;
  let plain: Postgres;
  beforeAll(async () => {
    certificate = makeCertificate('DNS:localhost');
    other = makeCertificate('DNS:localhost');
    const lines = [
      'local all all trust',
      'hostssl all only_tls 127.0.0.1/32 trust',
      'hostnossl all only_plain 127.0.0.1/32 trust',
      'hostssl all "qlara test" 127.0.0.1/32 cert',
      'host all postgres 127.0.0.1/32 trust',
    ];
    secure = await startPostgres({ tls: { ...certificate, ca: other.cert }, access: lines });
    await secure.query(
      'create role only_tls login; create role only_plain login; create role "qlara test" login',
    );
    plain = await startPostgres();
  });

  type Outcome = 'tls' | 'plain' | 'refused';
  type Root = 'none' | 'right' | 'wrong';
  const files: Record<Root, () => Record<string, string>> = {
    none: () => ({}),
    right: () => ({ '.postgresql/root.crt': certificate.cert }),
    wrong: () => ({ '.postgresql/root.crt': other.cert }),
  };

  test.for<[mode: string, user: string, host: string, root: Root, outcome: Outcome]>([
    ['disable', 'postgres', 'localhost', 'right', 'plain'],
    ['disable', 'only_tls', 'localhost', 'none', 'refused'],
    ['allow', 'postgres', 'localhost', 'none', 'plain'],
    ['allow', 'only_tls', 'localhost', 'none', 'tls'],
    ['allow', 'only_tls', 'localhost', 'right', 'tls'],
    ['allow', 'only_tls', 'localhost', 'wrong', 'refused'],
    ['prefer', 'postgres', 'localhost', 'none', 'tls'],
    ['prefer', 'postgres', 'localhost', 'right', 'tls'],
    ['prefer', 'postgres', 'localhost', 'wrong', 'plain'],
    ['prefer', 'only_tls', 'localhost', 'wrong', 'refused'],
    ['prefer', 'only_plain', 'localhost', 'none', 'plain'],
    ['require', 'postgres', 'localhost', 'none', 'tls'],
    ['require', 'only_plain', 'localhost', 'none', 'refused'],
    ['require', 'postgres', '127.0.0.1', 'right', 'tls'],
    ['require', 'postgres', 'localhost', 'wrong', 'refused'],
    ['verify-ca', 'postgres', 'localhost', 'none', 'refused'],
    ['verify-ca', 'postgres', '127.0.0.1', 'right', 'tls'],
    ['verify-ca', 'postgres', 'localhost', 'wrong', 'refused'],
    ['verify-full', 'postgres', 'localhost', 'none', 'refused'],
    ['verify-full', 'postgres', 'localhost', 'right', 'tls'],
    ['verify-full', 'postgres', '127.0.0.1', 'right', 'refused'],
    ['verify-full', 'postgres', 'localhost', 'wrong', 'refused'],
  ])('%s as %s at %s with root certificate: %s', async ([mode, user, host, root, outcome]) => {
    const url = `postgres://${user}@${host}:${secure.port}/postgres?sslmode=${mode}`;
    const env = { HOME: makeHome(files[root]()) };
    expect([await attempt(connect(url, env)), await attempt(connectByLibpq(url, env))]).toEqual([
      outcome,
      outcome,
    ]);
  });

  test.for<[mode: string, outcome: Outcome]>([
    ['disable', 'plain'],
    ['allow', 'plain'],
    ['prefer', 'plain'],
    ['require', 'refused'],
    ['verify-full', 'refused'],
  ])('%s, with a server without TLS', async ([mode, outcome]) => {
    const url = `${plain.url()}?sslmode=${mode}`;
    const env = { HOME: makeHome(files.right()) };
    expect([await attempt(connect(url, env)), await attempt(connectByLibpq(url, env))]).toEqual([
      outcome,
      outcome,
    ]);
  });

  test('a unix socket has no TLS', async () => {
    const url = `postgres://postgres@/postgres?host=${secure.socketFolder}&port=${secure.port}&sslmode=verify-full`;
    const env = { HOME: makeHome() };
    expect([await connect(url, env), await connectByLibpq(url, env)]).toEqual(['plain', 'plain']);
  });

  test('the name is verified that the URL has, also at another address', async () => {
    const env = { HOME: makeHome(files.right()), PGHOSTADDR: '127.0.0.1', PGSSLMODE: 'verify-full' };
    for (const [host, outcome] of [
      ['localhost', 'tls'],
      ['db.example', 'refused'],
    ]) {
      const url = `postgres://postgres@${host}:${secure.port}/postgres`;
      expect([await attempt(connect(url, env)), await attempt(connectByLibpq(url, env))]).toEqual([
        outcome,
        outcome,
      ]);
    }
  });

  test('a server may ask for a certificate of the user', async () => {
    const own = { '.postgresql/postgresql.crt': other.cert, '.postgresql/postgresql.key': other.key };
    const url = `postgres://qlara%20test@localhost:${secure.port}/postgres`;
    for (const [home, outcome] of [
      [makeHome(own), 'tls'],
      [makeHome(), 'refused'],
    ] as const) {
      const env = { HOME: home };
      expect([await attempt(connect(url, env)), await attempt(connectByLibpq(url, env))]).toEqual([
        outcome,
        outcome,
      ]);
    }
  });

  test('a failure says what is wrong', async () => {
    const root = `sslrootcert=${certificate.path}`;
    const at = (server: Postgres, host: string, parameters: string) =>
      connect(`postgres://postgres@${host}:${server.port}/postgres?${parameters}`, { HOME: makeHome() });
    const complain = (message: RegExp) => ({
      kind: 'setup',
      code: 'ledger.tls',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    await expect(at(plain, '127.0.0.1', 'sslmode=require')).rejects.toMatchObject(
      complain(/^127\.0\.0\.1:\d+ does not offer TLS/),
    );
    await expect(at(secure, '127.0.0.1', `sslmode=verify-full&${root}`)).rejects.toMatchObject(
      complain(/another host/),
    );
    await expect(
      at(secure, 'localhost', `sslmode=verify-full&sslrootcert=${other.path}`),
    ).rejects.toMatchObject(complain(/self-signed certificate/));
    await expect(at(secure, 'localhost', 'sslrootcert=system')).rejects.toMatchObject(
      complain(/self-signed certificate/),
    );
  });
});

describe('a password', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ auth: 'scram' });
  });
  const escaped = postgresPassword.replace(' ', '%20');

  test('comes from the URL, PGPASSWORD or a password file', async () => {
    const url = server.url();
    const line = `127.0.0.1:${server.port}:*:postgres:${postgresPassword}\n`;
    const inFile = { HOME: makeHome({ '.pgpass': line }) };
    const PGPASSFILE = join(inFile.HOME, '.pgpass');
    const HOME = makeHome({ '.pgpass': '*:*:*:*:wrong' });
    for (const [url_, env, outcome] of [
      [url, inFile, 'plain'],
      [url, { HOME, PGPASSFILE }, 'plain'],
      [url, { HOME, PGPASSWORD: postgresPassword }, 'plain'],
      [url, { ...inFile, PGPASSWORD: 'wrong' }, 'refused'],
      [url, { HOME }, 'refused'],
      [url, { HOME: makeHome() }, 'refused'],
      [`${url}?passfile=${PGPASSFILE}`, { HOME }, 'plain'],
      [url.replace('@', `:${escaped}@`), { HOME, PGPASSWORD: 'wrong' }, 'plain'],
      [`${url}?password=${escaped}`, { HOME }, 'plain'],
    ] as const)
      expect([await attempt(connect(url_, env)), await attempt(connectByLibpq(url_, env))]).toEqual([
        outcome,
        outcome,
      ]);
  });

  test('for a unix socket names its folder', async () => {
    const line = `${server.socketFolder}:${server.port}:postgres:postgres:${postgresPassword}`;
    const env = { HOME: makeHome({ '.pgpass': line }) };
    const url = `postgres://postgres@/postgres?host=${server.socketFolder}&port=${server.port}`;
    expect([await connect(url, env), await connectByLibpq(url, env)]).toEqual(['plain', 'plain']);
  });

  test('is missing for a reason, and wrong without being repeated', async () => {
    const home = makeHome({ '.pgpass': '*:*:*:*:sesame' });
    chmodSync(join(home, '.pgpass'), 0o644);
    const [{ explainNoPassword }] = readTarget(server.url(), { HOME: home }).routes;
    expect(explainNoPassword()).toContain(`chmod 600 ${home}/.pgpass`);
    expect(readTarget(server.url(), { PGPASSWORD: 'x' }).routes[0].explainNoPassword()).toBeUndefined();
    const failure = await connect(server.url(), { HOME: home, PGPASSWORD: 'mellon' }).catch((cause) => cause);
    expect([failure.code, `${failure.stack}${JSON.stringify(failure)}`]).toEqual([
      '28P01',
      expect.not.stringContaining('mellon'),
    ]);
  });
});

test('connects to the first host that answers', async () => {
  const server = await startPostgres();
  const dead = await startTcpProxy(server.port);
  await dead.close();
  const url = `postgres://postgres@127.0.0.1:${dead.port},127.0.0.1:${server.port}/postgres`;
  expect(await connect(url, { HOME: makeHome() })).toBe('plain');
});

describe('a connection is given up', () => {
  const env = { HOME: makeHome() };

  test('when the server says nothing', async () => {
    const server = await startPostgres();
    const proxy = await startTcpProxy(server.port);
    proxy.stall();
    for (const mode of ['disable', 'require']) {
      const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres?connect_timeout=1&sslmode=${mode}`;
      const begin = performance.now();
      const failure = await connect(url, env).catch((cause) => cause);
      expect(failure.code).toMatch(/ETIMEDOUT|CONNECT_TIMEOUT/);
      expect(performance.now() - begin).toBeLessThan(2500);
    }
  });

  test.for<[answer: string, code: string]>([
    ['', 'ECONNRESET'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'ledger.tls'],
    ['Sxyz', 'ledger.tls'],
  ])('when a server answers %j', async ([answer, code]) => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.end(answer)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterFile(() => server.close());
    const { port } = server.address() as { port: number };
    const url = `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=require`;
    await expect(connect(url, env)).rejects.toMatchObject({ code });
  });
});
