import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { errorOf, freshHome, type Home, only, rowsOf, run, start } from '../support/program.ts';
import { type Answer, accepts, empty, envelope, json, type Seen, serve } from '../support/server.ts';

const key = (url: string) => ({ QLARA_API_KEY: 'any', QLARA_BASE_URL: url });

function fileOf(home: Home, rows: number): string {
  const path = join(home.path, 'rows.csv');
  const numbers = Array.from({ length: rows }, (_, i) => `+39347100${1000 + i}`);
  writeFileSync(path, `to\n${numbers.join('\n')}\n`);
  return path;
}

const bulk = (home: Home, rows: number, ...more: string[]) => [
  ...['send', 'sms', '--file', fileOf(home, rows), '-m', 'hi', '--yes', '--json', ...more],
];

const refusing = (status: number) => (_: Seen, nth: number) =>
  envelope(status, `field destination is required, request ${4000 + nth}`);

describe.concurrent('a gateway that refuses the first messages of a bulk', () => {
  test.for([400, 422])('all with HTTP %i and the same text is sent no more', async (status, { expect }) => {
    const home = freshHome();
    const server = await serve({ post: refusing(status) });
    const ran = await run(bulk(home, 200, '--concurrency', '4', '--rate', '200/s'), {
      home,
      env: key(server.url),
    });
    expect([ran.code, errorOf(ran).code]).toEqual([1, 'bulk.refused']);
    expect(server.posts().length).toBeGreaterThanOrEqual(20);
    expect(server.posts().length).toBeLessThan(40);
    expect(errorOf(ran).message).toContain('field destination is required');
    expect(errorOf(ran).hint).toMatch(/newer dialect \(platform\).*qlara bulk resume/s);
    // Whoever goes on all the same has been told.
    const id = only([...new Set(rowsOf(ran).map(({ bulk }) => bulk))]);
    const resumed = await run(['bulk', 'resume', String(id), '--yes', '--json', '-q'], {
      home,
      env: key(server.url),
    });
    expect([resumed.code, server.posts().length]).toEqual([1, 200]);
  });

  test.for<[string, (seen: Seen, nth: number) => Answer]>([
    ['each with another text', (_, nth) => envelope(400, `bad ${['name', 'place', 'time'][nth % 3]}`)],
    ['but accepted one', (_, nth) => (nth === 7 ? accepts() : envelope(400, 'bad number'))],
    ['with accepted: false', () => json(200, { results: [{ accepted: false, statusCode: 400 }] })],
  ])('%s is sent all of them', async ([, post], { expect }) => {
    const home = freshHome();
    const server = await serve({ post });
    const ran = await run(bulk(home, 60, '--rate', '200/s'), { home, env: key(server.url) });
    expect([ran.code, server.posts().length]).toEqual([1, 60]);
  });

  test('in fewer than twenty rows has been sent all of them', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(400, 'bad number') });
    const ran = await run(bulk(home, 19), { home, env: key(server.url) });
    expect([ran.code, server.posts().length]).toEqual([1, 19]);
  });
});

describe.concurrent('a refusal of one message', () => {
  const line = (url: string) => [
    ...['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--json', '--base-url', url],
  ];
  test.for([
    ['destination', { message: 'destination: must not be null' }, true],
    ['sender', { errors: [{ field: 'sender', defaultMessage: 'must not be blank' }] }, true],
    ['body', 'Required request field body is missing', true],
    ['agentId', { violations: [{ fieldName: 'agentId' }] }, true],
    ['phoneNumberId', { message: 'phoneNumberId is required' }, true],
    ['phoneNumber, which we send', { message: 'phoneNumber is no valid destination' }, false],
    ['nothing of that', { message: 'the text is too long' }, false],
  ] as const)('that names %s', async ([, answer, isHinted], { expect }) => {
    const server = await serve({ post: json(400, answer) });
    const ran = await run(line(server.url), { env: { QLARA_API_KEY: 'any' } });
    expect(ran.code).toBe(1);
    expect(ran.stderr.includes('hint: this gateway seems to expect the newer dialect')).toBe(isHinted);
  });
});

