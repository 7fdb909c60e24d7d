import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { sendControl } from '../support/invoke.ts';
import { freshHome, only, parseError, parseRows, recorded, run, start, until } from '../support/program.ts';
import {
  type Answer,
  accept,
  acceptThen,
  envelope,
  hang,
  json,
  reset,
  serve,
  statusEntry,
  toGatewayId,
} from '../support/server.ts';

const env = { QLARA_API_KEY: 'any' };
const settings = { grace: '400ms' };
const sendArgs = (url: string, message = 'Hello', to = '+393901234567') => [
  ...['send', 'sms', '--to', to, '--message', message, '--id', 'order-1', '--json', '--base-url', url],
];

/** Delays a response; the gateway accepts the message at once. */
const delay = (answer: Answer, milliseconds: number): Answer => ({
  ...answer,
  play: (response, seen) => void setTimeout(() => answer.play(response, seen), milliseconds),
});

describe.concurrent('one id is sent once', () => {
  test('sends nothing when repeated and reports the same row', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const first = await run(sendArgs(server.url), { home, env });
    const second = await run(sendArgs(server.url), { home, env });
    expect([first.code, second.code, server.posts().length]).toEqual([0, 0, 1]);
    expect(parseRows(second)).toEqual(parseRows(first));
    expect(second.stderr).toMatch(/^note: order-1 was sent before/m);
    expect(first.stderr).toBe('');
  });

  test.for([
    ['another text', ['Something else']],
    ['another number', ['Hello', '+393901234568']],
  ] as const)('refuses %s for an id that was sent', async ([, [message, to]], { expect }) => {
    const home = freshHome();
    const server = await serve();
    await run(sendArgs(server.url), { home, env });
    for (const more of [[], ['--dry-run']]) {
      const second = await run([...sendArgs(server.url, message, to), ...more], { home, env });
      expect([second.code, parseError(second).code, server.posts().length]).toEqual([2, 'id.reused', 1]);
    }
  });

  test('does not resend a refused id and reports the reason', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(400, 'bad number') });
    await run(sendArgs(server.url), { home, env });
    const second = await run(sendArgs(server.url), { home, env });
    expect([second.code, server.posts().length]).toEqual([1, 1]);
    expect(only(parseRows(second))).toMatchObject({ status: 'rejected', reason: 'bad number' });
    expect(second.stderr).toContain('order-1');
  });

  test('sends a message again after a refused key, and does not report it as sent before', async ({
    expect,
  }) => {
    const home = freshHome();
    const server = await serve({ post: [envelope(401, 'no'), accept()] });
    expect((await run(sendArgs(server.url), { home, env })).code).toBe(3);
    const second = await run(sendArgs(server.url), { home, env });
    expect([second.code, server.taken]).toEqual([0, ['order-1']]);
    expect(second.stderr).not.toContain('sent before');
  });

  test.for([
    ['another text', 'Corrected', '+393901234567'],
    ['another number', 'Hello', '+393901234568'],
  ] as const)('refuses %s for an id that was never sent', async ([, message, to], { expect }) => {
    const home = freshHome();
    const server = await serve({ post: [envelope(401, 'no'), accept()] });
    await run(sendArgs(server.url), { home, env });
    const second = await run(sendArgs(server.url, message, to), { home, env });
    expect([second.code, parseError(second).code, server.posts().length]).toEqual([2, 'id.reused', 1]);
  });
});

