import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Dialect } from '../../src/gateway/dialect.ts';
import { createHttpClient, type HttpClient } from '../../src/gateway/http/client.ts';
import { openTransport } from '../../src/gateway/http/transport.ts';
import { createGateway } from '../../src/gateway/http-gateway.ts';
import { dialect as partner } from '../../src/gateway/partner/dialect.ts';
import { dialect as platform } from '../../src/gateway/platform/dialect.ts';
import type { ChannelName } from '../../src/message/channels/channel.ts';
import type { Sender } from '../../src/message/id.ts';
import { emptyMessage, type Message } from '../../src/message/message.ts';
import { type Phone, readInboundNumber } from '../../src/message/phone.ts';
import { createVolatileFacts } from '../../src/storage/gateway-facts.ts';
import { type Answer, empty, json, type ReceivedRequest, serve } from '../support/server.ts';
import { parseWebhook } from '../support/webhook.ts';

// Every documented exchange, in each direction that the program has: it writes the request, and reads the response; or it
// reads a webhook call, and acknowledges it.

vi.stubGlobal('__VERSION__', '0.0.0');

interface Fixture {
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number; body: unknown };
}

const folder = new URL('../fixtures/gateway/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.json', ''));
const load = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Fixture;

const now = Date.parse('2026-04-09T12:00:00Z');
const key = 'test-key-0123456789';

const createClient = (url: string): HttpClient =>
  createHttpClient(
    url,
    { kind: 'key', key },
    { transport: openTransport(), now: () => now, sleep: async () => {} },
  );

const answer = ({ response: { status, body } }: Fixture): Answer =>
  body === null ? empty(status) : json(status, body);

const getTarget = (path: string) => new URL(path, 'http://x');

/** Plays exchanges to `act`, and 404 for any other call; returns its result and the requests of the first exchange. */
async function play<T>(played: readonly Fixture[], act: (client: HttpClient) => Promise<T>) {
  const isOf = ({ request }: Fixture, seen: ReceivedRequest) =>
    seen.method === request.method &&
    getTarget(seen.path).pathname === `/api${getTarget(request.path).pathname}`;
  const script = (seen: ReceivedRequest) => {
    const found = played.find((fixture) => isOf(fixture, seen));
    return found ? answer(found) : empty(404);
  };
  const server = await serve({ post: script, get: script });
  const result = await act(createClient(server.url)).catch((cause: unknown) => {
    if (!(cause instanceof Failure)) throw cause;
    return cause.code;
  });
  const [first] = played;
  return { result, seen: server.seen.filter((one) => first && isOf(first, one)) };
}

/** Reports whether two values of a field mean the same: equal, or one time in two zones. */
function isAlike(written: unknown, documented: unknown): boolean {
  if (JSON.stringify(written) === JSON.stringify(documented)) return true;
  const [a, b] = [written, documented].map((one) => (typeof one === 'string' ? Date.parse(one) : Number.NaN));
  return a === b;
}

/** Expects a request like the documented one, except for the fields or parameters named in `except`. */
function expectRequest(
  seen: ReceivedRequest | undefined,
  { request }: Fixture,
  except: readonly string[],
): void {
  expect(seen?.method).toBe(request.method);
  expect(seen?.headers['x-api-key']).toBe(key);
  const written = getTarget(seen?.path ?? '').searchParams;
  for (const [name, value] of getTarget(request.path).searchParams)
    if (!except.includes(name)) expect([name, isAlike(written.get(name), value)]).toEqual([name, true]);
  if (request.body === null) return;
  // Each request has our id, which the vendor's pages leave out mostly.
  const ours = ['messageId', 'customerMessageId', ...except];
  const keep = (body: unknown) =>
    Object.fromEntries(Object.entries(body as object).filter(([name]) => !ours.includes(name)));
  const [body, documented] = [keep(seen?.body), keep(request.body)];
  expect(Object.keys(body).sort()).toEqual(Object.keys(documented).sort());
  for (const [name, value] of Object.entries(documented))
    if (!isAlike(body[name], value)) expect(body[name]).toEqual(value);
}

/** An exchange of a call that the program makes. */
interface Call {
  act(client: HttpClient, fixture: Fixture): Promise<unknown>;
  result: unknown;
  /** Fields and parameters in which the request differs, with the reason. */
  except?: Record<string, string>;
  /** Why the request is not compared at all. */
  noRequest?: string;
  /** Further exchanges that the call needs. */
  also?: readonly Fixture[];
}

