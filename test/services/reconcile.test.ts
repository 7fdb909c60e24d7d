import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, vi } from 'vitest';
import type { MessageStatus } from '../../src/gateway/gateway.ts';
import { createHttpClient } from '../../src/gateway/http/client.ts';
import { openTransport } from '../../src/gateway/http/transport.ts';
import { createGateway } from '../../src/gateway/http-gateway.ts';
import { dialect as partner } from '../../src/gateway/partner/dialect.ts';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import {
  applyEvent,
  currentChannel,
  type Delivery,
  newDelivery,
  statusOf,
} from '../../src/message/delivery.ts';
import type { Phone } from '../../src/message/phone.ts';
import type { Deps } from '../../src/services/deps.ts';
import { deliver } from '../../src/services/dispatch/deliver.ts';
import { eventsFromStatus, resendableAt } from '../../src/services/reconcile.ts';
import { createVolatileFacts } from '../../src/storage/gateway-facts.ts';
import { systemClock } from '../../src/storage/monotonic.ts';
import { compose, messageInput } from '../support/messages.ts';
import {
  type Answer,
  accept,
  acceptThen,
  controlText,
  empty,
  envelope,
  html,
  json,
  listStatuses,
  type ReceivedRequest,
  reset,
  serve,
  statusEntry,
  type TestGateway,
  toGatewayId,
} from '../support/server.ts';

// Mostly waits; CPU is not the limit.
vi.setConfig({ maxConcurrency: 24 });

const to = '+393901234567' as Phone;
const composeText = (text: string, channel: 'sms' | 'whatsapp' = 'sms') =>
  compose(
    messageInput({
      channel,
      fallback: channel === 'whatsapp',
      text,
      template: channel === 'whatsapp' ? 'template_123' : undefined,
    }),
  );

/** Responds to a status request, given the messages that the gateway accepted, controls first. */
type Status = (known: readonly string[], seen: ReceivedRequest) => Answer;

/**
 * A gateway's behavior and the outcome for a message that it has or does not have, when there is a control.
 */
type Case = [name: string, status: Status, has: 'sent' | 'doubt', absent: 'resent' | 'doubt'];

const isPrefixed = (seen: ReceivedRequest) => seen.path.startsWith('/api/partner-gateway/v1/');
const hasIds = (seen: ReceivedRequest) => seen.path.includes('?ids=');
const missing = envelope(404, 'No such path');
const selectListed = (known: readonly string[], { ids }: ReceivedRequest) =>
  known.filter((id) => ids.includes(id));
const respondWithList = (entries: readonly unknown[]) => json(200, entries);

