import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { asNetworkError, NetworkError } from '../../../src/gateway/http/exchange.ts';
import { createUndiciTransport } from '../../../src/gateway/http/undici-transport.ts';

const closing: (() => unknown)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

/** Starts a server that counts connections and closes each after `mostRequests` requests. */
async function startCountingServer(mostRequests = 0) {
  const counts = { connections: 0, requests: 0 };
  const server = createServer((request, response) => {
    counts.requests++;
    request.resume().on('end', () => response.writeHead(200, { 'X-Told': 'yes' }).end(`${request.url}`));
  });
  server.maxRequestsPerSocket = mostRequests;
  server.on('connection', () => counts.connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { counts, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function openPool() {
  const transport = await createUndiciTransport({ connect: 1_000, response: 1_000 });
  closing.push(transport.close);
  return transport;
}

const post = (url: string) => ({ method: 'POST', url, headers: {}, body: '{}' }) as const;

test('opens as many connections as there are concurrent requests', async () => {
  const { counts, url } = await startCountingServer();
  const { exchange } = await openPool();
  const worker = async () => {
    for (let i = 0; i < 50; i++) await exchange(post(url));
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  expect(counts).toEqual({ connections: 4, requests: 200 });
});

test('matches responses to requests and reads headers by name, for any host', async () => {
  const [one, two] = await Promise.all([startCountingServer(), startCountingServer()]);
  const { exchange } = await openPool();
  const answers = await Promise.all(
    ['/a', '/b?c=d', '/e'].flatMap((path) => [one, two].map(({ url }) => exchange(post(url + path)))),
  );
  expect(answers.map(({ status, text }) => [status, text])).toEqual(
    ['/a', '/a', '/b?c=d', '/b?c=d', '/e', '/e'].map((path) => [200, path]),
  );
  expect(answers.map((answer) => answer.header('x-told'))).toEqual(Array(6).fill('yes'));
  expect(answers[0]?.header('x-none')).toBeUndefined();
  expect([one.counts.requests, two.counts.requests]).toEqual([3, 3]);
});

test('reads a response split within a character, after early hints', async () => {
  const { server, url } = await startCountingServer();
  server.removeAllListeners('request');
  server.on('request', (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => {
      response.writeHead(201);
      const pieces = [...Buffer.from('perché no')];
      const next = () => {
        const byte = pieces.shift();
        if (byte === undefined) response.end();
        else response.write(Buffer.from([byte]), () => setImmediate(next));
      };
      next();
    });
  });
  const { exchange } = await openPool();
  expect(await exchange(post(url))).toMatchObject({ status: 201, text: 'perché no' });
  expect(await exchange(post(url))).toMatchObject({ status: 201, text: 'perché no' });
});

test('reconnects after the server closes a connection', async () => {
  const { counts, url } = await startCountingServer(3);
  const { exchange } = await openPool();
  for (let i = 0; i < 10; i++) expect((await exchange(post(url))).status).toBe(200);
  expect(counts).toEqual({ connections: 4, requests: 10 });
});

test('reports a closed port as not reached, however often it is tried', async () => {
  const { server, url } = await startCountingServer();
  const { exchange } = await openPool();
  await exchange(post(url));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  // The first request may still use a connection that was open.
  await exchange(post(url)).catch(asNetworkError);
  for (let i = 0; i < 3; i++)
    expect(await exchange(post(url)).catch(asNetworkError)).toMatchObject({ mayHaveArrived: false });
});

test('fails pending requests when closed, and sends no later ones', async () => {
  const { server, url, counts } = await startCountingServer();
  server.removeAllListeners('request');
  const transport = await openPool();
  const pending = transport.exchange(post(url)).catch(asNetworkError);
  await new Promise((resolve) => server.once('request', resolve));
  await transport.close();
  expect(await pending).toBeInstanceOf(NetworkError);
  expect(await transport.exchange(post(url)).catch(asNetworkError)).toMatchObject({ mayHaveArrived: false });
  expect(counts.connections).toBe(1);
});