const to = '+393901230101' as Phone;
const sender = 'Acme' as Sender;
const uuid = '0a1b2c3d-0000-4000-8000-000000000001';

/** Opens the gateway behind a client; `statusCall` is the one that is known to work. */
function openGateway(client: HttpClient, dialect: Dialect, statusCall?: string) {
  const facts = createVolatileFacts();
  if (statusCall) facts.set({ statusCall });
  return createGateway(client, dialect, {
    route: 'r',
    facts,
    account: createVolatileFacts(),
    isTrusted: false,
  });
}

type MessagePart = Partial<Message>;

/** Sends a message on these channels. */
const send =
  (dialect: Dialect, chain: readonly ChannelName[], part: MessagePart): Call['act'] =>
  (client, { request }) => {
    const { messageId } = request.body as { messageId?: string };
    const id = messageId ?? (dialect === partner ? 'ref-0001' : 'order-17');
    return openGateway(client, dialect).send({ id, to, message: { ...emptyMessage(chain), ...part } });
  };

const accepted = (more: object = {}) => ({
  kind: 'accepted',
  channel: null,
  simulation: false,
  gatewayId: uuid,
  ...more,
});
const oneSms = { size: { parts: 1, encoding: 'gsm7' } };
const noNotification = { enableNotification: 'its default is true' };

const rcs: MessagePart = { agentId: 10 };
const whatsapp: MessagePart = { phoneNumberId: '5' };
const rich = (name: string): MessagePart => {
  const { type, body } = (load(name).request.body as { body: { type: string; body: object } }).body;
  return { ...rcs, rich: { kind: 'object', type, body: body as Record<string, unknown> } };
};

const partnerSent = (channel: ChannelName) =>
  ({ kind: 'accepted', channel, simulation: false, gatewayId: 'msg_0000000001' }) as const;

