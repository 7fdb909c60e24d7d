import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, vi } from 'vitest';
import type { MessageStatus } from '../../src/gateway/gateway.ts';
import { createHttpClient } from '../../src/gateway/http/client.ts';
import { openTransport } from '../../src/gateway/http/transport.ts';
import { createGateway } from '../../src/gateway/http-gateway.ts';
import { partner } from '../../src/gateway/partner/send.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import {
  applyEvent,
  currentChannel,
  type Delivery,
  newDelivery,
  statusOf,
} from '../../src/message/delivery.ts';
import { composeMessage } from '../../src/message/message.ts';
import type { Phone } from '../../src/message/phone.ts';
import type { Deps } from '../../src/services/deps.ts';
import { deliver } from '../../src/services/dispatch/deliver.ts';
import { eventsFromStatus, resendableAt } from '../../src/services/reconcile.ts';
import { createVolatileFacts } from '../../src/storage/gateway-facts.ts';
import { systemClock } from '../../src/storage/monotonic.ts';
import { messageInput } from '../support/messages.ts';
import {
  type Answer,
  accepts,
  controlText,
  empty,
  envelope,
  gatewayIdOf,
  html,
  json,
  knows,
  type Loopback,
  reset,
  type Seen,
  serve,
  standing,
  taking,
} from '../support/server.ts';

// They wait more than they work.
vi.setConfig({ maxConcurrency: 24 });

const to = '+393901234567' as Phone;
const messageOf = (text: string, channel: 'sms' | 'whatsapp' = 'sms') =>
  composeMessage(
    messageInput({
      channel,
      fallback: channel === 'whatsapp',
      text,
      template: channel === 'whatsapp' ? 'template_123' : undefined,
    }),
  );

/** How a status call is answered by a gateway that has accepted these messages, the controls first. */
type Status = (had: readonly string[], seen: Seen) => Answer;

/** What a gateway lets one conclude of a message that it has, and of one that it has not, when there is a control. */
type Case = [name: string, status: Status, has: 'sent' | 'doubt', hasNot: 'resent' | 'doubt'];

const prefixed = (seen: Seen) => seen.path.startsWith('/api/partner-gateway/v1/');
const asksIds = (seen: Seen) => seen.path.includes('?ids=');
const missing = envelope(404, 'No such path');
const shown = (had: readonly string[], { ids }: Seen) => had.filter((id) => ids.includes(id));
const listOf = (entries: readonly unknown[]) => json(200, entries);

