import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { start } from './start.ts';

// The documented exchanges, against an account of all generations and of each one.

interface Fixture {
  name: string;
  generation: 'A' | 'A2' | 'B' | 'L';
  kind: string;
  request: { method: string; path: string; body: unknown };
  response: { status: number; body: unknown };
  uncertain: readonly string[];
}

type Mode = 'partner' | 'platform' | undefined;
type Running = Awaited<ReturnType<typeof start>>;

const folder = new URL('../fixtures/gateway/', import.meta.url);
const april = Date.UTC(2026, 3, 5);
const to = '+393901230101';

const fixtures = readdirSync(folder).map((file) => {
  const fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture;
  return { ...fixture, name: file.replace('.json', '') };
});

/** Paths that the sandbox does not have. */
const unserved =
  /campaigns|contacts|exports?(?:\/|\?|$)|\/media|authentication|socials|subscription(?:\/contacts)?$|sms\/send$(?<=services\/sms\/send)|partner-gateway\/v1\/whatsapp\/templates/;

const calls = fixtures.filter(({ kind, generation }) => kind === 'call' && generation !== 'L');
const served = calls.filter(({ request }) => !unserved.test(request.path));

/** What an exchange needs that its request does not say, and where the sandbox answers otherwise. */
interface Setting {
  key?: string;
  /** Fields of the body to change. */
  body?: object;
  /** Makes calls before; returns texts to replace in path and body. */
  before?(sandbox: Running, mode: Mode): Promise<Record<string, string> | undefined>;
  /** Status of the sandbox, where the vendor's pages disagree, with the reason. */
  status?: [number, reason: string];
  /** Fields that the sandbox does not have, with the reason; `*` for the whole body. */
  without?: [fields: readonly string[], reason: string];
  /** The only account that serves it, where the guide prints a path of the older generation. */
  only?: 'partner' | 'all';
}

const sms = (mode: Mode, id: string, end: string) =>
  mode === 'partner'
    ? { phoneNumber: `+39390123${end}`, message: 'Hello', customerMessageId: id }
    : { destination: `+39390123${end}`, sender: 'Acme', body: 'Hello', messageId: id };

/** Sends order-17, delivered, and order-18, failed, by SMS, order-19 by WhatsApp, order-20 by RCS. */
async function sendOrders({ post, clock }: Running, mode: Mode): Promise<undefined> {
  const sent = [
    await post('/message-server/sms/send', sms(mode, 'order-17', '0101')),
    await post('/message-server/sms/send', sms(mode, 'order-18', '0003')),
  ];
  if (mode !== 'partner') {
    const content = { type: 'TEXT', body: { text: 'Hello' } };
    const whatsapp = { destination: to, phoneNumberId: 5, body: content, messageId: 'order-19' };
    const rcs = { destination: to, agentId: 10, body: content, messageId: 'order-20', simulation: true };
    sent.push(
      await post('/message-server/whatsapp/send', whatsapp),
      await post('/message-server/rcs/send', rcs),
    );
  }
  expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 200));
  clock.now += 60_000;
  return undefined;
}

async function startConversation({ post }: Running): Promise<Record<string, string>> {
  await post('/sandbox/inbound', { from: to, message: 'When does it arrive?' });
  const chat = `whatsapp-${to.slice(1)}`;
  await post('/partner-gateway/v1/inbox/conversations/reply', { conversationId: chat, text: 'Tomorrow.' });
  return { '881': chat };
}

async function createRcsTemplate({ post }: Running): Promise<Record<string, string>> {
  const content = { name: 'n', description: 'd', type: 'TEXT', body: { text: 'Hi' } };
  const { body } = await post<{ id: number }>('/message-server/rcs/templates', content);
  return { 'templates/7': `templates/${body.id}` };
}

async function createWhatsappTemplate({ post }: Running): Promise<Record<string, string>> {
  const content = { name: 'n', lang: 'it', category: 'UTILITY', body: 'Ciao' };
  const { body } = await post<{ id: number }>('/message-server/whatsapp/templates', content);
  return { 'templates/51': `templates/${body.id}` };
}

async function registerWebhook({ post }: Running): Promise<undefined> {
  const callbackUrl = 'https://hooks.example.com/q';
  await post('/partner-gateway/v1/webhooks/delivery-status', { callbackUrl });
  return undefined;
}