const sends: Record<string, Call> = {
  'a-send-sms-basic': { act: send(partner, ['sms'], { text: 'Hello.' }), result: partnerSent('sms') },
  'a-send-sms-minimal': { act: send(partner, ['sms'], { text: 'Hello.' }), result: partnerSent('sms') },
  'a-send-sms': {
    act: send(partner, ['sms'], { text: 'Hello, first SMS.', sender }),
    result: partnerSent('sms'),
  },
  'a-send-rcs': {
    act: send(partner, ['rcs'], { template: 'template_123', variables: { name: 'Ada' } }),
    result: partnerSent('rcs'),
  },
  'a-send-whatsapp-template': {
    act: send(partner, ['whatsapp'], {
      template: 'template_456',
      variables: { name: 'Ada', code: '000111' },
    }),
    result: partnerSent('whatsapp'),
  },
  'a-send-whatsapp-freeform': {
    act: send(partner, ['whatsapp'], { text: 'We are on our way.' }),
    result: partnerSent('whatsapp'),
  },
  'a-send-fallback': {
    act: send(partner, ['whatsapp', 'rcs', 'sms'], { text: 'Important update', template: 'template_123' }),
    result: partnerSent('whatsapp'),
  },
  'a-error-401': {
    act: send(partner, ['sms'], { text: 'x' }),
    result: { kind: 'fatal', code: 'gateway.unauthorized' },
  },
  'a-error-403': {
    act: send(partner, ['sms'], { text: 'x' }),
    result: { kind: 'fatal', code: 'gateway.forbidden' },
  },
  'a2-send-sms': {
    act: send(platform, ['sms'], { text: 'Hello from the API.', sender }),
    result: accepted({ channel: 'sms', ...oneSms }),
  },
  'b-send-sms': {
    act: send(platform, ['sms'], { text: 'Your parcel has left.', sender }),
    result: accepted({ channel: 'sms', ...oneSms }),
  },
  'b-send-sms-scheduled': {
    act: send(platform, ['sms'], {
      text: 'Reminder',
      sender,
      scheduledAt: Date.parse('2026-04-10T08:00:00+02:00'),
    }),
    result: accepted({ channel: 'sms', gatewayId: null, ...oneSms }),
  },
  'b-send-sms-full': {
    act: send(platform, ['sms'], {
      text: 'Ciao Ada',
      sender,
      campaign: 'spring',
      simulation: true,
      smsOnly: true,
      scheduledAt: Date.parse('2026-10-01T09:00:00Z'),
    }),
    result: accepted({ channel: 'sms', gatewayId: null, simulation: true, ...oneSms }),
    except: {
      ...noNotification,
      udhData: 'not offered',
      body: 'the text has its values',
      placeholders: 'the text has its values',
    },
  },
  'b-send-sms-rcs-override': {
    act: send(platform, ['sms'], { text: 'Hello', sender }),
    result: accepted({ channel: 'rcs' }),
  },
  'b-send-sms-not-accepted': {
    act: send(platform, ['sms'], { text: 'x', sender: 'NotMine' as Sender }),
    result: { kind: 'refused', reason: 'SENDER_NOT_ALLOWED' },
  },
  'b-send-sms-not-accepted-object': {
    act: send(platform, ['sms'], { text: 'x', sender: 'NotMine' as Sender }),
    result: { kind: 'refused', reason: 'sender not allowed' },
  },
  'b-send-sms-400': {
    act: send(platform, ['sms'], { text: 'x', sender }),
    result: { kind: 'refused', reason: 'destination is required', isMalformed: true },
  },
  'b-send-sms-401': {
    act: send(platform, ['sms'], { text: 'x', sender }),
    result: { kind: 'fatal', code: 'gateway.unauthorized' },
  },
  'b-send-sms-403': {
    act: send(platform, ['sms'], { text: 'x', sender }),
    result: { kind: 'fatal', code: 'gateway.forbidden' },
  },
  'b-error-429': {
    act: send(platform, ['sms'], { text: 'x', sender }),
    result: { kind: 'rateLimited', wait: 12_000 },
  },
  'b-send-rcs-text': {
    act: send(platform, ['rcs'], { ...rcs, text: 'Your order is confirmed.' }),
    result: accepted({ channel: 'rcs' }),
    except: noNotification,
  },
  'b-send-rcs-template': {
    act: send(platform, ['rcs', 'sms'], { ...rcs, template: '7', variables: { name: 'Ada' } }),
    result: accepted({ channel: 'rcs', gatewayId: null }),
    except: { maxSmsParts: 'the most, as the SMS of the template is not seen' },
  },
  'b-send-rcs-card': {
    act: send(platform, ['rcs', 'sms'], rich('b-send-rcs-card')),
    result: accepted({ channel: 'rcs' }),
    except: { maxSmsParts: 'the most, as the SMS of the content is not counted' },
  },
  'b-send-rcs-card-flat': {
    act: send(platform, ['rcs'], rich('b-send-rcs-card-flat')),
    result: accepted({ channel: 'rcs' }),
  },
  'b-send-rcs-carousel': {
    act: send(platform, ['rcs'], rich('b-send-rcs-carousel')),
    result: accepted({ channel: 'rcs' }),
  },
  'b-send-rcs-not-accepted': {
    act: send(platform, ['rcs'], { agentId: 99, template: '7' }),
    result: { kind: 'refused', reason: 'AGENT_NOT_FOUND' },
  },
  'b-send-whatsapp-template': {
    act: send(platform, ['whatsapp'], { ...whatsapp, template: '42', variables: { 1: 'Ada', 2: 'A-17' } }),
    result: accepted({ channel: 'whatsapp', gatewayId: null }),
  },
  'b-send-whatsapp-template-tracked': {
    act: send(platform, ['whatsapp'], {
      ...whatsapp,
      template: '43',
      variables: { firstName: 'Ada', shortLinkT1: 'https://example.com/landing' },
    }),
    result: accepted({ channel: 'whatsapp' }),
  },
  'b-send-whatsapp-freeform': {
    act: send(platform, ['whatsapp'], { ...whatsapp, text: 'We are on our way.' }),
    result: accepted({ channel: 'whatsapp' }),
  },
  'b-send-whatsapp-not-accepted': {
    act: send(platform, ['whatsapp'], { ...whatsapp, text: 'late' }),
    result: { kind: 'refused', reason: 'OUTSIDE_24H_WINDOW' },
  },
  'b-send-whatsapp-fallback': {
    act: send(platform, ['whatsapp', 'rcs', 'sms'], {
      ...whatsapp,
      ...rcs,
      sender,
      template: '42',
      variables: { 1: 'Ada' },
      text: 'Order A-17 has left.',
    }),
    result: accepted({ channel: 'whatsapp' }),
  },
  'b-send-whatsapp-fallback-sms': {
    act: send(platform, ['whatsapp', 'sms'], {
      ...whatsapp,
      sender,
      template: '42',
      text: 'Order A-17 has left.',
    }),
    result: accepted({ channel: 'whatsapp' }),
  },
  ...Object.fromEntries(
    ['a2-send-whatsapp-freeform', 'a2-send-whatsapp-template'].map((name): [string, Call] => [
      name,
      {
        act: send(platform, ['whatsapp'], { ...whatsapp, text: 'x' }),
        result: accepted({ channel: 'whatsapp', ...oneSms }),
        noRequest: 'a variant of the body that contradicts the reference',
      },
    ]),
  ),
};

