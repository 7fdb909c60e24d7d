import { describe, test } from 'vitest';
import { inboundBody, listening, post, receiptBody } from '../support/hook.ts';
import { freshHome, only, parseRows, run, until } from '../support/program.ts';
import { json, serve, statusEntry } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };
const zones = ['America/New_York', 'Europe/Rome', 'Asia/Kolkata', 'UTC'] as const;

/** Returns the date that it was a day ago in a zone. */
const getYesterday = (timeZone: string) =>
  new Intl.DateTimeFormat('en-CA', { timeZone }).format(Date.now() - 86_400_000);

describe.concurrent.for(zones)('a time that a person types in %s', (TZ) => {
  test('without a zone is in that of the machine, and a note says so', async ({ expect }) => {
    const home = freshHome();
    const env = { TZ };
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'a', '--sandbox'], { home });
    const yesterday = getYesterday(TZ);
    const results = await Promise.all(
      [yesterday, `${yesterday}T00:00`, 'yesterday', yesterday.replaceAll('-', '')].flatMap((since) =>
        [['status'], ['inbox', 'list']].map(async (command) => {
          const args = [...command, '--since', since, '--sandbox', '--json'];
          const { code, stdout, stderr } = await run(args, { home, env });
          const [note] = stderr.match(/^note: --since .*$/m) ?? [];
          return { code, rows: (JSON.parse(stdout) as unknown[]).length, note, command, since };
        }),
      ),
    );
    for (const { code, rows, note, command, since } of results) {
      expect([code, rows]).toEqual([0, command[0] === 'status' ? 1 : 0]);
      const start = `note: --since ${since} is ${yesterday} 00:00 in the time zone of this machine, ${TZ} (UTC`;
      expect(note?.slice(0, start.length)).toBe(start);
    }
  });
});

describe.concurrent('a time that a person types', () => {
  const TZ = 'Europe/Rome';

  test('is not noted with a zone, as a duration, or with --quiet', async ({ expect }) => {
    for (const flags of [
      ['--since', '2026-11-01T00:00:00Z'],
      ['--since', '2026-11-01T00:00+05:30'],
      ['--since', '24h'],
      ['--since', '1764212347'],
      ['--since', '2026-11-01', '--quiet'],
    ]) {
      const { code, stderr } = await run(['status', ...flags, '--sandbox'], { env: { TZ } });
      expect([code, stderr.includes('--since')]).toEqual([0, false]);
    }
  });

  test('is refused if it does not exist or has several meanings', async ({ expect }) => {
    for (const since of ['2026-02-31', '05/06/2026', '2026-11-27T24:30', '5.6.2026']) {
      const { code, stderr } = await run(['status', '--since', since, '--sandbox'], { env: { TZ } });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^error: --since: "[^"]+" (may be one of several dates|does not exist)\nhint: .*\n$/,
      );
    }
  });
});

/** Times of a gateway, and what they mean in every zone. */
const gatewayTimes: readonly (readonly [written: unknown, instant: string | null])[] = [
  ['2026-04-09T10:30:00', '2026-04-09T10:30:00.000Z'],
  ['2026-04-09 10:30:00', '2026-04-09T10:30:00.000Z'],
  ['2026-04-09 10:30:00.123+0200', '2026-04-09T08:30:00.123Z'],
  ['2026-04-09T10:30:00+02:00', '2026-04-09T08:30:00.000Z'],
  ['2026-04-09T10:30:00Z', '2026-04-09T10:30:00.000Z'],
  ['2026-04-09', '2026-04-09T00:00:00.000Z'],
  ['20260409103000', '2026-04-09T10:30:00.000Z'],
  ['2026-03-29T02:30:00', '2026-03-29T02:30:00.000Z'],
  ['2026-10-25T02:30:00', '2026-10-25T02:30:00.000Z'],
  [1775730600, '2026-04-09T10:30:00.000Z'],
  [1775730600123, '2026-04-09T10:30:00.123Z'],
  ['1775730600', '2026-04-09T10:30:00.000Z'],
  ['1775730600123', '2026-04-09T10:30:00.123Z'],
  [1775730600.5, '2026-04-09T10:30:00.500Z'],
  // No time that is known: the time at which it is received.
  ['2026-02-31T10:30:00', null],
  ['09/04/2026 10:30', null],
  ['soon', null],
  [0, null],
  [null, null],
  // In the future: the same.
  ['2999-01-01T00:00:00Z', null],
  ['2999-01-01 00:00:00', null],
  [32503680000000 - 1, null],
  [9_999_999_999, null],
];

