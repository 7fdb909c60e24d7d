import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import {
  configure,
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  start,
  until,
} from '../support/program.ts';
import { accept, acceptThen, empty, json, reset, serve } from '../support/server.ts';

const settings = { grace: '200ms' };
const envFor = (url: string) => ({ QLARA_API_KEY: 'any', QLARA_BASE_URL: url });
const sendArgs = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'order-1', '--json'];
const reasonArgs = ['--reason', 'support looked it up'];

/** Starts a gateway whose responses leave messages in doubt until it is repaired. */
async function serveBroken() {
  const state = { isRepaired: false };
  const server = await serve({
    post: () => (state.isRepaired ? accept() : reset()),
    get: () => empty(404),
  });
  return { server, state };
}

async function sendInDoubt(home: Home) {
  const { server, state } = await serveBroken();
  const result = await invoke(sendArgs, { home, env: envFor(server.url) });
  if (result.code !== 6) throw new Error(`not in doubt: ${result.stderr}`);
  return { server, state, env: envFor(server.url) };
}

describe.concurrent('a message in doubt', () => {
  test('is reported in its row, by --status in-doubt and by the exit code', async ({ expect }) => {
    const home = freshHome(settings);
    const { env } = await sendInDoubt(home);
    await invoke(['send', 'sms', '-t', '+393901234568', '-m', 'hi', '--sandbox'], { home });
    const list = await invoke(['status', '--status', 'in-doubt', '--no-refresh', '--json'], { home, env });
    expect([list.code, only(parseRows(list))]).toMatchObject([
      0,
      { id: 'order-1', status: 'unknown', inDoubt: true, final: false },
    ]);
    for (const more of [[], ['--no-refresh'], ['--wait', '--timeout', '300ms']]) {
      const named = await invoke(['status', 'order-1', '--json', ...more], { home, env });
      expect([named.code, parseError(named).code]).toEqual([6, 'send.in-doubt']);
    }
    const all = await invoke(['status', '--no-refresh', '--json'], { home, env });
    expect(all.code).toBe(0);
    const delivered = await invoke(['status', '--status', 'delivered', '--no-refresh', '--json'], {
      home,
      env,
    });
    expect(parseRows(delivered)).toEqual([]);
  });

  test('is recorded as submitted with --sent, and never sent again', async ({ expect }) => {
    const home = freshHome(settings);
    const { server, env } = await sendInDoubt(home);
    const result = await invoke(['resolve', 'order-1', '--sent', ...reasonArgs, '--json'], { home, env });
    expect([result.code, only(parseRows(result))]).toMatchObject([
      0,
      { status: 'submitted', inDoubt: false },
    ]);
    const again = await invoke(sendArgs, { home, env });
    expect([again.code, server.posts().length]).toEqual([0, 1]);
    const status = await invoke(['status', 'order-1', '--no-refresh', '--json'], { home, env });
    expect(status.code).toBe(0);
  });

  test('is queued with --not-sent, and sent by the same command', async ({ expect }) => {
    const home = freshHome(settings);
    const { server, state, env } = await sendInDoubt(home);
    const result = await invoke(['resolve', 'order-1', '--not-sent', ...reasonArgs, '--json'], { home, env });
    expect([result.code, only(parseRows(result))]).toMatchObject([0, { status: 'queued', inDoubt: false }]);
    expect(server.posts()).toHaveLength(1);
    state.isRepaired = true;
    const again = await invoke(sendArgs, { home, env });
    expect([again.code, server.taken]).toEqual([0, ['order-1']]);
  });

  test('can be resolved with the command in the error hint', async ({ expect }) => {
    const home = freshHome();
    configure(home, JSON.stringify({ profiles: { shop: settings } }));
    const { server } = await serveBroken();
    const args = [...sendArgs, '--base-url', server.url, '--profile', 'shop'];
    const result = await invoke(args, { home, env: { QLARA_API_KEY: 'any' } });
    expect(result.code).toBe(6);
    const [, , resolve = ''] = /`qlara (.*?)`.*`qlara (.*?)`/.exec(parseError(result).hint ?? '') ?? [];
    const settled = await invoke([...resolve.replace('TEXT', 'looked').split(' '), '--json'], { home });
    expect([settled.code, only(parseRows(settled)).status]).toEqual([0, 'submitted']);
  });
});