const gateways: Case[] = [
  ['the whole list', listStatuses, 'sent', 'resent'],
  [
    'only the prefixed endpoint',
    (known, seen) => (isPrefixed(seen) ? listStatuses(known, seen) : missing),
    'sent',
    'resent',
  ],
  [
    'only the prefixed endpoint with customerMessageIds',
    (known, seen) =>
      isPrefixed(seen) && !hasIds(seen) ? listStatuses(known, seen) : envelope(400, 'ids are unknown'),
    'sent',
    'resent',
  ],
  [
    'an empty list from the endpoint with ids, the message from the other one',
    (known, seen) => (hasIds(seen) ? respondWithList([]) : listStatuses(known, seen)),
    'sent',
    'resent',
  ],
  [
    'only the endpoint in the guide',
    (known, seen) => (isPrefixed(seen) ? missing : listStatuses(known, seen)),
    'sent',
    'resent',
  ],
  ...['messages', 'data', 'content'].map(
    (name): Case => [
      `a list under ${name}`,
      (known, seen) => json(200, { [name]: selectListed(known, seen).map((id) => statusEntry(id)) }),
      'sent',
      'resent',
    ],
  ),
  [
    'the newest control, but no older ones',
    (known, seen) =>
      respondWithList(selectListed(known, seen).flatMap((id) => (id === known[0] ? [] : [statusEntry(id)]))),
    'sent',
    'resent',
  ],
  ...(
    [
      ['success', (list: unknown[]) => ({ success: true, data: list })],
      ['length', (list: unknown[]) => ({ messages: list, total: list.length })],
    ] as const
  ).map(
    ([name, wrap]): Case => [
      name,
      (known, seen) => json(200, wrap(selectListed(known, seen).map((id) => statusEntry(id)))),
      'sent',
      'resent',
    ],
  ),
  // May be a part of a longer list.
  ...(
    [
      ['more pages', { hasMore: true }],
      ['a larger total', { totalElements: 250 }],
      ['another count', { total: 7 }],
      ['a cursor', { nextCursor: 'x' }],
      ['last: false', { last: false }],
      ['errors', { errors: [{ id: 'order-1' }] }],
      ['truncated: true', { truncated: true }],
    ] as const
  ).map(
    ([name, more]): Case => [
      `${name} beside the list`,
      (known, seen) =>
        json(200, { content: selectListed(known, seen).map((id) => statusEntry(id)), ...more }),
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
      (known, seen) =>
        json(
          200,
          selectListed(known, seen).map((id) => statusEntry(id)),
          headers,
        ),
      'sent',
      'doubt',
    ],
  ),
  ...[202, 206].map(
    (status): Case => [
      `a list with HTTP ${status}`,
      (known, seen) =>
        json(
          status,
          selectListed(known, seen).map((id) => statusEntry(id)),
        ),
      'sent',
      'doubt',
    ],
  ),
  [
    'also messages of others, by their own ids',
    (known, seen) =>
      respondWithList([statusEntry('other'), ...selectListed(known, seen).map((id) => statusEntry(id))]),
    'sent',
    'resent',
  ],
  // No such endpoint, or no response from it.
  ['404 with JSON', () => envelope(404, 'No message has this id'), 'doubt', 'doubt'],
  ['404 without a body', () => empty(404), 'doubt', 'doubt'],
  ['404 from a proxy', () => html(404), 'doubt', 'doubt'],
  ['405', () => empty(405), 'doubt', 'doubt'],
  ['500', () => envelope(500, 'failed'), 'doubt', 'doubt'],
  ['401', () => envelope(401, 'no'), 'doubt', 'doubt'],
  ['HTML page', () => html(200), 'doubt', 'doubt'],
  ['no content', () => empty(204), 'doubt', 'doubt'],
  // Responses that prove nothing.
  ['an empty list for every request', () => respondWithList([]), 'doubt', 'doubt'],
  [
    'no control',
    (known, seen) =>
      respondWithList(
        selectListed(known, seen).flatMap((id) => (id.startsWith('control') ? [] : [statusEntry(id)])),
      ),
    'sent',
    'doubt',
  ],
  [
    'messages by gateway id only',
    (known, seen) =>
      respondWithList(
        selectListed(known, seen).map((id) => statusEntry(id, 'SENT', { customerMessageId: undefined })),
      ),
    'doubt',
    'doubt',
  ],
  [
    'the control, and one without a client id',
    () => respondWithList([statusEntry('control-1'), { messageId: 'msg_7', status: 'SENT' }]),
    'doubt',
    'doubt',
  ],
  [
    'the control, and an entry without an id',
    () => respondWithList([statusEntry('control-1'), { status: 'SENT' }]),
    'doubt',
    'doubt',
  ],
  ['another message', () => json(200, statusEntry('other')), 'doubt', 'doubt'],
  ['a list of another message', () => respondWithList([statusEntry('other')]), 'doubt', 'doubt'],
  ['status error', () => json(200, { status: 'error', message: 'not found' }), 'doubt', 'doubt'],
  ['status fail', () => json(200, { status: 'fail' }), 'doubt', 'doubt'],
  ['status NOT_FOUND', () => json(200, { status: 'NOT_FOUND' }), 'doubt', 'doubt'],
  [
    'each id as NOT_FOUND',
    (_, { ids }) => respondWithList(ids.map((id) => ({ customerMessageId: id, status: 'NOT_FOUND' }))),
    'doubt',
    'doubt',
  ],
  [
    'each id as UNKNOWN, without a gateway id',
    (_, { ids }) => respondWithList(ids.map((id) => ({ customerMessageId: id, status: 'UNKNOWN' }))),
    'doubt',
    'doubt',
  ],
  [
    'only the control, as UNKNOWN',
    (_, { ids }) =>
      respondWithList(ids.slice(0, 1).map((id) => ({ customerMessageId: id, status: 'UNKNOWN' }))),
    'doubt',
    'doubt',
  ],
  [
    'its messages as TELEPORTED',
    (known, seen) => respondWithList(selectListed(known, seen).map((id) => statusEntry(id, 'TELEPORTED'))),
    'doubt',
    'doubt',
  ],
  [
    'a single message instead of a list',
    (known, seen) => json(200, statusEntry(selectListed(known, seen).at(-1) ?? 'control-1')),
    'sent',
    'doubt',
  ],
];

