import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dialect as partner } from '../../src/gateway/partner/dialect.ts';
import type { MessageInput } from '../../src/message/compose.ts';
import { parseSender } from '../../src/message/id.ts';
import type { Phone } from '../../src/message/phone.ts';
import { compose, messageInput, plan } from '../support/messages.ts';

interface Exchange {
  path: string;
  request: unknown;
  response: unknown;
}

/** Body of a send request in the vendor's documentation. */
interface DocumentedBody {
  phoneNumber: string;
  message?: string;
  templateId?: string;
  variables?: Record<string, string>;
  senderName?: string;
  simulation?: boolean;
}

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`./partner/${name}.json`, import.meta.url), 'utf8')) as Exchange;

const createPlan = (input: Partial<MessageInput>) =>
  plan('order-12345', { message: compose(messageInput(input)) });

describe('requests match the vendor’s documentation, plus our id', () => {
  test.each<[string, Partial<MessageInput> | DocumentedBody]>([
    [
      'send-fallback',
      { channel: 'whatsapp', fallback: true, text: 'Important update', template: 'template_123' },
    ],
    ['send-rcs', { channel: 'rcs', template: 'template_123', variables: { name: 'John' } }],
    ['send-whatsapp', golden('send-whatsapp').request as DocumentedBody],
    ['send-whatsapp-text', golden('send-whatsapp-text').request as DocumentedBody],
    ['send-sms', golden('send-sms').request as DocumentedBody],
    ['send-sms-simulation', golden('send-sms-simulation').request as DocumentedBody],
  ])('%s', (name, wish) => {
    const { path, request } = golden(name);
    const said = 'phoneNumber' in wish ? toMessageInput(path, wish) : wish;
    const { phoneNumber: _, customerMessageId: __, ...documented } = request as Record<string, unknown>;
    expect(partner.send(createPlan(said))).toEqual({
      path,
      body: { phoneNumber: '+393901234567', ...documented, customerMessageId: 'order-12345' },
    });
  });
});

/** Converts a documented body to a message input. */
function toMessageInput(path: string, body: DocumentedBody): Partial<MessageInput> {
  return {
    channel: path.split('/')[2] as MessageInput['channel'],
    text: body.message,
    template: body.templateId,
    variables: body.variables ?? {},
    sender: body.senderName === undefined ? undefined : parseSender(body.senderName),
    simulation: body.simulation ?? false,
  };
}

