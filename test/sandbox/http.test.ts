import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { start } from './start.ts';

const basic = (pair: string) => ({ Authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

test.each([
  [{}, 401],
  [{ 'X-Api-Key': '' }, 401],
  [{ 'X-Api-Key': 'invalid' }, 401],
  [{ 'X-Api-Key': 'forbidden' }, 403],
  [{ 'X-Api-Key': 'constructor' }, 200],
  [basic('me:secret'), 200],
  [basic('me:'), 200],
  [basic('invalid:secret'), 401],
  [basic('forbidden:secret'), 403],
  [basic('no colon'), 401],
  [basic(':secret'), 401],
  [{ Authorization: 'Bearer abc' }, 401],
  [{ Authorization: 'Basic \u00e9' }, 401],
])('credentials %j -> %i', async (headers, status) => {
  const { call } = await start();
  const answer = await call('GET', '/services/sms/credit', { headers });
  expect(answer.status).toBe(status);
  for (const name of ['Limit', 'Remaining', 'Reset'])
    expect(answer.headers.get(`X-RateLimit-${name}`)).toMatch(/^\d+$/);
});

test.each([
  ['GET', '/nowhere', 404, null],
  ['GET', '/', 404, null],
  ['GET', '/message-server/fax/send', 404, null],
  ['GET', '/message-server/sms/templates', 404, null],
  ['GET', '/message-server/sms/send', 405, 'POST'],
  ['DELETE', '/messages/status/a', 405, 'GET'],
  ['OPTIONS', '/message-server/rcs/templates', 405, 'GET, POST'],
  ['GET', '/messages/status/%E0%A4%A', 400, null],
])('%s %s -> %i', async (method, path, status, allow) => {
  const { call } = await start();
  const answer = await call(method, path);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status, error: expect.any(String), message: expect.any(String) });
  expect(answer.headers.get('Allow')).toBe(allow);
});

test('accepts paths without /api', async () => {
  const { url } = await start();
  const response = await fetch(`${url.replace(/\/api$/, '')}/services/sms/credit`, {
    headers: { 'X-Api-Key': 'any' },
  });
  expect(await response.json()).toEqual({ credit: 100_000 });
});

const largest = `{"phoneNumber":"+393901234567","message":"x"}`.padEnd(1024 * 1024);

test.each<[string, string | Uint8Array, number]>([
  ['empty', '', 400],
  ['truncated', '{', 400],
  ['null', 'null', 400],
  ['an array', '[]', 400],
  ['a string', '"x"', 400],
  ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
  ['lone surrogate', '{"phoneNumber":"+393901234567","message":"\\ud800"}', 400],
  ['__proto__ key', '{"phoneNumber":"+393901234567","message":"x","__proto__":{"fallback":true}}', 200],
  [
    'BOM and NUL',
    '\ufeff{"phoneNumber":"+393901234567","message":"\\u0000b","customerMessageId":"\\u0000"}',
    200,
  ],
  ['1 MiB', largest, 200],
  ['more than 1 MiB', `${largest} `, 413],
  ['far more than 1 MiB', 'x'.repeat(5 * 1024 * 1024), 413],
  ['deep and unclosed', '['.repeat(500_000), 400],
  ['deep and closed', `{"x":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, 400],
  ['deep and valid', `${largest.trim().slice(0, -1)},"x":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, 400],
])('responds to a body that is %s', async (_, body, status) => {
  const { call } = await start();
  expect((await call('POST', '/message-server/sms/send', { body })).status).toBe(status);
  expect((await call('GET', '/sandbox/messages')).status).toBe(200);
});

test('forgets a client that disconnects during its body', async () => {
  const { url, get } = await start();
  for (let i = 0; i < 20; i++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /message-server/sms/send HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"pho',
      () => (i % 2 ? socket.resetAndDestroy() : socket.destroy()),
    );
    await once(socket, 'close');
  }
  expect((await get('/services/sms/credit')).status).toBe(200);
});

