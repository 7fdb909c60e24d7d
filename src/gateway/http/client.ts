import { fail } from '../../errors.ts';
import type { Credentials } from '../../message/credentials.ts';
import { authHeaders, createMask, createValueMask, masked, unescapeUnicode } from './credentials.ts';
import {
  asNetworkError,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Transport,
} from './exchange.ts';
import { maxReasonLength, truncate } from './json.ts';
import { describeStatus, fatalError, retryAfterMs } from './response.ts';
import { backoff, type RetryPolicy, retry } from './retry.ts';

/** Dependencies of a client. */
export interface HttpClientDeps {
  transport: Transport;
  now(): number;
  /** Resolves after `milliseconds`. @throws when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Called after every exchange: the request masked, the response or the network error, and the milliseconds taken. */
  onExchange?(request: HttpRequest, response: HttpResponse | NetworkError, took: number): void;
}

/** HTTP client of one gateway: knows base URL and credentials and retries reads; does not interpret bodies. */
export interface HttpClient {
  now(): number;
  sleep: HttpClientDeps['sleep'];
  /** Masks the secrets in a text. */
  mask(text: string): string;
  /** Masks the secrets in a value that may be an id, an address or a number; see `createValueMask`. */
  maskValue(text: string): string;
  /** Prepares text from outside for use as a reason: masks secrets and cuts it to `maxReasonLength` characters. */
  redactAndTruncate(text: string): string;
  /**
   * Reads from the gateway; retries transient failures, since a read changes nothing, for at most `timeoutMs`
   * milliseconds in all.
   * @throws Failure `gateway.unreachable`
   */
  get(path: string, timeoutMs: number): Promise<HttpResponse>;
  /** Makes one exchange, never repeated. @throws NetworkError; Withheld if `mayLeave` forbids it, see `HttpRequest` */
  request(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    mayLeave?: HttpRequest['mayLeave'],
  ): Promise<HttpResponse>;
  /** Accepts a response of success (2xx). @throws Failure `gateway.*` for any other */
  assertOk(response: HttpResponse): void;
  /** Returns the request as it would be sent, with the secrets masked. */
  previewRequest(method: HttpRequest['method'], path: string, body: unknown): HttpRequest;
  /** See `Transport.warmUp`. */
  warmUp(requests: number): Promise<void>;
  close(): Promise<void>;
}

/** Creates a client. Without credentials it can only preview requests. */
export function createHttpClient(
  baseUrl: string,
  credentials: Credentials | undefined,
  { transport, now, sleep, onExchange }: HttpClientDeps,
): HttpClient {
  const base = baseUrl.replace(/\/+$/, '');
  const [mask, maskValue] = [createMask(credentials), createValueMask(credentials)];
  const redactAndTruncate = (text: string) => truncate(mask(unescapeUnicode(text)), maxReasonLength);

  const baseHeaders = {
    ...(credentials && authHeaders(credentials)),
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': `qlara/${__VERSION__}`,
  };
  const bodyHeaders = { ...baseHeaders, 'content-type': 'application/json' };
  // A cached response says nothing about the current status (RFC 9111, 5.2.1.4).
  const readHeaders = { ...baseHeaders, 'cache-control': 'no-cache' };

  function request(
    method: HttpRequest['method'],
    path: string,
    body: unknown = null,
    mayLeave?: HttpRequest['mayLeave'],
  ): HttpRequest {
    const url = base + path;
    if (body === null)
      return { method, url, headers: method === 'GET' ? readHeaders : baseHeaders, body, mayLeave };
    return { method, url, headers: bodyHeaders, body: JSON.stringify(body), mayLeave };
  }

  async function exchangeAndReport(
    outgoing: HttpRequest,
    report: NonNullable<typeof onExchange>,
  ): Promise<HttpResponse> {
    const startedAt = now();
    try {
      const response = await transport.exchange(outgoing);
      report(maskHeaders(outgoing), response, now() - startedAt);
      return response;
    } catch (cause) {
      if (cause instanceof NetworkError) report(maskHeaders(outgoing), cause, now() - startedAt);
      throw cause;
    }
  }

  const exchange = (outgoing: HttpRequest) =>
    onExchange ? exchangeAndReport(outgoing, onExchange) : transport.exchange(outgoing);

  return {
    now,
    sleep,
    mask,
    maskValue,
    redactAndTruncate,
    async get(path, timeoutMs) {
      const policy: RetryPolicy<HttpResponse | NetworkError> = {
        delayMs: (response, count) => readDelayMs(response, count, now()),
        totalMs: timeoutMs,
      };
      const ask = () => exchange(request('GET', path)).catch(asNetworkError);
      const response = await retry(policy, ask, { now, sleep });
      if (response instanceof NetworkError)
        fail(
          'gateway',
          'gateway.unreachable',
          `no response from ${base}: ${response.message}`,
          'check the network connection and --base-url',
          response,
        );
      return response;
    },
    request: (method, path, body, mayLeave) => exchange(request(method, path, body, mayLeave)),
    assertOk(response) {
      if (response.status >= 200 && response.status < 300) return;
      const fatal = fatalError(response);
      if (fatal) fail('setup', fatal.code, redactAndTruncate(fatal.reason), fatal.hint);
      const code = response.status === 429 ? 'gateway.limited' : 'gateway.failing';
      fail(
        'gateway',
        code,
        redactAndTruncate(`the gateway returned ${describeStatus(response)}`),
        'try again later',
      );
    },
    previewRequest(method, path, body) {
      const preview = maskHeaders(request(method, path, body));
      return credentials ? preview : { ...preview, headers: { 'x-api-key': masked, ...preview.headers } };
    },
    warmUp: async (requests) => transport.warmUp?.(requests),
    close: () => transport.close(),
  };
}

function maskHeaders(request: HttpRequest): HttpRequest {
  const isSecret = (name: string) => name === 'x-api-key' || name === 'authorization';
  return {
    ...request,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, isSecret(name) ? masked : value]),
    ),
  };
}

/** Returns the milliseconds to wait before a read is repeated; undefined for a response that will not change soon. */
function readDelayMs(response: HttpResponse | NetworkError, count: number, now: number): number | undefined {
  if (response instanceof NetworkError) return backoff(count, Math.random());
  if (response.status === 429) return retryAfterMs(response, now);
  return isTransientStatus(response.status) ? backoff(count, Math.random()) : undefined;
}

/** Reports whether a retry a moment later may get another status. */
function isTransientStatus(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}
