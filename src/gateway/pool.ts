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

/** How often requests are looked through for those that take too long, in milliseconds. */
const round = 500;

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
  const open = new Set<Exchange>();
  // A timer for each request would cost as much as the rest of it.
  let sweeping: NodeJS.Timeout | undefined;
  const sweep = () => {
    const now = performance.now();
    for (const exchange of open) if (now > exchange.deadline) exchange.giveUp();
    if (open.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  };
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
        const exchange = new Exchange(performance.now() + connect + answer, (end) => {
          open.delete(exchange);
          if (end instanceof NoAnswer) reject(end);
          else resolve(end);
        });
        open.add(exchange);
        sweeping ??= setInterval(sweep, round).unref();
        const { origin, path } = placeOf(url);
        try {
          dispatcher.dispatch({ origin, path, method, headers, body }, exchange);
        } catch (cause) {
          exchange.end(new NoAnswer(why(cause), false, cause));
        }
      }),
    close: () => dispatcher.destroy(),
  };
}

/** One request on its way, as undici tells of it. */
class Exchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #late = false;

  constructor(
    readonly deadline: number,
    readonly end: (end: Answer | NoAnswer) => void,
  ) {}

  giveUp(): void {
    this.#late = true;
    const cause = new Error('no answer in time');
    if (this.#controller) this.#controller.abort(cause);
    else this.end(new NoAnswer(cause.message, false, cause));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#late) controller.abort(new Error('no answer in time'));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    for (const name in headers) this.#headers[name] = String(headers[name]);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#length < mostText) this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  onResponseEnd(): void {
    const [only = Buffer.alloc(0), ...others] = this.#chunks;
    const whole = others.length === 0 ? only : Buffer.concat(this.#chunks);
    this.end({ status: this.#status, headers: this.#headers, text: whole.toString() });
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    this.end(new NoAnswer(why(cause), !isBeforeConnection(cause) && !isProxyRefusal(cause), cause));
  }
}

/** A proxy that will not open the tunnel has seen only the host's name. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && /when HTTP Tunneling/.test(cause.message);
}