const gateways: Case[] = [
  ['the whole list', knows, 'sent', 'resent'],
  ['the prefixed call alone', (had, seen) => (prefixed(seen) ? knows(had, seen) : missing), 'sent', 'resent'],
  [
    'the prefixed call by customerMessageIds alone',
    (had, seen) => (prefixed(seen) && !asksIds(seen) ? knows(had, seen) : envelope(400, 'ids are unknown')),
    'sent',
    'resent',
  ],
  [
    'the call by ids answered with an empty list, the other one not',
    (had, seen) => (asksIds(seen) ? listOf([]) : knows(had, seen)),
    'sent',
    'resent',
  ],
  ['the guide’s call alone', (had, seen) => (prefixed(seen) ? missing : knows(had, seen)), 'sent', 'resent'],
  ...['messages', 'data', 'content'].map(
    (name): Case => [
      `a list under ${name}`,
      (had, seen) => json(200, { [name]: shown(had, seen).map((id) => standing(id)) }),
      'sent',
      'resent',
    ],
  ),
  [
    'the newest control, and none of the older ones',
    (had, seen) => listOf(shown(had, seen).flatMap((id) => (id === had[0] ? [] : [standing(id)]))),
    'sent',
    'resent',
  ],
  ...(
    [
      ['success beside the list', (list: unknown[]) => ({ success: true, data: list })],
      ['its length beside the list', (list: unknown[]) => ({ messages: list, total: list.length })],
    ] as const
  ).map(
    ([name, wrap]): Case => [
      name,
      (had, seen) => json(200, wrap(shown(had, seen).map((id) => standing(id)))),
      'sent',
      'resent',
    ],
  ),
  // A part of a longer list, as far as anything tells.
  ...(
    [
      ['that there is more', { hasMore: true }],
      ['a larger total', { totalElements: 250 }],
      ['another count', { total: 7 }],
      ['a cursor', { nextCursor: 'x' }],
      ['that it is not the last page', { last: false }],
      ['errors', { errors: [{ id: 'order-1' }] }],
      ['that it was cut', { truncated: true }],
    ] as const
  ).map(
    ([name, more]): Case => [
      `${name} beside the list`,
      (had, seen) => json(200, { content: shown(had, seen).map((id) => standing(id)), ...more }),
      'sent',
      'doubt',
    ],
  ),
  ...(
    [
      ['from a cache', { age: '600' }],
      ['with a warning', { warning: '110 - "response is stale"' }],
      ['with a next page', { link: '<https://host/next>; rel="next"' }],
      ['with a larger total', { 'x-total-count': '250' }],
      ['with a range', { 'content-range': 'items 0-0/2' }],
    ] as const
  ).map(
    ([name, headers]): Case => [
      `a list ${name}`,
      (had, seen) =>
        json(
          200,
          shown(had, seen).map((id) => standing(id)),
          headers,
        ),
      'sent',
      'doubt',
    ],
  ),
  ...[202, 206].map(
    (status): Case => [
      `a list with HTTP ${status}`,
      (had, seen) =>
        json(
          status,
          shown(had, seen).map((id) => standing(id)),
        ),
      'sent',
      'doubt',
    ],
  ),
  [
    'messages of others besides, by their own ids',
    (had, seen) => listOf([standing('other'), ...shown(had, seen).map((id) => standing(id))]),
    'sent',
    'resent',
  ],
  // No such call, or no answer to it.
  ['404 with JSON', () => envelope(404, 'No message has this id'), 'doubt', 'doubt'],
  ['404 without a body', () => empty(404), 'doubt', 'doubt'],
  ['404 of a proxy', () => html(404), 'doubt', 'doubt'],
  ['405', () => empty(405), 'doubt', 'doubt'],
  ['500', () => envelope(500, 'failed'), 'doubt', 'doubt'],
  ['401', () => envelope(401, 'no'), 'doubt', 'doubt'],
  ['a page', () => html(200), 'doubt', 'doubt'],
  ['no content', () => empty(204), 'doubt', 'doubt'],
  // Answers that prove nothing.
  ['an empty list for everything', () => listOf([]), 'doubt', 'doubt'],
  [
    'no control',
    (had, seen) => listOf(shown(had, seen).flatMap((id) => (id.startsWith('control') ? [] : [standing(id)]))),
    'sent',
    'doubt',
  ],
  [
    'messages by the gateway’s own ids alone',
    (had, seen) =>
      listOf(shown(had, seen).map((id) => standing(id, 'SENT', { customerMessageId: undefined }))),
    'doubt',
    'doubt',
  ],
  [
    'the control, and one without an id of ours',
    () => listOf([standing('control-1'), { messageId: 'msg_7', status: 'SENT' }]),
    'doubt',
    'doubt',
  ],
  [
    'the control, and an entry without an id',
    () => listOf([standing('control-1'), { status: 'SENT' }]),
    'doubt',
    'doubt',
  ],
  ['another message', () => json(200, standing('other')), 'doubt', 'doubt'],
  ['a list of another message', () => listOf([standing('other')]), 'doubt', 'doubt'],
  ['status error', () => json(200, { status: 'error', message: 'not found' }), 'doubt', 'doubt'],
  ['status fail', () => json(200, { status: 'fail' }), 'doubt', 'doubt'],
  ['status NOT_FOUND', () => json(200, { status: 'NOT_FOUND' }), 'doubt', 'doubt'],
  [
    'each id as NOT_FOUND',
    (_, { ids }) => listOf(ids.map((id) => ({ customerMessageId: id, status: 'NOT_FOUND' }))),
    'doubt',
    'doubt',
  ],
  [
    'each id as UNKNOWN, without an id of its own',
    (_, { ids }) => listOf(ids.map((id) => ({ customerMessageId: id, status: 'UNKNOWN' }))),
    'doubt',
    'doubt',
  ],
  [
    'the control alone as UNKNOWN',
    (_, { ids }) => listOf(ids.slice(0, 1).map((id) => ({ customerMessageId: id, status: 'UNKNOWN' }))),
    'doubt',
    'doubt',
  ],
  [
    'what it has as TELEPORTED',
    (had, seen) => listOf(shown(had, seen).map((id) => standing(id, 'TELEPORTED'))),
    'doubt',
    'doubt',
  ],
  [
    'a single message instead of a list',
    (had, seen) => json(200, standing(shown(had, seen).at(-1) ?? 'control-1')),
    'sent',
    'doubt',
  ],
];

