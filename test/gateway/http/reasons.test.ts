import { describe, expect, test } from 'vitest';
import { describeErrorResponse } from '../../../src/gateway/http/response.ts';
import { dialect as partner } from '../../../src/gateway/partner/dialect.ts';
import type { Phone } from '../../../src/message/phone.ts';

/** Values that hold one reason or more, under any of the usual names, and how they are shown. */
const reasons: readonly (readonly [value: unknown, shown: string])[] = [
  ['SENDER_NOT_ALLOWED', 'SENDER_NOT_ALLOWED'],
  [18, '18'],
  [['SENDER_NOT_ALLOWED'], 'SENDER_NOT_ALLOWED'],
  [['a', '', null, 'b', {}, [], false], 'a, b'],
  [['a', 'a'], 'a'],
  [[18, 19], '18, 19'],
  [{ code: 18, message: 'sender not allowed' }, 'sender not allowed'],
  [[{ code: 18, message: 'sender not allowed' }], 'sender not allowed'],
  [[{ code: 18, description: 'sender not allowed' }], 'sender not allowed'],
  [[{ code: 'SENDER_NOT_ALLOWED' }], 'SENDER_NOT_ALLOWED'],
  [[{ errorCode: 18 }, { code: 4, message: '' }], '18, 4'],
  [[{ reason: 'a' }, { title: 'b' }, { text: 'c' }, { error: 'd' }], 'a, b, c, d'],
  [[{ field: 'destination', message: 'must not be blank' }], 'destination: must not be blank'],
  [[{ propertyPath: 'body', title: 'too long' }], 'body: too long'],
  [[{ fieldName: 'sender', reason: 'not allowed' }], 'sender: not allowed'],
  [
    [{ loc: ['body', 'destination'], msg: 'field required', type: 'missing' }],
    'body.destination: field required',
  ],
  [
    [{ status: '422', source: { pointer: '/sender' }, title: 'Invalid', detail: 'not allowed' }],
    'not allowed',
  ],
  [
    { destination: ['must not be blank', 'too short'], body: 'too long' },
    'destination: must not be blank, too short, body: too long',
  ],
  [{ message: ['a', 'b'] }, 'a, b'],
  [{ error: { code: 18, message: 'sender not allowed' } }, 'sender not allowed'],
  [[[['a']]], 'a'],
];

/** Values that hold none. */
const emptyValues: readonly unknown[] = [
  undefined,
  null,
  '',
  [],
  {},
  [''],
  [null],
  [{}],
  [[]],
  false,
  true,
  { message: '' },
];

const names = [
  'reasons',
  'reason',
  'errors',
  'error',
  'violations',
  'detail',
  'details',
  'message',
  'description',
];

const describeError = (body: unknown, status = 400) =>
  describeErrorResponse({ status, text: JSON.stringify(body), header: () => undefined });

describe.each(names)('an error response with %s', (name) => {
  test.each(reasons)('%j', (value, shown) => {
    expect(describeError({ [name]: value })).toBe(shown);
    expect(describeError({ status: 'fail', data: null, [name]: value }, 500)).toBe(shown);
  });

  test.each(emptyValues)('%j is none', (value) => {
    expect(describeError({ [name]: value })).toBe('HTTP 400');
    expect(describeError({ [name]: value, title: 'Bad Request' })).toBe('Bad Request');
  });
});

test.each<[unknown, string]>([
  [{ status: 400, error: 'Bad Request', message: 'no such number' }, 'no such number'],
  [{ status: 404, error: 'Not Found', path: '/api/x', timestamp: '2026-01-01' }, 'Not Found'],
  [{ type: 'about:blank', title: 'Bad Request', status: 400, detail: 'no such number' }, 'no such number'],
  [
    {
      title: 'Constraint Violation',
      status: 400,
      violations: [{ field: 'destination', message: 'must not be blank' }],
    },
    'Constraint Violation: destination: must not be blank',
  ],
  [
    { message: 'Validation failed', errors: [{ field: 'body', defaultMessage: 'too long' }] },
    'Validation failed: body: too long',
  ],
  [{ message: 'Validation failed', errors: ['Validation failed'] }, 'Validation failed'],
  [{ message: 'Validation failed', errors: [] }, 'Validation failed'],
  [
    { error: { code: 7, message: 'too long', details: [{ field: 'body', message: 'is 2000 characters' }] } },
    'too long: body: is 2000 characters',
  ],
  [[{ message: 'no such number' }], 'no such number'],
  [['no such number'], 'no such number'],
  ['no such number', 'no such number'],
  [18, '18'],
  ['', 'HTTP 400'],
  [null, 'HTTP 400'],
  [{ foo: 1, bar: 'baz' }, 'HTTP 400'],
  [{ accepted: false, code: 18 }, 'HTTP 400'],
  [{ errors: Array.from({ length: 1000 }, (_, nth) => `e${nth}`) }, 'e0, e1, e2, e3, e4, e5, e6, e7, e8, e9'],
])('an error response %j', (body, shown) => {
  expect(describeError(body)).toBe(shown);
});

describe('a rejected message', () => {
  const plan = { id: 'order-1', to: '+393901234567' as Phone };
  const reject = (result: object, more: object = {}) =>
    partner.readSend({ messageId: 'm', results: { sms: { accepted: false, ...result } }, ...more }, plan);

  test.each(names)('with %s', (name) => {
    for (const [value, shown] of reasons)
      expect(reject({ [name]: value })).toEqual({ kind: 'refused', reason: shown });
    for (const value of emptyValues) {
      expect(reject({ [name]: value })).toEqual({ kind: 'refused', reason: 'rejected without a reason' });
      expect(reject({ [name]: value, statusCode: 402 })).toEqual({
        kind: 'refused',
        reason: 'insufficient credit',
      });
      expect(reject({ [name]: value }, { errors: ['no such number'] })).toEqual({
        kind: 'refused',
        reason: 'no such number',
      });
    }
  });
});

describe('the key of `results` is the channel', () => {
  const plan = { id: 'order-1', to: '+393901234567' as Phone };
  const chain = ['whatsapp', 'rcs', 'sms'] as const;
  const accepted = { accepted: true };
  test.each<[object, string | null]>([
    [{ sms: accepted }, 'sms'],
    [{ rcs: accepted }, 'rcs'],
    [{ RCS: accepted }, 'rcs'],
    [{ WhatsApp: { accepted: true, unicode: false } }, 'whatsapp'],
    [{ whatsapp: accepted, rcs: accepted, sms: accepted }, 'whatsapp'],
    [{ sms: accepted, rcs: accepted, whatsapp: accepted }, 'whatsapp'],
    [{ sms: accepted, rcs: { accepted: false, reasons: ['no device'] } }, 'sms'],
    [{ whatsapp: { accepted: false }, rcs: accepted, sms: accepted }, 'rcs'],
    [{ sms: { accepted: true, channel: 'RCS' } }, 'rcs'],
    [{ '+393901234567': accepted }, null],
    [{ telegram: accepted }, null],
    [[{ phoneNumber: '+393901234567', accepted: true, channel: 'sms' }], 'sms'],
    [[{ phoneNumber: '+393901234567', accepted: true }], null],
  ])('%j', (results, channel) => {
    const outcome = partner.readSend({ messageId: 'm', results }, { ...plan, message: { chain } });
    expect(outcome).toMatchObject({ kind: 'accepted', gatewayId: 'm', channel });
  });
});
