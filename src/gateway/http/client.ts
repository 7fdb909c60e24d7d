import { fail } from '../../errors.ts';
import { authorization, type Credentials, masked, masker } from './credentials.ts';
import { type Answer, NoAnswer, noAnswer, type Request, type Transport } from './exchange.ts';
import { maxReasonLength, truncate } from './json.ts';
import { unescapeUnicode } from './redact.ts';
import { barrier, reasonIn, waitIn } from './response.ts';
import { backoff, mostRetries } from './retry.ts';

/** What a client is made with. */
export interface Tools {
  transport: Transport;
  now(): number;
  /** Resolves after so many milliseconds. @throws when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Told of every exchange: the request masked; the answer, or why there was none. */
  watch?(request: Request, answer: Answer | NoAnswer, took: number): void;
}

/** HTTP with one gateway: knows address and credentials, repeats reads, and nothing of what bodies mean. */
export interface Client {
  now(): number;
  sleep: Tools['sleep'];
  /** Takes the secrets out. */
  mask(text: string): string;
  /** Text from outside as a reason: without secrets, and not too long. */
  hush(text: string): string;
  /**
   * Reads may be repeated, since they change nothing: a gateway that fails for a moment is asked again, in all for
   * `patience` milliseconds at most.
   * @throws Failure `gateway.unreachable`
   */
  get(path: string, patience: number): Promise<Answer>;
  /** One exchange, never repeated. @throws NoAnswer */
  once(method: Request['method'], path: string, body?: unknown): Promise<Answer>;
  /** Passes an answer of success. @throws Failure `gateway.*` for any other */
  insist(answer: Answer): void;
  /** The request as it would leave, without the secrets. */
  shown(method: Request['method'], path: string, body: unknown): Request;
  /** As of `Transport`. */
  prepare(requests: number): Promise<void>;
  close(): Promise<void>;
}

/** Without credentials it can only show requests. */
export function httpClient(
  baseUrl: string,
  credentials: Credentials | undefined,
  { transport, now, sleep, watch }: Tools,
): Client {
  const base = baseUrl.replace(/\/+$/, '');
  const mask = masker(credentials);
  const hush = (text: string) => truncate(mask(unescapeUnicode(text)), maxReasonLength);

  const bare = {
    ...(credentials && authorization(credentials)),
    accept: 'application/json',
    'user-agent': `qlara/${__VERSION__}`,
  };
  const withBody = { ...bare, 'content-type': 'application/json' };
  // A cached answer says nothing about the message now (RFC 9111, 5.2.1.4).
  const reading = { ...bare, 'cache-control': 'no-cache' };

  function request(method: Request['method'], path: string, body: unknown = null): Request {
    const url = base + path;
    if (body === null) return { method, url, headers: method === 'GET' ? reading : bare, body };
    return { method, url, headers: withBody, body: JSON.stringify(body) };
  }

  async function watched(asked: Request, tell: NonNullable<typeof watch>): Promise<Answer> {
    const begin = now();
    try {
      const answer = await transport.exchange(asked);
      tell(concealed(asked), answer, now() - begin);
      return answer;
    } catch (cause) {
      if (cause instanceof NoAnswer) tell(concealed(asked), cause, now() - begin);
      throw cause;
    }
  }

  const exchange = (asked: Request) => (watch ? watched(asked, watch) : transport.exchange(asked));

  return {
    now,
    sleep,
    mask,
    hush,
    async get(path, patience) {
      const until = now() + patience;
      for (let retry = 0; ; retry++) {
        const answer = await exchange(request('GET', path)).catch(noAnswer);
        const passing = answer instanceof NoAnswer || isPassing(answer.status);
        const wait =
          !(answer instanceof NoAnswer) && answer.status === 429
            ? waitIn(answer, now())
            : backoff(retry, Math.random());
        if (passing && retry < mostRetries && now() + wait <= until) await sleep(wait);
        else if (answer instanceof NoAnswer)
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
    once: (method, path, body) => exchange(request(method, path, body)),
    insist(answer) {
      if (answer.status >= 200 && answer.status < 300) return;
      const barred = barrier(answer);
      if (barred) fail('setup', barred.code, hush(barred.reason), barred.hint);
      const code = answer.status === 429 ? 'gateway.limited' : 'gateway.failing';
      fail(
        'gateway',
        code,
        hush(`the gateway answers HTTP ${answer.status}: ${reasonIn(answer)}`),
        'try again later',
      );
    },
    shown(method, path, body) {
      const shown = concealed(request(method, path, body));
      return credentials ? shown : { ...shown, headers: { 'x-api-key': masked, ...shown.headers } };
    },
    prepare: async (requests) => transport.prepare?.(requests),
    close: () => transport.close(),
  };
}

function concealed(request: Request): Request {
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
