import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMask, createValueMask } from '../../../src/gateway/http/credentials.ts';
import { tryParseJson } from '../../../src/gateway/http/json.ts';
import { redact, redactBody } from '../../../src/gateway/http/redact.ts';
import { parseWebhook } from '../../support/webhook.ts';

const createKeyMask = (key: string) => createMask({ kind: 'key', key });
const json = 'application/json';

/** Escapes each character of a text. */
const escapeAll = (text: string) =>
  [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const event = `{ "messageId" : "m-\\u00e9", "customerMessageId":"order", "status":"ERROR",
  "channel":"sms","error":"it \\"broke\\" {[:,]}","list":[true,false,null,1,-2.50e3,0.1], "deep":{"a":[]}}`;

describe('a secret that looks like JSON does not break a body', () => {
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
    const mask = createKeyMask(key);
    const redacted = redactBody(json, event, mask);
    expect(tryParseJson(redacted)).toEqual(redact(tryParseJson(event), mask));
    expect(parseWebhook(json, event, 0)?.events).toMatchObject([
      { kind: 'receipt', receipt: { status: 'undelivered', channel: 'sms' } },
    ]);
  });

  test.each(['messageId', 'status', 'error', 'channel'])('keeps the field name %s', (key) => {
    expect(parseWebhook(json, event, 0)?.events).toMatchObject([
      {
        kind: 'receipt',
        ids: ['order'],
        gatewayId: 'm-é',
        receipt: { status: 'undelivered', channel: 'sms' },
      },
    ]);
    expect(redactBody(json, event, createKeyMask(key))).toBe(event);
  });
});

describe('a secret is found in any encoding', () => {
  const key = 'ak/live"7Zk+q\\é9';
  test.each([
    ['plain', JSON.stringify(key).slice(1, -1)],
    ['escaped', escapeAll(key)],
    ['escaped slashes', JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/')],
    ['percent-encoded', encodeURIComponent(key)],
    ['within other text', `no ${escapeAll(key)} here`],
  ])('%s', (_, written) => {
    const text = `{"a":["${written}"],"b":{"7${written}":1},"c":"${written}","d":"x"}`;
    for (const out of [
      redactBody(json, text, createKeyMask(key)),
      JSON.stringify(redact(tryParseJson(text), createKeyMask(key))),
    ]) {
      expect(tryParseJson(out)).toMatchObject({ a: [expect.stringContaining('****')], d: 'x' });
      expect(out).not.toContain('7Zk');
      expect(decodeURIComponent(JSON.stringify(tryParseJson(out)))).not.toContain('7Zk');
    }
  });

  test('number', () => {
    const text = '{"a":12345678,"b":[12345678],"c":112345678,"d":"12345678"}';
    const wanted = '{"a":"****","b":["****"],"c":112345678,"d":"****"}';
    expect(redactBody(json, text, createKeyMask('12345678'))).toBe(wanted);
    expect(JSON.stringify(redact(tryParseJson(text), createKeyMask('12345678')))).toBe(wanted);
  });

  test('form', () => {
    const form = 'application/x-www-form-urlencoded; charset=utf-8';
    const text = `originator=%2b39+1&text=a+%${'6b'}ey-1&x=&&destination=key-1`;
    expect(redactBody(form, text, createKeyMask('key-1'))).toBe(
      'originator=%2b39+1&text=a+****&x=&&destination=****',
    );
  });
});

describe('text without a secret', () => {
  test.each([
    ['unusual whitespace', '\t{ "a" :\n[ 1 , 2 ] }\r\n'],
    ['unusual escapes', '{"\\u0061":"\\/\\u002f\\ud83d\\ude00\\ud800"}'],
    ['unusual numbers', '[1e999,-0,0.10,12345678901234567890123,1E+2]'],
    ['duplicate key', '{"a":1,"a":2,"__proto__":3}'],
    ['byte order mark', '\uFEFF{"a":1}'],
  ])('is unchanged byte for byte: %s', (_, text) => {
    expect(redactBody(json, text, createKeyMask('secret-1'))).toBe(text);
  });

  test('redacts JSON to the same value without the secret', () => {
    // Integers around the largest one that JavaScript holds, and longer ones.
    const integers = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String);
    const documents = fc.oneof(
      fc.json(),
      integers,
      integers.map((one) => `{"id":[${one}],"text":"${one}"}`),
    );
    fc.assert(
      fc.property(documents, fc.string({ minLength: 1, maxLength: 3 }), (text, key) => {
        expect(redactBody(json, text, createKeyMask('never-there-1'))).toBe(text);
        expect(tryParseJson(redactBody(json, text, createKeyMask(key)))).toEqual(
          redact(tryParseJson(text), createKeyMask(key)),
        );
      }),
    );
  });
});

test('redacts a megabyte of quotes in linear time', () => {
  const text = JSON.stringify({ a: '\\"'.repeat(250_000), b: Array(100_000).fill('k') });
  const startedAt = performance.now();
  expect(redactBody(json, text, createKeyMask('secret-1'))).toBe(text);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

describe('a secret that occurs in other text by chance', () => {
  test.each([
    ['x', 'stop texting me'],
    ['1234', '+393471234567'],
    ['1234', 'to 3471234567'],
    ['1234', 'to +39 347 1234 567'],
    ['347', '+39 347 123 4567'],
    ['347', '+39-347-1234567'],
    ['39', '+39 347 123 4567'],
    ['39339123', '+39339123456'],
    ['39339123', 'the number 39339123456 is unknown'],
    ['393391234567', '+393391234567'],
    ['stop', 'nonstop'],
    ['art', 'start'],
    ['sto', 'STOP, basta, stop'],
    ['tre', 'entrée, être'],
    ['no', 'no_route'],
    ['order', 'reorders'],
  ])('%j stays in %j', (key, text) => {
    expect(createKeyMask(key)(text)).toBe(text);
    expect(createValueMask({ kind: 'key', key })(text)).toBe(text);
  });

  test.each([
    ['x', 'the key x is wrong', 'the key **** is wrong'],
    ['1234', 'password:1234', 'password:****'],
    ['1234', '{"password":"1234"}', '{"password":"****"}'],
    ['pa55', 'user mario, pa55.', 'user mario, ****.'],
    ['a+b', 'is a+b', 'is ****'],
    ['$&^.', 'is $&^.', 'is ****'],
    ['sekret-key-1', 'keysekret-key-1x', 'key****x'],
    ['12345678', 'key=12345678&', 'key=****&'],
    ['12345678', 'key12345678x', 'key****x'],
  ])('%j is masked in %j', (key, text, out) => {
    expect(createKeyMask(key)(text)).toBe(out);
  });

  test.each([
    ['1234', '1234'],
    ['1', '1'],
    ['order-1', 'order-1'],
    ['hook', 'https://example.com/hook/abc'],
    ['STOP', 'STOP'],
  ])('%j stays in the value %j', (key, value) => {
    expect(createValueMask({ kind: 'key', key })(value)).toBe(value);
  });

  test.each([
    ['sekret-key-1', 'sekret-key-1'],
    ['sekret-key-1', 'm-sekret-key-1'],
    ['1234', 'the password 1234'],
  ])('%j is masked in the value %j', (key, value) => {
    expect(createValueMask({ kind: 'key', key })(value)).toBe(value.replace(key, '****'));
  });
});
