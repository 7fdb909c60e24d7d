import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { inboundBody, listening, post } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import {
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  readAllBytes,
  run,
  start,
  until,
} from '../support/program.ts';
import { accept, serve } from '../support/server.ts';

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});

interface Shown {
  engine: string;
  version: string;
  place: string;
  schema: string | null;
  bytes: number;
  messages: number;
  bulks: number;
  rows: number;
  inDoubt: number;
  optOuts: number;
  inbound: number;
  workers: {
    host: string | null;
    pid: number | null;
    listens: boolean;
    bulks: string[];
    uncertain: boolean;
  }[];
  warnings: { code: string; message: string }[];
}

const key = { QLARA_API_KEY: 'any' };

const show = async (home: Home, env: Record<string, string> = {}) =>
  only(parseRows<Shown>(await invoke(['ledger', 'show', '--json'], { home, env })));

/** Makes a ledger: single messages, one in doubt, a bulk that was stopped, opt-outs and an inbound message. */
async function makeLedger(home: Home, url: string): Promise<string> {
  const env = { ...key, QLARA_BASE_URL: url };
  const send = ['send', 'sms', '--message', "it's 😀 \\u0000"];
  await invoke([...send, '--to', '+393901234567', '--id', 'one'], { home, env });
  const file = join(home.path, 'rows.csv');
  writeFileSync(
    file,
    ['to,name', ...Array.from({ length: 400 }, (_, i) => `+39390123${4000 + i},N ${i}`)].join('\n'),
  );
  const bulk = start([...send, '--file', file, '--name', 'spring', '--rate', '100/s', '--yes'], {
    home,
    env,
  });
  await until(() => bulk.printed.stderr.length > 0, 'it sends');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  bulk.child.kill('SIGINT');
  await bulk.done;
  await invoke(['optout', 'add', '+393901239999', '--note', '"quoted"'], { home, env });
  const listener = await listening([], { home, env });
  await post(listener.url, inboundBody('Ciao 😀'));
  listener.child.kill('SIGINT');
  await listener.done;
  return file;
}

describe.concurrent('ledger show', () => {
  test('describes a file', async ({ expect }) => {
    const home = freshHome();
    const gateway = await serve();
    await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'hi'], {
      home,
      env: { ...key, QLARA_BASE_URL: gateway.url },
    });
    await invoke(['optout', 'add', '+393901234568'], { home });
    expect(await show(home)).toMatchObject({
      ...{
        engine: 'sqlite',
        place: join(home.state, 'default.db'),
        schema: null,
        messages: 1,
        bulks: 0,
        rows: 0,
      },
      ...{ inDoubt: 0, optOuts: 1, inbound: 0, workers: [], warnings: [] },
    });
    const listener = await listening([], { home });
    const [worker] = (await show(home)).workers;
    expect(worker).toMatchObject({ listens: true, bulks: [], uncertain: false });
    listener.child.kill('SIGINT');
    await listener.done;
    expect((await show(home)).workers).toEqual([]);
  });

  test('describes a database, and who is connected', async ({ expect }) => {
    const [home, url] = [freshHome(), await server.createDatabase()];
    const env = { QLARA_LEDGER: url.replace('postgres@', 'postgres:secret-word@') };
    const listener = await listening([], { home, env });
    const shown = await show(home, env);
    expect(shown).toMatchObject({ engine: 'postgresql', place: url, schema: 'qlara', inDoubt: 0 });
    expect(shown.version).toMatch(/^\d+(\.\d+)?$/);
    expect(shown.workers).toMatchObject([{ pid: listener.child.pid, listens: true, uncertain: false }]);
    expect(shown.warnings.map(({ code }) => code)).toEqual(['ledger.fsync-off']);
    expect(JSON.stringify(shown)).not.toContain('secret-word');
    listener.child.kill('SIGINT');
    await listener.done;
  });
});

