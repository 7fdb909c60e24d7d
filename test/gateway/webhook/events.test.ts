import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWebhook } from '../../../src/gateway/webhook/events.ts';

const now = Date.parse('2026-11-24T03:00:00Z');
const at = '2026-11-24T02:59:00Z';
const then = Date.parse(at);
const read = (event: unknown, type = 'application/json') => parseWebhook(type, JSON.stringify(event), now);
const heard = (event: unknown) => read(event)?.events;

/** A receipt without what most of them have alike. */
const receipt = ([id, gatewayId = id]: string[], to: string | null, more: object) => [
  {
    kind: 'receipt',
    key: expect.any(String),
    ids: [id],
    gatewayId,
    to,
    receipt: { channel: null, status: 'delivered', reason: null, at: then, ...more },
  },
];

describe('receipts, in the shapes of the vendor', () => {
  const flat = {
    messageId: 'msg_1',
    customerMessageId: 'order-1',
    phoneNumber: '+393901234567',
    status: 'DELIVERED',
    timestamp: at,
    channel: 'sms',
    error: null,
  };
  test.for([
    ['the older generation', flat, receipt(['order-1', 'msg_1'], '+393901234567', { channel: 'sms' })],
    [
      'its failures',
      { ...flat, status: 'ERROR', error: 'handset off' },
      receipt(['order-1', 'msg_1'], '+393901234567', {
        channel: 'sms',
        status: 'undelivered',
        reason: 'handset off',
      }),
    ],
    [
      'its expiry',
      { ...flat, status: 'EXPIRED' },
      receipt(['order-1', 'msg_1'], '+393901234567', { channel: 'sms', status: 'expired' }),
    ],
    [
      'a word that nobody has documented',
      { ...flat, status: 'BUFFERED' },
      receipt(['order-1', 'msg_1'], '+393901234567', {
        channel: 'sms',
        status: 'unknown',
        reason: 'the gateway says BUFFERED',
      }),
    ],
    [
      'the guide of the newer one',
      {
        eventType: 'DELIVERY',
        messageId: 'f0c3',
        customerMessageId: 'order-1',
        destination: '+393901234567',
        statusCode: 3,
        description: 'Message delivered',
        channel: 'SMS',
        timestamp: at,
      },
      receipt(['order-1', 'f0c3'], '+393901234567', { channel: 'sms' }),
    ],
    [
      'its reads',
      {
        eventType: 'READ',
        messageId: 'f0c3',
        destination: '393901234567',
        channel: 'WHATSAPP',
        timestamp: at,
      },
      receipt(['f0c3'], '+393901234567', { channel: 'whatsapp', status: 'read' }),
    ],
    [
      'the reference of SMS, one part of two',
      {
        channel: 'SMS',
        eventType: 'DELIVERY',
        messageId: 'f0c3',
        statusCode: 6,
        statusDescription: 'absent subscriber',
        price: 0.035,
        numPart: 2,
        totalParts: 2,
        timestamp: at,
      },
      receipt(['f0c3'], null, {
        channel: 'sms',
        status: 'undelivered',
        reason: 'absent subscriber',
        part: { number: 2, of: 2 },
      }),
    ],
    [
      'an SMS of one part',
      {
        channel: 'SMS',
        eventType: 'DELIVERY',
        messageId: 'f0c3',
        statusCode: 3,
        numPart: 1,
        totalParts: 1,
        timestamp: at,
      },
      receipt(['f0c3'], null, { channel: 'sms' }),
    ],
    [
      'the reference of RCS, whose time has another name',
      {
        channel: 'RCS',
        eventType: 'DELIVERY',
        messageId: 'f0c3',
        destination: '+393901234567',
        statusCode: '3',
        description: 'ok',
        eventDate: at,
      },
      receipt(['f0c3'], '+393901234567', { channel: 'rcs' }),
    ],
    [
      'a code that nobody has documented',
      { eventType: 'DELIVERY', messageId: 'f0c3', statusCode: 4, description: 'buffered', channel: 'SMS' },
      receipt(['f0c3'], null, {
        channel: 'sms',
        status: 'unknown',
        reason: 'the gateway says statusCode 4',
        at: now,
      }),
    ],
  ] as const)('%s', ([, event, expected]) => {
    expect(heard(event)).toEqual(expected);
  });

  test('several at once', () => {
    expect(heard([flat, { ...flat, customerMessageId: 'order-2' }])).toHaveLength(2);
  });
});