/** Creates a ledger with `controls` control messages, and a gateway over real HTTP. */
async function setUp(server: TestGateway, controls: number, channel?: 'sms' | 'whatsapp') {
  const notes: string[] = [];
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  const { machine, boot, monotonic } = systemClock;
  const clock = { now: Date.now, machine, boot, monotonic, sleep, checkpoint() {} };
  const transport = openTransport();
  const client = createHttpClient(server.url, { kind: 'key', key: 'k' }, { transport, ...clock });
  const deps: Deps = {
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
    const gateway = { ...deps.gateway, route };
    let last: { delivery: Delivery; problem: { code: string } | null } | undefined;
    const plans = [{ id, to, message: composeText(text, by) }];
    for await (const step of deliver(plans, { ...deps, gateway })) last = step;
    if (last === undefined) throw new Error('nothing happened');
    return { phase: last.delivery.phase, code: last.problem?.code ?? null };
  };
  for (let i = 1; i <= controls; i++) await send(`control-${i}`, controlText);
  return { deps, send, close: () => deps.ledger.close() };
}

const outcomes = {
  sent: { phase: 'accepted', code: null },
  resent: { phase: 'accepted', code: null },
  doubt: { phase: 'doubt', code: 'send.in-doubt' },
} as const;

describe.concurrent('a gateway that lists', () => {
  const sendInDoubt = async (status: Status, post: Answer, controls: number) => {
    const server = await serve({
      post: [post, accept()],
      get: (seen) => status([...server.controls, ...server.taken], seen),
    });
    const { send, close } = await setUp(server, controls);
    const end = await send('order-1', 'Hello');
    // Another attempt does not change the outcome.
    if (end.phase === 'doubt') await send('order-1', 'Hello');
    close();
    return { end, posts: server.posts().length, taken: server.taken.length };
  };

  test.for(gateways)('%s, with the message', async ([, status, has], { expect }) => {
    expect(await sendInDoubt(status, acceptThen(reset()), 3)).toEqual({
      end: outcomes[has],
      posts: 1,
      taken: 1,
    });
  });

  test.for(gateways)('%s, without the message', async ([, status, , absent], { expect }) => {
    const posts = absent === 'resent' ? 2 : 1;
    expect(await sendInDoubt(status, reset(), 3)).toEqual({ end: outcomes[absent], posts, taken: posts - 1 });
  });

  test.for(gateways)('%s, without an earlier accepted message', async ([, status], { expect }) => {
    expect(await sendInDoubt(status, reset(), 0)).toEqual({ end: outcomes.doubt, posts: 1, taken: 0 });
  });
});

describe.concurrent('a control', () => {
  test('of another endpoint proves nothing', async ({ expect }) => {
    const server = await serve({ post: reset() });
    const { send, close } = await setUp(server, 1);
    expect(await send('order-1', 'Hello', 'here', 'whatsapp')).toEqual(outcomes.doubt);
    expect(server.posts()).toHaveLength(1);
    close();
  });

  test('of another base URL, account or dialect proves nothing; neither does a request there', async ({
    expect,
  }) => {
    const server = await serve({ post: [reset(), accept()] });
    const { send, close } = await setUp(server, 1);
    await send('control-there', controlText, 'there');
    expect(await send('order-1', 'Hello', 'there')).toEqual(outcomes.resent);
    const otherServer = await serve({ post: reset() });
    const second = await setUp(otherServer, 0);
    await second.send('control-there', controlText, 'there');
    expect(await second.send('order-1', 'Hello', 'elsewhere')).toEqual(outcomes.doubt);
    expect(await second.send('order-1', 'Hello', 'there')).toEqual(outcomes.doubt);
    expect(otherServer.posts()).toHaveLength(1);
    close();
    second.close();
  });

  test('resolves the doubt if it is accepted later', async ({ expect }) => {
    const server = await serve({ post: [reset(), accept()] });
    const { send, close } = await setUp(server, 0);
    expect(await send('order-1', 'Hello')).toEqual(outcomes.doubt);
    await send('control-1', controlText);
    expect(await send('order-1', 'Hello')).toEqual(outcomes.resent);
    expect(server.taken).toEqual(['order-1']);
    close();
  });

  test('must have been accepted when it was sent, not only listed', async ({ expect }) => {
    const server = await serve({ post: [acceptThen(reset()), reset()] });
    const { send, close } = await setUp(server, 0);
    expect(await send('order-1', 'Hello')).toEqual(outcomes.sent);
    expect(await send('order-2', 'Hello')).toEqual(outcomes.doubt);
    close();
  });

  test('of a fallback chain is on the first channel; the other channels must respond with a list', async ({
    expect,
  }) => {
    const getChannel = (seen: ReceivedRequest) => new URL(seen.path, 'http://x').searchParams.get('channel');
    const sendThroughChain = async (rcs: Answer, post: Answer = reset()) => {
      const server = await serve({
        post: [post, accept()],
        get: (seen) => {
          if (!hasIds(seen)) return missing;
          if (getChannel(seen) === 'RCS') return rcs;
          return getChannel(seen) === 'WHATSAPP'
            ? listStatuses([...server.controls], seen)
            : respondWithList([]);
        },
      });
      const { send, close } = await setUp(server, 1, 'whatsapp');
      const end = await send('order-1', 'Hello');
      close();
      return end;
    };
    expect(await sendThroughChain(respondWithList([]))).toEqual(outcomes.resent);
    expect(await sendThroughChain(envelope(404, 'no'))).toEqual(outcomes.doubt);
    expect(await sendThroughChain(html(200))).toEqual(outcomes.doubt);
    // A message listed on any channel was sent.
    expect(
      await sendThroughChain(respondWithList([statusEntry('order-1', 'SENT', { channel: 'RCS' })])),
    ).toEqual(outcomes.sent);
  });
});