describe.concurrent('a limit announced by the gateway', () => {
  test('replaces the documented pace, from the second second on and in the next run', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen) => ({
        takes: true,
        play: (response) => {
          response.setHeader('x-ratelimit-limit', '100');
          accepts().play(response, seen);
        },
      }),
    });
    const env = key(server.url);
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'hi'], { home, env });
    await run(bulk(home, 20), { home, env });
    const at = server
      .posts()
      .slice(1)
      .map((seen) => seen.at);
    // Ten a second, the pace of a trial account.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThan(1_000);
    const asked = await run(bulk(home, 12, '--name', 'fast', '--rate', '200/s'), { home, env });
    const fast = server
      .posts()
      .slice(21)
      .map((seen) => seen.at);
    expect([asked.code, fast.length]).toEqual([0, 12]);
    expect((fast.at(-1) ?? 0) - (fast[0] ?? 0)).toBeLessThan(900);
  });

  test.for([
    ['in epoch milliseconds, soon', () => String(Date.now() + 400), 0],
    ['in epoch seconds, soon', () => String(Math.ceil(Date.now() / 1000) + 1), 0],
    ['thirty days ahead', () => String(Date.now() + 30 * 86_400_000), 4],
    ['thirty days of seconds', () => String(30 * 86_400), 4],
  ] as const)('as used up, to be reset %s, never hangs', async ([, reset, code], { expect }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen, nth) => ({
        takes: true,
        play: (response) => {
          if (nth === 2)
            response.setHeader('x-ratelimit-remaining', '0').setHeader('x-ratelimit-reset', reset());
          accepts().play(response, seen);
        },
      }),
    });
    const ran = await run(bulk(home, 40, '--rate', '100/s'), { home, env: key(server.url), timeout: 15_000 });
    expect(ran.code).toBe(code);
    expect(ran.stderr).not.toContain('Warning');
    if (code === 0) expect(server.taken).toHaveLength(40);
    else
      expect(errorOf(ran)).toMatchObject({
        code: 'gateway.limited',
        message: expect.stringContaining('were sent before'),
      });
  });
});

describe.concurrent('a bulk that fails half way', () => {
  const canLimit = spawnSync('prlimit', ['--version']).status === 0;

  test.runIf(canLimit)(
    'because the disk is full reports how many messages were sent',
    {
      timeout: 90_000,
    },
    async ({ expect }) => {
      const home = freshHome();
      const server = await serve({
        post: (seen, nth) => {
          if (nth === 150) execFileSync('prlimit', ['--pid', String(sending.child.pid), '--fsize=4096']);
          const answer = accepts();
          return { ...answer, play: (response) => answer.play(response, seen) };
        },
      });
      const sending = start(bulk(home, 700, '--rate', '500/s'), {
        home,
        env: key(server.url),
        timeout: 30_000,
      });
      const ran = await sending.done;
      const { code, message } = errorOf(ran);
      expect([ran.code, code]).toEqual([3, 'ledger.unusable']);
      const [, told] = /; ([\d,]+) messages were sent before/.exec(message) ?? [];
      expect(Number(told?.replace(',', ''))).toBe(server.taken.length);
      const again = await run(['bulk', 'list', '--json'], { home });
      const { id } = (JSON.parse(again.stdout) as { id: string }[])[0] ?? { id: '' };
      const rest = await run(['bulk', 'resume', id, '--yes', '-q'], {
        home,
        env: key(server.url),
        timeout: 60_000,
      });
      expect([rest.code, server.taken.length, new Set(server.taken).size]).toEqual([0, 700, 700]);
    },
  );

  test('because the gateway refuses the key says so', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: (_, nth) => (nth < 10 ? accepts() : empty(401)) });
    const ran = await run(bulk(home, 60, '--rate', '200/s'), { home, env: key(server.url) });
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'gateway.unauthorized']);
    expect(errorOf(ran).message).toMatch(/; 10 messages were sent before/);
  });
});
