import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, only, type Row, recorded, rowsOf } from '../support/program.ts';
import { accepts, envelope, gatewayIdOf, json, serve, standing } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };
const number = '+393901234567';

/** A home in which these were sent, by id and channel, and the gateway they went to. */
async function sent(messages: Record<string, 'sms' | 'whatsapp'>, get?: Parameters<typeof serve>[0]) {
  const home = freshHome();
  const server = await serve(get);
  const env = { ...key, QLARA_BASE_URL: server.url };
  for (const [id, channel] of Object.entries(messages))
    await invoke(['send', channel, '-t', number, '-m', 'Ciao', '--id', id], { home, env });
  return { home, server, env };
}

const ids = (rows: Row[]) => rows.map(({ id }) => id);

describe.concurrent('by id', () => {
  test.for([
    ['ours', 'order-1'],
    ['the gateway’s', gatewayIdOf('order-1')],
  ] as const)('%s', async ([, id], { expect }) => {
    const { home, env } = await sent({ 'order-1': 'sms' });
    const ran = await invoke(['status', id, '--json'], { home, env });
    expect(ran.code).toBe(0);
    expect(only(rowsOf(ran))).toMatchObject({
      id: 'order-1',
      gatewayId: gatewayIdOf('order-1'),
      status: 'delivered',
      final: true,
    });
  });

  test('several, each once and in their order', async ({ expect }) => {
    const { home, env } = await sent({ a: 'sms', b: 'sms', c: 'sms' });
    const ran = await invoke(['status', 'c', 'a', 'c', gatewayIdOf('a'), '--json'], { home, env });
    expect([ran.code, ids(rowsOf(ran))]).toEqual([0, ['c', 'a']]);
  });

  test.for([
    ['asking', [], /--profile|--sandbox/],
    ['not asking', ['--no-refresh'], /--no-refresh/],
  ] as const)('unknown, %s: 2, and nothing on stdout', async ([, words, hint], { expect }) => {
    const { home, env } = await sent({ a: 'sms' });
    const ran = await invoke(['status', 'a', 'order-9', ...words, '--json'], { home, env });
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([2, '', 'message.unknown']);
    expect(errorOf(ran).message).toContain('order-9');
    expect(errorOf(ran).hint).toMatch(hint);
  });

  test('an id is not known when the call itself is not', async ({ expect }) => {
    const { home, env } = await sent({}, { get: envelope(403, 'no') });
    const ran = await invoke(['status', 'order-9', '--json'], { home, env });
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'gateway.forbidden']);
  });

  test.for([
    ['by our id', 'elsewhere-1'],
    ['by the gateway’s', gatewayIdOf('elsewhere-1')],
  ] as const)('sent from elsewhere, %s: shown and not kept', async ([, id], { expect }) => {
    const { home, env } = await sent({}, { get: json(200, standing('elsewhere-1')) });
    const ran = await invoke(['status', id, '--json'], { home, env });
    expect(ran.code).toBe(0);
    const row = only(rowsOf(ran));
    expect(row).toMatchObject({
      gatewayId: gatewayIdOf('elsewhere-1'),
      to: number,
      channel: 'sms',
      status: 'delivered',
    });
    expect(row).toMatchObject({ id: 'elsewhere-1' });
    expect(await recorded(home)).toEqual([]);
  });

  test('sent from elsewhere and still on its way: can be waited for', async ({ expect }) => {
    const { home, env } = await sent(
      {},
      { get: (_, nth) => json(200, standing('elsewhere-1', nth < 3 ? 'SENT' : 'DELIVERED')) },
    );
    const ran = await invoke(['status', 'elsewhere-1', '--wait', '--interval', '20ms', '--json'], {
      home,
      env,
    });
    expect([ran.code, only(rowsOf(ran)).status]).toEqual([0, 'delivered']);
    expect(await recorded(home)).toEqual([]);
  });
});

