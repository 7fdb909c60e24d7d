import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { sendControl } from '../support/invoke.ts';
import { errorOf, freshHome, only, recorded, rowsOf, run, start, until } from '../support/program.ts';
import {
  type Answer,
  accepts,
  envelope,
  gatewayIdOf,
  json,
  never,
  reset,
  serve,
  standing,
  taking,
} from '../support/server.ts';

const env = { QLARA_API_KEY: 'any' };
const settings = { grace: '400ms' };
const line = (url: string, message = 'Hello', to = '+393901234567') => [
  ...['send', 'sms', '--to', to, '--message', message, '--id', 'order-1', '--json', '--base-url', url],
];

/** An answer that is made up at once and arrives late. */
const late = (answer: Answer, milliseconds: number): Answer => ({
  ...answer,
  play: (response, seen) => void setTimeout(() => answer.play(response, seen), milliseconds),
});

describe.concurrent('one id is sent once', () => {
  test('the same line again sends nothing, shows the same row and says so', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const first = await run(line(server.url), { home, env });
    const second = await run(line(server.url), { home, env });
    expect([first.code, second.code, server.posts().length]).toEqual([0, 0, 1]);
    expect(rowsOf(second)).toEqual(rowsOf(first));
    expect(second.stderr).toMatch(/^note: order-1 was sent before/m);
    expect(first.stderr).toBe('');
  });

  test.for([
    ['another text', ['Something else']],
    ['another number', ['Hello', '+393901234568']],
  ] as const)('%s under an id that was sent is refused', async ([, [message, to]], { expect }) => {
    const home = freshHome();
    const server = await serve();
    await run(line(server.url), { home, env });
    for (const more of [[], ['--dry-run']]) {
      const second = await run([...line(server.url, message, to), ...more], { home, env });
      expect([second.code, errorOf(second).code, server.posts().length]).toEqual([2, 'id.reused', 1]);
    }
  });

  test('an id that was refused is not sent again, and the row tells why', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(400, 'bad number') });
    await run(line(server.url), { home, env });
    const second = await run(line(server.url), { home, env });
    expect([second.code, server.posts().length]).toEqual([1, 1]);
    expect(only(rowsOf(second))).toMatchObject({ status: 'rejected', reason: 'bad number' });
    expect(second.stderr).toContain('order-1');
  });

  test('after a refused key the same line sends it, and does not call it sent before', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: [envelope(401, 'no'), accepts()] });
    expect((await run(line(server.url), { home, env })).code).toBe(3);
    const second = await run(line(server.url), { home, env });
    expect([second.code, server.taken]).toEqual([0, ['order-1']]);
    expect(second.stderr).not.toContain('sent before');
  });

  test.for([
    ['another text', 'Corrected', '+393901234567'],
    ['another number', 'Hello', '+393901234568'],
  ] as const)('%s under an id that never left is refused', async ([, message, to], { expect }) => {
    const home = freshHome();
    const server = await serve({ post: [envelope(401, 'no'), accepts()] });
    await run(line(server.url), { home, env });
    const second = await run(line(server.url, message, to), { home, env });
    expect([second.code, errorOf(second).code, server.posts().length]).toEqual([2, 'id.reused', 1]);
  });
});

