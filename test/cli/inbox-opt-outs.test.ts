import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseError, parseRows } from '../support/program.ts';
import {
  accept,
  empty,
  hang,
  html,
  json,
  type ReceivedRequest,
  serve,
  type TestGateway,
  text,
} from '../support/server.ts';

const ada = '+393901234567';
const bob = '+393901234568';

const envFor = (server: TestGateway) => ({ QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });
const recipients = (server: TestGateway) => server.posts().map(({ body }) => body.phoneNumber);

/** Simulates inbound messages in the sandbox. */
async function write(home: Home, from: string, ...texts: string[]): Promise<void> {
  for (const message of texts)
    await invoke(['sandbox', 'inbound', '--from', from, '-m', message, '--channel', 'sms', '--sandbox'], {
      home,
    });
}

const listPhones = async (home: Home, ...flags: string[]) =>
  parseRows<{ phone: string }>(await invoke(['optout', 'list', '--json', ...flags], { home })).map(
    ({ phone }) => phone,
  );

function sendArgs(home: Home, ...numbers: string[]): string[] {
  const path = join(home.path, 'rows.csv');
  writeFileSync(path, `${['to', ...numbers].join('\n')}\n`);
  return ['send', 'sms', '--file', path, '-m', 'hi', '--yes', '--json'];
}

interface Entry {
  text: string;
  at: string;
  direction?: string;
}

/** A gateway with these conversations by number, which counts the requests for messages. */
async function serveInbox(
  chats: Record<string, Entry[]>,
  post = accept(),
  { isOrdered = true, channel = 'SMS' } = {},
): Promise<TestGateway & { reads(): string[] }> {
  const answer = ({ path }: ReceivedRequest) => {
    const { pathname, searchParams } = new URL(path, 'http://host');
    const [, phone] = /conversations\/([^/]+)\/messages/.exec(decodeURIComponent(pathname)) ?? [];
    const skip = Number(searchParams.get('page') ?? 0) * Number(searchParams.get('limit') ?? 100);
    const page = <T>(all: T[]) => all.slice(skip, skip + 100);
    if (phone !== undefined)
      return json(200, {
        messages: page(chats[phone] ?? []).map(({ text, at, direction = 'INBOUND' }, index) => ({
          messageId: `${phone}-${skip + index}`,
          direction,
          text,
          timestamp: at,
        })),
      });
    if (!pathname.endsWith('/conversations')) return json(200, []);
    const list = Object.entries(chats).map(([number, entries]) => ({
      chatId: number,
      channel,
      phoneNumber: number,
      lastMessage: entries.at(-1)?.text,
      lastMessageDate: entries.at(-1)?.at,
    }));
    if (isOrdered) list.sort((a, b) => (b.lastMessageDate ?? '').localeCompare(a.lastMessageDate ?? ''));
    return json(200, { conversations: page(list) });
  };
  const server = await serve({ post, get: answer });
  return {
    ...server,
    reads: () =>
      server
        .gets()
        .flatMap(({ path }) => /conversations\/([^/]+)\/messages/.exec(decodeURIComponent(path))?.[1] ?? []),
  };
}

