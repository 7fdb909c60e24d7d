import { describe, test } from 'vitest';
import { inboundBody, listening, post } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseError, parseRows, recorded, start, until } from '../support/program.ts';
import { acceptThen, empty, json, serve, text } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };

const receiveMessage = (home: Home, from: string, message: string, channel = 'whatsapp') =>
  invoke(['sandbox', 'inbound', '--from', from, '--message', message, '--channel', channel, '--sandbox'], {
    home,
  });

const invokeJson = async <T>(args: readonly string[], home: Home) =>
  JSON.parse((await invoke([...args, '--sandbox', '--json'], { home })).stdout) as T;

interface ConversationRow {
  id: string;
  channel: string;
  phone: string;
  unread: number;
  last: string;
  windowUntil: string | null;
}
interface MessageRow {
  direction: string;
  text: string;
  status: string | null;
  id: string | null;
}

describe.concurrent('the inbox', () => {
  test('lists conversations, newest first, with the time left in the window', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901230001', 'Ciao');
    await receiveMessage(home, '+393901230002', 'Hello', 'sms');
    const list = await invokeJson<ConversationRow[]>(['inbox', 'list'], home);
    expect(list).toMatchObject([
      { channel: 'sms', phone: '+393901230002', unread: 1, last: 'Hello', windowUntil: null },
      { channel: 'whatsapp', phone: '+393901230001', unread: 1, last: 'Ciao' },
    ]);
    expect(
      await invokeJson<ConversationRow[]>(['inbox', 'list', '--channel', 'whatsapp'], home),
    ).toHaveLength(1);
    expect(await invokeJson<ConversationRow[]>(['inbox', 'list', '--limit', '1'], home)).toMatchObject([
      { channel: 'sms' },
    ]);
    await invokeJson(['inbox', 'show', '+393901230001', '--mark-read'], home);
    expect(await invokeJson<ConversationRow[]>(['inbox', 'list', '--unread'], home)).toMatchObject([
      { channel: 'sms' },
    ]);
    const [, withWindow] = await invokeJson<ConversationRow[]>(['inbox', 'list'], home);
    const left = Date.parse(withWindow?.windowUntil ?? '') - Date.now();
    expect(left).toBeGreaterThan(23 * 3_600_000);
    expect(left).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('shows the messages of both sides once', async ({ expect }) => {
    const home = freshHome();
    await invoke(['send', 'whatsapp', '-t', '+393901234567', '-m', 'Hello', '--id', 'a', '--sandbox'], {
      home,
    });
    await receiveMessage(home, '+393901234567', 'Ciao');
    const reply = await invoke(
      ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--id', 'b', '--sandbox', '--json'],
      { home },
    );
    expect([reply.code, parseRows(reply)]).toMatchObject([
      0,
      [{ id: 'b', channel: 'whatsapp', status: 'submitted' }],
    ]);
    const [chat] = await invokeJson<ConversationRow[]>(['inbox', 'list'], home);
    for (const name of ['+393901234567', '+39 390 123 4567', 'whatsapp:+393901234567', chat?.id ?? ''])
      expect(
        (await invokeJson<MessageRow[]>(['inbox', 'show', name], home)).map(({ direction, text }) => [
          direction,
          text,
        ]),
      ).toEqual([
        ['out', 'Hello'],
        ['in', 'Ciao'],
        ['out', 'At ten'],
      ]);
  });

  test('sends a reply once per id', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'Ciao', 'rcs');
    const replyArgs = ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--id', 'b', '--sandbox', '--json'];
    const [first, second] = [await invoke(replyArgs, { home }), await invoke(replyArgs, { home })];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.stderr).toMatch(/^note: b was sent before/m);
    const messages = await invokeJson<MessageRow[]>(['inbox', 'show', '+393901234567'], home);
    expect(messages.filter(({ direction }) => direction === 'out')).toHaveLength(1);
  });

  test('does not reply to an opted-out number', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'Stop', 'sms');
    await invokeJson(['inbox', 'show', '+393901234567'], home);
    const replyArgs = ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--sandbox', '--json'];
    const result = await invoke(replyArgs, { home });
    expect([result.code, parseError(result).code]).toEqual([2, 'destination.opted-out']);
    expect(await recorded(home, 'sandbox')).toEqual([]);
    const forced = await invoke([...replyArgs, '--force', 'they rang us'], { home });
    expect([forced.code, parseRows(forced)[0]?.status]).toEqual([0, 'submitted']);
  });

  test('derives the window from unread messages', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'Ciao');
    const [chat] = await invokeJson<ConversationRow[]>(['inbox', 'list'], home);
    expect(Date.parse(chat?.windowUntil ?? '') - Date.now()).toBeGreaterThan(23 * 3_600_000);
  });

  test('records a STOP while listing', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'Basta, grazie', 'sms');
    await invokeJson(['inbox', 'list'], home);
    const list = await invoke(['optout', 'list', '--sandbox', '--json'], { home });
    expect(JSON.parse(list.stdout)).toMatchObject([{ phone: '+393901234567', source: 'inbound' }]);
  });

  test('requires --channel for a number with two channels', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'by sms', 'sms');
    await receiveMessage(home, '+393901234567', 'by whatsapp');
    const replyArgs = ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--sandbox', '--json'];
    const result = await invoke(replyArgs, { home });
    expect([result.code, parseError(result).code]).toEqual([2, 'chat.several']);
    const chosen = await invoke([...replyArgs, '--channel', 'sms'], { home });
    expect([chosen.code, parseRows(chosen)[0]?.channel]).toEqual([0, 'sms']);
    const shown = await invoke(['inbox', 'show', '+393901234567', '--sandbox', '--json'], { home });
    expect(shown.stderr).toMatch(/note: other conversations with \+393901234567/);
  });

  test('sends no placeholders', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'Ciao');
    const result = await invoke(
      ['inbox', 'reply', '+393901234567', '-m', 'Hi {name}', '--sandbox', '--json'],
      {
        home,
      },
    );
    expect([result.code, parseError(result).code]).toEqual([2, 'placeholder.missing']);
  });

  test('shows new messages with --follow', async ({ expect }) => {
    const home = freshHome();
    await receiveMessage(home, '+393901234567', 'one');
    const words = [
      'inbox',
      'show',
      '+393901234567',
      '--follow',
      '--interval',
      '50ms',
      '--sandbox',
      '-o',
      'ndjson',
    ];
    const following = start(words, { home });
    await until(() => following.printed.stdout.includes('one'), 'the first message is printed');
    await receiveMessage(home, '+393901234567', 'two');
    await until(() => following.printed.stdout.includes('two'), 'the second message is printed');
    following.child.kill('SIGINT');
    const result = await following.done;
    expect(result.code).toBe(130);
    expect(
      result.stdout
        .trim()
        .split('\n')
        .map((text) => (JSON.parse(text) as MessageRow).text),
    ).toEqual(['one', 'two']);
  });

  test('reports an unknown conversation', async ({ expect }) => {
    for (const name of ['+393901234567', 'nobody']) {
      const result = await invoke(['inbox', 'show', name, '--sandbox', '--json']);
      expect([result.code, parseError(result).code]).toEqual([2, 'chat.unknown']);
    }
  });
});

