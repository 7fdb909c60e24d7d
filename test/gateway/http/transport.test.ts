import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  type HttpResponse,
  NetworkError,
  type Timeouts,
  type Transport,
} from '../../../src/gateway/http/exchange.ts';
import { createNodeTransport } from '../../../src/gateway/http/node-transport.ts';
import { createUndiciTransport } from '../../../src/gateway/http/undici-transport.ts';
import {
  acceptance,
  handshakeFaults,
  interim,
  postHandshakeFaults,
  refusingProxies,
  silent,
} from '../../support/faults.ts';
import { makeCertificate, trustCertificates } from '../../support/tls.ts';
import { closedPort, serveProxy, serveWire } from '../../support/wire.ts';

vi.setConfig({ maxConcurrency: 8 });

const trusted = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
const untrusted = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
const otherHostCertificate = makeCertificate('DNS:gateway.example');

trustCertificates(trusted, otherHostCertificate);

/** Long enough for a busy machine; nearly all faults are detected earlier. */
const longTimeouts = { connect: 20_000, response: 20_000 };
const shortTimeouts = { connect: 400, response: 20_000 };
const mediumTimeouts = { connect: 5_000, response: 3_000 };
const closing: Transport[] = [];
afterAll(() => Promise.all(closing.map((transport) => transport.close())));

const transports = {
  lone: async (limits: Timeouts) => createNodeTransport(limits),
  pool: (limits: Timeouts) => createUndiciTransport(limits),
} as const;

async function openTransport(name: keyof typeof transports, limits = longTimeouts): Promise<Transport> {
  const transport = await transports[name](limits);
  closing.push(transport);
  return transport;
}

type Outcome = 'surely not' | 'may have' | HttpResponse;

/** Returns the outcome of one JSON POST. */
async function getOutcome(transport: Transport, url: string): Promise<Outcome> {
  const body = JSON.stringify({ customerMessageId: 'order-1' });
  const request = { method: 'POST', url, headers: { 'content-type': 'application/json' }, body } as const;
  try {
    return await transport.exchange(request);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    expect(cause.message).not.toBe('');
    expect(cause.message).not.toMatch(/\n|[0-9A-F]{12}/);
    return cause.mayHaveArrived ? 'may have' : 'surely not';
  }
}

const names = Object.keys(transports) as (keyof typeof transports)[];
const combine = (faults: typeof handshakeFaults) =>
  faults.flatMap(({ name, schemes, behavior }) =>
    schemes.flatMap((scheme) => names.map((transport) => ({ name, scheme, transport, behavior }))),
  );

const title = '$name, $scheme, $transport';

/** Sends one request to a server with the fault. */
async function sendTo(
  { scheme, transport, behavior }: ReturnType<typeof combine>[number],
  limits = longTimeouts,
) {
  const server = await serveWire({ ...behavior, ...(scheme === 'https' && { certificate: trusted }) });
  const outcome = await getOutcome(
    await openTransport(transport, limits),
    `${scheme}://127.0.0.1:${server.port}/`,
  );
  return { outcome, server };
}

describe.concurrent('a failure before the end of the handshake: the request cannot have arrived', () => {
  test.for(combine(handshakeFaults))(title, async (member, { expect }) => {
    const { outcome, server } = await sendTo(member);
    expect([outcome, server.posts]).toEqual(['surely not', []]);
  });

  test.for(names)('connection refused, %s', async (name, { expect }) => {
    for (const scheme of ['http', 'https'])
      expect(
        await getOutcome(await openTransport(name), `${scheme}://127.0.0.1:${await closedPort()}/`),
      ).toBe('surely not');
  });

  test.for(names)('unknown host, %s', async (name, { expect }) => {
    expect(await getOutcome(await openTransport(name), 'https://gateway.invalid/')).toBe('surely not');
  });

  test.for(names)('unresponsive address, %s', async (name, { expect }) => {
    expect(await getOutcome(await openTransport(name, shortTimeouts), 'http://192.0.2.1/')).toBe(
      'surely not',
    );
  });

  test.for(names)('slow handshake, %s', async (name, { expect }) => {
    const { port } = await serveWire({ accept() {} });
    expect(await getOutcome(await openTransport(name, shortTimeouts), `https://127.0.0.1:${port}/`)).toBe(
      'surely not',
    );
  });

  test.for(
    names.flatMap((name) => [
      { name, what: 'that nobody trusts', certificate: untrusted },
      { name, what: 'for another host', certificate: otherHostCertificate },
    ]),
  )('certificate $what, $name', async ({ name, certificate }, { expect }) => {
    const server = await serveWire({ certificate });
    expect(await getOutcome(await openTransport(name), `https://127.0.0.1:${server.port}/`)).toBe(
      'surely not',
    );
    expect(server.posts).toEqual([]);
  });
});

describe.concurrent('a failure after the handshake: the request may have arrived', () => {
  test.for(combine(postHandshakeFaults))(title, async (member, { expect }) => {
    const begin = performance.now();
    const { outcome, server } = await sendTo(member);
    expect([outcome, server.connections()]).toEqual(['may have', 1]);
    // Detected at once, not by timeout.
    expect(performance.now() - begin).toBeLessThan(longTimeouts.response * 0.75);
  });

  test.for(combine(silent))(title, async (member, { expect }) => {
    const { outcome, server } = await sendTo(member, mediumTimeouts);
    expect([outcome, server.connections()]).toEqual(['may have', 1]);
  });
});