const otherPage = 'contradicted by the reference';
const settings: Readonly<Record<string, Setting>> = {
  'a-error-401': { key: 'invalid' },
  'a-error-403': { key: 'forbidden' },
  'a2-send-sms': { status: [200, 'the reference says 200'] },
  'a2-send-whatsapp-freeform': { without: [['unicode', 'parts'], 'parts are of SMS'] },
  'a2-send-whatsapp-template': { without: [['unicode', 'parts'], 'parts are of SMS'] },
  'a2-rcs-template-create-simple': { status: [400, otherPage] },
  'a2-rcs-template-create-simple-text': { status: [400, otherPage] },
  'a2-rcs-template-create-simple-carousel': { status: [400, otherPage] },
  'b-credit-502': { status: [200, 'the wallet of the sandbox never fails'] },
  'b-error-429': { body: { destination: '+393901230008' } },
  'b-history': { before: sendOrders },
  'b-history-uc': { status: [400, otherPage] },
  'b-inbox-archive': { before: startConversation },
  'b-inbox-get': { before: startConversation },
  'b-inbox-list': { before: startConversation, without: [['name'], 'names of fields are not visible'] },
  'b-inbox-messages': { before: startConversation },
  'b-inbox-read': { before: startConversation },
  'b-inbox-reply': { before: startConversation },
  'b-rcs-template-delete': { before: createRcsTemplate },
  'b-rcs-template-update': { before: createRcsTemplate },
  'b-send-rcs-not-accepted': { body: { destination: '+393901230007' } },
  'b-send-sms-400': { body: { destination: null } },
  'b-send-sms-401': { key: 'invalid' },
  'b-send-sms-403': { key: 'forbidden' },
  'b-send-sms-not-accepted': { body: { destination: '+393901230007' } },
  'b-send-sms-not-accepted-object': {
    body: { destination: '+393901230007' },
    without: [['reasons'], 'their form is not documented'],
  },
  'b-send-sms-rcs-override': { without: [['rcs'], 'the account of the sandbox has no override'] },
  'b-send-whatsapp-not-accepted': { body: { destination: '+393901230024' } },
  'b-status-batch': { before: sendOrders },
  'b-status-batch-guide': { before: sendOrders, only: 'partner' },
  'b-status-single': { before: sendOrders },
  'b-status-single-error': { before: sendOrders },
  'b-status-single-guide': { before: sendOrders, only: 'partner' },
  'b-status-single-no-channel': {
    before: sendOrders,
    status: [200, 'an account of all generations needs no channel'],
    without: [['*'], 'it is no error there'],
  },
  'b-status-single-wrong-channel': { before: sendOrders },
  'b-status-unknown': { before: sendOrders },
  'b-status-whatsapp-read': { before: sendOrders },
  'b-wa-number': {
    before: async () => ({ 'waba-num-001': '5' }),
    without: [['phoneNumberId'], otherPage],
  },
  'b-wa-numbers-uc': { without: [['*'], otherPage] },
  'b-wa-template-delete': { before: createWhatsappTemplate },
  'b-wa-template-patch': { before: createWhatsappTemplate },
  'b-webhook-create-conflict': { before: registerWebhook },
  'b-webhook-create-guide': { only: 'all' },
  'b-webhook-delete': { before: registerWebhook },
  'b-webhook-get': { before: registerWebhook },
  'b-webhook-update': { before: registerWebhook },
};

/** Starts an account of a mode and makes the documented request. */
async function exchange({ name, request }: Fixture, mode: Mode) {
  const sandbox = await start({ strict: mode });
  sandbox.clock.now = april;
  const { key = 'any', body: change, before } = settings[name] ?? {};
  const replaced = Object.entries((await before?.(sandbox, mode)) ?? {});
  const replace = (text: string) => replaced.reduce((all, [old, fresh]) => all.replaceAll(old, fresh), text);
  const body = request.body === null ? null : JSON.stringify({ ...(request.body as object), ...change });
  return sandbox.call<unknown>(request.method, replace(request.path), {
    headers: { 'X-Api-Key': key },
    ...(body !== null && { body: replace(body) }),
  });
}