describe.concurrent('a message in doubt', () => {
  test.for([
    ['the same command', sendArgs],
    ['status', (url: string) => ['status', 'order-1', '--json', '--base-url', url]],
  ] as const)('is resolved by %s, without a second request', async ([, args], { expect }) => {
    const home = freshHome(settings);
    const server = await serve({
      post: acceptThen(reset()),
      get: (seen) => (isDown ? json(500, {}) : json(200, statusEntry(seen.id))),
    });
    let isDown = true;
    const first = await run(sendArgs(server.url), { home, env });
    isDown = false;
    expect([first.code, parseError(first).code]).toEqual([6, 'send.in-doubt']);
    expect(parseError(first).hint).toContain('order-1');
    const second = await run(args(server.url), { home, env });
    expect([second.code, only(parseRows(second)).status, server.posts().length]).toEqual([0, 'delivered', 1]);
    expect(only(parseRows(second)).gatewayId).toBe(toGatewayId('order-1'));
  });

  test.for([
    ['after a while, within the grace period', (nth: number) => (nth < 1 ? envelope(404, 'unknown') : null)],
    [
      'late, requested before and answered after the grace period',
      (nth: number) => (nth < 1 ? delay(envelope(404, 'unknown'), 1500) : null),
    ],
    ['in a list', () => json(200, [statusEntry('order-1')])],
    ['in a list under messages', () => json(200, { messages: [statusEntry('order-1')] })],
    ['with status UNKNOWN', () => json(200, statusEntry('order-1', 'UNKNOWN'))],
  ] as const)('is not sent again when listed %s', async ([, shown], { expect }) => {
    const server = await serve({
      post: [acceptThen(reset()), accept()],
      get: ({ id }, nth) => shown(nth) ?? json(200, statusEntry(id)),
    });
    const result = await run(sendArgs(server.url), { home: freshHome({ grace: '1s' }), env });
    expect([result.code, server.taken]).toEqual([0, ['order-1']]);
  });
});

describe.concurrent('a killed send', () => {
  async function sendAndKill(taken: boolean, home = freshHome(settings)) {
    const server = await serve({ post: [taken ? acceptThen(hang()) : hang(), accept()] });
    await sendControl(server.url, { home, env });
    const sending = start(sendArgs(server.url), { home, env });
    await until(() => server.posts().length === 1, 'the request arrives');
    sending.child.kill('SIGKILL');
    expect((await sending.done).signal).toBe('SIGKILL');
    expect((await recorded(home))[0]?.phase).toBe('sending');
    const result = await run(sendArgs(server.url), { home, env });
    return { result, server };
  }

  test('is not repeated if the gateway has the message', async ({ expect }) => {
    const { result, server } = await sendAndKill(true);
    expect([result.code, server.posts().length]).toEqual([0, 1]);
    expect(only(parseRows(result)).status).toBe('delivered');
  });

  test('is repeated after the grace period if the gateway does not have the message', async ({ expect }) => {
    const { result, server } = await sendAndKill(false, freshHome({ grace: '1500ms' }));
    expect([result.code, server.posts().length, server.taken]).toEqual([0, 2, ['order-1']]);
    const [first, second] = server.posts();
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_000);
    expect(server.gets().length).toBeGreaterThanOrEqual(1);
  });
});

describe.concurrent('local failures', () => {
  const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

  test.runIf(hasPrlimit)(
    'does not claim that nothing was sent when the disk fills up after the request',
    async ({ expect }) => {
      const home = freshHome(settings);
      const server = await serve({
        post: (seen) => {
          execFileSync('prlimit', ['--pid', String(sending.child.pid), '--fsize=4096']);
          const answer = accept();
          return { ...answer, play: (response) => answer.play(response, seen) };
        },
      });
      const sending = start(sendArgs(server.url), { home, env });
      expect((await sending.done).code).toBe(6);
      const again = await run(sendArgs(server.url), { home, env });
      expect([again.code, server.taken]).toEqual([0, ['order-1']]);
    },
  );

  test.for([
    ['with a line break', 'secret-key\r'],
    ['with characters that headers cannot have', 'secret-kéy-“x”'],
  ] as const)('reports a key %s as a setup error', async ([, key], { expect }) => {
    const home = freshHome();
    const server = await serve();
    const result = await run(sendArgs(server.url), { home, env: { QLARA_API_KEY: key } });
    expect([result.code, server.seen]).toEqual([3, []]);
    expect(parseError(result).message + parseError(result).hint).toMatch(/QLARA_API_KEY|key/);
  });
});