describe.concurrent('ledger copy', () => {
  test('moves everything: each command answers as before', async ({ expect }) => {
    const home = freshHome();
    const gateway = await serve({
      post: ({ id }) => (id === 'lost' ? { play: (r) => r.socket?.destroy() } : accept()),
    });
    const env = { ...key, QLARA_BASE_URL: gateway.url };
    const file = await makeLedger(home, gateway.url);
    const url = await server.createDatabase();
    const bulk = only(parseRows<{ id: string }>(await invoke(['bulk', 'list', '--json'], { home, env }))).id;
    const commands = [
      ['status', '--no-refresh', '--limit', '1000', '--json'],
      ['status', 'one', '--no-refresh', '--json'],
      ['bulk', 'list', '--json'],
      ['bulk', 'show', bulk, '--json'],
      ['bulk', 'show', bulk, '--status', 'queued,submitted', '--json'],
      ['optout', 'list', '--json'],
    ];
    const ask = async (more: Record<string, string> = {}) =>
      Promise.all(commands.map((line) => invoke(line, { home, env: { ...env, ...more } })));
    const before = await ask();
    expect(before.map(({ code }) => code)).toEqual(commands.map(() => 0));
    const copied = await invoke(['ledger', 'copy', url, '--json'], { home, env });
    expect([copied.code, copied.stderr]).toEqual([
      0,
      expect.stringContaining(`qlara profile set ledger ${url}`),
    ]);
    expect(await ask({ QLARA_LEDGER: url })).toEqual(before);
    const inbox = await invoke(['inbox', 'show', '+393901234567', '--json'], {
      home,
      env: { ...env, QLARA_LEDGER: url },
    });
    expect(inbox.stdout).toContain('Ciao 😀');

    // Nothing is sent from the old ledger.
    const sentBefore = gateway.posts().length;
    const refused = await invoke(['bulk', 'resume', bulk, '--yes', '--json'], { home, env });
    expect([refused.code, parseError(refused)]).toEqual([
      3,
      expect.objectContaining({
        code: 'ledger.moved',
        hint: expect.stringContaining(`qlara profile set ledger ${url}`),
      }),
    ]);
    expect(gateway.posts().length).toBe(sentBefore);
    expect((await invoke(['profile', 'set', 'ledger', url], { home })).code).toBe(0);
    const resumed = await invoke(['bulk', 'resume', bulk, '--yes'], { home, env, timeout: 30_000 });
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
    const ids = gateway.posts().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(401);
    // The same file is the same bulk.
    const again = await invoke(
      ['send', 'sms', '--message', "it's 😀 \\u0000", '--file', file, '--name', 'spring', '--yes'],
      { home, env },
    );
    expect([again.code, gateway.posts().length]).toEqual([0, 401]);
  }, 60_000);

  test('refuses what is not to be copied', async ({ expect }) => {
    const [home, url] = [freshHome(), await server.createDatabase()];
    const copy = async (given: string, env: Record<string, string> = {}, ...more: string[]) => {
      const result = await invoke(['ledger', 'copy', given, '--json', ...more], { home, env });
      return [result.code, parseError(result).code];
    };
    expect(await copy(url)).toEqual([3, 'ledger.missing']);
    await invoke(['optout', 'add', '+393901234568'], { home });
    expect(await copy(url.replace('postgres@', 'postgres:secret-word@'))).toEqual([2, 'ledger.password']);
    expect(await copy('mysql://h/d')).toEqual([2, 'ledger.url']);
    expect(await copy(url, { QLARA_LEDGER: url })).toEqual([3, 'ledger.not-a-file']);
    expect(await copy(url, {}, '--sandbox')).toEqual([2, 'profile.reserved']);
    expect(await copy(`${url}x`)).toEqual([3, 'ledger.login']);
    expect(await copy('postgres://postgres@127.0.0.1:1/d')).toEqual([3, 'ledger.unusable']);
    const listener = await listening([], { home });
    expect(await copy(url)).toEqual([3, 'ledger.in-use']);
    listener.child.kill('SIGINT');
    await listener.done;
    await server.query('create schema qlara; create table qlara.theirs()', new URL(url).pathname.slice(1));
    expect(await copy(url)).toEqual([3, 'ledger.not-empty']);
    expect(readAllBytes(home)).not.toContain('secret-word');
    expect((await invoke(['optout', 'list'], { home })).code).toBe(0);
  });

  test('that is killed at any moment leaves one ledger', async ({ expect }) => {
    const home = freshHome();
    const gateway = await serve();
    const env = { ...key, QLARA_BASE_URL: gateway.url };
    await makeLedger(home, gateway.url);
    const url = await server.createDatabase();
    const useNew = { ...env, QLARA_LEDGER: url };
    const works = async (more: Record<string, string>) => {
      const { code, stdout } = await invoke(['optout', 'list', '--json'], { home, env: more });
      return code === 0 && JSON.parse(stdout).length === 1;
    };
    let isDone = false;
    for (let delayMs = 150; !isDone && delayMs < 3_000; delayMs += 40) {
      const running = start(['ledger', 'copy', url], { home, env });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      running.child.kill('SIGKILL');
      const { code } = await running.done;
      isDone = code === 0;
      const isOld = await works(env);
      const active = await server
        .query('select from qlara.meta where version < 1000', new URL(url).pathname.slice(1))
        .catch(() => []);
      expect([isOld, active.length > 0]).not.toEqual([true, true]);
      if (!isOld) break;
    }
    expect((await run(['ledger', 'copy', url], { home, env })).code).toBe(0);
    expect([await works(env), await works(useNew)]).toEqual([false, true]);
    expect((await run(['ledger', 'copy', url], { home, env: useNew })).code).toBe(0);
  }, 60_000);
});