describe.concurrent('a gateway without an inbox', () => {
  test('shows messages received by a listener', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: empty(404) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { url } = await listening([], { home });
    await post(url, inboundBody('Ciao'));
    const list = await invoke(['inbox', 'list', '--json'], { home, env });
    expect([list.code, JSON.parse(list.stdout)]).toMatchObject([
      0,
      [{ id: 'whatsapp:+393901234567', phone: '+393901234567', last: 'Ciao', unread: null }],
    ]);
    const shown = await invoke(['inbox', 'show', '+393901234567', '--json'], { home, env });
    expect(JSON.parse(shown.stdout)).toMatchObject([{ direction: 'in', text: 'Ciao' }]);
    const reply = await invoke(['inbox', 'reply', '+393901234567', '-m', 'Hi', '--json'], { home, env });
    expect([reply.code, parseError(reply).code]).toEqual([2, 'inbox.none']);
    // A gateway without this endpoint may have more messages than the ledger.
    const unreachable = { ...key, QLARA_BASE_URL: 'http://127.0.0.1:1/api' };
    const refreshed = await invoke(['inbox', 'show', 'chat-1', '--json'], { home, env: unreachable });
    expect([refreshed.code, parseError(refreshed).code]).toEqual([4, 'gateway.unreachable']);
    // Messages in the ledger can be listed without a key.
    const local = await invoke(['inbox', 'list', '--no-refresh', '--json'], { home });
    expect(JSON.parse(local.stdout)).toHaveLength(1);
  });
});