describe.concurrent('a STOP that is followed by another message', () => {
  test('opts out in `inbox list`', async ({ expect }) => {
    const home = freshHome();
    await write(home, ada, 'STOP', 'Where is my order?');
    await write(home, bob, 'Please stop texting me', 'ok?', 'START', 'thanks');
    await invoke(['inbox', 'list', '--limit', '1', '--sandbox'], { home });
    expect(await listPhones(home, '--sandbox')).toEqual([ada]);
  });

  test.for(['--unread', '--channel', '--since'])('opts out with %s too', async (flag, { expect }) => {
    const home = freshHome();
    await write(home, ada, 'STOP', 'Where is my order?');
    const value = { '--channel': ['rcs'], '--since': ['1s'] }[flag] ?? [];
    await invoke(['inbox', 'list', flag, ...value, '--sandbox'], { home });
    expect(await listPhones(home, '--sandbox')).toEqual([ada]);
  });

  test('is left out of a bulk, with its row in the rejects', async ({ expect }) => {
    const home = freshHome();
    await write(home, ada, 'STOP', 'Where is my order?');
    const result = await invoke([...sendArgs(home, ada, bob), '--sandbox'], { home });
    expect([result.code, parseRows(result).map(({ to }) => to)]).toEqual([0, [bob]]);
    expect(result.stderr).toMatch(
      /opted out {2}1 row, left out: \+393901234567; written to .*rows\.rejects\.csv/,
    );
    const none = await invoke([...sendArgs(home, ada), '--sandbox'], { home });
    expect([none.code, parseError(none).code]).toEqual([2, 'file.opted-out']);
    // A dry run does not ask the gateway.
    const fresh = freshHome();
    await write(fresh, ada, 'STOP');
    const dry = await invoke([...sendArgs(fresh, ada), '--dry-run', '--sandbox'], { home: fresh });
    expect(dry.code).toBe(0);
  });

  test('is left out of `bulk resume` and `bulk retry`', async ({ expect }) => {
    const home = freshHome();
    const server = await serveInbox({}, json(200, { results: [{ accepted: false, reason: 'busy' }] }));
    const first = await invoke(sendArgs(home, ada, bob), { home, env: envFor(server) });
    const bulk = parseRows(first)[0]?.bulk ?? '';
    const later = await serveInbox({
      [ada]: [
        { text: 'STOP', at: '2026-11-27T10:00:00Z' },
        { text: 'Hello?', at: '2026-11-27T10:05:00Z' },
      ],
    });
    const retried = await invoke(['bulk', 'retry', bulk, '--yes', '--json'], { home, env: envFor(later) });
    expect([retried.code, recipients(later)]).toEqual([0, [bob]]);

    const other = freshHome();
    const refusing = await serve({ post: json(401, {}), get: json(200, []) });
    const stopped = await invoke(sendArgs(other, ada, bob), { home: other, env: envFor(refusing) });
    expect(stopped.code).toBe(3);
    const id =
      parseRows(stopped)[0]?.bulk ??
      parseRows(await invoke(['bulk', 'list', '--json'], { home: other }))[0]?.id ??
      '';
    const resumed = await invoke(['bulk', 'resume', id, '--yes', '--json'], {
      home: other,
      env: envFor(later),
    });
    expect(recipients(later)).toEqual([bob, bob]);
    expect(parseRows(resumed).map(({ to, status, reason }) => [to, status, reason])).toEqual([
      [ada, 'rejected', 'opted out'],
      [bob, 'submitted', null],
    ]);
  });

  test('is refused a reply, also by the id of the conversation', async ({ expect }) => {
    const home = freshHome();
    await write(home, ada, 'STOP', 'Where is my order?');
    const chat = 'sms-393901234567';
    const reply = await invoke(['inbox', 'reply', chat, '-m', 'At ten', '--sandbox', '--json'], { home });
    expect([reply.code, parseError(reply).code]).toEqual([2, 'destination.opted-out']);
  });

  test('counts by the time of the messages, in whichever order the gateway lists them', async ({
    expect,
  }) => {
    const home = freshHome();
    const server = await serveInbox({
      [ada]: [
        { text: 'STOP', at: '2026-11-27T10:10:00Z' },
        { text: 'START', at: '2026-11-27T10:00:00Z' },
      ],
      [bob]: [
        { text: 'START', at: '2026-11-27T10:10:00Z' },
        { text: 'STOP', at: '2026-11-27T10:00:00Z' },
      ],
    });
    await invoke(['inbox', 'list'], { home, env: envFor(server) });
    expect(await listPhones(home)).toEqual([ada]);
    const [row] = parseRows<{ at: string }>(await invoke(['optout', 'list', '--json'], { home }));
    expect(row?.at).toBe('2026-11-27T10:10:00.000Z');
  });

  test('of our own is no opt-out', async ({ expect }) => {
    const home = freshHome();
    const server = await serveInbox({
      [ada]: [{ text: 'STOP', at: '2026-11-27T10:10:00Z', direction: 'OUTBOUND' }],
    });
    await invoke(['inbox', 'list'], { home, env: envFor(server) });
    expect(await listPhones(home)).toEqual([]);
  });

  test('opts out a person whose number WhatsApp reports in another form', async ({ expect }) => {
    for (const [reported, written] of [
      ['+551187654321', '+5511987654321'],
      ['+5215512345678', '+525512345678'],
      ['5215512345678', '+52 55 1234 5678'],
      ['+5491123456789', '+541123456789'],
    ] as const) {
      const home = freshHome();
      const entries = [
        { text: 'STOP', at: '2026-11-27T10:00:00Z' },
        { text: 'Hello?', at: '2026-11-27T10:05:00Z' },
      ];
      const server = await serveInbox({ [reported]: entries }, accept(), { channel: 'WHATSAPP' });
      const result = await invoke([...sendArgs(home, written, bob)], { home, env: envFor(server) });
      expect([result.code, recipients(server)]).toEqual([0, [bob]]);
      const single = await invoke(['send', 'sms', '--to', written, '-m', 'hi', '--json'], {
        home,
        env: envFor(server),
      });
      expect([single.code, parseError(single).code]).toEqual([2, 'destination.opted-out']);
      const shown = await invoke(['inbox', 'show', written, '--json'], { home, env: envFor(server) });
      expect(parseRows(shown)).toHaveLength(2);
      const [listed = ''] = await listPhones(home);
      const removed = await invoke(['optout', 'remove', listed], { home });
      expect([removed.code, await listPhones(home)]).toEqual([0, []]);
    }
  });
});

