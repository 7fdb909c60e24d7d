import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, only, parseError, parseRows, type Row, recorded } from '../support/program.ts';
import { accept, envelope, json, serve, statusEntry, toGatewayId } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };
const number = '+393901234567';

/** Sends messages, by id and channel; returns their home and gateway. */
async function sendMessages(messages: Record<string, 'sms' | 'whatsapp'>, get?: Parameters<typeof serve>[0]) {
  const home = freshHome();
  const server = await serve(get);
  const env = { ...key, QLARA_BASE_URL: server.url };
  for (const [id, channel] of Object.entries(messages))
    await invoke(['send', channel, '-t', number, '-m', 'Ciao', '--id', id], { home, env });
  return { home, server, env };
}

const getIds = (rows: Row[]) => rows.map(({ id }) => id);

describe.concurrent('by id', () => {
  test.for([
    ['ours', 'order-1'],
    ['the gateway’s', toGatewayId('order-1')],
  ] as const)('%s', async ([, id], { expect }) => {
    const { home, env } = await sendMessages({ 'order-1': 'sms' });
    const result = await invoke(['status', id, '--json'], { home, env });
    expect(result.code).toBe(0);
    expect(only(parseRows(result))).toMatchObject({
      id: 'order-1',
      gatewayId: toGatewayId('order-1'),
      status: 'delivered',
      final: true,
    });
  });

  test('lists several ids once, in order', async ({ expect }) => {
    const { home, env } = await sendMessages({ a: 'sms', b: 'sms', c: 'sms' });
    const result = await invoke(['status', 'c', 'a', 'c', toGatewayId('a'), '--json'], { home, env });
    expect([result.code, getIds(parseRows(result))]).toEqual([0, ['c', 'a']]);
  });

  test.for([
    ['with a request', [], /--profile|--sandbox/],
    ['without a request', ['--no-refresh'], /--no-refresh/],
  ] as const)('exits with 2 for an unknown id, %s', async ([, flags, hint], { expect }) => {
    const { home, env } = await sendMessages({ a: 'sms' });
    const result = await invoke(['status', 'a', 'order-9', ...flags, '--json'], { home, env });
    expect([result.code, result.stdout, parseError(result).code]).toEqual([2, '', 'message.unknown']);
    expect(parseError(result).message).toContain('order-9');
    expect(parseError(result).hint).toMatch(hint);
  });

  test('does not report an unknown id when the status request is forbidden', async ({ expect }) => {
    const { home, env } = await sendMessages({}, { get: envelope(403, 'no') });
    const result = await invoke(['status', 'order-9', '--json'], { home, env });
    expect([result.code, parseError(result).code]).toEqual([3, 'gateway.forbidden']);
  });

  test.for([
    ['by client id', 'elsewhere-1'],
    ['by gateway id', toGatewayId('elsewhere-1')],
  ] as const)('shows a message sent from elsewhere %s without storing it', async ([, id], { expect }) => {
    const { home, env } = await sendMessages({}, { get: json(200, statusEntry('elsewhere-1')) });
    const result = await invoke(['status', id, '--json'], { home, env });
    expect(result.code).toBe(0);
    const row = only(parseRows(result));
    expect(row).toMatchObject({
      gatewayId: toGatewayId('elsewhere-1'),
      to: number,
      channel: 'sms',
      status: 'delivered',
    });
    expect(row).toMatchObject({ id: 'elsewhere-1' });
    expect(await recorded(home)).toEqual([]);
  });

  test('waits for a message sent from elsewhere', async ({ expect }) => {
    const { home, env } = await sendMessages(
      {},
      { get: (_, nth) => json(200, statusEntry('elsewhere-1', nth < 3 ? 'SENT' : 'DELIVERED')) },
    );
    const result = await invoke(['status', 'elsewhere-1', '--wait', '--interval', '20ms', '--json'], {
      home,
      env,
    });
    expect([result.code, only(parseRows(result)).status]).toEqual([0, 'delivered']);
    expect(await recorded(home)).toEqual([]);
  });
});

