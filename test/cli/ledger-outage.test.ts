import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { inboundBody, listening, post } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { startPgbouncer } from '../support/pgbouncer.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { freshHome, type Home, only, parseError, parseRows, run, start, until } from '../support/program.ts';
import {
  type Answer,
  accept,
  acceptThen,
  json,
  listStatuses,
  reset,
  serve,
  statusEntry,
} from '../support/server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const key = { QLARA_API_KEY: 'any' };

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});

/** A home whose ledger is in a new database behind a proxy of its own. */
async function freshOutage(ledgerWait: string) {
  const proxy = await startTcpProxy(server.port);
  const url = (await server.createDatabase()).replace(String(server.port), String(proxy.port));
  // A short grace, since tests wait for it.
  return { home: freshHome({ ledger: url, ledgerWait, grace: '1s' }), proxy };
}

/** Accepts after some time, or once `before` has resolved. */
function acceptAfter(before: () => Promise<unknown>): Answer {
  const answer = accept();
  return { ...answer, play: (response, seen) => void before().then(() => answer.play(response, seen)) };
}

const delay = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const sendOne = (id: string) => ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', id, '--json'];

/** Begins a bulk of 400 rows at 200/s, and waits until a quarter is sent. */
async function startBulk(home: Home, isCut = () => false) {
  const gateway = await serve({
    post: () => (isCut() ? acceptThen(reset()) : acceptAfter(() => delay(20))),
  });
  const env = { ...key, QLARA_BASE_URL: gateway.url };
  const file = join(home.path, 'rows.csv');
  writeFileSync(file, ['to', ...Array.from({ length: 400 }, (_, i) => `+39390123${4000 + i}`)].join('\n'));
  const line = ['send', 'sms', '--file', file, '-m', 'hi', '--rate', '200/s', '--yes', '-o', 'ndjson'];
  const bulk = start(line, { home, env, timeout: 60_000 });
  await until(() => gateway.posts().length > 100, 'it sends', 20_000);
  const ids = () => gateway.posts().map(({ id }) => id);
  const repeated = () => ids().length - new Set(ids()).size;
  return { gateway, env, bulk, ids, repeated };
}

