import type { Dispatcher } from 'undici';
import {
  type Answer,
  isBeforeConnection,
  mostText,
  NoAnswer,
  type Timeouts,
  type Transport,
  why,
} from './exchange.ts';

/**
 * Undici's only home. Carries many requests over connections kept alive, through a proxy where the environment names
 * one. It is used at its lowest level: its `request` would take half as long again for each of them.
 */
export async function pooledTransport(
  { connect, answer }: Timeouts,
  connections: number,
  proxied: boolean,
): Promise<Transport> {
  const { EnvHttpProxyAgent, Pool } = await import('undici');
  const options = {
    connections,
    pipelining: 1,
    connect: { timeout: connect },
    headersTimeout: answer,
    bodyTimeout: answer,
  };
  const agent = proxied ? new EnvHttpProxyAgent(options) : undefined;
  const pools = new Map<string, Dispatcher>();
  function poolOf(origin: string): Dispatcher {
    const pool = pools.get(origin) ?? agent ?? new Pool(origin, options);
    pools.set(origin, pool);
    return pool;
  }
  // Of many requests most go to one address.
  let latest: { url: string; origin: string; path: string; pool: Dispatcher } | undefined;
  function placeOf(url: string) {
    if (latest?.url === url) return latest;
    const { origin, pathname, search } = new URL(url);
    latest = { url, origin, path: pathname + search, pool: poolOf(origin) };
    return latest;
  }
  return {
    exchange: ({ url, method, headers, body }) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange(performance.now() + connect + answer, resolve, reject);
        try {
          const { origin, path, pool } = placeOf(url);
          pool.dispatch({ origin, path, method, headers, body }, exchange);
        } catch (cause) {
          reject(new NoAnswer(why(cause), false, cause));
        }
      }),
    async close() {
      await Promise.all([...new Set(pools.values())].map((pool) => pool.destroy()));
    },
  };
}

/**
 * One request on its way, as undici's own parts tell each other of it, and the answer that comes. Its newer handlers
 * would have every header read and five objects made for each answer.
 */
class Exchange implements Dispatcher.DispatchHandler, Answer {
  status = 0;
  text = '';
  /** Names and values in turn. */
  #headers: readonly Buffer[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  #abort: ((cause: Error) => void) | undefined;

  constructor(
    readonly deadline: number,
    readonly resolve: (answer: Answer) => void,
    readonly reject: (cause: NoAnswer) => void,
  ) {}

  header(name: string): string | undefined {
    const is = (told: Buffer | undefined) =>
      told?.length === name.length && told.toString('latin1').toLowerCase() === name;
    for (let at = 0; at < this.#headers.length; at += 2)
      if (is(this.#headers[at])) return this.#headers[at + 1]?.toString('latin1');
    return undefined;
  }

  onConnect(abort: (cause?: Error) => void): void {
    this.#abort = abort;
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.status = status;
    this.#headers = headers;
    return true;
  }

  onData(chunk: Buffer): boolean {
    // Silence undici notices; an answer that trickles in has to be noticed here. A timer for each would cost too much.
    if (performance.now() > this.deadline) this.#abort?.(new Error('no answer in time'));
    if (this.#length < mostText) this.#chunks.push(chunk);
    this.#length += chunk.length;
    return true;
  }

  onComplete(): void {
    const [only, ...others] = this.#chunks;
    if (only) this.text = (others.length === 0 ? only : Buffer.concat(this.#chunks)).toString();
    this.#chunks = [];
    this.resolve(this);
  }

  onError(cause: Error): void {
    this.reject(new NoAnswer(why(cause), !isBeforeConnection(cause) && !isProxyRefusal(cause), cause));
  }
}

/** A proxy that will not open the tunnel has seen only the host's name. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && /when HTTP Tunneling/.test(cause.message);
}