describe.concurrent('the inbox', () => {
  const entries = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `+39390123${String(index).padStart(4, '0')}`,
        [{ text: 'hi', at: new Date(Date.UTC(2026, 10, 1, 0, index)).toISOString() }],
      ]),
    );

  test.for([true, false])(
    'is read once, and then only since the last look (ordered: %s)',
    async (isOrdered, { expect }) => {
      const home = freshHome();
      const chats: Record<string, Entry[]> = entries(350);
      const server = await serveInbox(chats, accept(), { isOrdered });
      const env = envFor(server);
      await invoke(sendArgs(home, ada), { home, env });
      expect(new Set(server.reads()).size).toBe(350);
      const before = server.reads().length;
      chats['+393901230007'] = [
        ...(chats['+393901230007'] ?? []),
        { text: 'stop', at: '2026-11-20T10:00:00Z' },
        { text: 'hello', at: '2026-11-20T10:00:05Z' },
      ];
      await invoke(sendArgs(home, bob), { home, env });
      // The newest of before is read again: a message may have come within the same second.
      expect(new Set(server.reads().slice(before))).toEqual(
        new Set(['+393901230007', '+393901230349', '+393901230348']),
      );
      expect(await listPhones(home)).toEqual(['+393901230007']);
    },
  );

  test('of another gateway is read from its beginning', async ({ expect }) => {
    const home = freshHome();
    const one = await serveInbox({ [ada]: [{ text: 'hi', at: '2026-11-27T10:00:00Z' }] });
    await invoke(['inbox', 'list'], { home, env: envFor(one) });
    const other = await serveInbox({ [bob]: [{ text: 'STOP', at: '2026-11-20T10:00:00Z' }] });
    await invoke(['inbox', 'list'], { home, env: envFor(other) });
    expect(await listPhones(home)).toEqual([bob]);
  });

  test.for([
    ['without an inbox', empty(404)],
    ['that fails', json(500, { message: 'broken' })],
    ['that answers with HTML', html(200)],
    ['that answers with nonsense', text(200, 'yes')],
    ['that does not answer', hang()],
  ] as const)('of a gateway %s is a note, and the bulk is sent', async ([, get], { expect }) => {
    const home = freshHome();
    const server = await serve({ get });
    const result = await invoke(sendArgs(home, ada), { home, env: envFor(server) });
    expect([result.code, recipients(server)]).toEqual([0, [ada]]);
    expect(result.stderr).toMatch(/^note: opt-outs that people wrote since the last look are not known: /m);
  });

  test('with one conversation that cannot be read opts out the others, and is read again', async ({
    expect,
  }) => {
    const home = freshHome();
    const now = '2026-11-27T10:00:00Z';
    let isBroken = true;
    const server = await serve({
      get: ({ path }) => {
        if (path.includes('broken/messages') && isBroken) return json(400, { message: 'no' });
        if (path.includes('/messages'))
          return json(200, [{ messageId: path, direction: 'INBOUND', text: 'STOP', timestamp: now }]);
        return json(200, [
          { chatId: 'broken', channel: 'SMS', phoneNumber: ada, lastMessageDate: now },
          { chatId: 'works', channel: 'SMS', phoneNumber: bob, lastMessageDate: now },
        ]);
      },
    });
    const list = await invoke(['inbox', 'list', '--json'], { home, env: envFor(server) });
    expect([list.code, await listPhones(home)]).toEqual([0, [bob]]);
    expect(list.stderr).toContain('note: opt-outs in the inbox may be missing: ');
    isBroken = false;
    await invoke(['inbox', 'list', '--json'], { home, env: envFor(server) });
    expect((await listPhones(home)).sort()).toEqual([ada, bob]);
  });

  test('is not read for a file without a valid row', async ({ expect }) => {
    const home = freshHome();
    const server = await serveInbox({});
    const result = await invoke(sendArgs(home, 'nobody'), { home, env: envFor(server) });
    expect([result.code, server.seen]).toEqual([2, []]);
  });
});