/** A ledger, and a gateway behind real HTTP; in the ledger so many controls. */
async function stage(server: Loopback, controls: number, channel?: 'sms' | 'whatsapp') {
  const notes: string[] = [];
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  const { machine, boot, monotonic } = systemClock;
  const clock = { now: Date.now, machine, boot, monotonic, sleep, checkpoint() {} };
  const transport = openTransport(false);
  const client = createHttpClient(server.url, { kind: 'key', key: 'k' }, { transport, ...clock });
  const tools: Deps = {
    gateway: createGateway(client, partner, {
      route: 'here',
      facts: createVolatileFacts(),
      account: createVolatileFacts(),
      isTrusted: false,
    }),
    ledger: await openLedger(join(mkdtempSync(join(tmpdir(), 'qlara-')), 'default.db')),
    clock,
    grace: 150,
    firstSeen: new Map(),
    flags: '',
    note: (text) => notes.push(text),
  };
  const send = async (id: string, text: string, route = 'here', by = channel) => {
    const gateway = { ...tools.gateway, route };
    let last: { delivery: Delivery; problem: { code: string } | null } | undefined;
    const plans = [{ id, to, message: messageOf(text, by) }];
    for await (const step of deliver(plans, { ...tools, gateway })) last = step;
    if (last === undefined) throw new Error('nothing happened');
    return { phase: last.delivery.phase, code: last.problem?.code ?? null };
  };
  for (let i = 1; i <= controls; i++) await send(`control-${i}`, controlText);
  return { tools, send, close: () => tools.ledger.close() };
}

const ends = {
  sent: { phase: 'accepted', code: null },
  resent: { phase: 'accepted', code: null },
  doubt: { phase: 'doubt', code: 'send.in-doubt' },
} as const;

describe.concurrent('a gateway that shows', () => {
  const played = async (status: Status, post: Answer, controls: number) => {
    const server = await serve({
      post: [post, accepts()],
      get: (seen) => status([...server.controls, ...server.taken], seen),
    });
    const { send, close } = await stage(server, controls);
    const end = await send('order-1', 'Hello');
    // Asked for once more, it is settled no other way.
    if (end.phase === 'doubt') await send('order-1', 'Hello');
    close();
    return { end, posts: server.posts().length, taken: server.taken.length };
  };

  test.for(gateways)('%s, when it has the message', async ([, status, has], { expect }) => {
    expect(await played(status, taking(reset()), 3)).toEqual({ end: ends[has], posts: 1, taken: 1 });
  });

  test.for(gateways)('%s, when it does not have it', async ([, status, , hasNot], { expect }) => {
    const posts = hasNot === 'resent' ? 2 : 1;
    expect(await played(status, reset(), 3)).toEqual({ end: ends[hasNot], posts, taken: posts - 1 });
  });

  test.for(gateways)('%s, when nothing was accepted before', async ([, status], { expect }) => {
    expect(await played(status, reset(), 0)).toEqual({ end: ends.doubt, posts: 1, taken: 0 });
  });
});

describe.concurrent('a control', () => {
  test('of another endpoint proves nothing', async ({ expect }) => {
    const server = await serve({ post: reset() });
    const { send, close } = await stage(server, 1);
    expect(await send('order-1', 'Hello', 'here', 'whatsapp')).toEqual(ends.doubt);
    expect(server.posts()).toHaveLength(1);
    close();
  });

  test('of another base URL, account or dialect proves nothing, and neither does asking there', async ({
    expect,
  }) => {
    const server = await serve({ post: [reset(), accepts()] });
    const { send, close } = await stage(server, 1);
    await send('control-there', controlText, 'there');
    expect(await send('order-1', 'Hello', 'there')).toEqual(ends.resent);
    const away = await serve({ post: reset() });
    const second = await stage(away, 0);
    await second.send('control-there', controlText, 'there');
    expect(await second.send('order-1', 'Hello', 'elsewhere')).toEqual(ends.doubt);
    expect(await second.send('order-1', 'Hello', 'there')).toEqual(ends.doubt);
    expect(away.posts()).toHaveLength(1);
    close();
    second.close();
  });

  test('that is accepted after the doubt settles it', async ({ expect }) => {
    const server = await serve({ post: [reset(), accepts()] });
    const { send, close } = await stage(server, 0);
    expect(await send('order-1', 'Hello')).toEqual(ends.doubt);
    await send('control-1', controlText);
    expect(await send('order-1', 'Hello')).toEqual(ends.resent);
    expect(server.taken).toEqual(['order-1']);
    close();
  });

  test('is none that was only shown, and not accepted when it was sent', async ({ expect }) => {
    const server = await serve({ post: [taking(reset()), reset()] });
    const { send, close } = await stage(server, 0);
    expect(await send('order-1', 'Hello')).toEqual(ends.sent);
    expect(await send('order-2', 'Hello')).toEqual(ends.doubt);
    close();
  });

  test('of a chain is on the first channel, and the others must answer with a list', async ({ expect }) => {
    const on = (seen: Seen) => new URL(seen.path, 'http://x').searchParams.get('channel');
    const chained = async (rcs: Answer, post: Answer = reset()) => {
      const server = await serve({
        post: [post, accepts()],
        get: (seen) => {
          if (!asksIds(seen)) return missing;
          if (on(seen) === 'RCS') return rcs;
          return on(seen) === 'WHATSAPP' ? knows([...server.controls], seen) : listOf([]);
        },
      });
      const { send, close } = await stage(server, 1, 'whatsapp');
      const end = await send('order-1', 'Hello');
      close();
      return end;
    };
    expect(await chained(listOf([]))).toEqual(ends.resent);
    expect(await chained(envelope(404, 'no'))).toEqual(ends.doubt);
    expect(await chained(html(200))).toEqual(ends.doubt);
    // Shown on any channel, it was sent.
    expect(await chained(listOf([standing('order-1', 'SENT', { channel: 'RCS' })]))).toEqual(ends.sent);
  });
});