describe.concurrent('client and gateway ids', () => {
  const entry = (customerMessageId: string | undefined, messageId: string) => ({
    ...(customerMessageId !== undefined && { customerMessageId }),
    messageId,
    deliveryStatus: 'DELIVERED',
  });
  const sendInDoubt = async (id: string, entries: (seen: ReceivedRequest) => unknown[]) => {
    const server = await serve({ post: reset(), get: (seen) => respondWithList(entries(seen)) });
    const { send, close } = await setUp(server, 1);
    const end = await send(id, 'Hello');
    close();
    return { end, posts: server.posts().length };
  };

  test('does not find a numeric client id that equals another message’s gateway id', async ({ expect }) => {
    const { end } = await sendInDoubt('1001', () => [entry('control-1', '1001')]);
    expect(end.phase).not.toBe('accepted');
  });

  test('does not take another message with its gateway id as control', async ({ expect }) => {
    for (const customer of ['other', undefined])
      expect(
        await sendInDoubt('order-1', () => [entry(customer, 'control-1'), entry('x', 'y')]),
      ).toMatchObject(
        customer === undefined ? { posts: expect.any(Number) } : { end: outcomes.doubt, posts: 1 },
      );
    const server = await serve({ post: reset(), get: () => respondWithList([entry(undefined, '500')]) });
    const { send, close } = await setUp(server, 0);
    await send('500', controlText);
    expect(await send('order-1', 'Hello')).toEqual(outcomes.doubt);
    close();
  });

  test('finds a client id in the field of gateway ids, unless it is numeric', async ({ expect }) => {
    expect((await sendInDoubt('order-1', () => [entry(undefined, 'order-1')])).end).toEqual(outcomes.sent);
    expect((await sendInDoubt('1001', () => [entry(undefined, '1001')])).end).toEqual(outcomes.doubt);
  });
});

test('requests ids missing from a silently truncated list again in shorter lists', async ({ expect }) => {
  const page = 20;
  const server = await serve({
    post: (seen) => (seen.body.message === 'broken' ? acceptThen(reset()) : accept()),
    get: (seen) =>
      respondWithList(
        selectListed([...server.controls, ...server.taken], seen)
          .slice(0, page)
          .map((id) => statusEntry(id)),
      ),
  });
  const { deps, close } = await setUp(server, 1);
  const ids = Array.from({ length: 80 }, (_, n) => `order-${n}`);
  server.taken.push(...ids);
  const refs = [...ids, 'absent'].map((id) => ({ id, gatewayId: null, channels: ['sms'] as const }));
  const { accepted, absent } = await deps.gateway.prove(refs, ['control-1']);
  expect([accepted.size, [...absent]]).toEqual([80, ['absent']]);
  close();
});

test('repeats no query, since a cache may have its response', async ({ expect }) => {
  const server = await serve({ post: reset(), get: () => respondWithList([]) });
  const { send, close } = await setUp(server, 2);
  await send('order-1', 'Hello');
  await send('order-1', 'Hello');
  const paths = server.gets().map(({ path }) => path);
  expect(new Set(paths).size).toBeGreaterThanOrEqual(Math.min(paths.length, 9));
  expect(server.gets().every(({ headers }) => headers['cache-control'] === 'no-cache')).toBe(true);
  close();
});