describe.concurrent('a database that goes away', () => {
  test.for(['a restart', 'cut connections'] as const)(
    'for less than ledgerWait delays a bulk: %s',
    { timeout: 60_000 },
    async (how, { expect }) => {
      const own = how === 'a restart' ? await startPostgres({ settings: { fsync: 'off' } }) : undefined;
      const { home, proxy } = own
        ? { home: freshHome({ ledger: own.url(), ledgerWait: '20s' }), proxy: undefined }
        : await freshOutage('20s');
      const { bulk, ids, repeated } = await startBulk(home);
      if (own) await own.stop('fast');
      proxy?.refuse();
      proxy?.cut();
      await delay(1_500);
      await own?.start();
      proxy?.accept();
      const result = await bulk.done;
      expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('400 sent')]);
      const count = (note: RegExp) => result.stderr.match(note)?.length ?? 0;
      const waits = count(
        /^note: the database of the ledger is gone \(.+\); waiting up to 20 s, sending nothing$/gm,
      );
      expect(waits).toBeLessThan(2);
      expect(count(/^note: the ledger is back$/gm)).toBe(waits);
      expect([ids().length, repeated()]).toEqual([400, 0]);
    },
  );

  test('for longer ends a bulk; `bulk resume` finishes it, and nothing is sent twice', async ({ expect }) => {
    const { home, proxy } = await freshOutage('1s');
    const { bulk, env, ids, repeated } = await startBulk(home);
    proxy.refuse();
    proxy.cut();
    const result = await bulk.done;
    const { code, message, hint } = parseError(result);
    expect([result.code, code]).toEqual([3, 'ledger.unusable']);
    const sent = ids().length;
    expect(sent).toBeLessThan(400);
    expect(message).toContain(`; ${sent} messages were sent before`);
    const [resume = ''] = /qlara (bulk resume \S+?)`/.exec(hint ?? '')?.slice(1) ?? [];
    const down = await run([...resume.split(' '), '--json'], { home, env });
    expect([down.code, parseError(down).code, ids().length]).toEqual([3, 'ledger.unusable', sent]);
    proxy.accept();
    const shown = await run(['bulk', 'list', '--json'], { home, env });
    // Every message whose request left is recorded as sent or as being sent.
    const [bulkRow] = parseRows<{ id: string }>(shown);
    const rows = await run(['bulk', 'show', bulkRow?.id ?? '', '--status', 'queued', '--json'], {
      home,
      env,
    });
    const left = parseRows(rows).filter(({ inDoubt }) => !inDoubt);
    const known = new Set(ids());
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter(({ id }) => known.has(id))).toEqual([]);
    const resumed = await run([...resume.split(' '), '--yes'], { home, env, timeout: 110_000 });
    expect([resumed.code, ids().length, repeated()]).toEqual([0, 400, 0]);
  }, 150_000);

  test('while the gateway gives no clear answers ends a bulk in doubt', async ({ expect }) => {
    const { home, proxy } = await freshOutage('1s');
    let isCut = false;
    const { bulk } = await startBulk(home, () => isCut);
    isCut = true;
    proxy.refuse();
    proxy.cut();
    const result = await bulk.done;
    const { code, message, hint } = parseError(result);
    expect([result.code, code]).toEqual([6, 'send.in-doubt']);
    expect(message).toMatch(
      /^\d+ messages may have been sent, and the ledger cannot record it: cannot use the ledger/,
    );
    expect(hint).toContain('qlara bulk resume');
  });

  test('before the intent: nothing is sent', async ({ expect }) => {
    const { home, proxy } = await freshOutage('1s');
    const gateway = await serve();
    const env = { ...key, QLARA_BASE_URL: gateway.url };
    expect((await invoke(sendOne('a'), { home, env })).code).toBe(0);
    proxy.refuse();
    const result = await invoke(sendOne('b'), { home, env });
    expect([result.code, parseError(result)]).toEqual([
      3,
      expect.objectContaining({
        code: 'ledger.unusable',
        message: expect.stringMatching(/: (connection refused by|\S+:\d+ closed|no answer|the connection)/),
        hint: 'check that the server runs and can be reached, and run the command again',
      }),
    ]);
    const status = await invoke(['status', '--json'], { home, env });
    expect([status.code, parseError(status).code]).toEqual([3, 'ledger.unusable']);
    expect(gateway.posts().map(({ id }) => id)).toEqual(['a']);
    expect((await invoke(['profile', 'set', 'ledgerWait', '5m'], { home })).code).toBe(0);
  });

  test('between request and outcome: the message may have been sent', async ({ expect }) => {
    const { home, proxy } = await freshOutage('1s');
    const gateway = await serve({
      post: () =>
        acceptAfter(async () => {
          proxy.refuse();
          proxy.cut();
        }),
    });
    const env = { ...key, QLARA_BASE_URL: gateway.url };
    const result = await invoke(sendOne('a'), { home, env });
    expect([result.code, parseError(result)]).toEqual([
      6,
      expect.objectContaining({
        code: 'send.unrecorded',
        message: expect.stringContaining('the outcome of a (accepted) could not be recorded'),
      }),
    ]);
    proxy.accept();
    const again = await invoke(sendOne('a'), { home, env });
    expect([again.code, only(parseRows(again)).status]).toEqual([0, 'delivered']);
    expect(gateway.posts().length).toBe(1);
  });

  test('between request and outcome, and comes back: nothing is lost', async ({ expect }) => {
    const { home, proxy } = await freshOutage('20s');
    const gateway = await serve({
      post: () =>
        acceptAfter(async () => {
          proxy.refuse();
          proxy.cut();
          setTimeout(proxy.accept, 1_000);
        }),
    });
    const result = await invoke(sendOne('a'), { home, env: { ...key, QLARA_BASE_URL: gateway.url } });
    expect([result.code, only(parseRows(result)).status]).toEqual([0, 'submitted']);
  });

  test.for(['refuses connections', 'is silent'])(
    'Ctrl-C ends the wait: it %s',
    { timeout: 120_000 },
    async (how, { expect }) => {
      const { home, proxy } = await freshOutage('1m');
      const gateway = await serve({
        post: () =>
          acceptAfter(async () => {
            if (how === 'is silent') return proxy.stall();
            proxy.refuse();
            proxy.cut();
          }),
      });
      const env = { ...key, QLARA_BASE_URL: gateway.url };
      const sending = start(sendOne('a'), { home, env, timeout: 30_000 });
      await until(() => gateway.posts().length === 1, 'it has sent');
      await delay(1_000);
      const stopped = Date.now();
      sending.child.kill('SIGINT');
      const result = await sending.done;
      expect(Date.now() - stopped).toBeLessThan(2_500);
      expect([result.code, parseError(result)]).toEqual([
        130,
        expect.objectContaining({ code: 'run.interrupted', hint: '`qlara status a` shows its status' }),
      ]);
      proxy.go();
      proxy.accept();
      const again = await invoke(sendOne('a'), { home, env, timeout: 110_000 });
      expect([again.code, gateway.posts().length]).toEqual([0, 1]);
    },
  );

  test('refuses webhook calls meanwhile, and takes them again later', async ({ expect }) => {
    const { home, proxy } = await freshOutage('1s');
    const listener = await listening([], { home });
    proxy.refuse();
    proxy.cut();
    expect(await post(listener.url, inboundBody('lost'))).toMatchObject({ status: 503 });
    // Also the search for late receipts, every second at first, and the renewal every other second survive it.
    await delay(2_500);
    proxy.accept();
    await delay(1_100);
    expect([await post(listener.url, inboundBody('kept')), listener.child.exitCode]).toMatchObject([
      { status: 200 },
      null,
    ]);
    listener.child.kill('SIGINT');
    expect((await listener.done).code).toBe(130);
  });
});

describe.concurrent('a database that is no place for a ledger', () => {
  const show = async (ledger: string, env: Record<string, string> = {}) => {
    const result = await invoke(['ledger', 'show', '--json'], { env: { QLARA_LEDGER: ledger, ...env } });
    if (result.code === 0) return [0];
    const { code, hint } = parseError(result);
    return [result.code, code, hint];
  };
  const matching = (text: string) => ({ asymmetricMatch: (hint: string) => hint.includes(text) });

  test('refuses the login', async ({ expect }) => {
    const secured = await startPostgres({ auth: 'scram' });
    expect(await show(secured.url())).toEqual([
      3,
      'ledger.login',
      matching('HOST:PORT:DATABASE:USER:PASSWORD'),
    ]);
    expect(await show(secured.url(), { PGPASSWORD: 'wrong' })).toEqual([
      3,
      'ledger.login',
      matching('password'),
    ]);
    expect(await show(secured.url(), { PGPASSWORD: 'sesame street' })).toEqual([0]);
  });

  test('is missing, cannot be reached, or has another encoding', async ({ expect }) => {
    expect(await show(server.url('nothing'))).toEqual([
      3,
      'ledger.login',
      matching('CREATE DATABASE "nothing"'),
    ]);
    expect(await show('postgres://postgres@127.0.0.1:1/d')).toEqual([
      3,
      'ledger.unusable',
      matching('can be reached'),
    ]);
    const unreachable = await run(['status', '--json'], {
      home: freshHome({ ledger: 'postgres://postgres@127.0.0.1:1/d' }),
    });
    expect(parseError(unreachable).message).toMatch(/: connection refused by 127\.0\.0\.1:1$/);
    const local = await run(['status', '--json'], {
      home: freshHome({ ledger: 'postgres://postgres@localhost:1/d' }),
    });
    expect(parseError(local).message).toMatch(/: connection refused by localhost:1$/);
    const nameless = await run(['status', '--json'], {
      home: freshHome({ ledger: 'postgres://postgres@db.invalid/d' }),
    });
    expect(parseError(nameless).message).toMatch(/: no host db\.invalid( \(no name server responds\))?$/);
    await server.query(
      "create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
    );
    expect(await show(server.url('latin'))).toEqual([3, 'ledger.encoding', matching("ENCODING 'UTF8'")]);
  });

  test('does not let the role create tables', async ({ expect }) => {
    const url = await server.createDatabase();
    const database = new URL(url).pathname.slice(1);
    await server.query('create role plain login');
    const plain = url.replace('postgres@', 'plain@');
    const remedy = 'CREATE SCHEMA qlara AUTHORIZATION "plain"';
    expect(await show(plain)).toEqual([3, 'ledger.permission', matching(remedy)]);
    await server.query(remedy, database);
    expect(await show(plain)).toEqual([0]);
    await server.query('create schema other', database);
    expect(await show(`${plain}?schema=other`)).toEqual([3, 'ledger.permission', matching('schema=NAME')]);
  });

  test('is behind a pool', async ({ expect }) => {
    const name = new URL(await server.createDatabase()).pathname.slice(1);
    for (const [mode, answer] of [
      ['transaction', [3, 'ledger.pooled', matching('session mode')]],
      ['session', [0]],
    ] as const) {
      const pool = await startPgbouncer(server, mode);
      expect(await show(pool.url(name))).toEqual(answer);
      await pool.close();
    }
  });

  test('is a standby', async ({ expect }) => {
    const standby = await startPostgres({ settings: { fsync: 'off' } });
    await standby.stop('fast');
    standby.makeStandby();
    await standby.start();
    expect(await show(standby.url())).toEqual([
      3,
      'ledger.standby',
      matching('target_session_attrs=primary'),
    ]);
  });
});

test('--wait waits for its timeout, by one clock', async ({ expect }) => {
  const home = freshHome({ ledger: await server.createDatabase() });
  const begin = Date.now();
  const gateway = await serve({
    get: (seen) =>
      Date.now() - begin > 2_500
        ? listStatuses(gateway.taken, seen)
        : json(
            200,
            seen.ids.map((id) => statusEntry(id, 'SENT')),
          ),
  });
  const env = { ...key, QLARA_BASE_URL: gateway.url };
  const result = await invoke([...sendOne('a'), '--wait', '--timeout', '15s'], { home, env });
  expect([result.code, only(parseRows(result)).status]).toEqual([0, 'delivered']);
});