describe.concurrent('a rejection', () => {
  const bulkOf = (result: Awaited<ReturnType<typeof invoke>>) =>
    parseRows<{ bulk: string }>(result)[0]?.bulk ?? '';
  const rejected = (more: object) => json(200, { results: [{ phoneNumber: ada, accepted: false, ...more }] });

  test.for<[shape: string, answer: (more: string) => Parameters<typeof json>]>([
    [
      'reasons of a result',
      (reason) => [200, { results: [{ phoneNumber: ada, accepted: false, reasons: [reason] }] }],
    ],
    [
      'the message of a result',
      (message) => [200, { results: [{ phoneNumber: ada, accepted: false, message }] }],
    ],
    ['the message of HTTP 400', (message) => [400, { message }]],
    ['the message of HTTP 403', (message) => [403, { message }]],
    ['the error of HTTP 403', (error) => [403, { errors: [{ code: error }] }]],
  ])('with a code in %s opts out', async ([, answer], { expect }) => {
    for (const code of [
      'USER_OPTED_OUT',
      'RECIPIENT_OPT_OUT',
      'DESTINATION_BLACKLISTED',
      'recipient opted out',
    ]) {
      const home = freshHome();
      const server = await serve({ post: json(...answer(code)), get: json(200, []) });
      const send = ['send', 'sms', '--to', ada, '-m', 'hi', '--json'];
      const result = await invoke(send, { home, env: envFor(server) });
      expect([code, result.code, await listPhones(home)]).toEqual([code, 1, [ada]]);
    }
  });

  test('by HTTP 403 of one row opts out and does not stop the bulk', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      post: (seen) =>
        seen.body.phoneNumber === ada
          ? json(403, { status: 403, error: 'Forbidden', message: 'recipient opted out' })
          : accept(),
      get: json(200, []),
    });
    const result = await invoke(sendArgs(home, ada, bob), { home, env: envFor(server) });
    expect([result.code, await listPhones(home)]).toEqual([1, [ada]]);
    expect(parseRows(result).map(({ to, status }) => [to, status])).toEqual(
      expect.arrayContaining([
        [ada, 'rejected'],
        [bob, 'submitted'],
      ]),
    );
  });

  test.for([
    ['opted out', true],
    ['Recipient unsubscribed', true],
    ['Destination blacklisted', true],
    ['sender blacklisted', false],
    ['insufficient credit', false],
  ] as const)('with the reason %j: %s', async ([reason, isOut], { expect }) => {
    const home = freshHome();
    const server = await serve({ post: rejected({ reason }), get: json(200, []) });
    const send = ['send', 'sms', '--to', ada, '-m', 'hi', '--json'];
    expect((await invoke(send, { home, env: envFor(server) })).code).toBe(1);
    expect(await listPhones(home)).toEqual(isOut ? [ada] : []);
    expect((await invoke(send, { home, env: envFor(server) })).code).toBe(isOut ? 2 : 1);
  });

  test('by its status code alone does not opt out', async ({ expect }) => {
    for (const post of [rejected({ statusCode: 403 }), json(403, { message: 'blacklisted' }), empty(403)]) {
      const home = freshHome();
      const server = await serve({ post, get: json(200, []) });
      await invoke(['send', 'sms', '--to', ada, '-m', 'hi', '--json'], { home, env: envFor(server) });
      expect(await listPhones(home)).toEqual([]);
    }
  });

  test('is not suggested for a retry unless another message failed', async ({ expect }) => {
    for (const reason of ['recipient opted out', 'busy'] as const) {
      const home = freshHome();
      const server = await serve({
        post: ({ body }) =>
          body.phoneNumber === ada
            ? json(200, { results: [{ phoneNumber: ada, accepted: false, reason: 'USER_OPTED_OUT' }] })
            : json(200, { results: [{ phoneNumber: bob, accepted: false, reason }] }),
        get: json(200, []),
      });
      const result = await invoke(sendArgs(home, ada, bob), { home, env: envFor(server) });
      expect([result.code, result.stderr.includes('sends the failed messages again')]).toEqual([
        1,
        reason === 'busy',
      ]);
      expect(result.stderr).toContain('2 messages failed: ');
      const retry = await invoke(['bulk', 'retry', bulkOf(result), '--yes', '--json'], {
        home,
        env: envFor(server),
      });
      if (reason === 'busy') expect(retry.stderr).not.toContain('no message left to send');
      else
        expect(parseError(retry).message).toBe(
          'no message left to send: of 2 failed messages, 2 are left out: their recipients opted out or are outside the 24-hour window',
        );
    }
  });

  test('of the only message is named as one message', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: rejected({ reason: 'USER_OPTED_OUT' }), get: json(200, []) });
    const sent = await invoke(sendArgs(home, ada), { home, env: envFor(server) });
    const retry = await invoke(['bulk', 'retry', bulkOf(sent), '--yes', '--json'], {
      home,
      env: envFor(server),
    });
    expect(parseError(retry).message).toBe(
      'no message left to send: of 1 failed message, 1 is left out: its recipient opted out or is outside the 24-hour window',
    );
  });

  test('opts out in a bulk, and its retry leaves the recipient out', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      post: ({ body }) =>
        json(200, {
          results: [
            {
              phoneNumber: body.phoneNumber,
              accepted: false,
              reason: body.phoneNumber === ada ? 'recipient opted out' : 'busy',
            },
          ],
        }),
      get: json(200, []),
    });
    const first = await invoke(sendArgs(home, ada, bob), { home, env: envFor(server) });
    expect([first.code, await listPhones(home)]).toEqual([1, [ada]]);
    const open = await serve({ get: json(200, []) });
    const retry = ['bulk', 'retry', parseRows(first)[0]?.bulk ?? '', '--yes', '--json'];
    const retried = await invoke(retry, { home, env: envFor(open) });
    expect([retried.code, recipients(open)]).toEqual([0, [bob]]);
    expect(retried.stderr).toContain('left out   1 that opted out');
  });

  test('in the sandbox opts out, and says so', async ({ expect }) => {
    const home = freshHome();
    const send = ['send', 'sms', '--to', '+393901230007', '-m', 'hi', '--sandbox'];
    expect((await invoke(send, { home })).code).toBe(1);
    const again = await invoke(send, { home });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('the gateway says "opted out"')]);
  });
});
