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
 * one. It is used at its lowest level, which saves a third of the time that a request takes.
 */
export async function pooledTransport(
  { connect, answer }: Timeouts,
  connections: number,
  proxied: boolean,
): Promise<Transport> {
  const { Agent, EnvHttpProxyAgent } = await import('undici');
  const options = {
    connections,
    pipelining: 1,
    connect: { timeout: connect },
    headersTimeout: answer,
    bodyTimeout: answer,
  };
  const dispatcher = proxied ? new EnvHttpProxyAgent(options) : new Agent(options);
  // Of many requests most go to one address.
  let latest = { url: '', origin: '', path: '' };
  const placeOf = (url: string) => {
    if (latest.url === url) return latest;
    const { origin, pathname, search } = new URL(url);
    latest = { url, origin, path: pathname + search };
    return latest;
  };
  return {
    exchange: ({ url, method, headers, body }) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange(performance.now() + connect + answer, resolve, reject);
        const { origin, path } = placeOf(url);
        try {
          dispatcher.dispatch({ origin, path, method, headers, body }, exchange);
        } catch (cause) {
          reject(new NoAnswer(why(cause), false, cause));
        }
      }),
    close: () => dispatcher.destroy(),
  };
}

/** One request on its way, as undici tells of it. */
class Exchange implements Dispatcher.DispatchHandler {
  #status = 0;
  readonly #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(
    readonly deadline: number,
    readonly resolve: (answer: Answer) => void,
    readonly reject: (cause: NoAnswer) => void,
  ) {}

  /** Undici would have it tell of the request, else it does not take it for a handler. */
  onRequestStart(): void {}

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    for (const name in headers) this.#headers[name] = String(headers[name]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // Silence undici notices; an answer that trickles in has to be noticed here. A timer for each would cost too much.
    if (performance.now() > this.deadline) controller.abort(new Error('no answer in time'));
    if (this.#length < mostText) this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  onResponseEnd(): void {
    const [only = Buffer.alloc(0), ...others] = this.#chunks;
    const whole = others.length === 0 ? only : Buffer.concat(this.#chunks);
    this.resolve({ status: this.#status, headers: this.#headers, text: whole.toString() });
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    this.reject(new NoAnswer(why(cause), !isBeforeConnection(cause) && !isProxyRefusal(cause), cause));
  }
}

/** A proxy that will not open the tunnel has seen only the host's name. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && /when HTTP Tunneling/.test(cause.message);
}
