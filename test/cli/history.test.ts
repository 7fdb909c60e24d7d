import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseError, parseRows, recorded } from '../support/program.ts';
import { type Answer, envelope, json, type ReceivedRequest, reset, serve } from '../support/server.ts';

const platform = { dialect: 'platform', from: 'Acme' };

/** Time within the last day, so many minutes ago. */
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const uuid = (nth: number) => `0a1b2c3d-0000-4000-8000-${String(nth).padStart(12, '0')}`;

/** An entry of the form of the use case. */
const sentElsewhere = (nth: number, more: Record<string, unknown> = {}) => ({
  messageId: uuid(nth),
  channel: 'SMS',
  direction: 'OUTBOUND',
  destination: '+393901230101',
  sender: 'Shop',
  body: 'Your order is confirmed',
  status: 'DELIVERED',
  sendDate: minutesAgo(nth + 1),
  deliveryDate: minutesAgo(nth),
  cost: 0.035,
  parts: 1,
  ...more,
});

/** Entry of the form of the reference. */
const statusOnly = (id: string, word = 'DELIVERED') => ({
  customerMessageId: id,
  deliveryStatus: word,
  deliveryStatusDescription: 'in words',
});

const getQuery = ({ path }: ReceivedRequest) => new URL(path, 'http://x').searchParams;

/** Starts a gateway with this history by channel, in pages of at most `most` entries; `post` answers sends. */
const startGateway = (
  byChannel: Record<string, unknown[] | Answer>,
  {
    most = 100,
    wrap = (list: unknown[]): unknown => list,
    post = json(200, { results: { sms: { accepted: true } } }),
  } = {},
) =>
  serve({
    post,
    get(seen) {
      if (!seen.path.startsWith('/api/partner-gateway/v1/messages/history?')) return json(200, []);
      const query = getQuery(seen);
      const found = byChannel[query.get('channel') ?? ''] ?? [];
      if (!Array.isArray(found)) return found;
      const [page, limit] = [Number(query.get('page')), Math.min(Number(query.get('limit')), most)];
      return json(200, wrap(found.slice(page * limit, (page + 1) * limit)));
    },
  });

const status = (server: { url: string }, args: string[] = [], home: Home = freshHome(platform)) =>
  invoke(['status', '--history', '--json', ...args], {
    home,
    env: { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url },
  });

const send = async (server: { url: string }, home: Home, id: string) =>
  invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', id], {
    home,
    env: { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url },
  });

