import { expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { renderFailure } from '../../src/output/failure.ts';
import type { Format } from '../../src/output/formats/format.ts';
import { styleOf } from './screen.ts';

const whole = new Failure('usage', 'phone.not-e164', '"x" is not a phone number', 'write it as +39...');
const bare = new Failure('gateway', 'gateway.unreachable', 'no answer\u001B[2J\nfrom \u009Bhere');

test.each<[Failure, Format, string]>([
  [whole, 'table', 'error: "x" is not a phone number\nhint: write it as +39...\n'],
  [whole, 'csv', 'error: "x" is not a phone number\nhint: write it as +39...\n'],
  [bare, 'table', 'error: no answer from ere\n'],
  [
    whole,
    'json',
    '{"error":{"code":"phone.not-e164","message":"\\"x\\" is not a phone number","hint":"write it as +39...","retryable":false}}\n',
  ],
  [
    bare,
    'ndjson',
    '{"error":{"code":"gateway.unreachable","message":"no answer\\u001b[2J\\nfrom \\u009bhere","hint":null,"retryable":true}}\n',
  ],
])('prints %s as %s', async (failure, format, text) => {
  expect(renderFailure(failure, format, await styleOf())).toBe(text);
});

test('prints a hint of two lines as two hints', async () => {
  expect(
    renderFailure({ kind: 'usage', code: 'c', message: 'm', hint: 'a\nb' }, 'table', await styleOf()),
  ).toBe('error: m\nhint: a\nhint: b\n');
});

test('colors only the labels', async () => {
  expect(renderFailure(whole, 'table', await styleOf({ color: true }))).toMatch(
    /^\u001B\[31merror:\u001B\[39m "x".*\n\u001B\[33mhint:\u001B\[39m write/,
  );
});
