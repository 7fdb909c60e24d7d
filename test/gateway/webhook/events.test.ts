import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWebhook } from '../../support/webhook.ts';

const now = Date.parse('2026-11-24T03:00:00Z');
const at = '2026-11-24T02:59:00Z';
const eventTime = Date.parse(at);
const parse = (event: unknown, type = 'application/json') => parseWebhook(type, JSON.stringify(event), now);
const parseEvents = (event: unknown) => parse(event)?.events;

/** Builds an expected receipt; `more` adds to the common fields. */
const receipt = ([id, gatewayId = id]: string[], to: string | null, more: object) => [
  {
    kind: 'receipt',
    key: expect.any(String),
    ids: [id],
    gatewayId,
    to,
    receipt: { channel: null, status: 'delivered', reason: null, at: eventTime, ...more },
  },
];

describe("receipts in the vendor's formats", () => {
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
    ['older format', flat, receipt(['order-1', 'msg_1'], '+393901234567', { channel: 'sms' })],
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
      'undocumented status',
      { ...flat, status: 'BUFFERED' },
      receipt(['order-1', 'msg_1'], '+393901234567', {
        channel: 'sms',
        status: 'unknown',
        reason: 'the gateway says BUFFERED',
      }),
    ],
    [
      'newer format in the guide',
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
      'SMS reference, one part of two',
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
        price: 0.035,
      }),
    ],
    [
      'price of the whole message, as a text',
      { eventType: 'READ', messageId: 'f0c3', channel: 'RCS', price: '0.0704999', timestamp: at },
      receipt(['f0c3'], null, { channel: 'rcs', status: 'read' }),
    ],
    [
      'price of a delivery, as a text',
      { eventType: 'DELIVERY', messageId: 'f0c3', statusCode: 3, price: '0.0704999', timestamp: at },
      receipt(['f0c3'], null, { price: 0.0705 }),
    ],
    ...([-1, 'free', null, {}, 1e9] as const).map(
      (price) =>
        [
          `price ${JSON.stringify(price)}, which is none`,
          { eventType: 'DELIVERY', messageId: 'f0c3', statusCode: 3, price, timestamp: at },
          receipt(['f0c3'], null, {}),
        ] as const,
    ),
    [
      'SMS with one part',
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
      'RCS reference, with another time field',
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
      'undocumented code',
      { eventType: 'DELIVERY', messageId: 'f0c3', statusCode: 4, description: 'buffered', channel: 'SMS' },
      receipt(['f0c3'], null, {
        channel: 'sms',
        status: 'unknown',
        reason: 'the gateway says statusCode 4: buffered',
        at: now,
      }),
    ],
  ] as const)('%s', ([, event, expected]) => {
    expect(parseEvents(event)).toEqual(expected);
  });

  test('several at once', () => {
    expect(parseEvents([flat, { ...flat, customerMessageId: 'order-2' }])).toHaveLength(2);
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
  const expected = {
    channel: 'whatsapp',
    from: '+393901234567',
    to: '+393909999999',
    text: 'Ciao',
    type: 'text',
    media: null,
    id: null,
    at: eventTime,
  };

  test("parses the guide's example", () => {
    expect(parseEvents(message)).toEqual([
      { kind: 'inbound', inbound: { key: expect.any(String), ...expected } },
    ]);
  });

  test("parses the RCS reference's image", () => {
    const { text: _, timestamp: __, ...rest } = message;
    const image = {
      ...rest,
      channel: 'RCS',
      messageId: 'in_1',
      messageType: 'IMAGE',
      mediaKey: 'k',
      receivedDate: at,
    };
    expect(parseEvents(image)).toEqual([
      {
        kind: 'inbound',
        inbound: {
          ...expected,
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

  test('responds to an SMS to a rented number as required', () => {
    expect(form(fields)).toEqual({
      reply: '+OK',
      unknown: [],
      events: [
        {
          kind: 'inbound',
          inbound: { ...expected, key: expect.any(String), channel: 'sms', to: '3939', text: 'Sì & no' },
        },
      ],
    });
  });

  test.each([
    ['ISO 8859-1', 'ARR%CAT', 'ARRÊT'],
    ['ISO 8859-1 in lower case', 'd%e9sabonner', 'désabonner'],
    ['ISO 8859-1, several letters', 'D%C9MARRER+%E0+No%EBl', 'DÉMARRER à Noël'],
    ['ISO 8859-1, Spanish', '%BFQu%E9%3F+Ma%F1ana', '¿Qué? Mañana'],
    ['ISO 8859-1, Portuguese', 'come%E7ar', 'começar'],
    ['ISO 8859-1, German', 'gr%FC%DFe', 'grüße'],
    ['Windows-1252', '5+%80+%96+it%92s', '5 € – it’s'],
    ['UTF-8', 'ARR%C3%8AT', 'ARRÊT'],
    ['UTF-8, unescaped', 'ARRÊT', 'ARRÊT'],
    ['UTF-8, emoji', '%F0%9F%9B%91+STOP', '🛑 STOP'],
    ['ASCII', 'a%2Bb+c%26d%3D1', 'a+b c&d=1'],
    ['an equals sign', 'a=b', 'a=b'],
    ['a percent sign', '100%+sure', '100% sure'],
    ['nothing', '', ''],
  ])('reads a form in %s', (_, escaped, text) => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded; charset=ISO-8859-1',
    ]) {
      const parsed = parseWebhook(type, `originator=%2B393901234567&text=${escaped}&destination=3939`, now);
      expect(parsed?.events).toMatchObject([{ inbound: { text, from: '+393901234567', to: '3939' } }]);
    }
  });

  test('reads the first of two fields with one name, and ignores others', () => {
    const content = 'x=%E9&originator=393901234567&text=a&text=b&y';
    expect(parseWebhook('application/x-www-form-urlencoded', content, now)?.events).toMatchObject([
      { inbound: { text: 'a', from: '+393901234567' } },
    ]);
  });

  test('tells two messages with one id apart', () => {
    const keys = ['A', 'B'].flatMap((text) => parseEvents({ ...message, messageId: 'orig-1', text }) ?? []);
    expect(new Set(keys.map((one) => (one.kind === 'inbound' ? one.inbound.key : ''))).size).toBe(2);
  });

  test('derives the same key with another time, and different keys for different ids', () => {
    const getKey = (more: object) => {
      const [one] = parseEvents({ ...message, messageId: 'in_1', ...more }) ?? [];
      return one?.kind === 'inbound' ? one.inbound.key : undefined;
    };
    expect(getKey({ timestamp: '2026-11-24T02:59:40Z' })).toBe(getKey({}));
    expect(getKey({ messageId: 'in_2' })).not.toBe(getKey({}));
  });

  test("does not move the time of a message into the future if the gateway's clock is ahead", () => {
    expect(parseEvents({ ...message, timestamp: '2999-01-01T00:00:00Z' })).toMatchObject([
      { inbound: { at: now } },
    ]);
  });

  test('derives the same key when repeated, with or without a time', () => {
    const getKey = (of: typeof fields, later = 0) => {
      const [one] =
        parseWebhook('application/x-www-form-urlencoded', String(new URLSearchParams(of)), now + later)
          ?.events ?? [];
      return one?.kind === 'inbound' ? one.inbound.key : undefined;
    };
    expect(getKey(fields)).toBe(getKey(fields, 5));
    expect(getKey({ ...fields, date_time: '' })).toBe(getKey({ ...fields, date_time: '' }, 5));
    expect(getKey(fields)).not.toBe(getKey({ ...fields, text: 'No' }));
  });
});

describe('an unknown status code keeps its description', () => {
  const event = { eventType: 'DELIVERY', messageId: 'f0c3', channel: 'SMS', timestamp: at };
  test.each([
    [{ statusCode: 1, description: 'Accepted by operator' }, 'statusCode 1: Accepted by operator'],
    [{ statusCode: '17', statusDescription: 'buffered' }, 'statusCode 17: buffered'],
    [{ statusCode: 0, deliveryStatusDescription: 'queued' }, 'statusCode 0: queued'],
    [{ statusCode: -1, error: 'timed out' }, 'statusCode -1: timed out'],
    [{ statusCode: 3.5, error: { code: 9, message: 'timed out' } }, 'statusCode 3.5: timed out'],
    [{ statusCode: 42, description: 42 }, 'statusCode 42: 42'],
    [{ statusCode: 42, description: '' }, 'statusCode 42'],
    [{ statusCode: 42, description: null }, 'statusCode 42'],
    [{ statusCode: 42 }, 'statusCode 42'],
    [{ statusCode: 42, reasons: [{ code: 9, description: 'timed out' }] }, 'statusCode 42: timed out'],
    [{ statusCode: 42, text: 'what was sent', message: 'what was sent' }, 'statusCode 42'],
    [{ statusCode: 42, status: 'BUFFERED', description: 'waiting' }, 'statusCode 42: waiting'],
    [{ status: 'BUFFERED', description: 'waiting' }, 'BUFFERED: waiting'],
    [{ deliveryStatus: 'QUEUED', deliveryStatusDescription: 'waiting' }, 'QUEUED: waiting'],
  ])('%j', (fields, reason) => {
    expect(parseEvents({ ...event, ...fields })).toMatchObject([
      { kind: 'receipt', receipt: { status: 'unknown', reason: `the gateway says ${reason}` } },
    ]);
  });

  test('beside a status that is known, which counts', () => {
    const known = { statusCode: 42, status: 'ERROR', description: 'absent subscriber' };
    expect(parseEvents({ ...event, ...known })).toMatchObject([
      { receipt: { status: 'undelivered', reason: 'absent subscriber' } },
    ]);
  });
});

describe('events of no documented shape', () => {
  test.each([
    [{ hello: 1, world: 2 }, ['fields hello, world']],
    [{}, ['an empty object']],
    [{ eventType: 'TYPING', messageId: 'a' }, ['eventType TYPING']],
    [{ type: 'template.approved' }, ['type template.approved']],
    [{ status: 'DELIVERED' }, ['status DELIVERED']],
    [{ eventType: 'INBOUND', channel: 'SMS', text: 'a' }, ['eventType INBOUND']],
    [{ eventType: 'INBOUND', channel: 'MESSENGER', source: '1' }, ['eventType INBOUND']],
    [{ eventType: { a: 1 }, status: [1] }, ['fields eventType, status']],
    [{ eventType: 'x'.repeat(1000) }, [`eventType ${'x'.repeat(90)}`]],
    [[], []],
    [1, ['not an object']],
    [null, ['not an object']],
    ['DELIVERED', ['not an object']],
    [
      [null, [], 'a'],
      ['not an object', 'not an object', 'not an object'],
    ],
  ])('%j', (body, unknown) => {
    expect(parse(body)).toEqual({ events: [], unknown, reply: '' });
  });

  test.each([0, 1, 2])('do not lose the others of a batch, at %i', (place) => {
    const receipts: unknown[] = ['a', 'b'].map((messageId) => ({ messageId, status: 'SENT' }));
    for (const unknown of [{ eventType: 'TYPING', messageId: 'c' }, null, 1, {}]) {
      const parsed = parse(receipts.toSpliced(place, 0, unknown));
      expect(parsed?.events.map((event) => event.kind === 'receipt' && event.ids)).toEqual([['a'], ['b']]);
      expect(parsed?.unknown).toHaveLength(1);
    }
  });
});

describe('bodies that are not events', () => {
  test.for([
    ['malformed JSON', 'application/json', '{'],
    ['malformed JSON after events', 'application/json', '[{"messageId":"a","status":"SENT"},'],
    ['empty body', 'application/json', ''],
    [
      'too many events',
      'application/json',
      `[${Array(1_001).fill('{"messageId":"a","status":"SENT"}').join()}]`,
    ],
    ['unrelated form', 'application/x-www-form-urlencoded', 'a=b'],
  ] as const)('%s', ([, type, text]) => {
    expect(parseWebhook(type, text, now)).toBeUndefined();
  });

  test('parses or refuses any body without an exception', () => {
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
        const expected = parse(value);
        for (const one of expected?.events ?? [])
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
