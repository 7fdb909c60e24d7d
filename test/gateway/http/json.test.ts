import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asId, asNumber, asText, firstId, tryParseJson } from '../../../src/gateway/http/json.ts';
import { redact } from '../../../src/gateway/http/redact.ts';

/** Builds documents around a value; `text` is put into strings, where it must stay. */
const documents: readonly ((json: string, text: string) => string)[] = [
  (json) => json,
  (json) => `[${json}]`,
  (json) => `{"id":${json}}`,
  (json) => `{"id" : ${json} }`,
  (json) => `{"id":\n\t${json}\n}`,
  (json, text) => `[1,${json},"${text}",2]`,
  (json, text) => `{"a\\"":"\\\\","id":${json},"b":"\\": ${text}, \\\\"}`,
];

test.each([
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '10000000000000001',
  '12345678901234567',
  '123456789012345678',
  '1234567890123456789',
  '18446744073709551615',
  '340282366920938463463374607431768211455',
])('keeps the digits of %s', (digits) => {
  for (const build of documents)
    expect(tryParseJson(build(digits, digits))).toEqual(JSON.parse(build(`"${digits}"`, digits)));
  const value = tryParseJson(`{"id":${digits}}`) as Record<string, unknown>;
  expect([asId(value.id), asText(value.id), firstId(value, 'none', 'id')]).toEqual(Array(3).fill(digits));
  expect(asNumber(value.id)).toBe(Number(digits));
});

test.each([
  '0',
  '-0',
  '1001',
  '9007199254740991',
  '-9007199254740991',
  '1764279000000123',
  '1.2345678901234567890',
  '1234567890123456.5',
  '1e16',
  '12345678901234567e0',
  '"9007199254740993"',
  '" 9007199254740993"',
  '"9007199254740993 : 9007199254740993"',
  'true',
  'null',
])('parses %s as JSON.parse does', (json) => {
  for (const build of documents) expect(tryParseJson(build(json, ''))).toEqual(JSON.parse(build(json, '')));
});

test.each([
  '01234567890123456789',
  '+12345678901234567890',
  '--12345678901234567890',
  '12345678901234567890x',
  '12345678901234567890-1',
  '[12345678901234567890',
  '{"id":12345678901234567890,}',
  '{12345678901234567890:1}',
  '"12345678901234567890',
  '1234567890123456789 0',
])('refuses %s, which is not JSON', (text) => {
  expect(tryParseJson(text)).toBeUndefined();
});

test('masks a secret of digits', () => {
  const mask = (text: string) => text.replaceAll('12345678901234567890', '****');
  expect(redact(tryParseJson('{"id":12345678901234567890}'), mask)).toEqual({ id: '****' });
});

test('parses any value as JSON.parse does, except for long integers', () => {
  const value = fc.jsonValue();
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (one, space) => {
      const text = JSON.stringify(one, null, space);
      // `fc.jsonValue` has no integers beyond the safe ones, except in the form 1e+30.
      expect(JSON.stringify(tryParseJson(text)).replace(/"(-?\d{16,})"/g, '$1')).toBe(
        JSON.stringify(JSON.parse(text)).replace(/"(-?\d{16,})"/g, '$1'),
      );
    }),
  );
});

test('takes time that grows with the text only', () => {
  const item = '{"id":12345678901234567890,"text":"12345678901234567890"}';
  const text = `[${Array(100_000).fill(item).join()}]`;
  const startedAt = performance.now();
  expect(tryParseJson(text)).toHaveLength(100_000);
  expect(tryParseJson('1'.repeat(2_000_000))).toHaveLength(2_000_000);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