describe.concurrent('a message in doubt', () => {
  test.for([
    ['the same line', line],
    ['status', (url: string) => ['status', 'order-1', '--json', '--base-url', url]],
  ] as const)('is settled by %s, without a second request', async ([, words], { expect }) => {
    const home = freshHome(settings);
    const server = await serve({
      post: taking(reset()),
      get: (seen) => (isDown ? json(500, {}) : json(200, standing(seen.id))),
    });
    let isDown = true;
    const first = await run(line(server.url), { home, env });
    isDown = false;
    expect([first.code, errorOf(first).code]).toEqual([6, 'send.in-doubt']);
    expect(errorOf(first).hint).toContain('order-1');
    const second = await run(words(server.url), { home, env });
    expect([second.code, only(rowsOf(second)).status, server.posts().length]).toEqual([0, 'delivered', 1]);
    expect(only(rowsOf(second)).gatewayId).toBe(gatewayIdOf('order-1'));
  });

  test.for([
    [
      'shown only after a while, within the grace',
      (nth: number) => (nth < 1 ? envelope(404, 'unknown') : null),
    ],
    [
      'shown late, asked before and answered after the grace',
      (nth: number) => (nth < 1 ? late(envelope(404, 'unknown'), 1500) : null),
    ],
    ['shown in a list', () => json(200, [standing('order-1')])],
    ['shown in a list under messages', () => json(200, { messages: [standing('order-1')] })],
    ['shown as UNKNOWN', () => json(200, standing('order-1', 'UNKNOWN'))],
  ] as const)('%s is not sent again', async ([, shown], { expect }) => {
    const server = await serve({
      post: [taking(reset()), accepts()],
      get: ({ id }, nth) => shown(nth) ?? json(200, standing(id)),
    });
    const ran = await run(line(server.url), { home: freshHome({ grace: '1s' }), env });
    expect([ran.code, server.taken]).toEqual([0, ['order-1']]);
  });
});

describe.concurrent('a send that is killed', () => {
  async function killed(taken: boolean, home = freshHome(settings)) {
    const server = await serve({ post: [taken ? taking(never()) : never(), accepts()] });
    await sendControl(server.url, { home, env });
    const sending = start(line(server.url), { home, env });
    await until(() => server.posts().length === 1, 'the request arrives');
    sending.child.kill('SIGKILL');
    expect((await sending.done).signal).toBe('SIGKILL');
    expect((await recorded(home))[0]?.phase).toBe('sending');
    const ran = await run(line(server.url), { home, env });
    return { ran, server };
  }

  test('is not sent again when the gateway has it', async ({ expect }) => {
    const { ran, server } = await killed(true);
    expect([ran.code, server.posts().length]).toEqual([0, 1]);
    expect(only(rowsOf(ran)).status).toBe('delivered');
  });

  test('is sent once more, after the grace, when the gateway has it not', async ({ expect }) => {
    const { ran, server } = await killed(false, freshHome({ grace: '1500ms' }));
    expect([ran.code, server.posts().length, server.taken]).toEqual([0, 2, ['order-1']]);
    const [first, second] = server.posts();
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_000);
    expect(server.gets().length).toBeGreaterThanOrEqual(1);
  });
});

describe.concurrent('failures on this machine', () => {
  const canLimit = spawnSync('prlimit', ['--version']).status === 0;

  test.runIf(canLimit)(
    'a disk that fills up behind the request leaves no claim that nothing was sent',
    async ({ expect }) => {
      const home = freshHome(settings);
      const server = await serve({
        post: (seen) => {
          execFileSync('prlimit', ['--pid', String(sending.child.pid), '--fsize=4096']);
          const answer = accepts();
          return { ...answer, play: (response) => answer.play(response, seen) };
        },
      });
      const sending = start(line(server.url), { home, env });
      expect((await sending.done).code).toBe(6);
      const again = await run(line(server.url), { home, env });
      expect([again.code, server.taken]).toEqual([0, ['order-1']]);
    },
  );

  test.for([
    ['with a line end', 'secret-key\r'],
    ['with letters no header takes', 'secret-kéy-“x”'],
  ] as const)('a key %s is a matter of setup', async ([, key], { expect }) => {
    const home = freshHome();
    const server = await serve();
    const ran = await run(line(server.url), { home, env: { QLARA_API_KEY: key } });
    expect([ran.code, server.seen]).toEqual([3, []]);
    expect(errorOf(ran).message + errorOf(ran).hint).toMatch(/QLARA_API_KEY|key/);
  });
});
