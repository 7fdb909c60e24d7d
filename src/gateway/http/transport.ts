import { type HttpRequest, type HttpResponse, type Timeouts, type Transport, timeouts } from './exchange.ts';
import { nodeTransport } from './node-transport.ts';

/** Requests that are made sooner than undici is loaded: a look at the templates, a send, a question after it. */
const few = 3;

/**
 * A transport that begins on Node’s own client and goes over to undici’s pool once more than a few requests are
 * made: most runs make one. A proxy needs undici from the first.
 */
export function openTransport(proxied: boolean, limits: Timeouts = timeouts): Transport {
  const lone = nodeTransport(limits);
  let opening: Promise<Transport> | undefined;
  let pool: Transport | undefined;
  let requests = proxied ? few : 0;

  async function open(): Promise<Transport> {
    opening ??= import('./undici-transport.ts').then(({ undiciTransport }) =>
      undiciTransport(limits, proxied),
    );
    pool = await opening;
    return pool;
  }

  async function later(request: HttpRequest): Promise<HttpResponse> {
    return (await open()).exchange(request);
  }

  return {
    async warmUp(more) {
      if (more > few) await open();
    },
    exchange(request) {
      // Nothing stands between the pool and the thousands that go through it.
      if (pool) return pool.exchange(request);
      return requests++ < few ? lone.exchange(request) : later(request);
    },
    async close() {
      await Promise.all([lone.close(), opening?.then((transport) => transport.close())]);
    },
  };
}

/** Whether the environment names a proxy; which hosts it is for, undici decides (`NO_PROXY`). */
export function namesProxy(env: NodeJS.ProcessEnv): boolean {
  return ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].some((name) => Boolean(env[name]));
}