/** Lists the fields of `expected` that `actual` lacks or has with another type. */
function findDifferences(
  actual: unknown,
  expected: unknown,
  without: readonly string[],
  path = '',
): string[] {
  if (expected === null || expected === undefined || without.includes('*')) return [];
  if (Array.isArray(expected)) {
    const list = Array.isArray(actual) ? actual : unwrap(actual);
    if (list === undefined) return [`${path} is no list`];
    return expected.flatMap((item, index) => {
      const found = list.map((one) => findDifferences(one, item, without, `${path}[${index}]`));
      return found.some(({ length }) => length === 0) ? [] : (found[0] ?? [`${path}[${index}] is missing`]);
    });
  }
  if (typeof expected !== 'object')
    return typeof actual === typeof expected ? [] : [`${path} is ${typeof actual}, not ${typeof expected}`];
  if (typeof actual !== 'object' || actual === null) return [`${path} is no object`];
  return Object.entries(expected)
    .filter(([key]) => !without.includes(key))
    .flatMap(([key, value]) =>
      findDifferences((actual as Record<string, unknown>)[key], value, without, `${path}.${key}`),
    );
}

/** Returns the list in an envelope, whose name the vendor's pages do not show. */
function unwrap(value: unknown): unknown[] | undefined {
  const inner = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return inner.length === 1 && Array.isArray(inner[0]) ? inner[0] : undefined;
}

const isStatusUnknown = ({ uncertain }: Fixture) =>
  uncertain.some((text) =>
    /status (?:of the answer is )?not (?:visible|printed)|answer not|as b-inbox|HTTP status/.test(text),
  );

const ownMode = ({ generation }: Fixture): Mode => (generation === 'A' ? 'partner' : 'platform');

function listModes(fixture: Fixture): Mode[] {
  const { only } = settings[fixture.name] ?? {};
  return [undefined, ...(only === 'all' ? [] : [only ?? ownMode(fixture)])];
}

describe('a documented exchange', () => {
  test.each(served.flatMap((fixture) => listModes(fixture).map((mode) => ({ ...fixture, mode }))))(
    '$name, account of $mode',
    async ({ mode, ...fixture }) => {
      const answer = await exchange(fixture, mode);
      const { status, without: [without] = [[]] } = settings[fixture.name] ?? {};
      // Only an account of one generation is as strict as the reference here.
      const isStrictOnly = fixture.name === 'b-status-single-no-channel' && mode !== undefined;
      const documented = isStrictOnly ? fixture.response.status : (status?.[0] ?? fixture.response.status);
      if (isStatusUnknown(fixture))
        expect(Math.trunc(answer.status / 100)).toBe(Math.trunc(documented / 100));
      else expect([answer.status, answer.body]).toEqual([documented, answer.body]);
      if (answer.status < 400 === fixture.response.status < 400)
        expect(findDifferences(answer.body, fixture.response.body, without)).toEqual([]);
    },
  );

  /** Calls that accounts of both generations have. */
  const isShared = ({ request: { path } }: Fixture) =>
    /\/templates(?:$|[/?])|^\/services\/sms\/credit$/.test(path);
  const isSend = ({ request: { path } }: Fixture) => path.endsWith('/send');
  /** Refused before the account matters. */
  const isKeyRefused = ({ name }: Fixture) => settings[name]?.key !== undefined;

  test.each(served.filter((one) => !isShared(one) && !isKeyRefused(one)))(
    '$name is refused by an account of the other generation',
    async (fixture) => {
      const own = settings[fixture.name]?.only === 'partner' ? 'partner' : ownMode(fixture);
      const answer = await exchange(fixture, own === 'partner' ? 'platform' : 'partner');
      const field = own === 'partner' ? 'destination' : 'phoneNumber';
      const isOtherBody = isSend(fixture) || settings[fixture.name]?.only === 'all';
      expect(answer).toMatchObject(
        isOtherBody
          ? {
              status: 400,
              body: {
                message: expect.stringMatching(isSend(fixture) ? `^${field}: must not be null$` : /./),
              },
            }
          : { status: 404, body: { message: 'No such path' } },
      );
    },
  );

  test('is served as the table says', async () => {
    const { call } = await start();
    for (const { name, request } of calls) {
      const { body } = await call<{ message?: string } | undefined>(request.method, request.path);
      const isKnown = body?.message !== 'No such path';
      expect([name, isKnown]).toEqual([name, !unserved.test(request.path)]);
    }
    const names = new Set(served.map(({ name }) => name));
    expect(Object.keys(settings).filter((name) => !names.has(name))).toEqual([]);
  });
});