const askStatus =
  (ids: readonly string[], statusCall?: string): Call['act'] =>
  async (client) => {
    const refs = ids.map((id) => ({ id, gatewayId: null, channels: ['sms'] as const }));
    const found = await openGateway(client, platform, statusCall).status(refs);
    return Object.fromEntries(
      [...found].map(([id, statuses]) => [
        id,
        statuses.map(({ receipt: { status, reason, channel } }) => [status, reason, channel]),
      ]),
    );
  };

/** Reads a response of the call for one message, which the program does not make. */
const readSingle: Pick<Call, 'act' | 'noRequest'> = {
  act: async (_, { response }) => {
    const read = platform.readStatus(response.body, now);
    return read?.entries.map(({ ids, status, isProof }) => [...ids, status.receipt.status, isProof]);
  },
  noRequest: 'the call for many messages tells an unknown message from an unknown call',
};

const pageSize = { limit: 'a larger page' };

const listNumbers: Call['act'] = (client) => platform.listNumbers?.(client) ?? Promise.resolve([]);

const readHistory: Call['act'] = async (client) => {
  const query = {
    channel: 'sms',
    since: Date.parse('2026-04-01T00:00:00+02:00'),
    until: Date.parse('2026-04-09T23:59:59+02:00'),
  } as const;
  const entries = [];
  for await (const page of platform.readHistory?.(client, query) ?? []) entries.push(...page.entries);
  return entries;
};

const openTemplates = (client: HttpClient) => platform.openTemplates(client, '5');

/** Creates the template of an exchange; returns its id, status and placeholders. */
const createTemplate =
  (channel: 'rcs' | 'whatsapp'): Call['act'] =>
  async (client, { request }) => {
    const { id, status, placeholders } = await (await openTemplates(client)).create(
      channel,
      request.body as Record<string, unknown>,
    );
    return [id, status, placeholders];
  };

const collect = async <T>(list: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
};

const openInbox = (client: HttpClient) => platform.openInbox(client, 'account', readInboundNumber);

const callbackUrl = 'https://hooks.example.com/q';
const otherFields = 'the vendor names no fields; those of its other calls are sent too';

const conversation = {
  chat: '881',
  channel: 'whatsapp',
  phone: '+393901230101',
  unread: 1,
  last: 'When does it arrive?',
  at: Date.parse('2026-04-09T10:32:00Z'),
};

