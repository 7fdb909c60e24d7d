import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { configure, errorOf, freshHome, type Home, only, rowsOf, start, until } from '../support/program.ts';
import { accepts, empty, json, reset, serve, taking } from '../support/server.ts';

const settings = { grace: '200ms' };
const key = (url: string) => ({ QLARA_API_KEY: 'any', QLARA_BASE_URL: url });
const line = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'order-1', '--json'];
const why = ['--reason', 'support looked it up'];

/** A gateway that accepts nothing clearly and tells nothing, until it is repaired. */
async function broken() {
  const state = { isRepaired: false };
  const server = await serve({
    post: () => (state.isRepaired ? accepts() : reset()),
    get: () => empty(404),
  });
  return { server, state };
}

async function inDoubt(home: Home) {
  const { server, state } = await broken();
  const ran = await invoke(line, { home, env: key(server.url) });
  if (ran.code !== 6) throw new Error(`not in doubt: ${ran.stderr}`);
  return { server, state, env: key(server.url) };
}

describe.concurrent('a message in doubt', () => {
  test('says so in its row, in the list of those in doubt, and in the exit code', async ({ expect }) => {
    const home = freshHome(settings);
    const { env } = await inDoubt(home);
    await invoke(['send', 'sms', '-t', '+393901234568', '-m', 'hi', '--sandbox'], { home });
    const list = await invoke(['status', '--status', 'in-doubt', '--no-refresh', '--json'], { home, env });
    expect([list.code, only(rowsOf(list))]).toMatchObject([
      0,
      { id: 'order-1', status: 'unknown', inDoubt: true, final: false },
    ]);
    for (const more of [[], ['--no-refresh'], ['--wait', '--timeout', '300ms']]) {
      const named = await invoke(['status', 'order-1', '--json', ...more], { home, env });
      expect([named.code, errorOf(named).code]).toEqual([6, 'send.in-doubt']);
    }
    const all = await invoke(['status', '--no-refresh', '--json'], { home, env });
    expect(all.code).toBe(0);
    const delivered = await invoke(['status', '--status', 'delivered', '--no-refresh', '--json'], {
      home,
      env,
    });
    expect(rowsOf(delivered)).toEqual([]);
  });

  test('that was sent is recorded as submitted, and never sent again', async ({ expect }) => {
    const home = freshHome(settings);
    const { server, env } = await inDoubt(home);
    const ran = await invoke(['resolve', 'order-1', '--sent', ...why, '--json'], { home, env });
    expect([ran.code, only(rowsOf(ran))]).toMatchObject([0, { status: 'submitted', inDoubt: false }]);
    const again = await invoke(line, { home, env });
    expect([again.code, server.posts().length]).toEqual([0, 1]);
    const status = await invoke(['status', 'order-1', '--no-refresh', '--json'], { home, env });
    expect(status.code).toBe(0);
  });

  test('that was not sent is queued, and the same command sends it', async ({ expect }) => {
    const home = freshHome(settings);
    const { server, state, env } = await inDoubt(home);
    const ran = await invoke(['resolve', 'order-1', '--not-sent', ...why, '--json'], { home, env });
    expect([ran.code, only(rowsOf(ran))]).toMatchObject([0, { status: 'queued', inDoubt: false }]);
    expect(server.posts()).toHaveLength(1);
    state.isRepaired = true;
    const again = await invoke(line, { home, env });
    expect([again.code, server.taken]).toEqual([0, ['order-1']]);
  });

  test('the hint of the error settles it as printed', async ({ expect }) => {
    const home = freshHome();
    configure(home, JSON.stringify({ profiles: { shop: settings } }));
    const { server } = await broken();
    const words = [...line, '--base-url', server.url, '--profile', 'shop'];
    const ran = await invoke(words, { home, env: { QLARA_API_KEY: 'any' } });
    expect(ran.code).toBe(6);
    const [, , resolve = ''] = /`qlara (.*?)`.*`qlara (.*?)`/.exec(errorOf(ran).hint ?? '') ?? [];
    const settled = await invoke([...resolve.replace('TEXT', 'looked').split(' '), '--json'], { home });
    expect([settled.code, only(rowsOf(settled)).status]).toEqual([0, 'submitted']);
  });
});