describe.concurrent('lists', () => {
  const deliveryStatuses: Record<string, string> = { a: 'DELIVERED', b: 'ERROR', c: 'SENT', d: 'READ' };
  const sendFour = async (): Promise<{ home: Home; env: Record<string, string> }> =>
    sendMessages(
      { a: 'sms', b: 'sms', c: 'sms', d: 'whatsapp' },
      {
        get: ({ path }) =>
          json(
            200,
            decodeURIComponent(path.split(/[/=]/).at(-1) ?? '')
              .split(',')
              .map((id) =>
                statusEntry(id, deliveryStatuses[id], { channel: id === 'd' ? 'whatsapp' : 'sms' }),
              ),
          ),
      },
    );
  test('filters the list', async ({ expect }) => {
    const { home, env } = await sendFour();
    const first = await invoke(['status', '--json'], { home, env });
    const all = getIds(parseRows(first));
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
      const result = await invoke(['status', ...flags, '--no-refresh', '--json'], { home });
      expect([flags, result.code, getIds(parseRows(result)).sort()]).toEqual([flags, 0, [...shown].sort()]);
    }
  });

  test('lists the newest rows of a bulk by default', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'rows.csv');
    const rows = Array.from({ length: 30 }, (_, index) => `+39390123${1000 + index}`);
    writeFileSync(file, `to\n${rows.join('\n')}\n`);
    const bulkRun = await invoke(
      ['send', 'sms', '-m', 'Ciao', '--file', file, '--sandbox', '--yes', '--json', '--wait'],
      { home },
    );
    const bulk = parseRows(bulkRun)[0]?.bulk ?? '';
    const commandLine = ['status', '--bulk', bulk, '--sandbox', '--no-refresh', '--columns', 'to'];
    const limited = await invoke(commandLine, { home });
    expect(limited.stdout.trim().split('\n').slice(1)).toEqual(rows.toReversed().slice(0, 20));
    expect(limited.stderr).toBe(
      `the newest 20 of 30 messages: \`qlara bulk show ${bulk} --sandbox\` summarizes all, --limit shows more\n`,
    );
    for (const more of [['--limit', '100'], ['--only', 'delivered'], []]) {
      const all = await invoke([...commandLine, ...more, '--json'], { home });
      expect([parseRows(all).length, all.stderr]).toEqual([30, '']);
    }
    const none = await invoke(['status', '--bulk', 'none', '--json'], { home });
    expect([none.code, parseError(none).code]).toEqual([2, 'bulk.unknown']);
  });

  test('lists the newest messages with --limit', async ({ expect }) => {
    const { home, env } = await sendFour();
    const result = await invoke(['status', '--limit', '2', '--json'], { home, env });
    expect(getIds(parseRows(result)).sort()).toEqual(['c', 'd']);
  });

  test('filters with --only by the refreshed status', async ({ expect }) => {
    const { home, env } = await sendFour();
    const result = await invoke(['status', '--only', 'undelivered', '--json'], { home, env });
    expect(getIds(parseRows(result))).toEqual(['b']);
  });
});