describe.concurrent('a long list of conversations', () => {
  const build = (count: number) =>
    Array.from({ length: count }, (_, nth) => ({
      chatId: `c${nth}`,
      channel: 'SMS',
      phone: `+39390123${1000 + nth}`,
    }));
  const list = async (count: number, getPage: (page: number, limit: number) => unknown[]) => {
    const server = await serve({
      get({ path }) {
        const { searchParams } = new URL(path, 'http://host');
        return json(200, getPage(Number(searchParams.get('page')), Number(searchParams.get('limit'))));
      },
    });
    const args = ['inbox', 'list', '--limit', String(2 * count + 1), '--json'];
    const { stdout } = await invoke(args, { env: { ...key, QLARA_BASE_URL: server.url } });
    return {
      ids: (JSON.parse(stdout) as ConversationRow[]).map(({ id }) => id),
      requests: server.gets().filter(({ path }) => !path.includes('/messages')).length,
    };
  };

  test.for([0, 1, 9, 10, 11, 50, 99, 100, 101, 250])(
    'of %i is listed to its end',
    async (count, { expect }) => {
      const all = build(count);
      for (const maxLimit of [10, 50, 100]) {
        const { ids } = await list(count, (page, asked) => {
          const limit = Math.min(asked, maxLimit);
          return all.slice(page * limit, (page + 1) * limit);
        });
        expect(new Set(ids)).toEqual(new Set(all.map(({ chatId }) => chatId)));
      }
    },
  );

  test.for([
    ['the first page', () => 0],
    ['the second page', (page: number) => Math.min(page, 1)],
    ['two pages in turn', (page: number) => page % 2],
  ] as const)('ends when the gateway repeats %s', async ([, choose], { expect }) => {
    const all = build(200);
    const { ids, requests } = await list(200, (page) => all.slice(choose(page) * 100).slice(0, 100));
    expect(ids.length).toBe(choose(1) === 0 ? 100 : 200);
    // Once for what people wrote since the last look, once for the list.
    expect(requests).toBeLessThanOrEqual(6);
  });
});

describe.concurrent('a long conversation', () => {
  const hour = 3_600_000;
  const phone = '+393901234567';
  const conversation = { chatId: '881', channel: 'WHATSAPP', contact: { phoneNumber: phone } };
  const ids = (count: number) => Array.from({ length: count }, (_, nth) => 1001 + nth);

  /** Serves a conversation with these messages, the oldest first, in pages of `size`. */
  const serveThread = (
    messages: readonly { id: number }[],
    size: number,
    isPaged = true,
    post: Parameters<typeof serve>[0] = {},
  ) =>
    serve({
      ...post,
      get({ path }) {
        const { pathname, searchParams } = new URL(path, 'http://host');
        if (!pathname.endsWith('/messages'))
          return json(200, pathname.endsWith('/881') ? conversation : [conversation]);
        const from = isPaged ? Number(searchParams.get('idFrom') ?? 0) : 0;
        const to = isPaged ? Number(searchParams.get('idTo') ?? Infinity) : Infinity;
        return json(200, messages.filter(({ id }) => id >= from && id <= to).slice(0, size));
      },
    });

  /** Builds inbound messages; the last one is `ago` hours old, the others are older. */
  const inbound = (count: number, ago: number) =>
    ids(count).map((id) => ({
      id,
      direction: 'INBOUND',
      content: { type: 'TEXT', text: `m${id}` },
      timestamp: new Date(Date.now() - (ago + 30 * (1000 + count - id)) * hour).toISOString(),
    }));

  test.for([1, 2, 19, 20, 21, 57])('of %i messages is shown to its end', async (count, { expect }) => {
    const server = await serveThread(inbound(count, 1), 20);
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { stdout } = await invoke(['inbox', 'show', '881', '--json'], { env });
    expect((JSON.parse(stdout) as MessageRow[]).map(({ id }) => Number(id))).toEqual(ids(count));
  });

  test.for([
    // A page of twenty may be one of several, and the newest message may be on another.
    { name: 'is unknown after one page of several', count: 57, ago: 30, isPaged: false, isSent: true },
    { name: 'is closed after a thread read to its end', count: 57, ago: 30, isPaged: true, isSent: false },
    {
      name: 'is unknown after a short list that is not paged',
      count: 7,
      ago: 30,
      isPaged: false,
      isSent: true,
    },
    { name: 'is closed after a short thread', count: 7, ago: 30, isPaged: true, isSent: false },
    { name: 'is open if the newest message is recent', count: 57, ago: 2, isPaged: true, isSent: true },
  ])('the 24-hour window $name', async ({ count, ago, isPaged, isSent }, { expect }) => {
    const home = freshHome();
    const server = await serveThread(inbound(count, ago), 20, isPaged);
    const env = { ...key, QLARA_BASE_URL: server.url };
    expect((await invoke(['inbox', 'show', '881'], { home, env })).code).toBe(0);
    const [row] = JSON.parse((await invoke(['inbox', 'list', '--json'], { home, env })).stdout) as [
      ConversationRow,
    ];
    expect(row.windowUntil).toEqual(ago < 24 && isPaged ? expect.any(String) : null);
    const result = await invoke(['send', 'whatsapp', '-t', phone, '-m', 'hi', '--json'], { home, env });
    expect([result.code, server.posts().length]).toEqual(isSent ? [0, 1] : [2, 0]);
    if (!isSent) expect(parseError(result).code).toBe('window.closed');
  });

  test('is open only as long as the person wrote, not for an unread count beside our own last message', async ({
    expect,
  }) => {
    const unread = { ...conversation, unreadCount: 1, lastMessageDate: new Date().toISOString() };
    const [message] = inbound(1, 3);
    for (const [thread, isOpen] of [
      [json(200, [message]), true],
      [json(200, inbound(1, 30)), false],
      [json(200, []), false],
      [empty(404), false],
      [json(403, {}), false],
    ] as const) {
      const server = await serve({
        get: ({ path }) => (path.includes('/messages') ? thread : json(200, [unread])),
      });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const { stdout } = await invoke(['inbox', 'list', '--json'], { env });
      const [row] = JSON.parse(stdout) as ConversationRow[];
      const left = Date.parse(row?.windowUntil ?? '') - Date.now();
      if (isOpen) expect(Math.round(left / hour)).toBe(21);
      else expect([thread, row?.windowUntil ?? null]).toEqual([thread, null]);
    }
  });

  test('without times leaves the window unknown', async ({ expect }) => {
    const home = freshHome();
    const server = await serveThread(
      inbound(3, 1).map(({ timestamp: _, ...rest }) => rest),
      20,
    );
    const env = { ...key, QLARA_BASE_URL: server.url };
    for (let nth = 0; nth < 2; nth++) {
      const { stdout } = await invoke(['inbox', 'show', '881', '--json'], { home, env });
      expect((JSON.parse(stdout) as MessageRow[]).map(({ text }) => text)).toEqual([
        'm1001',
        'm1002',
        'm1003',
      ]);
    }
    const [row] = JSON.parse((await invoke(['inbox', 'list', '--json'], { home, env })).stdout) as [
      ConversationRow,
    ];
    expect(row.windowUntil).toBe(null);
  });
});