describe.concurrent('lists', () => {
  const words: Record<string, string> = { a: 'DELIVERED', b: 'ERROR', c: 'SENT', d: 'READ' };
  const lists = async (): Promise<{ home: Home; env: Record<string, string> }> =>
    sent(
      { a: 'sms', b: 'sms', c: 'sms', d: 'whatsapp' },
      {
        get: ({ path }) =>
          json(
            200,
            decodeURIComponent(path.split(/[/=]/).at(-1) ?? '')
              .split(',')
              .map((id) => standing(id, words[id], { channel: id === 'd' ? 'whatsapp' : 'sms' })),
          ),
      },
    );
  test('all, and what selects among them', async ({ expect }) => {
    const { home, env } = await lists();
    const first = await invoke(['status', '--json'], { home, env });
    const all = ids(rowsOf(first));
    expect([...all].sort()).toEqual(['a', 'b', 'c', 'd']);
    for (const [flags, shown] of [
      [['--only', 'undelivered'], ['b']],
      [
        ['--only', 'sent,delivered'],
        ['a', 'c'],
      ],
      [
        ['--only', 'sent', '--only', 'read'],
        ['c', 'd'],
      ],
      [['--only', 'expired'], []],
      [['--channel', 'whatsapp'], ['d']],
      [['--channel', 'SMS', '--only', 'read'], []],
      [
        ['--since', '1h'],
        ['a', 'b', 'c', 'd'],
      ],
      [
        ['--since', '2020-01-01'],
        ['a', 'b', 'c', 'd'],
      ],
      [['--since', '0s'], []],
      [['--limit', '1'], all.slice(0, 1)],
      [['--limit', '3'], all.slice(0, 3)],
      [['--limit', '1', '--only', 'undelivered'], ['b']],
    ] as const) {
      const ran = await invoke(['status', ...flags, '--no-refresh', '--json'], { home });
      expect([flags, ran.code, ids(rowsOf(ran)).sort()]).toEqual([flags, 0, [...shown].sort()]);
    }
  });

  test('of a bulk the newest are shown, unless more are asked for', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'rows.csv');
    const rows = Array.from({ length: 30 }, (_, index) => `+39390123${1000 + index}`);
    writeFileSync(file, `to\n${rows.join('\n')}\n`);
    const made = await invoke(
      ['send', 'sms', '-m', 'Ciao', '--file', file, '--sandbox', '--yes', '--json', '--wait'],
      { home },
    );
    const bulk = rowsOf(made)[0]?.bulk ?? '';
    const line = ['status', '--bulk', bulk, '--sandbox', '--no-refresh', '--columns', 'to'];
    const few = await invoke(line, { home });
    expect(few.stdout.trim().split('\n').slice(1)).toEqual(rows.toReversed().slice(0, 20));
    expect(few.stderr).toBe(
      `the newest 20 of 30 messages: \`qlara bulk show ${bulk} --sandbox\` summarizes all, --limit shows more\n`,
    );
    for (const more of [['--limit', '100'], ['--only', 'delivered'], []]) {
      const all = await invoke([...line, ...more, '--json'], { home });
      expect([rowsOf(all).length, all.stderr]).toEqual([30, '']);
    }
    const none = await invoke(['status', '--bulk', 'none', '--json'], { home });
    expect([none.code, errorOf(none).code]).toEqual([2, 'bulk.unknown']);
  });

  test('--limit takes the newest', async ({ expect }) => {
    const { home, env } = await lists();
    const ran = await invoke(['status', '--limit', '2', '--json'], { home, env });
    expect(ids(rowsOf(ran)).sort()).toEqual(['c', 'd']);
  });

  test('--only filters by the refreshed status, not by the stored one', async ({ expect }) => {
    const { home, env } = await lists();
    const ran = await invoke(['status', '--only', 'undelivered', '--json'], { home, env });
    expect(ids(rowsOf(ran))).toEqual(['b']);
  });
});

