import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type HttpResponse,
  NetworkError,
  type Timeouts,
  type Transport,
} from '../../../src/gateway/http/exchange.ts';
import { createNodeTransport } from '../../../src/gateway/http/node-transport.ts';
import { createUndiciTransport } from '../../../src/gateway/http/undici-transport.ts';
import { acceptance, early, interim, late, refusingProxies, silent } from '../../support/faults.ts';
import { makeCertificate } from '../../support/tls.ts';
import { closedPort, serveProxy, serveWire } from '../../support/wire.ts';

vi.setConfig({ maxConcurrency: 8 });

const trusted = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
const foreign = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
const misnamed = makeCertificate('DNS:gateway.example');

// What NODE_EXTRA_CA_CERTS does at the start of a program, for one that runs already.
const original = tls.createSecureContext;
beforeAll(() => {
  tls.createSecureContext = (options) => {
    const context = original(options);
    const { addCACert } = context.context as { addCACert(cert: string): void };
    for (const { cert } of [trusted, misnamed]) addCACert.call(context.context, cert);
    return context;
  };
});
afterAll(() => {
  tls.createSecureContext = original;
});

/** Long enough for a busy machine, since nearly all of the faults are noticed before. */
const patient = { connect: 20_000, response: 20_000 };
const hurried = { connect: 400, response: 20_000 };
const silenced = { connect: 5_000, response: 3_000 };
const closing: Transport[] = [];
afterAll(() => Promise.all(closing.map((transport) => transport.close())));

const transports = {
  lone: async (limits: Timeouts) => createNodeTransport(limits),
  pool: (limits: Timeouts) => createUndiciTransport(limits, false),
  // Through undici's agent for proxies, which leaves this host out.
  'pool beside a proxy': async (limits: Timeouts) => {
    vi.stubEnv('NO_PROXY', '*');
    return createUndiciTransport(limits, true);
  },
} as const;

async function opened(name: keyof typeof transports, limits = patient): Promise<Transport> {
  const transport = await transports[name](limits);
  closing.push(transport);
  return transport;
}

type Outcome = 'surely not' | 'may have' | HttpResponse;

/** What one POST of JSON comes to. */
async function outcomeOf(transport: Transport, url: string): Promise<Outcome> {
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
const members = (faults: typeof early) =>
  faults.flatMap(({ name, schemes, behavior }) =>
    schemes.flatMap((scheme) => names.map((transport) => ({ name, scheme, transport, behavior }))),
  );

const title = '$name, $scheme, $transport';

/** Sends one request to such a server. */
async function sendTo({ scheme, transport, behavior }: ReturnType<typeof members>[number], limits = patient) {
  const server = await serveWire({ ...behavior, ...(scheme === 'https' && { certificate: trusted }) });
  const outcome = await outcomeOf(await opened(transport, limits), `${scheme}://127.0.0.1:${server.port}/`);
  return { outcome, server };
}

describe.concurrent('a failure before the handshake is over: the request surely did not arrive', () => {
  test.for(members(early))(title, async (member, { expect }) => {
    const { outcome, server } = await sendTo(member);
    expect([outcome, server.posts]).toEqual(['surely not', []]);
  });

  test.for(names)('connection refused, %s', async (name, { expect }) => {
    for (const scheme of ['http', 'https'])
      expect(await outcomeOf(await opened(name), `${scheme}://127.0.0.1:${await closedPort()}/`)).toBe(
        'surely not',
      );
  });

  test.for(names)('an unknown host, %s', async (name, { expect }) => {
    expect(await outcomeOf(await opened(name), 'https://gateway.invalid/')).toBe('surely not');
  });

  test.for(names)('an address that does not answer, %s', async (name, { expect }) => {
    expect(await outcomeOf(await opened(name, hurried), 'http://192.0.2.1/')).toBe('surely not');
  });

  test.for(names)('a handshake that takes too long, %s', async (name, { expect }) => {
    const { port } = await serveWire({ accept() {} });
    expect(await outcomeOf(await opened(name, hurried), `https://127.0.0.1:${port}/`)).toBe('surely not');
  });

  test.for(
    names.flatMap((name) => [
      { name, what: 'that nobody trusts', certificate: foreign },
      { name, what: 'for another host', certificate: misnamed },
    ]),
  )('a certificate $what, $name', async ({ name, certificate }, { expect }) => {
    const server = await serveWire({ certificate });
    expect(await outcomeOf(await opened(name), `https://127.0.0.1:${server.port}/`)).toBe('surely not');
    expect(server.posts).toEqual([]);
  });
});

describe.concurrent('a failure after the handshake: the request may have arrived', () => {
  test.for(members(late))(title, async (member, { expect }) => {
    const begin = performance.now();
    const { outcome, server } = await sendTo(member);
    expect([outcome, server.connections()]).toEqual(['may have', 1]);
    // Noticed when it happens, not when the time is over.
    expect(performance.now() - begin).toBeLessThan(patient.response * 0.75);
  });

  test.for(members(silent))(title, async (member, { expect }) => {
    const { outcome, server } = await sendTo(member, silenced);
    expect([outcome, server.connections()]).toEqual(['may have', 1]);
  });
});

describe.concurrent('an answer after interim ones', () => {
  test.for(members(interim))(title, async (member, { expect }) => {
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
    // Undici takes it for a fault, since it never asks for it.
    if (outcome !== 'may have') expect(outcome).toMatchObject({ status: 200 });
    expect(server.posts.length).toBe(1);
  });
});

describe.concurrent('a connection that was kept', () => {
  const pools = names.filter((name) => name !== 'lone');

  test.for(
    pools.flatMap((name) => [
      { name, how: 'FIN', end: 'end' as const },
      { name, how: 'RST', end: 'resetAndDestroy' as const },
    ]),
  )('$how as the next request arrives, $name', async ({ name, end }, { expect }) => {
    const server = await serveWire({
      post: ({ app, wire }, nth, id) => void (nth === 0 ? app.write(acceptance(id)) : wire[end]()),
    });
    const transport = await opened(name);
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await outcomeOf(transport, url)).toMatchObject({ status: 200 });
    expect(await outcomeOf(transport, url)).toBe('may have');
    expect(server.posts.length).toBe(2);
  });

  test.for(pools)('FIN and the next request on their way at once, %s', async (name, { expect }) => {
    const server = await serveWire({
      post: ({ app }, _, id) => void app.write(acceptance(id), () => setImmediate(() => app.end())),
    });
    const transport = await opened(name);
    for (let i = 0; i < 50; i++) {
      const before = server.posts.length;
      const outcome = await outcomeOf(transport, `http://127.0.0.1:${server.port}/`);
      const arrived = server.posts.length - before;
      expect(arrived).toBeLessThanOrEqual(1);
      expect([outcome, arrived]).not.toEqual(['surely not', 1]);
    }
  });
});

