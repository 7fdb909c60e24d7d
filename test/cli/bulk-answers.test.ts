import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { freshHome, type Home, only, parseError, parseRows, run, start } from '../support/program.ts';
import {
  type Answer,
  accept,
  empty,
  envelope,
  json,
  type ReceivedRequest,
  serve,
} from '../support/server.ts';

const envFor = (url: string) => ({ QLARA_API_KEY: 'any', QLARA_BASE_URL: url });

function writeRows(home: Home, rows: number): string {
  const path = join(home.path, 'rows.csv');
  const numbers = Array.from({ length: rows }, (_, i) => `+39347100${1000 + i}`);
  writeFileSync(path, `to\n${numbers.join('\n')}\n`);
  return path;
}

const bulkArgs = (home: Home, rows: number, ...more: string[]) => [
  ...['send', 'sms', '--file', writeRows(home, rows), '-m', 'hi', '--yes', '--json', ...more],
];

const refuseFirst = (status: number) => (_: ReceivedRequest, nth: number) =>
  envelope(status, `field destination is required, request ${4000 + nth}`);

describe.concurrent('a gateway that refuses the first messages of a bulk', () => {
  test.for([400, 422])('stops the bulk after identical HTTP %i errors', async (status, { expect }) => {
    const home = freshHome();
    const server = await serve({ post: refuseFirst(status) });
    const result = await run(bulkArgs(home, 200, '--concurrency', '4', '--rate', '200/s'), {
      home,
      env: envFor(server.url),
    });
    expect([result.code, parseError(result).code]).toEqual([1, 'bulk.refused']);
    expect(server.posts().length).toBeGreaterThanOrEqual(20);
    expect(server.posts().length).toBeLessThan(40);
    expect(parseError(result).message).toContain('field destination is required');
    expect(parseError(result).hint).toMatch(/qlara profile set dialect platform.*qlara bulk resume/s);
    // A second run of the same bulk continues regardless: the user knows about the errors.
    const id = only([...new Set(parseRows(result).map(({ bulk }) => bulk))]);
    const resumed = await run(['bulk', 'resume', String(id), '--yes', '--json', '-q'], {
      home,
      env: envFor(server.url),
    });
    expect([resumed.code, server.posts().length]).toEqual([1, 200]);
  });

  test.for<[string, (seen: ReceivedRequest, nth: number) => Answer]>([
    [
      'sends every row if the error texts differ',
      (_, nth) => envelope(400, `bad ${['name', 'place', 'time'][nth % 3]}`),
    ],
    [
      'sends every row if one message was accepted',
      (_, nth) => (nth === 7 ? accept() : envelope(400, 'bad number')),
    ],
    [
      'sends every row if the refusals are accepted: false',
      () => json(200, { results: [{ accepted: false, statusCode: 400 }] }),
    ],
  ])('%s', async ([, post], { expect }) => {
    const home = freshHome();
    const server = await serve({ post });
    // With few requests at once, the accepted one is among the first answers.
    const args = bulkArgs(home, 60, '--rate', '200/s', '--concurrency', '4');
    const result = await run(args, { home, env: envFor(server.url) });
    expect([result.code, server.posts().length]).toEqual([1, 60]);
  });

  test('sends every row of a bulk with fewer than 20', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(400, 'bad number') });
    const result = await run(bulkArgs(home, 19), { home, env: envFor(server.url) });
    expect([result.code, server.posts().length]).toEqual([1, 19]);
  });
});

describe.concurrent('an error response for one message', () => {
  const sendArgs = (url: string) => [
    ...['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--json', '--base-url', url],
  ];
  test.for([
    ['destination', { message: 'destination: must not be null' }, true],
    ['sender', { errors: [{ field: 'sender', defaultMessage: 'must not be blank' }] }, true],
    ['body', 'Required request field body is missing', true],
    ['agentId', { violations: [{ fieldName: 'agentId' }] }, true],
    ['phoneNumberId', { message: 'phoneNumberId is required' }, true],
    ['phoneNumber, which the request has', { message: 'phoneNumber is no valid destination' }, false],
    ['no missing field', { message: 'the text is too long' }, false],
  ] as const)('mentions the missing profile setting: %s', async ([, answer, isHinted], { expect }) => {
    const server = await serve({ post: json(400, answer) });
    const result = await run(sendArgs(server.url), { env: { QLARA_API_KEY: 'any' } });
    expect(result.code).toBe(1);
    expect(result.stderr.includes('hint: this gateway speaks the platform dialect')).toBe(isHinted);
  });
});

