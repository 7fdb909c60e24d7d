import { describe, test } from 'vitest';
import { errorOf, freshHome, only, recorded, rowsOf, run, shell, start, until } from '../support/program.ts';
import { accepts, envelope, json, never, serve, standing, taking } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };
const one = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1', '--json'];

const signals = [
  ['SIGINT', 130, 'run.interrupted'],
  ['SIGTERM', 143, 'run.terminated'],
] as const;

describe.concurrent('stopped', () => {
  test.for(signals)(
    'by %s while waiting: %i, what is known is printed and kept, and the hint goes on',
    async ([signal, code, name], { expect }) => {
      const home = freshHome();
      const word = { now: 'SENT' };
      const server = await serve({ get: () => json(200, standing('order-1', word.now)) });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const waiting = start([...one, '--wait'], { home, env });
      await until(() => server.gets().length > 0, 'it waits');
      waiting.child.kill(signal);
      const ran = await waiting.done;
      expect([ran.code, ran.signal, errorOf(ran).code]).toEqual([code, null, name]);
      expect(only(rowsOf(ran))).toMatchObject({ id: 'order-1', final: false });
      expect(only(await recorded(home)).phase).toBe('accepted');
      word.now = 'DELIVERED';
      const [, onward = ''] = /`qlara (.*)`/.exec(errorOf(ran).hint ?? '') ?? [];
      const after = await run([...onward.split(' '), '--json'], { home, env });
      expect([after.code, only(rowsOf(after)).status, server.posts().length]).toEqual([0, 'delivered', 1]);
    },
  );

  test.for(signals)(
    'by %s during a request that hangs: %i at once, and the same line sends nothing twice',
    async ([signal, code, name], { expect }) => {
      const home = freshHome({ grace: '100ms' });
      const server = await serve({ post: [taking(never()), accepts()] });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const sending = start(one, { home, env });
      await until(() => server.posts().length === 1, 'the request arrives');
      const began = Date.now();
      sending.child.kill(signal);
      const ran = await sending.done;
      expect([ran.code, ran.signal, errorOf(ran).code]).toEqual([code, null, name]);
      expect(Date.now() - began).toBeLessThan(10_000);
      expect(errorOf(ran).hint).toContain('order-1');
      expect(ran.stderr).not.toContain('asking the gateway');
      expect(only(await recorded(home)).phase).toMatch(/^(sending|doubt)$/);
      expect(server.gets()).toEqual([]);
      const again = await run(one, { home, env });
      expect([again.code, server.taken]).toEqual([0, ['order-1']]);
    },
  );

  test('by Ctrl-C while the gateway limits: nothing was sent, and the ledger says so', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(429, 'wait', { retryAfter: 100 }) });
    const sending = start(one, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    await until(() => sending.printed.stderr.includes('wait'), 'it tells that it waits');
    sending.child.kill('SIGINT');
    const ran = await sending.done;
    expect([ran.code, only(rowsOf(ran)).status, server.posts().length]).toEqual([130, 'queued', 1]);
    expect(only(await recorded(home)).phase).toBe('queued');
  });

  test('by Ctrl-C in the middle of many: none is lost, and what left is not called queued', async ({
    expect,
  }) => {
    const home = freshHome({ grace: '100ms' });
    const server = await serve({ post: (_, nth) => (nth < 3 ? accepts() : never()) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const numbers = Array.from({ length: 12 }, (_, at) => `+3939012345${at + 10}`);
    const sending = start(['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao', '--json'], { home, env });
    await until(() => server.posts().length > 5, 'some requests hang');
    sending.child.kill('SIGINT');
    const ran = await sending.done;
    expect(ran.code).toBe(130);
    expect(rowsOf(ran).map(({ to }) => to)).toEqual(numbers);
    const kept = await recorded(home);
    expect(kept).toHaveLength(12);
    const taken = kept.filter(({ phase }) => phase === 'accepted').map(({ plan }) => plan.id);
    expect(taken.sort()).toEqual([...server.taken].sort());
    const called = kept.filter(({ phase }) => phase === 'queued').map(({ plan }) => plan.id);
    expect(server.posts().filter(({ id }) => called.includes(id))).toEqual([]);
  });

  test('twice: at once', async ({ expect }) => {
    const server = await serve({ get: never() });
    const waiting = start([...one, '--wait'], { env: { ...key, QLARA_BASE_URL: server.url } });
    await until(() => server.gets().length > 0, 'it waits');
    waiting.child.kill('SIGINT');
    waiting.child.kill('SIGINT');
    expect((await waiting.done).code).toBe(130);
  });
});

describe.concurrent('a closed pipe is success', () => {
  test.for([
    ['the first line is enough', 'qlara status --sandbox -o csv | head -1', /^id,/],
    ['of help too', 'qlara send sms --help | head -1', /^Send an SMS/],
    ['nobody reads', 'qlara status --sandbox | true', /^$/],
    ['errors that nobody reads', 'qlara send sms -t 1 -m x 2>&1 >/dev/null | true', /^$/],
  ] as const)('%s', async ([, line, shown], { expect }) => {
    const ran = await shell(`${line}; echo "\${PIPESTATUS[0]}" >&2`);
    expect(ran.stdout).toMatch(shown);
    expect(ran.stderr).toMatch(line.includes('-t 1') ? /^2\n$/ : /^(sandbox: .*\n)?0\n$/);
  });

  test('while watching', async ({ expect }) => {
    const server = await serve({
      get: (_, nth) => json(200, standing('order-1', ['SENT', 'RECEIVED'][nth] ?? 'DELIVERED')),
    });
    const ran = await shell(
      `qlara ${one.slice(0, -1).join(' ')} --watch -o ndjson | head -1; echo "\${PIPESTATUS[0]}" >&2`,
      {
        env: { ...key, QLARA_BASE_URL: server.url },
      },
    );
    expect(JSON.parse(ran.stdout)).toMatchObject({ id: 'order-1', status: 'submitted' });
    expect(ran.stderr).toBe('0\n');
  });

  test('before the request has been answered: the message is sent and kept all the same', async ({
    expect,
  }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen) => ({
        ...accepts(),
        play: (response) => void setTimeout(() => accepts().play(response, seen), 300),
      }),
    });
    const numbers = Array.from({ length: 10 }, (_, at) => `+3939012345${at + 10}`).join(',');
    await shell(`qlara send sms -t ${numbers} -m Ciao --wait | true`, {
      home,
      env: { ...key, QLARA_BASE_URL: server.url },
    });
    expect(server.taken).toHaveLength(10);
    expect((await recorded(home)).map(({ phase }) => phase)).toEqual(Array(10).fill('accepted'));
  });
});
