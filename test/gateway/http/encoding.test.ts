import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { createNodeTransport } from '../../../src/gateway/http/node-transport.ts';
import { createUndiciTransport } from '../../../src/gateway/http/undici-transport.ts';

const closing: (() => unknown)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

const limits = { connect: 2_000, response: 2_000 };
const transports = [createNodeTransport(limits), await createUndiciTransport(limits)];
closing.push(...transports.map(({ close }) => close));

const body = JSON.stringify({ messageId: 'msg_1', text: 'perché no? '.repeat(5_000) });
const gzipped = gzipSync(body);

/** Returns what both transports read from a response with this body and header. */
async function read(status: number, bytes: Buffer | string, encoding?: string): Promise<string> {
  const server = createServer((request, response) => {
    const headers = encoding === undefined ? {} : { 'Content-Encoding': encoding };
    request.resume().on('end', () => response.writeHead(status, headers).end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const request = { method: 'GET', url, headers: {}, body: null } as const;
  const responses = await Promise.all(transports.map((transport) => transport.exchange(request)));
  for (const one of responses) expect(one.status).toBe(status);
  const [first, second] = responses.map(({ text }) => text);
  expect(first).toBe(second);
  return first ?? '';
}

test.each<[string, Buffer | string, string | undefined]>([
  ['no header', body, undefined],
  ['an empty header', body, ''],
  ['identity', body, 'identity'],
  ['gzip', gzipped, 'gzip'],
  ['gzip in upper case', gzipped, 'GZIP'],
  ['the older name of gzip', gzipped, 'x-gzip'],
  ['gzip beside identity', gzipped, 'identity, gzip'],
  ['gzip twice', gzipSync(gzipped), 'gzip, gzip'],
  ['gzip in two members', Buffer.concat([gzipSync(body.slice(0, 9)), gzipSync(body.slice(9))]), 'gzip'],
])('reads a body with %s', async (_, bytes, encoding) => {
  for (const status of [200, 202, 400, 429, 500]) expect(await read(status, bytes, encoding)).toBe(body);
});

test.each(['gzip', 'br', 'identity'])('reads an empty body with %s', async (encoding) => {
  expect(await read(200, '', encoding)).toBe('');
});

test.each<[string, Buffer | string, string, RegExp]>([
  ['brotli', brotliCompressSync(body), 'br', /content encoding br\b/],
  ['deflate', deflateSync(body), 'deflate', /content encoding deflate\b/],
  ['zstd', Buffer.from('28b52ffd', 'hex'), 'zstd', /content encoding zstd\b/],
  ['an unknown encoding', body, 'aes128gcm', /content encoding aes128gcm\b/],
  ['gzip within brotli', brotliCompressSync(gzipped), 'gzip, br', /content encoding gzip, br\b/],
  ['a header that is too long', body, 'x'.repeat(5_000), /^.{0,100}$/],
  ['gzip that is no gzip', body, 'gzip', /gzip.*malformed/],
  ['gzip that is cut off', gzipped.subarray(0, -20), 'gzip', /gzip.*malformed/],
  ['gzip that grows without bounds', gzipSync(Buffer.alloc(200_000_000)), 'gzip', /gzip.*larger than 8 MiB/],
])('says why a body cannot be read: %s', async (_, bytes, encoding, expected) => {
  const text = await read(200, bytes, encoding);
  expect(text).toMatch(expected);
  expect(() => JSON.parse(text)).toThrow();
  expect(text).not.toContain('\n');
});