const reads: Record<string, Call> = {
  'b-status-batch': {
    act: askStatus(['order-17', 'order-18', 'nobody']),
    result: {
      'order-17': [['delivered', null, 'sms']],
      'order-18': [['undelivered', 'Invalid destination number', 'sms']],
    },
  },
  'b-status-batch-none': { act: askStatus(['nobody']), result: {} },
  'b-status-batch-guide': {
    act: askStatus(['order-17', 'order-18'], 'guide'),
    result: { 'order-17': [['delivered', null, null]], 'order-18': [['sent', null, null]] },
  },
  'b-status-single': { ...readSingle, result: [['order-17', 'delivered', true]] },
  'b-status-single-guide': { ...readSingle, result: [['order-17', 'delivered', true]] },
  'b-status-single-error': { ...readSingle, result: [['order-18', 'undelivered', true]] },
  'b-status-unknown': { ...readSingle, result: [['order-20', 'unknown', false]] },
  'b-status-whatsapp-read': { ...readSingle, result: [['order-19', 'read', true]] },
  'b-history': {
    act: readHistory,
    result: [{ ids: ['order-17'], status: { receipt: { status: 'delivered', channel: 'sms' } }, text: null }],
    except: pageSize,
  },
  'b-history-uc': {
    act: readHistory,
    result: [
      {
        ids: [uuid],
        status: {
          to: '+393901230101',
          receipt: {
            status: 'delivered',
            channel: 'sms',
            price: 0.035,
            at: Date.parse('2026-04-09T08:15:03Z'),
          },
        },
        text: 'Your order is confirmed',
        sender: 'Acme',
        sentAt: Date.parse('2026-04-09T08:15:00Z'),
        size: { parts: 1, encoding: 'gsm7' },
      },
    ],
    except: { ...pageSize, from: 'the reference calls a date alone invalid', to: 'as from' },
  },
  'b-wa-numbers': {
    act: listNumbers,
    result: [{ id: '5', phone: '+393901239900', displayName: 'Acme', status: 'active' }],
    except: pageSize,
  },
  'b-wa-numbers-uc': {
    act: listNumbers,
    result: [
      {
        id: 'waba-num-001',
        qualityRating: 'green',
        status: 'active',
        messagingLimit: 'TIER_10K',
        verifiedName: 'Acme S.r.l.',
      },
      { id: 'waba-num-002', status: 'pending' },
    ],
  },
  'b-credit': {
    act: (client) => platform.fetchCredit(client),
    result: { credit: 120.5, frozenCredit: 20.5, availableCredit: 100 },
  },
  'b-credit-502': { act: (client) => platform.fetchCredit(client), result: 'gateway.failing' },
  'b-legacy-credit': {
    act: (client) => platform.fetchCredit(client),
    result: { credit: 10.324, frozenCredit: null, availableCredit: null },
  },
  'b-rcs-template-list': {
    act: async (client) =>
      (await collect((await openTemplates(client)).list('rcs'))).map(({ id, status, content }) => [
        id,
        status,
        content?.cards.length,
      ]),
    result: [
      ['7', 'unknown', 0],
      ['8', 'unknown', 1],
      ['9', 'unknown', 2],
    ],
  },
  'b-rcs-template-get': {
    act: async (client) => (await openTemplates(client)).get('rcs', '7'),
    result: {
      id: '7',
      name: 'rcs_welcome',
      placeholders: ['name'],
      content: { fallbackSms: { sender: 'Acme' } },
    },
  },
  'b-rcs-template-create-text': { act: createTemplate('rcs'), result: ['7', 'unknown', ['name']] },
  'b-rcs-template-create-card': { act: createTemplate('rcs'), result: ['8', 'unknown', []] },
  'b-rcs-template-create-carousel': { act: createTemplate('rcs'), result: ['9', 'unknown', []] },
  'b-rcs-template-update': {
    act: async (client, { request }) =>
      (await openTemplates(client)).update('rcs', '7', request.body as Record<string, unknown>),
    result: { id: '7', placeholders: ['name'] },
  },
  'b-rcs-template-delete': {
    act: async (client) => (await openTemplates(client)).delete('rcs', '7'),
    result: undefined,
  },
  'b-wa-template-list': {
    act: async (client) => collect((await openTemplates(client)).list('whatsapp', { status: 'approved' })),
    result: [
      {
        id: '42',
        name: 'order_shipped',
        language: 'it',
        status: 'approved',
        placeholders: ['1', '2', '3'],
        content: { media: { kind: 'image' }, footer: 'Acme' },
      },
    ],
    except: pageSize,
  },
  'b-wa-template-create': {
    act: createTemplate('whatsapp'),
    result: ['51', 'pending', ['firstName', 'code', 'until']],
  },
  'b-wa-template-patch': {
    act: async (client, { request }) =>
      (await openTemplates(client)).update('whatsapp', '51', request.body as Record<string, unknown>),
    result: { id: '51', status: 'pending', placeholders: ['firstName'] },
  },
  'b-wa-template-delete': {
    act: async (client) => (await openTemplates(client)).delete('whatsapp', '51'),
    result: undefined,
  },
  ...Object.fromEntries(
    (
      [
        ['a2-rcs-template-create-simple', 'tmpl_promo_001', []],
        ['a2-rcs-template-create-simple-text', 'tmpl_order_001', ['orderId', 'trackingUrl']],
        ['a2-rcs-template-create-simple-carousel', 'tmpl_show_001', []],
      ] as const
    ).map(([name, id, placeholders]): [string, Call] => [
      name,
      {
        act: createTemplate('rcs'),
        result: [id, 'unknown', placeholders],
        noRequest: 'files of templates have the form of the reference',
      },
    ]),
  ),
  'a-webhook-register': {
    act: async (client) => (await partner.openWebhooks(client)).set(callbackUrl, true),
    result: true,
  },
  'b-webhook-create': {
    act: async (client) => (await platform.openWebhooks(client)).set(callbackUrl, false),
    result: true,
  },
  'b-webhook-create-bad': {
    act: async (client) => (await platform.openWebhooks(client)).set('http://hooks.example.com/q', false),
    result: 'webhook.refused',
  },
  'b-webhook-create-conflict': {
    act: async (client) =>
      (await platform.openWebhooks(client)).set('https://hooks.example.com/other', false),
    result: false,
  },
  'b-webhook-update': {
    act: async (client) => (await platform.openWebhooks(client)).set('https://hooks.example.com/new', true),
    result: true,
    also: [load('b-webhook-create-conflict')],
  },
  'b-webhook-get': {
    act: async (client) => (await platform.openWebhooks(client)).get(true),
    result: callbackUrl,
  },
  'b-webhook-get-none': {
    act: async (client) => (await platform.openWebhooks(client)).get(true),
    result: null,
  },
  'b-webhook-delete': {
    act: async (client) => (await platform.openWebhooks(client)).remove(),
    result: true,
  },
  'b-inbox-list': {
    act: async (client) => collect((await openInbox(client)).list({ unread: true })),
    result: [conversation],
  },
  'b-inbox-get': {
    act: async (client) => (await openInbox(client)).get('881'),
    result: conversation,
  },
  'b-inbox-messages': {
    act: async (client) => collect((await openInbox(client)).messages('881')),
    result: [
      { id: '1001', direction: 'in', text: 'When does it arrive?', status: null },
      { id: '1002', direction: 'out', text: 'Tomorrow.', status: 'delivered' },
    ],
    except: { idFrom: 'the first page is asked for without an id' },
  },
  'b-inbox-reply': {
    act: async (client) => (await openInbox(client)).reply('881', 'order-17', 'Tomorrow.'),
    result: { kind: 'accepted', gatewayId: null },
    except: { chatId: otherFields, message: otherFields },
  },
  'b-inbox-read': {
    act: async (client) => (await openInbox(client)).markRead('881'),
    result: undefined,
  },
};