describe.concurrent('a response after interim ones', () => {
  test.for(combine(interim))(title, async (member, { expect }) => {
    const { outcome, server } = await sendTo(member);
    expect(outcome).toMatchObject({ status: 200 });
    expect(server.posts.length).toBe(1);
  });

  test.for(names)('100 Continue, %s', async (transport, { expect }) => {
    const { outcome, server } = await sendTo({
      name: '',
      scheme: 'http',
      transport,
      behavior: {
        post: ({ app }, _, id) => void app.write(`HTTP/1.1 100 Continue\r\n\r\n${acceptance(id)}`),
      },
    });
    // Undici treats it as an error, since it never requests it.
    if (outcome !== 'may have') expect(outcome).toMatchObject({ status: 200 });
    expect(server.posts.length).toBe(1);
  });
});

describe.concurrent('a kept-alive connection', () => {
  const pools = names.filter((name) => name !== 'lone');

  test.for(
    pools.flatMap((name) => [
      { name, how: 'FIN', end: 'end' as const },
      { name, how: 'RST', end: 'resetAndDestroy' as const },
    ]),
  )('$how when the next request arrives, $name', async ({ name, end }, { expect }) => {
    const server = await serveWire({
      post: ({ app, wire }, nth, id) => void (nth === 0 ? app.write(acceptance(id)) : wire[end]()),
    });
    const transport = await openTransport(name);
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await getOutcome(transport, url)).toMatchObject({ status: 200 });
    expect(await getOutcome(transport, url)).toBe('may have');
    expect(server.posts.length).toBe(2);
  });

  test.for(pools)('FIN crossing the next request, %s', async (name, { expect }) => {
    const server = await serveWire({
      post: ({ app }, _, id) => void app.write(acceptance(id), () => setImmediate(() => app.end())),
    });
    const transport = await openTransport(name);
    for (let i = 0; i < 50; i++) {
      const before = server.posts.length;
      const outcome = await getOutcome(transport, `http://127.0.0.1:${server.port}/`);
      const arrived = server.posts.length - before;
      expect(arrived).toBeLessThanOrEqual(1);
      expect([outcome, arrived]).not.toEqual(['surely not', 1]);
    }
  });
});

describe('through a proxy', () => {
  async function sendThroughProxy(proxy: string, url: string, limits = mediumTimeouts): Promise<Outcome> {
    const transport = await createUndiciTransport(limits, { origin: proxy, authorization: undefined });
    closing.push(transport);
    return getOutcome(transport, url);
  }

  test.for(
    refusingProxies.flatMap(({ schemes, ...fault }) => schemes.map((scheme) => ({ ...fault, scheme }))),
  )('$name, $scheme: the request cannot have arrived', async ({ scheme, behavior }) => {
    const server = await serveWire(scheme === 'https' ? { certificate: trusted } : {});
    const proxy = await serveProxy(behavior);
    const outcome = await sendThroughProxy(proxy.url, `${scheme}://127.0.0.1:${server.port}/`);
    // A proxy that wants credentials is reported as a response, since a retry would change nothing.
    if (behavior.refusal?.startsWith('407')) expect(outcome).toMatchObject({ status: 407 });
    else expect(outcome).toBe('surely not');
    expect([server.posts.length, proxy.asked.length]).toEqual([0, 1]);
  });

  test.for(['http', 'https'] as const)('no response to CONNECT, %s', async (scheme) => {
    const proxy = await serveProxy({ accept() {} });
    expect(await sendThroughProxy(proxy.url, `${scheme}://127.0.0.1:1/`, shortTimeouts)).toBe('surely not');
    expect(proxy.asked.length).toBe(1);
  });

  test.for(['http', 'https'] as const)('proxy that is not running, %s', async (scheme) => {
    expect(await sendThroughProxy(`http://127.0.0.1:${await closedPort()}`, `${scheme}://127.0.0.1:1/`)).toBe(
      'surely not',
    );
  });

  test('certificate for another host', async () => {
    const server = await serveWire({ certificate: otherHostCertificate });
    const proxy = await serveProxy();
    expect(await sendThroughProxy(proxy.url, `https://127.0.0.1:${server.port}/`)).toBe('surely not');
    expect([server.posts.length, proxy.asked.length]).toEqual([0, 1]);
  });

  test.for(combine(postHandshakeFaults).filter(({ transport }) => transport === 'pool'))(
    '$name, $scheme: the request may have arrived',
    async ({ scheme, behavior }) => {
      const server = await serveWire({ ...behavior, ...(scheme === 'https' && { certificate: trusted }) });
      const proxy = await serveProxy();
      expect(await sendThroughProxy(proxy.url, `${scheme}://127.0.0.1:${server.port}/`)).toBe('may have');
      expect([server.connections(), proxy.asked.length]).toEqual([1, 1]);
    },
  );

  test('plain tunnel closed when the request arrives', async () => {
    const proxy = await serveProxy({
      opened: (near) => void near.once('data', () => near.resetAndDestroy()),
    });
    expect(await sendThroughProxy(proxy.url, 'http://127.0.0.1:1/')).toBe('may have');
    expect(proxy.asked.length).toBe(1);
  });

  test('plain tunnel closed when it opens is not retried forever', async () => {
    const proxy = await serveProxy({ opened: (near) => void near.end() });
    expect(await sendThroughProxy(proxy.url, 'http://127.0.0.1:1/')).toEqual(
      expect.stringMatching(/surely not|may have/),
    );
    expect(proxy.asked.length).toBe(1);
  });
});