describe('documented responses are parsed', () => {
  const plan = { id: 'order-1', to: '+393901234567' as Phone };
  test.each(['send-sms', 'send-rcs', 'send-whatsapp', 'send-fallback'])('%s', (name) => {
    const { path, response } = golden(name);
    expect(partner.readSend(response, plan)).toEqual({
      kind: 'accepted',
      gatewayId: '<messageId>',
      channel: path.split('/')[2],
      simulation: false,
    });
  });

  test('parses a refusal', () => {
    const { request, response } = golden('send-refused');
    const to = (request as { phoneNumber: string }).phoneNumber as Phone;
    expect(partner.readSend(response, { ...plan, to })).toEqual({
      kind: 'refused',
      reason: 'opted out',
    });
  });

  const now = 1_700_000_000_000;
  test.each([
    ['status-delivered', 'sms', 'delivered', null],
    ['status-error', 'rcs', 'undelivered', 'no RCS device'],
  ])('%s', (name, channel, status, reason) => {
    expect(partner.readStatus(golden(name).response, now)).toMatchObject({
      entries: [{ status: { receipt: { status, reason, channel } }, isProof: true }],
    });
  });

  test('parses earlier attempts if listed', () => {
    expect(partner.readStatus(golden('status-fallback').response, now)?.entries).toMatchObject([
      {
        ids: ['order-12345'],
        status: {
          gatewayId: '<messageId>',
          receipt: { channel: 'sms', status: 'delivered' },
          previousAttempts: [
            { channel: 'whatsapp', status: 'undelivered', reason: 'not on WhatsApp' },
            { channel: 'rcs', status: 'undelivered', reason: 'no RCS device' },
            { channel: 'sms', status: 'delivered' },
          ],
        },
      },
    ]);
  });

  test('parses several statuses, and none', () => {
    expect(partner.readStatus(golden('status-many').response, now)?.entries.length).toBe(
      (golden('status-many').response as unknown[]).length,
    );
    expect(partner.readStatus(golden('status-none').response, now)).toEqual({
      isComplete: true,
      entries: [],
      unidentified: 0,
    });
  });

  // Only these three fields of a status are documented.
  test.each([
    ['SENT', 'sent', null],
    ['RECEIVED', 'received', null],
    ['DELIVERED', 'delivered', null],
    ['READ', 'read', null],
    ['ERROR', 'undelivered', 'why'],
    ['EXPIRED', 'expired', 'why'],
    ['UNKNOWN', 'unknown', 'why'],
    ['SOMETHING_NEW', 'unknown', 'the gateway says SOMETHING_NEW: why'],
    ['toString', 'unknown', 'the gateway says TOSTRING: why'],
  ])('parses a status with documented fields only: %s', (deliveryStatus, status, reason) => {
    const entry = { customerMessageId: 'a', deliveryStatus, deliveryStatusDescription: 'why' };
    expect(partner.readStatus(entry, now)).toEqual({
      isComplete: false,
      unidentified: 0,
      entries: [
        {
          ids: ['a'],
          status: {
            id: 'a',
            receipt: { channel: null, status, reason, at: now },
            previousAttempts: [],
            gatewayId: null,
            to: null,
          },
          // A gateway may report UNKNOWN for a message that it never had.
          isProof: status !== 'unknown',
        },
      ],
    });
  });

  test.each([
    ['undefined', undefined],
    ['number', 7],
    ['string', 'ok'],
    ['empty object', {}],
    ['id without a status', { customerMessageId: 'a' }],
    ['status without an id', { status: 'error', message: 'not found' }],
  ])('finds no status in %s', (_, json) => {
    expect(partner.readStatus(json, now)).toBeUndefined();
  });

  test('ignores list entries without a message', () => {
    expect(partner.readStatus([{}, null, 7, { status: 'SENT', customerMessageId: 'a' }], now)).toMatchObject({
      isComplete: true,
      unidentified: 3,
      entries: [{ ids: ['a'] }],
    });
  });

  test.each<readonly [string, unknown, unknown]>([
    ['undefined', undefined, undefined],
    ['list', [], undefined],
    ['empty object', {}, undefined],
    ['results without content', { results: [{}] }, undefined],
    ['id only', { messageId: 5 }, { kind: 'accepted', gatewayId: '5', channel: null, simulation: false }],
    [
      'newer format',
      { messageId: 'x', simulation: true, results: { sms: { accepted: true, parts: 1 } } },
      { kind: 'accepted', gatewayId: 'x', channel: 'sms', simulation: true },
    ],
    [
      'a refusal of the newer generation',
      { results: { sms: { accepted: false, reasons: ['sender', 'body'] } } },
      { kind: 'refused', reason: 'sender, body' },
    ],
    [
      'a refusal by code',
      { results: [{ accepted: false, statusCode: 402 }] },
      { kind: 'refused', reason: 'insufficient credit' },
    ],
    ['JSend', { status: 'error', message: 'no' }, { kind: 'refused', reason: 'no' }],
    ...(
      [
        ['accepted: false at the top', { accepted: false, reason: 'no' }, 'no'],
        [
          'accepted: false at the top, with results',
          { accepted: false, results: [] },
          'rejected without a reason',
        ],
      ] as const
    ).map(
      ([name, more, reason]) => [name, { messageId: 'x', ...more }, { kind: 'refused', reason }] as const,
    ),
    ...[
      { accepted: 'false' },
      { accepted: 'no' },
      { accepted: 0 },
      { accepted: null },
      { statusCode: 402 },
      { reasons: ['no credit'] },
      { accepted: true, statusCode: 500 },
      { accepted: true, statusCode: '402' },
      {},
    ].map(
      (result) =>
        [
          `a result that says ${JSON.stringify(result)}`,
          { messageId: 'x', results: [result] },
          undefined,
        ] as const,
    ),
    ...[
      { customerMessageId: 'other' },
      { customerMessageId: 'other', results: [{ accepted: true, phoneNumber: '+393909999999' }] },
      { results: [{ accepted: true, phoneNumber: '+393909999999' }] },
      { customerMessageId: 'other', results: [{ accepted: false, phoneNumber: '+393909999999' }] },
    ].map(
      (more) =>
        [`of another message: ${JSON.stringify(more)}`, { messageId: 'x', ...more }, undefined] as const,
    ),
    [
      'our number under an id of theirs',
      {
        messageId: 'x',
        customerMessageId: 'yours',
        results: [{ accepted: true, phoneNumber: '+39 390 1234567' }],
      },
      { kind: 'accepted', gatewayId: 'x', channel: null, simulation: false },
    ],
    [
      'JSend of a server that failed',
      { status: 'error', message: 'no', code: 8 },
      { kind: 'doubt', reason: 'no' },
    ],
    ['JSend of a kind that nobody documents', { status: 'fail', messageId: 'x' }, undefined],
  ])('%s as the answer to a send', (_, json, outcome) => {
    expect(partner.readSend(json, plan)).toEqual(outcome);
  });

  test.each([
    ['+5511987654321', '+551187654321'],
    ['+525512345678', '5215512345678'],
    ['+541123456789', '+5491123456789'],
  ])('the number %s as WhatsApp reports it: %s', (to, phoneNumber) => {
    const json = { messageId: 'x', results: [{ accepted: true, phoneNumber }] };
    expect(partner.readSend(json, { ...plan, to: to as Phone })).toMatchObject({ kind: 'accepted' });
  });
});