describe.concurrent('asking', () => {
  test('one call for many, and none for what is final', async ({ expect }) => {
    const { home, env, server } = await sent({ a: 'sms', b: 'sms', c: 'sms' });
    await invoke(['status'], { home, env });
    expect(server.gets().map(({ path }) => path.replace(/=[^&]*/, ''))).toEqual([
      '/api/partner-gateway/v1/messages/status?ids&channel=SMS',
    ]);
    await invoke(['status'], { home, env });
    expect(server.gets()).toHaveLength(1);
  });

  test('--no-refresh asks nothing and needs no key', async ({ expect }) => {
    const { home, env, server } = await sent({ a: 'sms' });
    const ran = await invoke(['status', 'a', '--no-refresh', '--json'], {
      home,
      env: { QLARA_BASE_URL: env.QLARA_BASE_URL },
    });
    expect([ran.code, only(rowsOf(ran)).status, server.gets()]).toEqual([0, 'submitted', []]);
  });

  test('a gateway that fails still leaves what is known here, and ends with 4', async ({ expect }) => {
    const { home, env } = await sent({ a: 'sms' }, { get: envelope(500, 'failed') });
    const ran = await invoke(['status', 'a', '--json'], { home, env });
    expect([ran.code, only(rowsOf(ran)).status]).toEqual([4, 'submitted']);
  });

  test('a gateway that says to come back in an hour is not waited for', async ({ expect }) => {
    const { home, env } = await sent({ a: 'sms' }, { get: envelope(429, 'wait', { retryAfter: 3600 }) });
    const ran = await invoke(['status', 'a', '--json'], { home, env, timeout: 6_000 });
    expect([ran.code, ran.signal]).toEqual([4, null]);
    expect(only(rowsOf(ran)).status).toBe('submitted');
  });
});

describe.concurrent('waiting', () => {
  test.for([
    ['delivered', 'DELIVERED', 0],
    ['read', 'READ', 0],
    ['undelivered', 'ERROR', 1],
    ['expired', 'EXPIRED', 1],
  ] as const)('until %s', async ([status, word, code], { expect }) => {
    const { home, env, server } = await sent(
      { a: 'sms' },
      { get: (_, nth) => json(200, standing('a', nth < 2 ? 'SENT' : word)) },
    );
    const ran = await invoke(['status', 'a', '--wait', '--interval', '20ms', '--json'], { home, env });
    expect([ran.code, only(rowsOf(ran)).status, server.gets().length]).toEqual([code, status, 3]);
  });

  test('through a gateway that fails for a while', async ({ expect }) => {
    const { home, env } = await sent(
      { a: 'sms' },
      { get: [envelope(500, 'x'), envelope(500, 'x'), json(200, standing('a'))] },
    );
    const ran = await invoke(['status', 'a', '--wait', '--interval', '20ms', '--json'], { home, env });
    expect([ran.code, only(rowsOf(ran)).status]).toEqual([0, 'delivered']);
  });

  test('--watch: a line for each change', async ({ expect }) => {
    const told = ['SENT', 'SENT', 'RECEIVED', 'DELIVERED'];
    const { home, env } = await sent({ a: 'sms' }, { get: (_, nth) => json(200, standing('a', told[nth])) });
    const ran = await invoke(
      ['status', 'a', '--watch', '--interval', '20ms', '-o', 'ndjson', '--columns', 'status'],
      { home, env },
    );
    expect(
      ran.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Row).status),
    ).toEqual(['submitted', 'sent', 'received', 'delivered']);
  });

  test.for([
    ['a message that stays where it is', json(200, standing('a', 'SENT'))],
    ['a gateway that says to come back in an hour', envelope(429, 'wait', { retryAfter: 3600 })],
    ['a gateway that is overloaded', envelope(503, 'wait')],
  ] as const)('no longer than --timeout for %s', async ([, get], { expect }) => {
    const { home, env } = await sent({ a: 'sms' }, { get });
    const words = ['status', 'a', '--wait', '--interval', '50ms', '--timeout', '300ms', '--json'];
    const ran = await invoke(words, { home, env, timeout: 10_000 });
    expect([ran.code, ran.signal]).toEqual([5, null]);
  });

  test('a message that was never sent is not called late', async ({ expect }) => {
    const { home, env } = await sent({ a: 'sms' }, { post: [envelope(401, 'no'), accepts()] });
    const ran = await invoke(['status', 'a', '--wait', '--json'], { home, env });
    expect(only(rowsOf(ran)).status).toBe('queued');
    expect(errorOf(ran).message).not.toContain('time ran out');
  });
});