describe.concurrent('status requests', () => {
  test('ask for many messages at once, and for no final ones', async ({ expect }) => {
    const { home, env, server } = await sendMessages({ a: 'sms', b: 'sms', c: 'sms' });
    await invoke(['status'], { home, env });
    expect(server.gets().map(({ path }) => path.replace(/=[^&]*/, ''))).toEqual([
      '/api/partner-gateway/v1/messages/status?ids&channel=SMS',
    ]);
    await invoke(['status'], { home, env });
    expect(server.gets()).toHaveLength(1);
  });

  test('are not made with --no-refresh, which needs no key', async ({ expect }) => {
    const { home, env, server } = await sendMessages({ a: 'sms' });
    const result = await invoke(['status', 'a', '--no-refresh', '--json'], {
      home,
      env: { QLARA_BASE_URL: env.QLARA_BASE_URL },
    });
    expect([result.code, only(parseRows(result)).status, server.gets()]).toEqual([0, 'submitted', []]);
  });

  test('exit with 4 after the stored state when the gateway fails', async ({ expect }) => {
    const { home, env } = await sendMessages({ a: 'sms' }, { get: envelope(500, 'failed') });
    const result = await invoke(['status', 'a', '--json'], { home, env });
    expect([result.code, only(parseRows(result)).status]).toEqual([4, 'submitted']);
  });

  test('are not delayed by an hour when the gateway asks for it', async ({ expect }) => {
    const { home, env } = await sendMessages(
      { a: 'sms' },
      { get: envelope(429, 'wait', { retryAfter: 3600 }) },
    );
    const result = await invoke(['status', 'a', '--json'], { home, env, timeout: 6_000 });
    expect([result.code, result.signal]).toEqual([4, null]);
    expect(only(parseRows(result)).status).toBe('submitted');
  });
});

describe.concurrent('waiting', () => {
  test.for([
    ['delivered', 'DELIVERED', 0],
    ['read', 'READ', 0],
    ['undelivered', 'ERROR', 1],
    ['expired', 'EXPIRED', 1],
  ] as const)('until %s', async ([status, word, code], { expect }) => {
    const { home, env, server } = await sendMessages(
      { a: 'sms' },
      { get: (_, nth) => json(200, statusEntry('a', nth < 2 ? 'SENT' : word)) },
    );
    const result = await invoke(['status', 'a', '--wait', '--interval', '20ms', '--json'], { home, env });
    expect([result.code, only(parseRows(result)).status, server.gets().length]).toEqual([code, status, 3]);
  });

  test('continues while the gateway fails temporarily', async ({ expect }) => {
    const { home, env } = await sendMessages(
      { a: 'sms' },
      { get: [envelope(500, 'x'), envelope(500, 'x'), json(200, statusEntry('a'))] },
    );
    const result = await invoke(['status', 'a', '--wait', '--interval', '20ms', '--json'], { home, env });
    expect([result.code, only(parseRows(result)).status]).toEqual([0, 'delivered']);
  });

  test('prints a line per change with --watch', async ({ expect }) => {
    const deliveryStatuses = ['SENT', 'SENT', 'RECEIVED', 'DELIVERED'];
    const { home, env } = await sendMessages(
      { a: 'sms' },
      { get: (_, nth) => json(200, statusEntry('a', deliveryStatuses[nth])) },
    );
    const result = await invoke(
      ['status', 'a', '--watch', '--interval', '20ms', '-o', 'ndjson', '--columns', 'status'],
      { home, env },
    );
    expect(
      result.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Row).status),
    ).toEqual(['submitted', 'sent', 'received', 'delivered']);
  });

  test.for([
    ['a message whose status does not change', json(200, statusEntry('a', 'SENT'))],
    ['a gateway that asks qlara to wait for an hour', envelope(429, 'wait', { retryAfter: 3600 })],
    ['a gateway that is overloaded', envelope(503, 'wait')],
  ] as const)('stops at --timeout for %s', async ([, get], { expect }) => {
    const { home, env } = await sendMessages({ a: 'sms' }, { get });
    const args = ['status', 'a', '--wait', '--interval', '50ms', '--timeout', '300ms', '--json'];
    const result = await invoke(args, { home, env, timeout: 10_000 });
    expect([result.code, result.signal]).toEqual([5, null]);
  });

  test('does not report a timeout for a message that was never sent', async ({ expect }) => {
    const { home, env } = await sendMessages({ a: 'sms' }, { post: [envelope(401, 'no'), accept()] });
    const result = await invoke(['status', 'a', '--wait', '--json'], { home, env });
    expect(only(parseRows(result)).status).toBe('queued');
    expect(parseError(result).message).not.toContain('timed out');
  });
});
