import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttpClient } from '../../../src/gateway/http/client.ts';
import { asNetworkError, type Transport, Withheld } from '../../../src/gateway/http/exchange.ts';
import { createNodeTransport } from '../../../src/gateway/http/node-transport.ts';
import { createUndiciTransport } from '../../../src/gateway/http/undici-transport.ts';
import { createGateway } from '../../../src/gateway/http-gateway.ts';
import { dialect } from '../../../src/gateway/partner/dialect.ts';
import { openInbox } from '../../../src/gateway/vendor/inbox.ts';
import { createVolatileFacts } from '../../../src/storage/gateway-facts.ts';
import { afterFile } from '../../support/after-file.ts';
import { acceptance } from '../../support/faults.ts';
import { plan } from '../../support/messages.ts';
import { makeCertificate, trustCertificates } from '../../support/tls.ts';
import { serveProxy, serveWire } from '../../support/wire.ts';

type Scheme = 'http' | 'https';

const certificate = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
trustCertificates(certificate);

const limits = { connect: 20_000, response: 20_000 };
const closing: Transport[] = [];
afterAll(() => Promise.all(closing.map((transport) => transport.close())));

const ways = ['node', 'undici', 'undici through a proxy'] as const;
const cases = ways.flatMap((way) => (['http', 'https'] as const).map((scheme) => ({ way, scheme })));

async function openTransport(way: (typeof ways)[number], proxy: string): Promise<Transport> {
  const server = way === 'undici through a proxy' ? { origin: proxy, authorization: undefined } : undefined;
  const transport =
    way === 'node' ? createNodeTransport(limits) : await createUndiciTransport(limits, server);
  closing.push(transport);
  return transport;
}

/** Starts a gateway that accepts every message, and a proxy; both read nothing before `ready`. */
async function serve(scheme: Scheme, ready?: Promise<void>) {
  const server = await serveWire({
    ...(scheme === 'https' && { certificate }),
    ready,
    post: ({ app }, _, id) => void app.write(acceptance(id)),
  });
  return { server, url: `${scheme}://127.0.0.1:${server.port}/`, proxy: (await serveProxy({ ready })).url };
}

/** Posts a message unless `mayLeave` forbids it; returns the status, or the network error. */
async function post(transport: Transport, url: string, mayLeave: () => boolean) {
  const body = JSON.stringify({ customerMessageId: 'order-1' });
  const headers = { 'content-type': 'application/json' };
  const answer = await transport
    .exchange({ method: 'POST', url, headers, body, mayLeave })
    .catch(asNetworkError);
  return answer instanceof Error ? answer : answer.status;
}

function createGate() {
  let open = () => {};
  const ready = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { ready, open };
}

const withheld = expect.objectContaining({ constructor: Withheld, mayHaveArrived: false });
const pass = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe.concurrent('a request whose permission ends while it waits for its connection', () => {
  test.for(cases)('$way, $scheme', async ({ way, scheme }, { expect }) => {
    const gate = createGate();
    const { server, url, proxy } = await serve(scheme, gate.ready);
    const transport = await openTransport(way, proxy);
    let isCurrent = true;
    const asked: boolean[] = [];
    const answer = post(transport, url, () => {
      asked.push(isCurrent);
      return isCurrent;
    });
    // Only a plain connection to the gateway is ready before the gateway or the proxy reads it.
    if (scheme === 'https' || way === 'undici through a proxy') await pass(50);
    expect(asked).toEqual([]);
    isCurrent = false;
    gate.open();
    expect(await answer).toEqual(withheld);
    expect(asked).toEqual([false]);
    // Time in which a request that was written after all arrives.
    await pass(200);
    expect([server.received(), server.posts]).toEqual([0, []]);
  });
});

describe.concurrent('a request that may leave', () => {
  test.for(cases)('is written once, $way, $scheme', async ({ way, scheme }, { expect }) => {
    const { server, url, proxy } = await serve(scheme);
    let asked = 0;
    const transport = await openTransport(way, proxy);
    expect(await post(transport, url, () => ++asked > 0)).toBe(200);
    expect([asked, server.posts.length, server.connections()]).toEqual([1, 1, 1]);
  });
});

