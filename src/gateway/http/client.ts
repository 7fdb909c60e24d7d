import { fail } from '../../errors.ts';
import type { Credentials } from '../../message/credentials.ts';
import { authorization, masked, masker } from './credentials.ts';
import {
  asNetworkError,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Transport,
} from './exchange.ts';
import { maxReasonLength, truncate } from './json.ts';
import { unescapeUnicode } from './redact.ts';
import { describeErrorResponse, fatalError, retryAfterMs } from './response.ts';
import { backoff, maxRetries } from './retry.ts';

/** What a client is made with. */
export interface HttpClientDeps {
  transport: Transport;
  now(): number;
  /** Resolves after so many milliseconds. @throws when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Told of every exchange: the request masked; the answer, or why there was none. */
  watch?(request: HttpRequest, answer: HttpResponse | NetworkError, took: number): void;
}

/** HTTP with one gateway: knows address and credentials, repeats reads, and nothing of what bodies mean. */
export interface HttpClient {
  now(): number;
  sleep: HttpClientDeps['sleep'];
  /** Takes the secrets out. */
  mask(text: string): string;
  /** Text from outside as a reason: without secrets, and not too long. */
  redactAndTruncate(text: string): string;
  /**
   * Reads may be repeated, since they change nothing: a gateway that fails for a moment is asked again, in all for
   * `patience` milliseconds at most.
   * @throws Failure `gateway.unreachable`
   */
  get(path: string, patience: number): Promise<HttpResponse>;
  /** One exchange, never repeated. @throws NoAnswer */
  request(method: HttpRequest['method'], path: string, body?: unknown): Promise<HttpResponse>;
  /** Passes an answer of success. @throws Failure `gateway.*` for any other */
  assertOk(answer: HttpResponse): void;
  /** The request as it would leave, without the secrets. */
  previewRequest(method: HttpRequest['method'], path: string, body: unknown): HttpRequest;
  /** As of `Transport`. */
  warmUp(requests: number): Promise<void>;
  close(): Promise<void>;
}

/** Without credentials it can only show requests. */
export function httpClient(
  baseUrl: string,
  credentials: Credentials | undefined,
  { transport, now, sleep, watch }: HttpClientDeps,
): HttpClient {
  const base = baseUrl.replace(/\/+$/, '');
  const mask = masker(credentials);
  const redactAndTruncate = (text: string) => truncate(mask(unescapeUnicode(text)), maxReasonLength);

  const bare = {
    ...(credentials && authorization(credentials)),
    accept: 'application/json',
    'user-agent': `qlara/${__VERSION__}`,
  };
  const withBody = { ...bare, 'content-type': 'application/json' };
  // A cached answer says nothing about the message now (RFC 9111, 5.2.1.4).
  const reading = { ...bare, 'cache-control': 'no-cache' };

  function request(method: HttpRequest['method'], path: string, body: unknown = null): HttpRequest {
    const url = base + path;
    if (body === null) return { method, url, headers: method === 'GET' ? reading : bare, body };
    return { method, url, headers: withBody, body: JSON.stringify(body) };
  }

  async function watched(asked: HttpRequest, tell: NonNullable<typeof watch>): Promise<HttpResponse> {
    const begin = now();
    try {
      const answer = await transport.exchange(asked);
      tell(concealed(asked), answer, now() - begin);
      return answer;
    } catch (cause) {
      if (cause instanceof NetworkError) tell(concealed(asked), cause, now() - begin);
      throw cause;
    }
  }

  const exchange = (asked: HttpRequest) => (watch ? watched(asked, watch) : transport.exchange(asked));

  return {
    now,
    sleep,
    mask,
    redactAndTruncate,
    async get(path, patience) {
      const until = now() + patience;
      for (let retry = 0; ; retry++) {
        const answer = await exchange(request('GET', path)).catch(asNetworkError);
        const passing = answer instanceof NetworkError || isPassing(answer.status);
        const wait =
          !(answer instanceof NetworkError) && answer.status === 429
            ? retryAfterMs(answer, now())
            : backoff(retry, Math.random());
        if (passing && retry < maxRetries && now() + wait <= until) await sleep(wait);
        else if (answer instanceof NetworkError)
          fail(
            'gateway',
            'gateway.unreachable',
            `${base} does not answer: ${answer.message}`,
            'check the network and --base-url',
            answer,
          );
        else return answer;
      }
    },
    request: (method, path, body) => exchange(request(method, path, body)),
    assertOk(answer) {
      if (answer.status >= 200 && answer.status < 300) return;
      const barred = fatalError(answer);
      if (barred) fail('setup', barred.code, redactAndTruncate(barred.reason), barred.hint);
      const code = answer.status === 429 ? 'gateway.limited' : 'gateway.failing';
      fail(
        'gateway',
        code,
        redactAndTruncate(`the gateway answers HTTP ${answer.status}: ${describeErrorResponse(answer)}`),
        'try again later',
      );
    },
    previewRequest(method, path, body) {
      const shown = concealed(request(method, path, body));
      return credentials ? shown : { ...shown, headers: { 'x-api-key': masked, ...shown.headers } };
    },
    warmUp: async (requests) => transport.warmUp?.(requests),
    close: () => transport.close(),
  };
}

function concealed(request: HttpRequest): HttpRequest {
  const secret = (name: string) => name === 'x-api-key' || name === 'authorization';
  return {
    ...request,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, secret(name) ? masked : value]),
    ),
  };
}

/** Answers that may be another one a moment later. */
function isPassing(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}
