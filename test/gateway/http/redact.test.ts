import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMask } from '../../../src/gateway/http/credentials.ts';
import { tryParseJson } from '../../../src/gateway/http/json.ts';
import { redact, redactBody } from '../../../src/gateway/http/redact.ts';
import { parseWebhook } from '../../../src/gateway/webhook/events.ts';

const maskOf = (key: string) => createMask({ kind: 'key', key });
const json = 'application/json';

/** A text with each character written as an escape. */
const escaped = (text: string) =>
  [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const event = `{ "messageId" : "m-\\u00e9", "customerMessageId":"order", "status":"ERROR",
  "channel":"sms","error":"it \\"broke\\" {[:,]}","list":[true,false,null,1,-2.50e3,0.1], "deep":{"a":[]}}`;

describe('a secret that looks like JSON breaks none', () => {
  test.each([
    '{',
    '}',
    '[',
    ':',
    ',',
    '"',
    '\\',
    '\\u00e9',
    'u00e9',
    ' ',
    '-',
    '1',
    '25',
    'true',
    'null',
    'e3',
  ])('%j', (key) => {
    const mask = maskOf(key);
    const passedOn = redactBody(json, event, mask);
    expect(tryParseJson(passedOn)).toEqual(redact(tryParseJson(event), mask));
    expect(parseWebhook(json, event, 0, mask)?.events).toMatchObject([
      { kind: 'receipt', receipt: { status: 'undelivered', channel: 'sms' } },
    ]);
  });

  test.each(['messageId', 'status', 'error', 'channel'])('the name of the field %s', (key) => {
    expect(parseWebhook(json, event, 0, maskOf(key))?.events).toMatchObject([
      {
        kind: 'receipt',
        ids: ['order'],
        gatewayId: 'm-é',
        receipt: { status: 'undelivered', channel: 'sms' },
      },
    ]);
    expect(redactBody(json, event, maskOf(key))).toBe(event);
  });
});

describe('a secret is found however it is written', () => {
  const key = 'ak/live"7Zk+q\\é9';
  test.each([
    ['plainly', JSON.stringify(key).slice(1, -1)],
    ['in escapes', escaped(key)],
    ['with slashes escaped', JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/')],
    ['percent-escaped', encodeURIComponent(key)],
    ['within other text', `no ${escaped(key)} here`],
  ])('%s', (_, written) => {
    const text = `{"a":["${written}"],"b":{"7${written}":1},"c":"${written}","d":"x"}`;
    for (const out of [
      redactBody(json, text, maskOf(key)),
      JSON.stringify(redact(tryParseJson(text), maskOf(key))),
    ]) {
      expect(tryParseJson(out)).toMatchObject({ a: [expect.stringContaining('****')], d: 'x' });
      expect(out).not.toContain('7Zk');
      expect(decodeURIComponent(JSON.stringify(tryParseJson(out)))).not.toContain('7Zk');
    }
  });

  test('as a number', () => {
    const text = '{"a":12345678,"b":[12345678],"c":112345678,"d":"12345678"}';
    const wanted = '{"a":"****","b":["****"],"c":112345678,"d":"****"}';
    expect(redactBody(json, text, maskOf('12345678'))).toBe(wanted);
    expect(JSON.stringify(redact(tryParseJson(text), maskOf('12345678')))).toBe(wanted);
  });

  test('in a form', () => {
    const form = 'application/x-www-form-urlencoded; charset=utf-8';
    const text = `originator=%2b39+1&text=a+%${'6b'}ey-1&x=&&destination=key-1`;
    expect(redactBody(form, text, maskOf('key-1'))).toBe(
      'originator=%2b39+1&text=a+****&x=&&destination=****',
    );
  });
});

describe('texts without a secret', () => {
  test.each([
    ['odd blanks', '\t{ "a" :\n[ 1 , 2 ] }\r\n'],
    ['odd escapes', '{"\\u0061":"\\/\\u002f\\ud83d\\ude00\\ud800"}'],
    ['odd numbers', '[1e999,-0,0.10,12345678901234567890123,1E+2]'],
    ['a name twice', '{"a":1,"a":2,"__proto__":3}'],
    ['a byte order mark', '\uFEFF{"a":1}'],
  ])('stays byte for byte: %s', (_, text) => {
    expect(redactBody(json, text, maskOf('secret-1'))).toBe(text);
  });

  test('redacted JSON means the same as the value without the secret', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ minLength: 1, maxLength: 3 }), (text, key) => {
        expect(redactBody(json, text, maskOf('never-there-1'))).toBe(text);
        expect(tryParseJson(redactBody(json, text, maskOf(key)))).toEqual(
          redact(tryParseJson(text), maskOf(key)),
        );
      }),
    );
  });
});

test('a megabyte of quotes takes no time', () => {
  const text = JSON.stringify({ a: '\\"'.repeat(250_000), b: Array(100_000).fill('k') });
  const begin = performance.now();
  expect(redactBody(json, text, maskOf('secret-1'))).toBe(text);
  expect(performance.now() - begin).toBeLessThan(1_000);
});