describe('a request that may leave', () => {
  test.for(cases)('leaves in the same turn of the event loop, $way, $scheme', async ({ way, scheme }) => {
    const { url, proxy, arrival } = await startThread(scheme);
    const transport = await openTransport(way, proxy);
    let blockedUntil = Infinity;
    const answer = await post(transport, url, () => {
      // A write that is deferred, even to the next tick, comes after this block.
      const block = () => {
        if (blockedUntil !== Infinity) return;
        const begin = performance.now();
        while (performance.now() < begin + 150);
        blockedUntil = performance.timeOrigin + performance.now();
      };
      process.nextTick(block);
      queueMicrotask(block);
      return true;
    });
    expect(answer).toBe(200);
    expect(await arrival).toBeLessThan(blockedUntil);
  });
});

/** Starts a gateway and a proxy in a thread of their own; `arrival` is the time at which a request was read. */
async function startThread(scheme: Scheme) {
  const { cert, key } = certificate;
  const worker = new Worker(
    `const { parentPort, workerData: { scheme, options } } = require('node:worker_threads');
    const { connect } = require('node:net');
    const server = require('node:' + scheme).createServer(options, (request, response) => {
      request.resume().on('end', () => {
        parentPort.postMessage(performance.timeOrigin + performance.now());
        response.end('{}');
      });
    });
    const proxy = require('node:http').createServer().on('connect', ({ url }, near) => {
      const far = connect(url.split(':')[1], '127.0.0.1', () => {
        near.write('HTTP/1.1 200 OK\\r\\n\\r\\n');
        far.pipe(near).pipe(far);
      });
    });
    const listen = (one, next) => one.listen(0, '127.0.0.1', next);
    listen(server, () => listen(proxy, () =>
      parentPort.postMessage([server.address().port, proxy.address().port])));`,
    { eval: true, workerData: { scheme, options: { cert, key } } },
  );
  afterFile(() => worker.terminate());
  const [[port, proxyPort]] = (await once(worker, 'message')) as [[number, number]];
  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    proxy: `http://127.0.0.1:${proxyPort}`,
    arrival: once(worker, 'message').then(([at]) => at as number),
  };
}

describe.concurrent('requests withheld on connections that are kept alive', () => {
  const pools = cases.filter(({ way }) => way !== 'node');

  test.for(pools)('write nothing; later ones do, $way, $scheme', async ({ way, scheme }, { expect }) => {
    const { server, url, proxy } = await serve(scheme);
    const transport = await openTransport(way, proxy);
    const postAll = (mayLeave: () => boolean) =>
      Promise.all(Array.from({ length: 8 }, () => post(transport, url, mayLeave)));
    expect(await postAll(() => true)).toEqual(Array(8).fill(200));
    const before = server.received();
    expect(await postAll(() => false)).toEqual(Array(8).fill(withheld));
    await pass(100);
    expect([server.received(), server.posts.length]).toEqual([before, 8]);
    expect(await postAll(() => true)).toEqual(Array(8).fill(200));
    expect(server.posts.length).toBe(16);
  });
});

test('a message and a reply report that they were withheld', async () => {
  const { server, url } = await serve('http');
  const transport = await openTransport('node', '');
  const credentials = { kind: 'key', key: 'test-key-0123456789' } as const;
  const client = createHttpClient(url, credentials, { transport, now: Date.now, sleep: pass });
  const facts = createVolatileFacts();
  const gateway = createGateway(client, dialect, { route: 'here', facts, account: facts, isTrusted: false });
  const never = () => false;
  expect(await gateway.send(plan('order-1'), never)).toEqual({ kind: 'withheld' });
  expect(await openInbox(client, 'account').reply('chat', 'order-2', 'Hello', never)).toEqual({
    kind: 'withheld',
  });
  expect(server.received()).toBe(0);
  expect(await gateway.send(plan('order-1'), () => true)).toMatchObject({ kind: 'accepted' });
});
