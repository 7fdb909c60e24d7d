import { isIP } from 'node:net';
import type { buildConnector as connectors, Dispatcher } from 'undici';
import {
  decodeBody,
  describeNetworkError,
  type HttpRequest,
  type HttpResponse,
  maxResponseChars,
  NetworkError,
  switchedProtocols,
  type Timeouts,
  type Transport,
  Withheld,
} from './exchange.ts';
import type { ProxyServer } from './proxy.ts';

/** A connection that carries one request at a time and reconnects when it is lost. */
type Connection = Pick<Dispatcher, 'dispatch'>;

/**
 * Opens a transport on undici, which only this file uses. Keeps as many connections alive as there are requests under
 * way, through `proxy` if there is one. Uses undici's `dispatch`: its `request` takes a third longer, and
 * its `Pool` opens twice the connections, since it counts one as busy until some time after the response.
 */
export async function createUndiciTransport(
  { connect, response: responseMs }: Timeouts,
  proxy?: ProxyServer,
): Promise<Transport> {
  const { buildConnector, Client, Pool, ProxyAgent } = await import('undici');
  const options = { pipelining: 1, headersTimeout: responseMs, bodyTimeout: responseMs };
  const limits = { timeout: connect };
  const opened: Dispatcher[] = [];
  // Shared by all connections, so that they can resume each other's TLS sessions.
  const connector = limitConnector(buildConnector(limits), connect);
  /** Creates the pool of an origin behind the proxy, with the connector of its tunnel. */
  const factory = (origin: string | URL, { connect: tunnel, ...own }: { connect?: unknown }) =>
    new Pool(origin, {
      ...own,
      connect: isConnector(tunnel) ? limitConnector(tunnel, connect, proxy?.origin) : connector,
    });
  /** Creates the pool of connections to the proxy itself. */
  const clientFactory = (origin: URL, { connect: open }: { connect?: unknown }) =>
    new Pool(origin, isConnector(open) ? { connect: withoutAddressAsName(open) } : {});
  const agent = proxy && track(openProxyAgent(proxy));
  let closed = false;

  function openProxyAgent({ origin, authorization: token }: ProxyServer): Dispatcher {
    return new ProxyAgent({
      ...options,
      uri: origin,
      ...(token !== undefined && { token }),
      factory,
      clientFactory,
    });
  }

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
    pool.pop() ?? agent ?? track(new Client(origin, { ...options, connect: connector }));

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
    exchange: ({ url, method, headers, body, mayLeave }: HttpRequest) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new NetworkError('interrupted', false));
        const { origin, path, pool } = resolveTarget(url);
        const connection = acquireConnection(origin, pool);
        const exchange = new Exchange(
          performance.now() + connect + responseMs,
          connection,
          pool,
          mayLeave,
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
 * Keeps a connector from naming an IP address as the server in TLS, which RFC 6066 forbids and Node warns of: undici does
 * so for a proxy.
 */
function withoutAddressAsName(connectTo: connectors.connector): connectors.connector {
  return ({ servername, ...options }, callback) => {
    // Undici passes null too.
    const isName = Boolean(servername) && isIP(`${servername}`.replace(/^\[|\]$/g, '')) === 0;
    connectTo({ ...options, ...(isName && { servername }) }, callback);
  };
}

/**
 * Makes a connector fail only once and within `timeoutMs`. Undici reconnects forever without a pause after any
 * failure that it takes for a lost connection, such as a proxy that closes instead of responding, and does not time
 * out a tunnel.
 */
function limitConnector(
  connectTo: connectors.connector,
  timeoutMs: number,
  proxy?: string,
): connectors.connector {
  const through = proxy === undefined ? '' : ` through the proxy ${proxy}`;
  return (options, callback) => {
    let settled = false;
    const fail = (error: Error) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      callback(error, null);
    };
    const timer = setTimeout(
      () => fail(new Error(`no connection within ${timeoutMs / 1000} s${through}`)),
      timeoutMs,
    );
    connectTo(options, (...[cause, socket]) => {
      if (cause)
        return fail(proxy === undefined ? new Error(describeNetworkError(cause)) : explain(cause, proxy));
      if (socket.destroyed) return fail(new Error(`connection lost${through}`));
      if (settled) return void socket.on('error', () => {}).destroy();
      settled = true;
      clearTimeout(timer);
      // Node does not destroy a socket whose TLS handshake fails, and undici waits for it to close.
      socket.on('error', () => socket.destroy());
      callback(null, socket);
    });
  };
}

/** Returns the error of a connection that `proxy` should have opened. */
function explain(cause: Error, proxy: string): Error {
  // Undici reports the status in the message only.
  const status = /^Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status === String(credentialsRequired)) return new CredentialsRequired();
  if (status !== undefined) return new Error(`the proxy ${proxy} refused the connection (HTTP ${status})`);
  const reason = describeNetworkError(cause);
  return new Error(
    failedToConnect(cause)
      ? `no connection to the proxy ${proxy}: ${reason}`
      : `${reason} through the proxy ${proxy}`,
  );
}

/** Reports whether a host name was not found or a connection was not established. Through a tunnel neither happens. */
function failedToConnect(cause: Error): boolean {
  const causes: unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return causes.some(
    (one) => one instanceof Error && 'syscall' in one && /^(?:connect|getaddrinfo)$/.test(`${one.syscall}`),
  );
}

/** Status of a proxy that wants credentials. It becomes the status of the response, since every retry would get it. */
const credentialsRequired = 407;

/** A tunnel that the proxy opens only with credentials. */
class CredentialsRequired extends Error {}

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
    readonly mayLeave: HttpRequest['mayLeave'],
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

  /**
   * Called when the connection is ready; undici writes head and body to it as soon as this returns, in the same turn of
   * the event loop. After an abort it writes nothing and closes the connection, which opens again for the next request.
   */
  onConnect(abort: (cause?: Error) => void): void {
    // Undici queues some requests again when their connection fails. A second call would write this one twice.
    if (this.#abort !== undefined) abort(new Error('connection lost'));
    else if (this.mayLeave?.() === false) abort(new Withheld());
    else this.#abort = abort;
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
      this.text = decodeBody(whole, this.header('content-encoding'));
    }
    this.#first = this.#others = undefined;
    this.pool.push(this.connection);
    this.resolve(this);
  }

  onError(cause: Error): void {
    this.pool.push(this.connection);
    if (cause instanceof CredentialsRequired) {
      this.status = credentialsRequired;
      this.text = 'Proxy Authentication Required';
      this.resolve(this);
      return;
    }
    this.reject(
      cause instanceof Withheld
        ? cause
        : new NetworkError(describeNetworkError(cause), this.#abort !== undefined, cause),
    );
  }

  /**
   * Aborts a response that trickles in past the deadline; undici detects silence only. A timer each would cost too
   * much.
   */
  #checkDeadline(): void {
    if (performance.now() > this.deadline) this.#abort?.(new Error('response timed out'));
  }
}
