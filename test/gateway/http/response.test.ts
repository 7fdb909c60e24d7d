import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeBody, type HttpResponse } from '../../../src/gateway/http/exchange.ts';
import {
  describeErrorResponse,
  describeStatus,
  outcomeOfErrorResponse,
} from '../../../src/gateway/http/response.ts';
import { describeUnreadable } from '../../../src/gateway/http/unreadable.ts';

const respond = (status: number, body: unknown): HttpResponse => ({
  status,
  header: () => undefined,
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0xff, 0xfe]).toString();
const chat = { chatId: 'c1', phoneNumber: '+393901234567', lastMessage: { text: 'My PIN is 4821' } };

test.each([
  [{ conversations: chat }, 'JSON in an unknown form'],
  [chat, 'JSON in an unknown form'],
  [[chat], 'JSON in an unknown form'],
  [{ data: { items: { c1: chat } } }, 'JSON in an unknown form'],
  [{ message: 'My PIN is 4821', from: '+393901234567' }, 'JSON in an unknown form'],
  [{ text: 'My PIN is 4821' }, 'JSON in an unknown form'],
  ['"My PIN is 4821"', 'JSON in an unknown form'],
  ['17', 'JSON in an unknown form'],
  ['null', 'JSON in an unknown form'],
  [JSON.stringify([chat]).slice(0, -9), 'malformed JSON'],
  [`${JSON.stringify(chat)}\n${JSON.stringify(chat)}`, 'malformed JSON'],
  ['phone,text\n+393901234567,My PIN is 4821', 'phone,text'],
  ['+393901234567 wrote: My PIN is 4821', 'text that is not JSON'],
  ['mario@example.com wrote', 'text that is not JSON'],
  ['Service under maintenance', 'Service under maintenance'],
  ['', 'no body'],
  [' \n', 'no body'],
  ['<html><body>hello</body></html>', 'an HTML page'],
  [binary, 'binary data'],
  [gzipSync(JSON.stringify(chat)).toString(), 'binary data'],
  ['its content encoding br is not supported', 'its content encoding br is not supported'],
  ['its gzip body is malformed', 'its gzip body is malformed'],
  [{ error: 'maintenance' }, 'maintenance'],
  [{ status: 'error', message: 'try later' }, 'try later'],
  [{ status: 'fail', message: 'try later' }, 'try later'],
  [{ errors: [{ message: 'try later' }] }, 'try later'],
  [{ success: false, message: 'try later' }, 'try later'],
])('the unreadable response %j is described as (%s)', (body, described) => {
  expect(describeUnreadable(respond(200, body))).toBe(`an unreadable response (${described})`);
});

test.each([
  [500, '', 'HTTP 500'],
  [500, '<html></html>', 'HTTP 500'],
  [500, {}, 'HTTP 500'],
  [502, binary, 'HTTP 502'],
  [500, 'HTTP 500', 'HTTP 500'],
  [500, { message: 'out of order' }, 'HTTP 500: out of order'],
  [404, 'no such page', 'HTTP 404: no such page'],
])('HTTP %i with %j is described as %s', (status, body, described) => {
  expect(describeStatus(respond(status, body))).toBe(described);
});

test.each([401, 403, 404, 405, 407, 301, 408, 409, 500, 503])('HTTP %i is named once', (status) => {
  const { reason } = outcomeOfErrorResponse(respond(status, ''), 0) as { reason: string };
  expect(reason.match(/HTTP \d+/g)).toHaveLength(1);
});

test('a binary body is no reason', () => {
  expect(describeErrorResponse(respond(400, binary))).toBe('HTTP 400');
});

test('a gzip body is read without its header', () => {
  expect(decodeBody(gzipSync('{"a":1}'), undefined)).toBe('{"a":1}');
  expect(decodeBody(gzipSync('{"a":1}').subarray(0, 12), undefined)).toBe('its gzip body is malformed');
});