describe.concurrent('status --history', () => {
  test('asks for each channel of the last day, and shows messages that were sent elsewhere', async ({
    expect,
  }) => {
    const server = await startGateway(
      {
        SMS: [sentElsewhere(1), sentElsewhere(3, { direction: 'INBOUND' })],
        RCS: [sentElsewhere(2, { channel: 'RCS', status: 'READ' })],
      },
      { wrap: (messages) => ({ messages }) },
    );
    const result = await status(server);
    expect([result.code, parseRows(result)]).toMatchObject([
      0,
      [
        {
          id: uuid(1),
          to: '+393901230101',
          channel: 'sms',
          status: 'delivered',
          final: true,
          price: 0.035,
          parts: 1,
          encoding: 'gsm7',
          inDoubt: false,
        },
        { id: uuid(2), channel: 'rcs', status: 'read' },
      ],
    ]);
    const queries = server.gets().map(getQuery);
    expect(queries.map((query) => query.get('channel'))).toEqual(['WHATSAPP', 'RCS', 'SMS']);
    for (const query of queries) {
      const [from = '', to = ''] = [query.get('from') ?? '', query.get('to') ?? ''];
      expect([from, to]).toEqual([
        expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
        expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
      ]);
      expect((Date.parse(to) - Date.parse(from)) / 3_600_000).toBeCloseTo(24, 2);
      expect([query.get('page'), query.get('limit')]).toEqual(['0', '100']);
    }
    expect(server.gets()[0]?.path).toContain('%2B00%3A00');
  });

  test('asks for the time and the channel that are named', async ({ expect }) => {
    const server = await startGateway({ SMS: [statusOnly('order-1')] });
    const range = ['--since', '2026-11-01T00:00:00+01:00', '--until', '2026-11-02T00:00:00Z'];
    const result = await status(server, [...range, '--channel', 'sms']);
    expect([result.code, parseRows(result)]).toMatchObject([
      0,
      [{ id: 'order-1', status: 'delivered', channel: 'sms' }],
    ]);
    expect(server.gets().map((one) => [...getQuery(one).values()].slice(0, 3))).toEqual([
      ['SMS', '2026-10-31T23:00:00+00:00', '2026-11-02T00:00:00+00:00'],
    ]);
  });

  test('updates our messages, whose rows win', async ({ expect }) => {
    const home = freshHome(platform);
    const history: unknown[] = [];
    const server = await startGateway({ SMS: history });
    for (const id of ['order-1', 'order-2']) expect((await send(server, home, id)).code).toBe(0);
    history.push(statusOnly('order-1'), sentElsewhere(1, { messageId: uuid(7) }));
    const result = await status(server, [], home);
    expect(parseRows(result)).toMatchObject([
      { id: 'order-2', to: '+393901234567', status: 'submitted' },
      { id: 'order-1', to: '+393901234567', status: 'delivered', gatewayId: null },
      { id: uuid(7), to: '+393901230101' },
    ]);
    // What the gateway told is recorded, and only of our messages.
    const after = await recorded(home);
    expect(after.map(({ plan, attempts }) => [plan.id, attempts[0]?.status]).sort()).toEqual([
      ['order-1', 'delivered'],
      ['order-2', 'submitted'],
    ]);
  });

  test('has our id as the gateway’s without taking it for another', async ({ expect }) => {
    const home = freshHome(platform);
    const history: unknown[] = [];
    const server = await startGateway({ SMS: history });
    await send(server, home, uuid(1));
    history.push(sentElsewhere(1));
    expect(parseRows(await status(server, [], home))).toMatchObject([
      { id: uuid(1), gatewayId: null, to: '+393901234567', status: 'delivered', price: 0.035 },
    ]);
  });

  test.for<[name: string, entry: (id: string) => object, inDoubt: boolean]>([
    ['proves that it was sent', (id) => statusOnly(id, 'SENT'), false],
    ['has a word that means nothing', (id) => statusOnly(id, 'BUFFERED'), true],
    ['says UNKNOWN', (id) => statusOnly(id, 'UNKNOWN'), true],
    ['is of another message', () => statusOnly('order-9', 'SENT'), true],
  ])('settles a message in doubt where an entry %s: %#', async ([, entry, inDoubt], { expect }) => {
    const home = freshHome({ ...platform, grace: '1ms' });
    const history: unknown[] = [];
    const server = await startGateway({ SMS: history }, { post: reset() });
    expect((await send(server, home, 'order-1')).code).toBe(6);
    history.push(entry('order-1'));
    const rows = parseRows(await status(server, [], home));
    expect(rows.find(({ id }) => id === 'order-1')).toMatchObject({ inDoubt });
  });

  test('joins the channels of one message', async ({ expect }) => {
    const id = uuid(1);
    const server = await startGateway({
      WHATSAPP: [sentElsewhere(5, { messageId: id, channel: 'WHATSAPP', status: 'ERROR', cost: 0 })],
      SMS: [sentElsewhere(1, { messageId: id })],
    });
    expect(parseRows(await status(server))).toMatchObject([
      {
        id,
        channel: 'sms',
        status: 'delivered',
        attempts: [{ channel: 'whatsapp', status: 'undelivered' }, { channel: 'sms' }],
      },
    ]);
  });

  test.for<[count: number, most: number]>([
    [250, 100],
    [250, 20],
    [100, 100],
  ])('reads all of %i messages, %i on a page at most', async ([count, most], { expect }) => {
    const all = Array.from({ length: count }, (_, nth) => sentElsewhere(nth));
    const server = await startGateway({ SMS: all }, { most });
    expect(parseRows(await status(server, ['--channel', 'sms'])).length).toBe(count);
    expect(parseRows(await status(server, ['--channel', 'sms', '--limit', '3'])).map(({ id }) => id)).toEqual(
      [uuid(0), uuid(1), uuid(2)],
    );
  });

  test('ends with a gateway that ignores the page', async ({ expect }) => {
    const all = Array.from({ length: 100 }, (_, nth) => sentElsewhere(nth));
    const server = await serve({ get: json(200, all) });
    expect(parseRows(await status(server, ['--channel', 'sms'])).length).toBe(100);
    expect(server.gets().length).toBe(2);
  });

  test('filters by status once the gateway has told', async ({ expect }) => {
    const server = await startGateway({
      SMS: [sentElsewhere(1), sentElsewhere(2, { status: 'ERROR', description: 'no handset' })],
    });
    expect(parseRows(await status(server, ['--status', 'undelivered']))).toMatchObject([
      { id: uuid(2), reason: 'no handset' },
    ]);
  });

  test('notes a channel that is not in the plan', async ({ expect }) => {
    const server = await startGateway({ SMS: [sentElsewhere(1)], RCS: envelope(403, 'not in your plan') });
    const result = await status(server);
    expect([result.code, parseRows(result).length]).toEqual([0, 1]);
    expect(result.stderr).toContain('note: cannot list RCS messages');
    const none = await serve({ get: envelope(404, 'no such path') });
    const failed = await status(none);
    expect([failed.code, parseError(failed).code]).toEqual([3, 'gateway.not-found']);
  });

  test('prints nothing of the secret', async ({ expect }) => {
    const server = await startGateway({
      SMS: [
        sentElsewhere(1, {
          status: 'ERROR',
          description: 'key ak_live_secret_0123 is wrong',
          messageId: 'ak_live_secret_0123',
        }),
      ],
    });
    const result = await invoke(
      ['status', '--history', '--json', '--columns', 'id,gatewayId,reason,attempts'],
      {
        home: freshHome(platform),
        env: { QLARA_API_KEY: 'ak_live_secret_0123', QLARA_BASE_URL: server.url },
      },
    );
    expect(result.stdout).toContain('****');
    expect(result.stdout).not.toContain('ak_live_secret_0123');
  });

  test.for<[args: string[], code: string]>([
    [['order-1'], 'history.alone'],
    [['--wait'], 'history.alone'],
    [['--watch'], 'history.alone'],
    [['--no-refresh'], 'history.alone'],
    [['--bulk', 'b'], 'history.alone'],
    [['--dialect', 'partner'], 'dialect.unsupported'],
    [['--since', '1h', '--until', '2h'], 'time.invalid'],
  ])('refuses %j without a request', async ([args, code], { expect }) => {
    const server = await startGateway({});
    const result = await status(server, args);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([2, '', code]);
    expect(server.seen).toEqual([]);
  });

  test('is needed for --until', async ({ expect }) => {
    const result = await invoke(['status', '--until', '1h', '--json']);
    expect([result.code, parseError(result).code]).toEqual([2, 'history.needed']);
  });
});