describe('inbound messages', () => {
  const message = {
    eventType: 'INBOUND',
    source: '+393901234567',
    destination: '+393909999999',
    text: 'Ciao',
    channel: 'WHATSAPP',
    messageType: 'TEXT',
    timestamp: at,
  };
  const told = {
    channel: 'whatsapp',
    from: '+393901234567',
    to: '+393909999999',
    text: 'Ciao',
    type: 'text',
    media: null,
    id: null,
    at: then,
  };

  test('in the guide', () => {
    expect(heard(message)).toEqual([{ kind: 'inbound', inbound: { key: expect.any(String), ...told } }]);
  });

  test('in the reference of RCS, an image', () => {
    const { text: _, timestamp: __, ...rest } = message;
    const image = {
      ...rest,
      channel: 'RCS',
      messageId: 'in_1',
      messageType: 'IMAGE',
      mediaKey: 'k',
      receivedDate: at,
    };
    expect(heard(image)).toEqual([
      {
        kind: 'inbound',
        inbound: {
          ...told,
          key: expect.any(String),
          id: 'in_1',
          channel: 'rcs',
          text: null,
          type: 'image',
          media: 'k',
        },
      },
    ]);
  });

  const form = (fields: Record<string, string>) =>
    parseWebhook(
      'application/x-www-form-urlencoded; charset=utf-8',
      new URLSearchParams(fields).toString(),
      now,
    );
  const fields = {
    originator: '393901234567',
    destination: '3939',
    date_time: '20261124025900',
    text: 'Sì & no',
  };

  test('by SMS to a rented number, which wants its own answer', () => {
    expect(form(fields)).toEqual({
      reply: '+OK',
      events: [
        {
          kind: 'inbound',
          inbound: { ...told, key: expect.any(String), channel: 'sms', to: '3939', text: 'Sì & no' },
        },
      ],
    });
  });

  test('two that differ are two, though they bear one id', () => {
    const keys = ['A', 'B'].flatMap((text) => heard({ ...message, messageId: 'orig-1', text }) ?? []);
    expect(new Set(keys.map((one) => (one.kind === 'inbound' ? one.inbound.key : ''))).size).toBe(2);
  });

  test('an event repeated with another time has the same key, and two ids have two keys', () => {
    const keyOf = (more: object) => {
      const [one] = heard({ ...message, messageId: 'in_1', ...more }) ?? [];
      return one?.kind === 'inbound' ? one.inbound.key : undefined;
    };
    expect(keyOf({ timestamp: '2026-11-24T02:59:40Z' })).toBe(keyOf({}));
    expect(keyOf({ messageId: 'in_2' })).not.toBe(keyOf({}));
  });

  test('from a clock that goes before ours is not of the future', () => {
    expect(heard({ ...message, timestamp: '2999-01-01T00:00:00Z' })).toMatchObject([
      { inbound: { at: now } },
    ]);
  });

  test('repeated it has the same key, with a time or without', () => {
    const keyOf = (of: typeof fields, later = 0) => {
      const [one] =
        parseWebhook('application/x-www-form-urlencoded', String(new URLSearchParams(of)), now + later)
          ?.events ?? [];
      return one?.kind === 'inbound' ? one.inbound.key : undefined;
    };
    expect(keyOf(fields)).toBe(keyOf(fields, 5));
    expect(keyOf({ ...fields, date_time: '' })).toBe(keyOf({ ...fields, date_time: '' }, 5));
    expect(keyOf(fields)).not.toBe(keyOf({ ...fields, text: 'No' }));
  });
});

describe('bodies that are no events', () => {
  test.for([
    ['no JSON', 'application/json', '{'],
    ['nothing', 'application/json', ''],
    ['another object', 'application/json', '{"hello":1}'],
    [
      'an event of a kind that nobody has documented',
      'application/json',
      '{"eventType":"TYPING","messageId":"a"}',
    ],
    ['a receipt of no message', 'application/json', '{"status":"DELIVERED"}'],
    ['a message from nobody', 'application/json', '{"eventType":"INBOUND","channel":"SMS","text":"a"}'],
    ['an empty list', 'application/json', '[]'],
    ['a list with something else in it', 'application/json', '[{"messageId":"a","status":"SENT"},1]'],
    ['another form', 'application/x-www-form-urlencoded', 'a=b'],
  ] as const)('%s', ([, type, text]) => {
    expect(parseWebhook(type, text, now)).toBeUndefined();
  });

  test('any body is an event or not, and never an exception', () => {
    const word = fc.constantFrom(
      'DELIVERY',
      'READ',
      'INBOUND',
      'delivered',
      'SMS',
      'rcs',
      3,
      6,
      -1,
      null,
      {},
      [],
    );
    const event = fc.dictionary(
      fc.constantFrom(
        'eventType',
        'messageId',
        'status',
        'statusCode',
        'channel',
        'source',
        'text',
        'numPart',
        'totalParts',
        'timestamp',
        '__proto__',
      ),
      fc.oneof(word, fc.jsonValue()),
    );
    fc.assert(
      fc.property(fc.oneof(event, fc.array(event), fc.jsonValue()), (value) => {
        const told = read(value);
        for (const one of told?.events ?? [])
          expect(
            one.kind === 'inbound'
              ? Number.isInteger(one.inbound.at)
              : [...one.ids, one.gatewayId].some(Boolean),
          ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