describe('through a proxy', () => {
  async function through(proxy: string, url: string, limits = silenced): Promise<Outcome> {
    vi.stubEnv('NO_PROXY', '');
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) vi.stubEnv(name, proxy);
    const transport = await createUndiciTransport(limits, true);
    closing.push(transport);
    return outcomeOf(transport, url);
  }

  test.for(
    refusingProxies.flatMap(({ schemes, ...fault }) => schemes.map((scheme) => ({ ...fault, scheme }))),
  )('$name, $scheme: it surely did not arrive', async ({ scheme, behavior }) => {
    const server = await serveWire(scheme === 'https' ? { certificate: trusted } : {});
    const proxy = await serveProxy(behavior);
    expect(await through(proxy.url, `${scheme}://127.0.0.1:${server.port}/`)).toBe('surely not');
    expect([server.posts.length, proxy.asked.length]).toEqual([0, 1]);
  });

  test.for(['http', 'https'] as const)('no answer to CONNECT, %s', async (scheme) => {
    const proxy = await serveProxy({ accept() {} });
    expect(await through(proxy.url, `${scheme}://127.0.0.1:1/`, hurried)).toBe('surely not');
    expect(proxy.asked.length).toBe(1);
  });

  test.for(['http', 'https'] as const)('a proxy that does not run, %s', async (scheme) => {
    expect(await through(`http://127.0.0.1:${await closedPort()}`, `${scheme}://127.0.0.1:1/`)).toBe(
      'surely not',
    );
  });

  test('a certificate for another host', async () => {
    const server = await serveWire({ certificate: misnamed });
    const proxy = await serveProxy();
    expect(await through(proxy.url, `https://127.0.0.1:${server.port}/`)).toBe('surely not');
    expect([server.posts.length, proxy.asked.length]).toEqual([0, 1]);
  });

  test.for(members(late).filter(({ transport }) => transport === 'pool'))(
    '$name, $scheme: it may have arrived',
    async ({ scheme, behavior }) => {
      const server = await serveWire({ ...behavior, ...(scheme === 'https' && { certificate: trusted }) });
      const proxy = await serveProxy();
      expect(await through(proxy.url, `${scheme}://127.0.0.1:${server.port}/`)).toBe('may have');
      expect([server.connections(), proxy.asked.length]).toEqual([1, 1]);
    },
  );

  test('a plain tunnel that is cut as the request arrives', async () => {
    const proxy = await serveProxy({
      opened: (near) => void near.once('data', () => near.resetAndDestroy()),
    });
    expect(await through(proxy.url, 'http://127.0.0.1:1/')).toBe('may have');
    expect(proxy.asked.length).toBe(1);
  });

  test('a plain tunnel that is cut as it opens is not tried for ever', async () => {
    const proxy = await serveProxy({ opened: (near) => void near.end() });
    expect(await through(proxy.url, 'http://127.0.0.1:1/')).toEqual(
      expect.stringMatching(/surely not|may have/),
    );
    expect(proxy.asked.length).toBe(1);
  });
});