describe.concurrent('ids of ours and of the gateway', () => {
  const entry = (customerMessageId: string | undefined, messageId: string) => ({
    ...(customerMessageId !== undefined && { customerMessageId }),
    messageId,
    deliveryStatus: 'DELIVERED',
  });
  const played = async (id: string, entries: (seen: Seen) => unknown[]) => {
    const server = await serve({ post: reset(), get: (seen) => listOf(entries(seen)) });
    const { send, close } = await stage(server, 1);
    const end = await send(id, 'Hello');
    close();
    return { end, posts: server.posts().length };
  };

  test('a number of ours that is the gateway’s id of another message is not shown', async ({ expect }) => {
    const { end } = await played('1001', () => [entry('control-1', '1001')]);
    expect(end.phase).not.toBe('accepted');
  });

  test('a control that is the gateway’s id of another message is none', async ({ expect }) => {
    for (const customer of ['other', undefined])
      expect(await played('order-1', () => [entry(customer, 'control-1'), entry('x', 'y')])).toMatchObject(
        customer === undefined ? { posts: expect.any(Number) } : { end: ends.doubt, posts: 1 },
      );
    const server = await serve({ post: reset(), get: () => listOf([entry(undefined, '500')]) });
    const { send, close } = await stage(server, 0);
    await send('500', controlText);
    expect(await send('order-1', 'Hello')).toEqual(ends.doubt);
    close();
  });

  test('our own id under the gateway’s name counts, where it is more than a number', async ({ expect }) => {
    expect((await played('order-1', () => [entry(undefined, 'order-1')])).end).toEqual(ends.sent);
    expect((await played('1001', () => [entry(undefined, '1001')])).end).toEqual(ends.doubt);
  });
});

test('ids missing from a silently truncated list are asked for again in shorter lists', async ({
  expect,
}) => {
  const page = 20;
  const server = await serve({
    post: (seen) => (seen.body.message === 'broken' ? taking(reset()) : accepts()),
    get: (seen) =>
      listOf(
        shown([...server.controls, ...server.taken], seen)
          .slice(0, page)
          .map((id) => standing(id)),
      ),
  });
  const { tools, close } = await stage(server, 1);
  const ids = Array.from({ length: 80 }, (_, n) => `order-${n}`);
  server.taken.push(...ids);
  const refs = [...ids, 'absent'].map((id) => ({ id, gatewayId: null, channels: ['sms'] as const }));
  const { accepted, absent } = await tools.gateway.prove(refs, ['control-1']);
  expect([accepted.size, [...absent]]).toEqual([80, ['absent']]);
  close();
});

test('no question is asked in the same words twice, since a cache may remember the answer', async ({
  expect,
}) => {
  const server = await serve({ post: reset(), get: () => listOf([]) });
  const { send, close } = await stage(server, 2);
  await send('order-1', 'Hello');
  await send('order-1', 'Hello');
  const paths = server.gets().map(({ path }) => path);
  expect(new Set(paths).size).toBeGreaterThanOrEqual(Math.min(paths.length, 9));
  expect(server.gets().every(({ headers }) => headers['cache-control'] === 'no-cache')).toBe(true);
  close();
});