describe.concurrent.for(zones)('a time of the gateway, read in %s', (TZ) => {
  test('in webhook calls', async ({ expect }) => {
    const startedAt = Date.now();
    const { url, lines } = await listening([], { env: { TZ } });
    for (const [index, [timestamp]] of gatewayTimes.entries()) {
      await post(url, receiptBody(`m${index}`, 'SENT', { timestamp }));
      await post(url, inboundBody(`m${index}`, { timestamp, messageId: `m${index}` }));
    }
    await until(() => lines().length === 2 * gatewayTimes.length, 'all events are printed');
    for (const [index, [, instant]] of gatewayTimes.entries())
      for (const line of lines().slice(2 * index, 2 * index + 2)) {
        if (instant !== null) expect([index, line.at]).toEqual([index, instant]);
        else {
          expect(Date.parse(String(line.at))).toBeGreaterThanOrEqual(startedAt);
          expect(Date.parse(String(line.at))).toBeLessThanOrEqual(Date.now());
        }
      }
  });

  test('in forms, statuses and conversations', async ({ expect }) => {
    const home = freshHome();
    const conversation = { chatId: 'c1', channel: 'SMS', contact: { phoneNumber: '+393901234567' } };
    const time = '2026-04-09 10:30:00';
    const server = await serve({
      get({ path }) {
        if (path.includes('/messages/status'))
          return json(200, [statusEntry('a', 'DELIVERED', { timestamp: time })]);
        if (path.includes('/messages'))
          return json(200, [{ id: 1, direction: 'INBOUND', content: 'Ciao', timestamp: time }]);
        return json(200, path.endsWith('/c1') ? conversation : [{ ...conversation, lastMessageDate: time }]);
      },
    });
    const env = { ...key, TZ, QLARA_BASE_URL: server.url };
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'a'], { home, env });
    const status = only(parseRows(await run(['status', 'a', '--json'], { home, env })));
    expect(status.attempts.map(({ at }) => at)).toEqual(['2026-04-09T10:30:00.000Z']);
    for (const args of [
      ['inbox', 'list'],
      ['inbox', 'show', 'c1'],
    ]) {
      const { stdout } = await run([...args, '--json'], { home, env });
      const [first] = JSON.parse(stdout) as { at: string }[];
      expect(first?.at).toBe('2026-04-09T10:30:00.000Z');
    }
    const { url, lines } = await listening([], { env: { TZ } });
    await post(
      url,
      'originator=393901234567&destination=3939&date_time=20260409103000&text=Ciao',
      'application/x-www-form-urlencoded',
    );
    await until(() => lines().length === 1, 'the event is printed');
    expect(lines()).toMatchObject([{ at: '2026-04-09T10:30:00.000Z' }]);
  });
});

test('a receipt from the future does not delay a bulk by years', async ({ expect }) => {
  const home = freshHome();
  const server = await serve({
    get: ({ ids }) =>
      json(
        200,
        ids.map((id) => statusEntry(id, 'DELIVERED', { timestamp: '2999-01-01T00:00:00Z' })),
      ),
  });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const args = ['send', 'sms', '--file', '-', '-m', 'hi', '--yes', '--wait', '--json'];
  const sent = await run(args, { home, env, stdin: 'to\n+393901234567\n+393901234568\n' });
  expect(sent.code).toBe(0);
  const [row] = parseRows(sent);
  const { stdout } = await run(['bulk', 'show', row?.bulk ?? '', '--json'], { home, env });
  const [report] = JSON.parse(stdout) as [{ delivery: { p90: number; max: number } }];
  expect(report.delivery.p90).toBeLessThan(60);
  expect(report.delivery.max).toBeLessThan(60);
});
