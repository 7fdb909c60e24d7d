import { describe, test } from 'vitest';
import {
  freshHome,
  only,
  parseError,
  parseRows,
  recorded,
  run,
  shell,
  start,
  until,
} from '../support/program.ts';
import { accept, acceptThen, envelope, hang, json, serve, statusEntry } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };
const one = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1', '--json'];

const signals = [
  ['SIGINT', 130, 'run.interrupted'],
  ['SIGTERM', 143, 'run.terminated'],
  ['SIGHUP', 129, 'run.hangup'],
] as const;

describe.concurrent('an interrupted command', () => {
  test.for(signals)(
    'exits on %s while waiting with %i, prints and stores the known state, and hints at how to continue',
    async ([signal, code, name], { expect }) => {
      const home = freshHome();
      const deliveryStatus = { now: 'SENT' };
      const server = await serve({ get: () => json(200, statusEntry('order-1', deliveryStatus.now)) });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const waiting = start([...one, '--wait'], { home, env });
      await until(() => server.gets().length > 0, 'a status request');
      waiting.child.kill(signal);
      const result = await waiting.done;
      expect([result.code, result.signal, parseError(result).code]).toEqual([code, null, name]);
      expect(only(parseRows(result))).toMatchObject({ id: 'order-1', final: false });
      expect(only(await recorded(home)).phase).toBe('accepted');
      deliveryStatus.now = 'DELIVERED';
      const [, hintArgs = ''] = /`qlara (.*)`/.exec(parseError(result).hint ?? '') ?? [];
      const continued = await run([...hintArgs.split(' '), '--json'], { home, env });
      expect([continued.code, only(parseRows(continued)).status, server.posts().length]).toEqual([
        0,
        'delivered',
        1,
      ]);
    },
  );

  test.for(signals)(
    'exits on %s during a hanging request with %i, and sends nothing twice when repeated',
    async ([signal, code, name], { expect }) => {
      const home = freshHome({ grace: '100ms' });
      const server = await serve({ post: [acceptThen(hang()), accept()] });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const sending = start(one, { home, env });
      await until(() => server.posts().length === 1, 'the request arrives');
      const startedAt = Date.now();
      sending.child.kill(signal);
      const result = await sending.done;
      expect([result.code, result.signal, parseError(result).code]).toEqual([code, null, name]);
      expect(Date.now() - startedAt).toBeLessThan(10_000);
      expect(parseError(result).hint).toContain('order-1');
      expect(result.stderr).not.toContain('asking the gateway');
      expect(only(await recorded(home)).phase).toMatch(/^(sending|doubt)$/);
      expect(server.gets()).toEqual([]);
      const again = await run(one, { home, env });
      expect([again.code, server.taken]).toEqual([0, ['order-1']]);
    },
  );

  test('records a rate-limited message as not sent after Ctrl-C', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(429, 'wait', { retryAfter: 100 }) });
    const sending = start(one, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    await until(() => sending.printed.stderr.includes('wait'), 'the command waits');
    sending.child.kill('SIGINT');
    const result = await sending.done;
    expect([result.code, only(parseRows(result)).status, server.posts().length]).toEqual([130, 'queued', 1]);
    expect(only(await recorded(home)).phase).toBe('queued');
  });

  test('loses no message after Ctrl-C, and reports no sent message as queued', async ({ expect }) => {
    const home = freshHome({ grace: '100ms' });
    const server = await serve({ post: (_, nth) => (nth < 3 ? accept() : hang()) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const numbers = Array.from({ length: 12 }, (_, at) => `+3939012345${at + 10}`);
    const sending = start(['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao', '--json'], { home, env });
    await until(() => server.posts().length > 5, 'some requests hang');
    sending.child.kill('SIGINT');
    const result = await sending.done;
    expect(result.code).toBe(130);
    expect(parseRows(result).map(({ to }) => to)).toEqual(numbers);
    const stored = await recorded(home);
    expect(stored).toHaveLength(12);
    const taken = stored.filter(({ phase }) => phase === 'accepted').map(({ plan }) => plan.id);
    expect(taken.sort()).toEqual([...server.taken].sort());
    const queued = stored.filter(({ phase }) => phase === 'queued').map(({ plan }) => plan.id);
    expect(server.posts().filter(({ id }) => queued.includes(id))).toEqual([]);
  });

  test.for(signals)(
    'leaves requests under way on the second %s with %i, and says how to go on',
    async ([signal, code, name], { expect }) => {
      const home = freshHome();
      const slow = accept();
      const server = await serve({
        post: { ...slow, play: (response, seen) => void setTimeout(() => slow.play(response, seen), 3_000) },
      });
      const rows = ['send', 'sms', '--file', '-', '-m', 'Ciao', '--yes', '--json'];
      const env = { ...key, QLARA_BASE_URL: server.url };
      const sending = start(rows, { home, env, stdin: 'to\n+393901234567\n+393901234568\n' });
      await until(() => server.posts().length > 0, 'a request arrives');
      const startedAt = performance.now();
      sending.child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(sending.child.exitCode).toBe(null);
      sending.child.kill(signal);
      const result = await sending.done;
      expect(performance.now() - startedAt).toBeLessThan(1_300);
      expect([result.code, result.signal, parseError(result).code]).toEqual([code, null, name]);
      expect(parseError(result).hint).toMatch(/`qlara bulk resume \S+`/);
      expect(result.stderr).not.toContain('stopping');
      expect(result.stderr.split('"error"')).toHaveLength(2);
    },
  );
});

describe.concurrent('a closed pipe is success', () => {
  test.for([
    ['first line of a list', 'qlara status --sandbox -o csv | head -1', /^id,/],
    ['first line of help', 'qlara send sms --help | head -1', /^Send an SMS/],
    ['no reader', 'qlara status --sandbox | true', /^$/],
    ['no reader of errors', 'qlara send sms -t 1 -m x 2>&1 >/dev/null | true', /^$/],
  ] as const)('%s', async ([, line, shown], { expect }) => {
    const result = await shell(`${line}; echo "\${PIPESTATUS[0]}" >&2`);
    expect(result.stdout).toMatch(shown);
    expect(result.stderr).toMatch(line.includes('-t 1') ? /^2\n$/ : /^(sandbox: .*\n)?0\n$/);
  });

  test('while watching', async ({ expect }) => {
    const server = await serve({
      get: (_, nth) => json(200, statusEntry('order-1', ['SENT', 'RECEIVED'][nth] ?? 'DELIVERED')),
    });
    const result = await shell(
      `qlara ${one.slice(0, -1).join(' ')} --watch -o ndjson | head -1; echo "\${PIPESTATUS[0]}" >&2`,
      {
        env: { ...key, QLARA_BASE_URL: server.url },
      },
    );
    expect(JSON.parse(result.stdout)).toMatchObject({ id: 'order-1', status: 'submitted' });
    expect(result.stderr).toBe('0\n');
  });

  test('sends and stores the message before the response', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen) => ({
        ...accept(),
        play: (response) => void setTimeout(() => accept().play(response, seen), 300),
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
