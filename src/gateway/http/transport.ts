import { type HttpRequest, type HttpResponse, type Timeouts, type Transport, timeouts } from './exchange.ts';
import { createNodeTransport } from './node-transport.ts';
import type { ProxyServer } from './proxy.ts';

/** Requests made with Node's client before undici is loaded: a template lookup, a send, a status request. */
const maxNodeRequests = 3;

/**
 * Opens a transport that starts with Node's own client and switches to undici's pool after a few requests: most runs
 * make only one. A proxy needs undici from the start.
 */
export function openTransport(proxy?: ProxyServer, limits: Timeouts = timeouts): Transport {
  const nodeClient = createNodeTransport(limits);
  let opening: Promise<Transport> | undefined;
  let pool: Transport | undefined;
  let requests = proxy ? maxNodeRequests : 0;

  async function open(): Promise<Transport> {
    opening ??= import('./undici-transport.ts').then(({ createUndiciTransport }) =>
      createUndiciTransport(limits, proxy),
    );
    pool = await opening;
    return pool;
  }

  async function exchangeOnPool(request: HttpRequest): Promise<HttpResponse> {
    return (await open()).exchange(request);
  }

  return {
    async warmUp(more) {
      if (more > maxNodeRequests) await open();
    },
    exchange(request) {
      // The hot path: bulk sends make thousands of calls.
      if (pool) return pool.exchange(request);
      return requests++ < maxNodeRequests ? nodeClient.exchange(request) : exchangeOnPool(request);
    },
    async close() {
      await Promise.all([nodeClient.close(), opening?.then((transport) => transport.close())]);
    },
  };
}

/** Reports whether the environment names a proxy, for whatever hosts; `findProxy` reads it. */
export function hasProxy(env: NodeJS.ProcessEnv): boolean {
  return Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name));
}