/** Receipts and inbound messages by webhook, as read. */
const receipt = (ids: string[], gatewayId: string, part: object, toNumber: string | null = to) => ({
  kind: 'receipt',
  ids,
  gatewayId,
  to: toNumber,
  receipt: { reason: null, ...part },
});
const flat = (part: object) =>
  receipt(['ref-0001'], 'msg_0000000001', {
    channel: 'sms',
    at: Date.parse('2026-01-15T14:30:00Z'),
    ...part,
  });
const guide = (part: object) => receipt(['order-17', uuid], uuid, { channel: 'sms', ...part });
const smsEvent = (part: object) => receipt([uuid], uuid, { channel: 'sms', price: 0.035, ...part }, null);
const rcsEvent = (part: object) => receipt([uuid], uuid, { channel: 'rcs', ...part });
const inbound = (part: object) => ({
  kind: 'inbound',
  inbound: { from: to, to: '+393901239900', type: 'text', media: null, ...part },
});

const events: Record<string, unknown> = {
  'a-event-sent': flat({ status: 'sent' }),
  'a-event-delivered': flat({ status: 'delivered' }),
  'a-event-error': flat({ status: 'undelivered', reason: 'Destination unreachable' }),
  'a-event-expired': flat({ status: 'expired' }),
  'b-event-guide-delivery': guide({ status: 'delivered' }),
  'b-event-guide-delivery-failed': guide({ status: 'undelivered', reason: 'Message not delivered' }),
  'b-event-guide-delivery-other-code': guide({
    status: 'unknown',
    reason: 'the gateway says statusCode 1: Accepted by operator',
  }),
  'b-event-guide-read': receipt([uuid], uuid, { channel: 'whatsapp', status: 'read' }),
  'b-event-guide-inbound': inbound({ id: null, channel: 'whatsapp', text: 'Yes, I confirm' }),
  'b-event-sms-delivered': smsEvent({ status: 'delivered' }),
  'b-event-sms-not-delivered': smsEvent({ status: 'undelivered', reason: 'Not Delivered' }),
  'b-event-sms-part-1-of-2': smsEvent({ status: 'delivered', part: { number: 1, of: 2 } }),
  'b-event-sms-part-2-of-2': smsEvent({ status: 'delivered', part: { number: 2, of: 2 } }),
  'b-event-rcs-delivered': rcsEvent({ status: 'delivered', at: Date.parse('2026-01-16T10:42:18Z') }),
  'b-event-rcs-undeliverable': rcsEvent({ status: 'undelivered', reason: 'undeliverable' }),
  'b-event-rcs-read': rcsEvent({ status: 'read' }),
  'b-event-rcs-inbound': inbound({ id: 'in-1', channel: 'rcs', text: 'Thank you' }),
  'b-event-rcs-inbound-media': inbound({
    id: 'in-2',
    channel: 'rcs',
    text: null,
    type: 'image',
    media: 'media-key-1',
  }),
  'b-event-whatsapp-delivery': receipt([uuid], uuid, { channel: 'whatsapp', status: 'delivered' }),
  'b-event-whatsapp-inbound-uc': inbound({ id: 'in-3', channel: 'whatsapp', text: 'When does it arrive?' }),
  'a2-inbound-sms-form': inbound({
    id: null,
    channel: 'sms',
    text: 'Hello there',
    at: Date.parse('2026-01-15T14:30:00Z'),
  }),
};

