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

/** A connection that carries one request at a time and reconnects when it is lost. */
type Connection = Pick<Dispatcher, 'dispatch'>;

/**
 * Opens a transport on undici, which only this file uses. Keeps as many connections alive as there are requests under
 * way, through a proxy if the environment names one. Uses undici's `dispatch`: its `request` takes a third longer, and
 * its `Pool` opens twice the connections, since it counts one as busy until some time after the response.
 */
export async function createUndiciTransport(
  { connect, response: responseMs }: Timeouts,
  proxied: boolean,
): Promise<Transport> {
  const { buildConnector, Client, EnvHttpProxyAgent, Pool } = await import('undici');
  const options = { pipelining: 1, headersTimeout: responseMs, bodyTimeout: responseMs };
  const limits = { timeout: connect };
  const opened: Dispatcher[] = [];
  // Shared by all connections, so that they can resume each other's TLS sessions.
  const connector = limitConnector(buildConnector(limits), connect);
  /** Creates the pool of an origin, with the connector of a tunnel if there is one. */
  const factory = (origin: string | URL, { connect: tunnel, ...own }: { connect?: unknown }) =>
    new Pool(origin, { ...own, connect: isConnector(tunnel) ? limitConnector(tunnel, connect) : connector });
  const proxy = proxied ? track(new EnvHttpProxyAgent({ ...options, connect: limits, factory })) : undefined;
  let closed = false;

  function track<D extends Dispatcher>(dispatcher: D): D {
    opened.push(dispatcher);
    return dispatcher;
  }

  /**
   * Idle connections by origin, taken last in first out: the one used most recently is the most likely to be still
   * alive.
   */
  const idleConnections = new Map<string, Connection[]>();
  const acquireConnection = (origin: string, pool: Connection[]): Connection =>
    pool.pop() ?? proxy ?? track(new Client(origin, { ...options, connect: connector }));

  // Most requests go to one URL, which need not be parsed each time.
  let lastTarget: { url: string; origin: string; path: string; pool: Connection[] } | undefined;
  function resolveTarget(url: string) {
    if (lastTarget?.url === url) return lastTarget;
    const { origin, pathname, search } = new URL(url);
    const pool = idleConnections.get(origin) ?? [];
    idleConnections.set(origin, pool);
    lastTarget = { url, origin, path: pathname + search, pool };
    return lastTarget;
  }

  return {
    exchange: ({ url, method, headers, body }: HttpRequest) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new NetworkError('interrupted', false));
        const { origin, path, pool } = resolveTarget(url);
        const connection = acquireConnection(origin, pool);
        const exchange = new Exchange(
          performance.now() + connect + responseMs,
          connection,
          pool,
          resolve,
          reject,
        );
        connection.dispatch({ origin, path, method, headers, body }, exchange);
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
 * Makes a connector fail only once and within `timeoutMs`. Undici reconnects forever without a pause after any
 * failure that it takes for a lost connection, such as a proxy that closes instead of responding, and does not time
 * out a tunnel.
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
      // Node does not destroy a socket whose TLS handshake fails, and undici waits for it to close.
      socket.on('error', () => socket.destroy());
      callback(null, socket);
    });
  };
}

/** Returns the reason of a proxy's refusal; undefined for any other error. Undici reports it in the message only. */
function describeTunnelRefusal({ message }: Error): string | undefined {
  const status = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  return status && `the proxy refused the connection (HTTP ${status})`;
}

/**
 * One request under way and its response, as a handler of undici's `dispatch`. Undici's newer handler interface would
 * read every header and allocate five objects for each response.
 */
class Exchange implements Dispatcher.DispatchHandler, HttpResponse {
  status = 0;
  text = '';
  /** Header names and values, alternating. */
  #headers: readonly Buffer[] = [];
  /** First chunk of the body; most responses have only one. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #length = 0;
  /** Set when the request is about to be written, on a connection whose handshake is complete. */
  #abort: ((cause: Error) => void) | undefined;

  constructor(
    readonly deadline: number,
    readonly connection: Connection,
    /** Idle connections to which `connection` returns. */
    readonly pool: Connection[],
    readonly resolve: (answer: HttpResponse) => void,
    readonly reject: (cause: NetworkError) => void,
  ) {}

  header(name: string): string | undefined {
    const matches = (candidate: Buffer | undefined) =>
      candidate?.length === name.length && candidate.toString('latin1').toLowerCase() === name;
    for (let at = 0; at < this.#headers.length; at += 2)
      if (matches(this.#headers[at])) return this.#headers[at + 1]?.toString('latin1');
    return undefined;
  }

  onConnect(abort: (cause?: Error) => void): void {
    this.#abort = abort;
  }

  /** Called for interim responses too. */
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
    this.pool.push(this.connection);
    this.resolve(this);
  }

  onError(cause: Error): void {
    this.pool.push(this.connection);
    this.reject(new NetworkError(describeNetworkError(cause), this.#abort !== undefined, cause));
  }

  /**
   * Aborts a response that trickles in past the deadline; undici detects silence only. A timer each would cost too
   * much.
   */
  #checkDeadline(): void {
    if (performance.now() > this.deadline) this.#abort?.(new Error('response timed out'));
  }
}