describe.concurrent('a rate limit announced by the gateway', () => {
  test('replaces the documented rate after the first second and in the next run', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen) => ({
        takes: true,
        play: (response) => {
          response.setHeader('x-ratelimit-limit', '100');
          accept().play(response, seen);
        },
      }),
    });
    const env = envFor(server.url);
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'hi'], { home, env });
    await run(bulkArgs(home, 20), { home, env });
    const at = server
      .posts()
      .slice(1)
      .map((seen) => seen.at);
    // 10/s is the rate of a trial account.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThan(1_000);
    const firstRun = await run(bulkArgs(home, 12, '--name', 'fast', '--rate', '200/s'), { home, env });
    const fast = server
      .posts()
      .slice(21)
      .map((seen) => seen.at);
    expect([firstRun.code, fast.length]).toEqual([0, 12]);
    expect((fast.at(-1) ?? 0) - (fast[0] ?? 0)).toBeLessThan(900);
  });

  test.for([
    ['in epoch milliseconds, soon', () => String(Date.now() + 400), 0],
    ['in epoch seconds, soon', () => String(Math.ceil(Date.now() / 1000) + 1), 0],
    ['in 30 days', () => String(Date.now() + 30 * 86_400_000), 4],
    ['in 30 days, as seconds', () => String(30 * 86_400), 4],
  ] as const)('ends the bulk when used up: reset %s', async ([, reset, code], { expect }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen, nth) => ({
        takes: true,
        play: (response) => {
          if (nth === 2)
            response.setHeader('x-ratelimit-remaining', '0').setHeader('x-ratelimit-reset', reset());
          accept().play(response, seen);
        },
      }),
    });
    const result = await run(bulkArgs(home, 40, '--rate', '100/s'), {
      home,
      env: envFor(server.url),
      timeout: 15_000,
    });
    expect(result.code).toBe(code);
    expect(result.stderr).not.toContain('Warning');
    if (code === 0) expect(server.taken).toHaveLength(40);
    else
      expect(parseError(result)).toMatchObject({
        code: 'gateway.limited',
        message: expect.stringContaining('were sent before'),
      });
  });
});

describe.concurrent('a bulk that fails midway', () => {
  const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

  test.runIf(hasPrlimit)(
    'reports the number of sent messages when the disk is full',
    {
      timeout: 90_000,
    },
    async ({ expect }) => {
      const home = freshHome();
      const server = await serve({
        post: (seen, nth) => {
          if (nth === 150) execFileSync('prlimit', ['--pid', String(sending.child.pid), '--fsize=4096']);
          const answer = accept();
          return { ...answer, play: (response) => answer.play(response, seen) };
        },
      });
      const sending = start(bulkArgs(home, 700, '--rate', '500/s'), {
        home,
        env: envFor(server.url),
        timeout: 30_000,
      });
      const result = await sending.done;
      const { code, message } = parseError(result);
      expect([result.code, code]).toEqual([3, 'ledger.unusable']);
      const [, sentCount] = /; ([\d,]+) messages were sent before/.exec(message) ?? [];
      expect(Number(sentCount?.replace(',', ''))).toBe(server.taken.length);
      const bulkList = await run(['bulk', 'list', '--json'], { home });
      const { id } = (JSON.parse(bulkList.stdout) as { id: string }[])[0] ?? { id: '' };
      const rest = await run(['bulk', 'resume', id, '--yes', '-q'], {
        home,
        env: envFor(server.url),
        timeout: 60_000,
      });
      expect([rest.code, server.taken.length, new Set(server.taken).size]).toEqual([0, 700, 700]);
    },
  );

  test('reports an API key that the gateway refuses', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: (_, nth) => (nth < 10 ? accept() : empty(401)) });
    const result = await run(bulkArgs(home, 60, '--rate', '200/s'), { home, env: envFor(server.url) });
    expect([result.code, parseError(result).code]).toEqual([3, 'gateway.unauthorized']);
    expect(parseError(result).message).toMatch(/; 10 messages were sent before/);
  });
});
