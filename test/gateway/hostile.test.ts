import { describe, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../src/gateway/http/client.ts';
import type { HttpResponse } from '../../src/gateway/http/exchange.ts';
import { tryParseJson } from '../../src/gateway/http/json.ts';
import { describeErrorResponse, retryAfterMs } from '../../src/gateway/http/response.ts';
import { dialect as partner } from '../../src/gateway/partner/dialect.ts';
import { readHistory } from '../../src/gateway/platform/history.ts';
import { listNumbers } from '../../src/gateway/platform/numbers.ts';
import { fetchCredit } from '../../src/gateway/vendor/credit.ts';
import { parseConversation, parseConversationMessage } from '../../src/gateway/vendor/inbox.ts';
import { findTemplate, findTemplateEntries } from '../../src/gateway/vendor/template-reader.ts';
import { createWebhooks } from '../../src/gateway/vendor/webhooks.ts';
import type { Phone } from '../../src/message/phone.ts';
import { hostileValues, replaceEachValue } from '../support/hostile.ts';
import { parseWebhook } from '../support/webhook.ts';

vi.stubGlobal('__VERSION__', '0.0.0');

const now = Date.parse('2026-11-24T03:00:00Z');
const answer = (text: string, status = 200): HttpResponse => ({ status, header: () => undefined, text });

/** Creates a client whose gateway gives this response to every request. */
const createClient = (text: string) =>
  createHttpClient(
    'http://127.0.0.1/api',
    { kind: 'key', key: 'ak_live_secret' },
    {
      transport: { exchange: async () => answer(text), close: async () => {} },
      now: () => now,
      sleep: async () => {},
    },
  );

const buttons = [{ type: 'url', text: 'Go', url: { url: 'https://example.com' }, action: 'x' }];
const template = {
  id: 't',
  name: 'n',
  status: 'APPROVED',
  language: { code: 'en' },
  category: 'UTILITY',
  description: 'd',
  presets: { name: 'customer' },
};

/** Every parser of gateway data, with an example. */
const readers: readonly (readonly [name: string, example: unknown, read: (text: string) => unknown])[] = [
  [
    'response to a send',
    {
      messageId: 'm',
      status: 'ok',
      message: 'x',
      simulation: false,
      results: [
        {
          accepted: false,
          statusCode: 402,
          reason: 'r',
          reasons: ['a', 'b'],
          channel: 'sms',
        },
      ],
    },
    (text) => partner.readSend(tryParseJson(text), { id: 'a', to: '+393901234567' as Phone }),
  ],
  [
    'reasons alone',
    { results: { sms: { accepted: false, statusCode: 402, reasons: ['a', 'b'] } } },
    (text) => partner.readSend(tryParseJson(text), { id: 'a', to: '+393901234567' as Phone }),
  ],
  [
    'a status',
    {
      messages: [
        {
          customerMessageId: 'a',
          messageId: 'm',
          deliveryStatus: 'ERROR',
          deliveryStatusDescription: 'd',
          channel: 'sms',
          timestamp: '2026-11-24T02:59:00Z',
          phoneNumber: '+393901234567',
          attempts: [{ channel: 'rcs', status: 'ERROR', description: 'd' }],
        },
      ],
    },
    (text) => partner.readStatus(tryParseJson(text), now),
  ],
  [
    'a refusal',
    { status: 400, error: 'e', message: 'm' },
    (text) => describeErrorResponse(answer(text, 400)),
  ],
  ['retry delay', { retryAfter: 1 }, (text) => retryAfterMs(answer(text, 429), now)],
  [
    'a conversation',
    {
      chatId: 'c',
      channel: { name: 'SMS' },
      contact: { phoneNumber: '+393901234567' },
      unreadCount: 1,
      lastMessage: { text: 'x' },
      lastMessageDate: '2026-11-24T02:59:00Z',
    },
    (text) => parseConversation(tryParseJson(text)),
  ],
  [
    'message of a conversation',
    { messageId: 'm', messageType: 'TEXT', text: 't', direction: 'OUT', status: 'SENT', date: 'x' },
    (text) => parseConversationMessage(tryParseJson(text), now),
  ],
  [
    'RCS template',
    {
      ...template,
      body: {
        text: 'Hi {name}',
        cards: [
          { title: 't', description: 'd', media: { height: 'TALL', fileUrl: 'u' }, suggestions: buttons },
        ],
        suggestions: buttons,
        fallbackSms: { sender: 's', text: 't' },
      },
    },
    (text) => findTemplate('rcs', tryParseJson(text)),
  ],
  [
    'WhatsApp template',
    {
      ...template,
      components: [
        { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['h'] } },
        { type: 'BODY', text: 'Hi {{1}}' },
        { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Go', url: 'u' }] },
      ],
    },
    (text) => findTemplate('whatsapp', tryParseJson(text)),
  ],
  [
    'list of templates',
    { total: 1, data: [template] },
    (text) => findTemplateEntries(tryParseJson(text))?.total,
  ],
  [
    'receipt by webhook',
    {
      channel: 'SMS',
      eventType: 'DELIVERY',
      messageId: 'm',
      customerMessageId: 'a',
      destination: '+393901234567',
      statusCode: 6,
      statusDescription: 'd',
      numPart: 1,
      totalParts: 2,
      price: 0.035,
      timestamp: '2026-11-24T02:59:00Z',
    },
    (text) => parseWebhook('application/json', text, now),
  ],
  [
    'flat receipt by webhook',
    [{ messageId: 'm', phoneNumber: '+39390', status: 'ERROR', error: 'e', channel: 'sms' }],
    (text) => parseWebhook('application/json', text, now),
  ],
  [
    'inbound message',
    {
      eventType: 'INBOUND',
      messageId: 'm',
      source: '+393901234567',
      destination: '+393909999999',
      text: 't',
      channel: 'WHATSAPP',
      messageType: 'TEXT',
      mediaKey: 'k',
      receivedDate: '2026-11-24T02:59:00Z',
    },
    (text) => parseWebhook('application/json', text, now),
  ],
  [
    'WhatsApp numbers',
    {
      data: [
        {
          id: 5,
          phoneNumber: '+393901239900',
          displayName: 'd',
          verifiedName: 'v',
          status: 'ACTIVE',
          qualityRating: 'GREEN',
          messagingLimit: 'TIER_1K',
        },
      ],
    },
    (text) => valueOrCode(listNumbers(createClient(text))),
  ],
  [
    'history',
    {
      messages: [
        {
          messageId: 'm',
          customerMessageId: 'a',
          channel: 'SMS',
          direction: 'OUTBOUND',
          destination: '+393901230101',
          sender: 'Acme',
          body: 't',
          status: 'ERROR',
          description: 'd',
          sendDate: '2026-11-24T02:59:00Z',
          deliveryDate: '2026-11-24T02:59:00Z',
          cost: 0.035,
          parts: 1,
        },
      ],
    },
    (text) => valueOrCode(readAll(text)),
  ],
  [
    'credit',
    { credit: 1, frozenCredit: 1, availableCredit: 1 },
    (text) => valueOrCode(fetchCredit(createClient(text))),
  ],
  [
    'a registration',
    { data: { callbackUrl: 'https://example.com' } },
    (text) => valueOrCode(createWebhooks(createClient(text), 'partner').get()),
  ],
];

/** Reads the history of one channel to its end. */
async function readAll(text: string): Promise<unknown> {
  const query = { channel: 'sms', since: now - 1000, until: now } as const;
  const entries = [];
  for await (const page of readHistory(createClient(text), query)) entries.push(...page.entries);
  return entries;
}

/** Returns the value, or the code of an expected failure. */
async function valueOrCode(work: Promise<unknown>): Promise<unknown> {
  return work.catch((cause: { code?: string }) => {
    if (!cause.code?.startsWith('gateway.')) throw cause;
    return null;
  });
}

describe.each(readers)('%s', (_, example, read) => {
  test.each(hostileValues)('with %s', async (_, json) => {
    for (const text of replaceEachValue(example, json)) {
      const value = await read(text);
      // The value is stored as JSON: it must be serializable, well-formed and small.
      const serialized = JSON.stringify(value) ?? '';
      expect(serialized.length).toBeLessThan(150_000);
      expect(serialized).not.toMatch(/(?<!\\)\\ud800/);
      expect(serialized).not.toContain('123456789012345680000');
    }
  });
});

test('reads the valid parts of the examples', async () => {
  for (const [name, example, read] of readers)
    expect([name, await read(JSON.stringify(example))]).not.toEqual([name, undefined]);
});