describe.concurrent('messages not in doubt', () => {
  test.for([
    ['a sent message', ['order-1'], 2, 'message.not-in-doubt'],
    ['an unknown message', ['order-7'], 2, 'message.unknown'],
  ] as const)('refuses %s', async ([, ids, code, error], { expect }) => {
    const home = freshHome();
    const server = await serve();
    await invoke(sendArgs, { home, env: envFor(server.url) });
    const result = await invoke(['resolve', ...ids, '--sent', ...reasonArgs, '--json'], { home });
    expect([result.code, parseError(result).code]).toEqual([code, error]);
  });

  test('prevents other messages from being resolved', async ({ expect }) => {
    const home = freshHome(settings);
    const { state, env } = await sendInDoubt(home);
    state.isRepaired = true;
    const other = sendArgs.map((word) => (word === 'order-1' ? 'order-2' : word));
    await invoke(other, { home, env });
    const result = await invoke(['resolve', 'order-1', 'order-2', '--sent', ...reasonArgs, '--json'], {
      home,
    });
    expect([result.code, parseError(result).code]).toEqual([2, 'message.not-in-doubt']);
    const rows = parseRows(
      await invoke(['status', '--no-refresh', '--status', 'in-doubt', '--json'], { home }),
    );
    expect(rows.map(({ id }) => id)).toEqual(['order-1']);
  });

  test('refuses a message that another process is sending', async ({ expect }) => {
    const home = freshHome(settings);
    const server = await serve({ post: { play() {} } });
    const sending = start(sendArgs, { home, env: envFor(server.url) });
    await until(() => server.posts().length === 1, 'the request arrives');
    const result = await invoke(['resolve', 'order-1', '--not-sent', ...reasonArgs, '--json'], { home });
    expect([result.code, parseError(result).code]).toEqual([2, 'message.not-in-doubt']);
    expect(parseError(result).message).toContain('is being sent');
    // After a kill the message is in doubt, and the user may resolve it.
    sending.child.kill('SIGKILL');
    await sending.done;
    const killed = await invoke(['resolve', 'order-1', '--not-sent', ...reasonArgs, '--json'], { home });
    expect([killed.code, only(parseRows(killed)).status]).toEqual([0, 'queued']);
  });

  test.for([
    ['neither --sent nor --not-sent', ['order-1', ...reasonArgs]],
    ['both --sent and --not-sent', ['order-1', '--sent', '--not-sent', ...reasonArgs]],
    ['no reason', ['order-1', '--sent']],
    ['an empty reason', ['order-1', '--sent', '--reason', ' ']],
    ['no message', ['--sent', ...reasonArgs]],
    ['both ids and a bulk', ['order-1', '--bulk', 'x', '--sent', ...reasonArgs]],
  ] as const)('refuses %s', async ([, args], { expect }) => {
    const result = await invoke(['resolve', ...args, '--json']);
    expect([result.code, parseError(result).code]).toMatchObject([
      2,
      expect.stringMatching(/^(resolve|reason)\.missing$/),
    ]);
  });
});

describe.concurrent('a bulk with messages in doubt', () => {
  const rows = ['+393471001001', '+393471001002', '+393471001003', '+393471001004', '+393471001005'];

  async function sendBulkInDoubt(home: Home) {
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${rows.join('\n')}\n`);
    const failing = new Set(rows.slice(1, 3));
    const server = await serve({
      post: (seen) =>
        failing.has(String(seen.body.phoneNumber))
          ? seen.body.phoneNumber === rows[1]
            ? acceptThen(reset())
            : reset()
          : accept(),
      get: () => json(404, { message: 'No message has this id' }),
    });
    const env = envFor(server.url);
    const result = await invoke(['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--json'], {
      home,
      env,
    });
    const id = only([...new Set(parseRows(result).map(({ bulk }) => bulk))]) ?? '';
    return { server, env, result, id, failing };
  }

  test('sends the other rows, exits with 6 and is resolved as a whole', async ({ expect }) => {
    const home = freshHome(settings);
    const { server, env, result, id, failing } = await sendBulkInDoubt(home);
    expect([result.code, parseError(result).code, server.taken.length]).toEqual([6, 'send.in-doubt', 4]);
    expect(parseRows(result).filter(({ inDoubt }) => inDoubt)).toHaveLength(2);
    const shown = await invoke(['bulk', 'show', id, '--status', 'in-doubt', '-o', 'ndjson'], { home, env });
    expect(shown.stdout.trim().split('\n')).toHaveLength(2);
    const resumed = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env });
    expect([resumed.code, server.taken.length]).toEqual([6, 4]);
    const sent = only(parseRows(result).filter(({ to }) => to === rows[1])).id;
    await invoke(['resolve', sent, '--sent', ...reasonArgs], { home, env });
    const settled = await invoke(['resolve', '--bulk', id, '--not-sent', ...reasonArgs, '--json'], {
      home,
      env,
    });
    expect([settled.code, only(parseRows(settled))]).toMatchObject([0, { to: rows[2], status: 'queued' }]);
    failing.clear();
    const last = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env });
    expect(last.code).toBe(0);
    expect(server.posts().filter(({ body }) => body.phoneNumber === rows[1])).toHaveLength(1);
    expect(new Set(server.taken).size).toBe(5);
    const none = await invoke(['resolve', '--bulk', id, '--sent', ...reasonArgs, '--json'], { home, env });
    expect([none.code, parseError(none).code]).toEqual([2, 'message.not-in-doubt']);
  });
});