test('the call that shows a message is the only one asked from then on', async ({ expect }) => {
  const server = await serve({
    post: taking(reset()),
    get: (seen) => (prefixed(seen) ? missing : knows([...server.controls, ...server.taken], seen)),
  });
  const { send, close } = await stage(server, 1);
  await send('a', 'x');
  expect(server.gets().map(prefixed)).toEqual([true, true, false]);
  await send('b', 'x');
  expect(server.gets().slice(3).map(prefixed)).toEqual([false]);
  close();
});

describe('when a message may be sent again', () => {
  const plan = { id: 'order-1', to, message: messageOf('x') };
  const at = (ms: number, boot = 'here') => ({ plan, unsettledSince: { boot, ms } });
  const toolsAt = (ms: number) => ({
    clock: {
      machine: 'm',
      boot: 'here',
      monotonic: () => ms,
      now: () => 0,
      sleep: async () => {},
      checkpoint() {},
    },
    grace: 15_000,
    firstSeen: new Map<string, number>(),
  });

  test('is counted by the monotonic clock of this boot', ({ expect }) => {
    expect(resendableAt(at(1_000), toolsAt(500_000))).toBe(16_000);
  });

  test('counts from when it was first seen, for another boot and where it is not known', ({ expect }) => {
    const tools = toolsAt(500_000);
    expect(resendableAt(at(900_000, 'there'), tools)).toBe(515_000);
    expect(resendableAt(at(900_000, 'there'), { ...tools, clock: toolsAt(510_000).clock })).toBe(515_000);
    expect(resendableAt({ plan, unsettledSince: null }, toolsAt(7))).toBe(15_007);
  });
});

describe('the status of a message in doubt', () => {
  const doubt = (
    [
      { kind: 'intent', at: 2_000, owner: 'w' },
      { kind: 'doubt', at: 3_000, reason: 'reset' },
    ] as const
  ).reduce(applyEvent, newDelivery({ id: 'order-1', to, message: messageOf('x', 'whatsapp') }, 1_000));
  const known = (more: Partial<MessageStatus> = {}): MessageStatus => ({
    id: null,
    receipt: { channel: 'rcs', status: 'delivered', reason: null, at: 8_000 },
    previousAttempts: [{ channel: 'whatsapp', status: 'undelivered', reason: 'not on WhatsApp', at: 7_000 }],
    gatewayId: 'msg_1',
    to,
    ...more,
  });

  test('makes it accepted, with its whole chain', ({ expect }) => {
    const settled = eventsFromStatus(doubt, [known()]).reduce(applyEvent, doubt);
    expect(settled).toMatchObject({ phase: 'accepted', gatewayId: 'msg_1', reason: null, intent: null });
    expect([statusOf(settled), currentChannel(settled)]).toEqual(['delivered', 'rcs']);
    expect(settled.attempts.map(({ channel, status }) => [channel, status])).toEqual([
      ['whatsapp', 'undelivered'],
      ['rcs', 'delivered'],
    ]);
  });

  test('repeated adds nothing', ({ expect }) => {
    const once = eventsFromStatus(doubt, [known()]).reduce(applyEvent, doubt);
    expect(eventsFromStatus(once, [known()]).reduce(applyEvent, once)).toBe(once);
  });

  test('without an id leaves the message accepted, and the id is added later', ({ expect }) => {
    const nameless = eventsFromStatus(doubt, [known({ gatewayId: null })]).reduce(applyEvent, doubt);
    expect(nameless).toMatchObject({ phase: 'accepted', gatewayId: null });
    expect(eventsFromStatus(nameless, [known()]).reduce(applyEvent, nameless).gatewayId).toBe('msg_1');
  });

  test('as a word that is not known, by a webhook, settles nothing', ({ expect }) => {
    const event = { kind: 'receipt', channel: 'sms', status: 'unknown', reason: 'LOST', at: 9_000 } as const;
    expect(applyEvent(doubt, event)).toMatchObject({ phase: 'doubt', intent: doubt.intent });
  });
});

test('a message by the ids that the gateway gave it is found where ours are not known', async ({
  expect,
}) => {
  const server = await serve({
    get: (seen) =>
      listOf(server.taken.filter((id) => seen.ids.includes(gatewayIdOf(id))).map((id) => standing(id))),
  });
  const { tools, send, close } = await stage(server, 0);
  await send('order-1', 'Hello');
  const refs = [{ id: 'order-1', gatewayId: gatewayIdOf('order-1'), channels: ['sms'] as const }];
  expect((await tools.gateway.status(refs)).get('order-1')).toHaveLength(1);
  close();
});