describe('templates', () => {
  test.each([
    ['rcs', '', 12],
    ['rcs', '?status=APPROVED', 8],
    ['whatsapp', '?status=approved&phoneNumberId=5&limit=2', 2],
    ['whatsapp', '?status=PENDING', 2],
  ])('%s%s lists %i', async (channel, query, count) => {
    const { get } = await start();
    const { status, body } = await get(`/message-server/${channel}/templates${query}`);
    expect(status).toBe(200);
    expect(body.data).toHaveLength(count);
  });

  test('shows a template in the format of its channel', async () => {
    const { get } = await start();
    expect((await get('/message-server/rcs/templates/template_123')).body).toMatchObject({
      id: 'template_123',
      status: 'APPROVED',
      type: 'TEXT',
      body: { text: expect.stringContaining('{name}') },
    });
    expect((await get('/message-server/whatsapp/templates/template_order')).body).toMatchObject({
      language: 'en',
      components: [
        { type: 'HEADER' },
        { type: 'BODY', text: expect.stringContaining('{{1}}') },
        { type: 'FOOTER' },
        { type: 'BUTTONS' },
      ],
    });
    for (const path of ['rcs/templates/template_order', 'rcs/templates/none', 'rcs/templates?limit=0'])
      expect((await get(`/message-server/${path}`)).status).toBeGreaterThanOrEqual(400);
  });
});

async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.end(text);
  await once(socket, 'close');
  return answer;
}

test.each([
  ['GET // HTTP/1.1\r\nHost: x\r\n\r\n', '404'],
  ['GET * HTTP/1.1\r\nHost: x\r\n\r\n', '404'],
  ['GET http://x/api/services/sms/credit HTTP/1.1\r\nHost: x\r\nX-Api-Key: k\r\n\r\n', '200'],
  ['GET /services/sms/credit?%zz&=&a HTTP/1.1\r\nHost: x\r\nX-Api-Key: a\r\nX-Api-Key: b\r\n\r\n', '200'],
  ['GET / HTTP/1.1\r\n\r\n', '400'],
  ['rubbish\r\n\r\n', '400'],
  ['CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', undefined],
  ['GET /nowhere HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', '404'],
  ['POST /message-server/sms/send HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"pho', '400'],
  ['POST /sandbox/inbound HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', '400'],
])('responds to raw %j with %s and continues', async (text, status) => {
  const { url, get } = await start();
  expect((await raw(url, text)).split(' ')[1]).toBe(status);
  expect((await get('/services/sms/credit')).status).toBe(200);
});

test('sends 100 Continue to a client that expects it', async () => {
  const { url } = await start();
  const sending = request(`${url}/message-server/sms/send`, {
    method: 'POST',
    headers: { Expect: '100-continue', 'X-Api-Key': 'any' },
  });
  sending.flushHeaders();
  await once(sending, 'continue');
  sending.end('{"phoneNumber":"+393901234567","message":"x"}');
  const [response] = await once(sending, 'response');
  expect(response.statusCode).toBe(200);
  response.resume();
});

test('reports a port in use and an unusable state', async () => {
  const { url } = await start();
  const options = { host: '127.0.0.1', port: 0, speed: 1, rateLimit: false, state: 'memory' };
  await expect(startSandbox({ ...options, port: Number(new URL(url).port) })).rejects.toMatchObject({
    kind: 'setup',
    code: 'sandbox.port-in-use',
    hint: expect.stringContaining('--port'),
  });
  await expect(startSandbox({ ...options, host: '203.0.113.1' })).rejects.toMatchObject({
    kind: 'setup',
    code: 'sandbox.cannot-listen',
  });
  await expect(startSandbox({ ...options, state: '/dev/null/state.db' })).rejects.toMatchObject({
    kind: 'setup',
    code: 'sandbox.state',
  });
});

test('can be closed twice', async () => {
  const { close } = await start();
  await Promise.all([close(), close()]);
});