const noCommand = 'no command makes this call';

/** Exchanges of calls that the program does not make, by the beginning of their names, with the reason. */
const others: Record<string, string> = {
  'a-campaign': noCommand,
  'b-campaign': noCommand,
  'b-contact': noCommand,
  'b-list': noCommand,
  'b-export': noCommand,
  'b-history-export': noCommand,
  'b-key': noCommand,
  'b-media': noCommand,
  'b-socials': noCommand,
  'b-subscription': noCommand,
  'b-inbox-archive': noCommand,
  'b-wa-number': 'the list of numbers has every number',
  'b-wa-template-create-uc030': 'a path of one use case, which the reference does not have',
  'b-webhook-create-guide': 'the path of one generation with the body of the other',
  'b-status-single-no-channel': 'the call for many messages is used, with a channel',
  'b-status-single-wrong-channel': 'the call for many messages is used, which has no such response',
  'b-legacy-send': 'the transport of many SMS in one request is not offered',
  'l-legacy': 'the transport of many SMS in one request is not offered',
};

/** Returns the reason for an exchange that is not tested: its own, or that of its kind. */
function findReason(name: string): string | undefined {
  return Object.entries(others).find(([kind]) => name === kind || name.startsWith(`${kind}-`))?.[1];
}

describe('a documented call', () => {
  test.each(Object.entries({ ...sends, ...reads }))(
    '%s',
    async (name, { act, result, except = {}, noRequest, also = [] }) => {
      const fixture = load(name);
      const played = await play([fixture, ...also], (client) => act(client, fixture));
      if (typeof result === 'object' && result !== null) expect(played.result).toMatchObject(result);
      else expect(played.result).toEqual(result);
      if (noRequest === undefined) expectRequest(played.seen[0], fixture, Object.keys(except));
    },
  );
});

test.each(Object.entries(events))('a documented webhook call: %s', (name, expected) => {
  const { request, response } = load(name);
  const isForm = typeof request.body === 'string';
  const text = isForm ? String(request.body) : JSON.stringify(request.body);
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const parsed = parseWebhook(type, text, now);
  expect([response.status, parsed?.reply]).toEqual([200, response.body ?? '']);
  expect(parsed?.unknown).toEqual([]);
  expect(parsed?.events).toMatchObject([expected as object]);
});

test('every documented exchange is tested, or has a reason why not', () => {
  const tested = [sends, reads, events].flatMap((table) => Object.keys(table));
  expect(names.filter((name) => !tested.includes(name) && findReason(name) === undefined)).toEqual([]);
  expect(tested.filter((name) => !names.includes(name) || findReason(name) !== undefined)).toEqual([]);
  const kinds = Object.keys(others);
  expect(kinds.filter((kind) => !names.some((name) => `${name}-`.startsWith(`${kind}-`)))).toEqual([]);
});