test('uses only the endpoint that listed a message from then on', async ({ expect }) => {
  const server = await serve({
    post: acceptThen(reset()),
    get: (seen) => (isPrefixed(seen) ? missing : listStatuses([...server.controls, ...server.taken], seen)),
  });
  const { send, close } = await setUp(server, 1);
  await send('a', 'x');
  expect(server.gets().map(isPrefixed)).toEqual([true, true, false]);
  await send('b', 'x');
  expect(server.gets().slice(3).map(isPrefixed)).toEqual([false]);
  close();
});

describe('when a message may be sent again', () => {
  const plan = { id: 'order-1', to, message: composeText('x') };
  const at = (ms: number, boot = 'here') => ({ plan, unsettledSince: { boot, ms } });
  const depsAt = (ms: number) => ({
    ledger: { clock: { machine: 'm', boot: 'here', monotonic: () => ms } },
    grace: 15_000,
    firstSeen: new Map<string, number>(),
  });

  test('is measured by the monotonic clock of this boot', ({ expect }) => {
    expect(resendableAt(at(1_000), depsAt(500_000))).toBe(16_000);
  });

  test('is measured from the first sighting for another or unknown boot', ({ expect }) => {
    const deps = depsAt(500_000);
    expect(resendableAt(at(900_000, 'there'), deps)).toBe(515_000);
    expect(resendableAt(at(900_000, 'there'), { ...deps, ledger: depsAt(510_000).ledger })).toBe(515_000);
    expect(resendableAt({ plan, unsettledSince: null }, depsAt(7))).toBe(15_007);
  });
});

describe('the status of a message in doubt', () => {
  const doubt = (
    [
      { kind: 'intent', at: 2_000, owner: 'w' },
      { kind: 'doubt', at: 3_000, reason: 'reset' },
    ] as const
  ).reduce(applyEvent, newDelivery({ id: 'order-1', to, message: composeText('x', 'whatsapp') }, 1_000));
  const known = (more: Partial<MessageStatus> = {}): MessageStatus => ({
    id: null,
    receipt: { channel: 'rcs', status: 'delivered', reason: null, at: 8_000 },
    previousAttempts: [{ channel: 'whatsapp', status: 'undelivered', reason: 'not on WhatsApp', at: 7_000 }],
    gatewayId: 'msg_1',
    to,
    ...more,
  });

  test('marks it accepted with its full fallback chain', ({ expect }) => {
    const settled = eventsFromStatus(doubt, [known()]).reduce(applyEvent, doubt);
    expect(settled).toMatchObject({ phase: 'accepted', gatewayId: 'msg_1', reason: null, intent: null });
    expect([statusOf(settled), currentChannel(settled)]).toEqual(['delivered', 'rcs']);
    expect(settled.attempts.map(({ channel, status }) => [channel, status])).toEqual([
      ['whatsapp', 'undelivered'],
      ['rcs', 'delivered'],
    ]);
  });

  test('adds nothing when repeated', ({ expect }) => {
    const once = eventsFromStatus(doubt, [known()]).reduce(applyEvent, doubt);
    expect(eventsFromStatus(once, [known()]).reduce(applyEvent, once)).toBe(once);
  });

  test('without a gateway id marks it accepted; the id is added later', ({ expect }) => {
    const withoutId = eventsFromStatus(doubt, [known({ gatewayId: null })]).reduce(applyEvent, doubt);
    expect(withoutId).toMatchObject({ phase: 'accepted', gatewayId: null });
    expect(eventsFromStatus(withoutId, [known()]).reduce(applyEvent, withoutId).gatewayId).toBe('msg_1');
  });

  test('resolves nothing if a webhook reports it with an unknown status', ({ expect }) => {
    const event = { kind: 'receipt', channel: 'sms', status: 'unknown', reason: 'LOST', at: 9_000 } as const;
    expect(applyEvent(doubt, event)).toMatchObject({ phase: 'doubt', intent: doubt.intent });
  });
});

test('finds a message by gateway id if the gateway does not know client ids', async ({ expect }) => {
  const server = await serve({
    get: (seen) =>
      respondWithList(
        server.taken.filter((id) => seen.ids.includes(toGatewayId(id))).map((id) => statusEntry(id)),
      ),
  });
  const { deps, send, close } = await setUp(server, 0);
  await send('order-1', 'Hello');
  const refs = [{ id: 'order-1', gatewayId: toGatewayId('order-1'), channels: ['sms'] as const }];
  expect((await deps.gateway.status(refs)).get('order-1')).toHaveLength(1);
  close();
});