describe.concurrent('messages not in doubt', () => {
  test.for([
    ['was sent', ['order-1'], 2, 'message.not-in-doubt'],
    ['is not known', ['order-7'], 2, 'message.unknown'],
  ] as const)('%s is not resolved', async ([, ids, code, error], { expect }) => {
    const home = freshHome();
    const server = await serve();
    await invoke(line, { home, env: key(server.url) });
    const ran = await invoke(['resolve', ...ids, '--sent', ...why, '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([code, error]);
  });

  test('keeps those named beside it from being resolved', async ({ expect }) => {
    const home = freshHome(settings);
    const { state, env } = await inDoubt(home);
    state.isRepaired = true;
    const other = line.map((word) => (word === 'order-1' ? 'order-2' : word));
    await invoke(other, { home, env });
    const ran = await invoke(['resolve', 'order-1', 'order-2', '--sent', ...why, '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'message.not-in-doubt']);
    const rows = rowsOf(await invoke(['status', '--no-refresh', '--status', 'in-doubt', '--json'], { home }));
    expect(rows.map(({ id }) => id)).toEqual(['order-1']);
  });

  test('is what another process is sending just now', async ({ expect }) => {
    const home = freshHome(settings);
    const server = await serve({ post: { play() {} } });
    const sending = start(line, { home, env: key(server.url) });
    await until(() => server.posts().length === 1, 'the request arrives');
    const ran = await invoke(['resolve', 'order-1', '--not-sent', ...why, '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'message.not-in-doubt']);
    expect(errorOf(ran).message).toContain('is being sent');
    // Once it is killed it is in doubt, and a person may know.
    sending.child.kill('SIGKILL');
    await sending.done;
    const killed = await invoke(['resolve', 'order-1', '--not-sent', ...why, '--json'], { home });
    expect([killed.code, only(rowsOf(killed)).status]).toEqual([0, 'queued']);
  });

  test.for([
    ['neither --sent nor --not-sent', ['order-1', ...why]],
    ['both', ['order-1', '--sent', '--not-sent', ...why]],
    ['no reason', ['order-1', '--sent']],
    ['an empty reason', ['order-1', '--sent', '--reason', ' ']],
    ['no message', ['--sent', ...why]],
    ['both ids and a bulk', ['order-1', '--bulk', 'x', '--sent', ...why]],
  ] as const)('with %s the line is wrong', async ([, words], { expect }) => {
    const ran = await invoke(['resolve', ...words, '--json']);
    expect([ran.code, errorOf(ran).code]).toMatchObject([
      2,
      expect.stringMatching(/^(resolve|reason)\.missing$/),
    ]);
  });
});

describe.concurrent('a bulk with messages in doubt', () => {
  const rows = ['+393471001001', '+393471001002', '+393471001003', '+393471001004', '+393471001005'];

  async function bulkInDoubt(home: Home) {
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${rows.join('\n')}\n`);
    const failing = new Set(rows.slice(1, 3));
    const server = await serve({
      post: (seen) =>
        failing.has(String(seen.body.phoneNumber))
          ? seen.body.phoneNumber === rows[1]
            ? taking(reset())
            : reset()
          : accepts(),
      get: () => json(404, { message: 'No message has this id' }),
    });
    const env = key(server.url);
    const ran = await invoke(['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--json'], { home, env });
    const id = only([...new Set(rowsOf(ran).map(({ bulk }) => bulk))]) ?? '';
    return { server, env, ran, id, failing };
  }

  test('sends the others, ends with 6, and is settled as a whole by hand', async ({ expect }) => {
    const home = freshHome(settings);
    const { server, env, ran, id, failing } = await bulkInDoubt(home);
    expect([ran.code, errorOf(ran).code, server.taken.length]).toEqual([6, 'send.in-doubt', 4]);
    expect(rowsOf(ran).filter(({ inDoubt }) => inDoubt)).toHaveLength(2);
    const shown = await invoke(['bulk', 'show', id, '--status', 'in-doubt', '-o', 'ndjson'], { home, env });
    expect(shown.stdout.trim().split('\n')).toHaveLength(2);
    const resumed = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env });
    expect([resumed.code, server.taken.length]).toEqual([6, 4]);
    const sent = only(rowsOf(ran).filter(({ to }) => to === rows[1])).id;
    await invoke(['resolve', sent, '--sent', ...why], { home, env });
    const settled = await invoke(['resolve', '--bulk', id, '--not-sent', ...why, '--json'], { home, env });
    expect([settled.code, only(rowsOf(settled))]).toMatchObject([0, { to: rows[2], status: 'queued' }]);
    failing.clear();
    const last = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env });
    expect(last.code).toBe(0);
    expect(server.posts().filter(({ body }) => body.phoneNumber === rows[1])).toHaveLength(1);
    expect(new Set(server.taken).size).toBe(5);
    const none = await invoke(['resolve', '--bulk', id, '--sent', ...why, '--json'], { home, env });
    expect([none.code, errorOf(none).code]).toEqual([2, 'message.not-in-doubt']);
  });
});