describe.concurrent('a reply', () => {
  const chat = { chatId: 'c1', channel: 'WHATSAPP', contact: { phoneNumber: '+393901234567' } };
  const replyArgs = ['inbox', 'reply', 'c1', '-m', 'At ten', '--id', 'b', '--json'];

  test('is in doubt after HTTP 500 and not sent again', async ({ expect }) => {
    const home = freshHome({ grace: '300ms' });
    const server = await serve({ get: json(200, chat), post: acceptThen(json(500, {})) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const [first, second] = [await invoke(replyArgs, { home, env }), await invoke(replyArgs, { home, env })];
    expect([first.code, parseError(first).code]).toEqual([6, 'send.in-doubt']);
    expect([second.code, parseError(second).code]).toEqual([6, 'send.in-doubt']);
    expect(server.posts()).toHaveLength(1);
  });

  test('is sent after the delay that the gateway asks for', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      get: json(200, chat),
      post: [json(429, { retryAfter: 0.2 }), acceptThen(json(202, { messageId: 'm1' }))],
    });
    const result = await invoke(replyArgs, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    expect([result.code, server.posts().length]).toEqual([0, 2]);
    const different = replyArgs.map((word) => (word === 'At ten' ? 'At eleven' : word));
    const other = await invoke(different, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    expect([other.code, parseError(other).code]).toEqual([2, 'id.reused']);
    expect(server.posts()).toHaveLength(2);
  });

  test('is reported when the gateway refuses it', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      get: json(200, chat),
      post: json(400, { message: 'outside the 24-hour window' }),
    });
    const result = await invoke(replyArgs, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    expect([result.code, parseRows(result)]).toMatchObject([
      1,
      [{ status: 'rejected', reason: 'outside the 24-hour window' }],
    ]);
  });
});

test('an unreadable response is described without what customers wrote', async ({ expect }) => {
  const chats = JSON.stringify({ conversations: { c1: { phone: '+393901234567', text: 'PIN 4821' } } });
  for (const body of [chats, `[${chats}`, chats.slice(0, -4), JSON.stringify(chats)]) {
    const server = await serve({ get: text(200, body) });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    for (const args of [
      ['inbox', 'list'],
      ['inbox', 'show', 'c1'],
      ['templates', 'list', '--channel', 'rcs'],
      ['status', 'order-1'],
      ['credit'],
      ['webhook', 'show'],
    ]) {
      const { stdout, stderr } = await invoke(args, { env });
      expect([args, stdout + stderr]).toEqual([args, expect.not.stringMatching(/\+39390|4821|c1"/)]);
    }
  }
});
