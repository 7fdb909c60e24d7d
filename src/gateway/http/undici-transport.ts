import type { buildConnector as connectors, Dispatcher } from 'undici';
import {
  describeNetworkError,
  type HttpRequest,
  type HttpResponse,
  maxResponseChars,
  NetworkError,
  switchedProtocols,
  type Timeouts,
  type Transport,
} from './exchange.ts';

/** Something that carries one request at a time over a connection of its own, which it makes anew when it is lost. */
type Lane = Pick<Dispatcher, 'dispatch'>;

/**
 * Undici's only home. Carries many requests over connections kept alive, as many as there are requests under way,
 * through a proxy where the environment names one. It is used at its lowest level: its `request` takes a third longer,
 * and its `Pool` opens twice the connections, since it does not take one for free until some time after the answer.
 */
export async function undiciTransport({ connect, answer }: Timeouts, proxied: boolean): Promise<Transport> {
  const { buildConnector, Client, EnvHttpProxyAgent, Pool } = await import('undici');
  const options = { pipelining: 1, headersTimeout: answer, bodyTimeout: answer };
  const limits = { timeout: connect };
  const opened: Dispatcher[] = [];
  // One for all, which may then take up each other's TLS sessions.
  const connector = limitConnector(buildConnector(limits), connect);
  /** Makes the pool to an origin, with the connector of a tunnel where there is one to go through. */
  const factory = (origin: string | URL, { connect: tunnel, ...own }: { connect?: unknown }) =>
    new Pool(origin, { ...own, connect: isConnector(tunnel) ? limitConnector(tunnel, connect) : connector });
  const proxy = proxied ? kept(new EnvHttpProxyAgent({ ...options, connect: limits, factory })) : undefined;
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
    exchange: ({ url, method, headers, body }: HttpRequest) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new NetworkError('interrupted', false));
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

function isConnector(connect: unknown): connect is connectors.connector {
  return typeof connect === 'function';
}

/**
 * Makes a connector fail once and in time. Undici connects again, for ever and without a pause, after any failure that
 * it takes for a lost connection, such as a proxy that closes instead of answering; and it gives a tunnel no time limit.
 */
function limitConnector(connectTo: connectors.connector, timeoutMs: number): connectors.connector {
  return (options, callback) => {
    let settled = false;
    const fail = (reason: string) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      callback(new Error(reason), null);
    };
    const timer = setTimeout(() => fail(`no connection within ${timeoutMs / 1000} s`), timeoutMs);
    connectTo(options, (...[cause, socket]) => {
      if (cause) return fail(describeTunnelRefusal(cause) ?? describeNetworkError(cause));
      if (socket.destroyed) return fail('connection lost');
      if (settled) return void socket.on('error', () => {}).destroy();
      settled = true;
      clearTimeout(timer);
      // Node does not destroy a socket whose TLS fails, and undici waits for its end.
      socket.on('error', () => socket.destroy());
      callback(null, socket);
    });
  };
}

/** Returns what a proxy's refusal says; undefined for any other error. Undici tells it in a message only. */
function describeTunnelRefusal({ message }: Error): string | undefined {
  const status = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  return status && `the proxy refuses the connection (HTTP ${status})`;
}

/**
 * One request on its way, as undici's own parts tell each other of it, and the answer that comes. Its newer handlers
 * would have every header read and five objects made for each answer.
 */
class Exchange implements Dispatcher.DispatchHandler, HttpResponse {
  status = 0;
  text = '';
  /** Names and values in turn. */
  #headers: readonly Buffer[] = [];
  /** Most answers come in one piece. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #length = 0;
  /** Set as the request is about to be written, on a connection whose handshake is over. */
  #abort: ((cause: Error) => void) | undefined;

  constructor(
    readonly deadline: number,
    readonly lane: Lane,
    /** Where it goes back to. */
    readonly lanes: Lane[],
    readonly resolve: (answer: HttpResponse) => void,
    readonly reject: (cause: NetworkError) => void,
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

  /** Called for interim answers too. */
  onHeaders(status: number, headers: Buffer[]): boolean {
    if (status === 101) this.#abort?.(new Error(switchedProtocols));
    this.#checkDeadline();
    this.status = status;
    this.#headers = headers;
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#checkDeadline();
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#length < maxResponseChars) {
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
    this.lanes.push(this.lane);
    this.reject(new NetworkError(describeNetworkError(cause), this.#abort !== undefined, cause));
  }

  /** Silence undici notices; an answer that trickles in has to be noticed here. A timer for each would cost too much. */
  #checkDeadline(): void {
    if (performance.now() > this.deadline) this.#abort?.(new Error('no answer in time'));
  }
}
