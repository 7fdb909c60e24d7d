import type { Dispatcher } from 'undici';
import {
  type Answer,
  isBeforeConnection,
  mostText,
  NoAnswer,
  type Request,
  type Timeouts,
  type Transport,
  why,
} from './exchange.ts';

/** Something that carries one request at a time over a connection of its own, which it makes anew when it is lost. */
type Lane = Pick<Dispatcher, 'dispatch'>;

/**
 * Undici's only home. Carries many requests over connections kept alive, as many as there are requests under way,
 * through a proxy where the environment names one. It is used at its lowest level: its `request` takes a third longer,
 * and its `Pool` opens twice the connections, since it does not take one for free until some time after the answer.
 */
export async function pooledTransport({ connect, answer }: Timeouts, proxied: boolean): Promise<Transport> {
  const { buildConnector, Client, EnvHttpProxyAgent } = await import('undici');
  const options = { pipelining: 1, headersTimeout: answer, bodyTimeout: answer };
  const limits = { timeout: connect };
  const opened: Dispatcher[] = [];
  const proxy = proxied ? kept(new EnvHttpProxyAgent({ ...options, connect: limits })) : undefined;
  // One for all, which may then take up each other's TLS sessions.
  const connector = buildConnector(limits);
  let closed = false;

  function kept<D extends Dispatcher>(dispatcher: D): D {
    opened.push(dispatcher);
    return dispatcher;
  }

  /** The free lanes to each origin. The one that was free last is taken first: its connection is the most likely to be alive. */
  const free = new Map<string, Lane[]>();
  const laneTo = (origin: string, lanes: Lane[]): Lane =>
    lanes.pop() ?? proxy ?? kept(new Client(origin, { ...options, connect: connector }));

  // Of many requests most go to one address.
  let latest: { url: string; origin: string; path: string; lanes: Lane[] } | undefined;
  function placeOf(url: string) {
    if (latest?.url === url) return latest;
    const { origin, pathname, search } = new URL(url);
    const lanes = free.get(origin) ?? [];
    free.set(origin, lanes);
    latest = { url, origin, path: pathname + search, lanes };
    return latest;
  }

  return {
    exchange: ({ url, method, headers, body }: Request) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new NoAnswer('interrupted', false));
        const { origin, path, lanes } = placeOf(url);
        const lane = laneTo(origin, lanes);
        const exchange = new Exchange(performance.now() + connect + answer, lane, lanes, resolve, reject);
        lane.dispatch({ origin, path, method, headers, body }, exchange);
      }),
    async close() {
      closed = true;
      await Promise.all(opened.map((dispatcher) => dispatcher.destroy()));
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
  /** Most answers come in one piece. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #length = 0;
  /** Set as the request is written. */
  #abort: ((cause: Error) => void) | undefined;

  constructor(
    readonly deadline: number,
    readonly lane: Lane,
    /** Where it goes back to. */
    readonly lanes: Lane[],
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
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#length < mostText) {
      this.#others ??= [];
      this.#others.push(chunk);
    }
    this.#length += chunk.length;
    return true;
  }

  onComplete(): void {
    if (this.#first) {
      const whole = this.#others ? Buffer.concat([this.#first, ...this.#others]) : this.#first;
      this.text = whole.toString();
    }
    this.#first = this.#others = undefined;
    this.lanes.push(this.lane);
    this.resolve(this);
  }

  onError(cause: Error): void {
    const reached = this.#abort !== undefined && !isBeforeConnection(cause) && !isProxyRefusal(cause);
    this.lanes.push(this.lane);
    this.reject(new NoAnswer(why(cause), reached, cause));
  }
}

/** A proxy that will not open the tunnel has seen only the host's name. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && /when HTTP Tunneling/.test(cause.message);
}
