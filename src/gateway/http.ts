import { Failure, fail } from '../errors.ts';
import type { Receipt } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import { authorization, type Credentials, masked, masker } from './credentials.ts';
import type { Dialect } from './dialect.ts';
import { type Answer, NoAnswer, type Request, type Transport } from './exchange.ts';
import type { Gateway, Known, SendOutcome } from './gateway.ts';
import { parsed } from './json.ts';
import { barrier, reasonIn, refusal, waitIn } from './reading.ts';
import { backoff, mostRetries } from './retry.ts';

/** Ids asked for in one call. The vendor advises a few hundred at most; longer URLs meet proxies that cut them. */
const batch = 100;

export interface Tools {
  transport: Transport;
  now(): number;
  /** Resolves after so many milliseconds. @throws when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Told of every exchange: the request masked; the answer, or why there was none. */
  watch?(request: Request, answer: Answer | NoAnswer, took: number): void;
}

/** A gateway that speaks `dialect` at `baseUrl`. Without credentials it can only preview. */
export function httpGateway(
  baseUrl: string,
  credentials: Credentials | undefined,
  dialect: Dialect,
  { transport, now, sleep, watch }: Tools,
): Gateway {
  const base = baseUrl.replace(/\/+$/, '');
  const mask = masker(credentials);

  function request(method: Request['method'], path: string, body: unknown = null): Request {
    return {
      method,
      url: base + path,
      headers: {
        ...(credentials && authorization(credentials)),
        accept: 'application/json',
        ...(body !== null && { 'content-type': 'application/json' }),
        'user-agent': `qlara/${__VERSION__}`,
      },
      body: body === null ? null : JSON.stringify(body),
    };
  }

  async function exchange(asked: Request): Promise<Answer> {
    const begin = now();
    try {
      const answer = await transport.exchange(asked);
      watch?.(concealed(asked), { ...answer, text: mask(answer.text) }, now() - begin);
      return answer;
    } catch (cause) {
      if (cause instanceof NoAnswer) watch?.(concealed(asked), cause, now() - begin);
      throw cause;
    }
  }

  /** Reads may be repeated: they change nothing. */
  async function get(path: string): Promise<Answer> {
    for (let retry = 0; ; retry++) {
      const last = retry === mostRetries;
      try {
        const answer = await exchange(request('GET', path));
        if (!isPassing(answer.status) || last) return answer;
        await sleep(answer.status === 429 ? waitIn(answer, now()) : backoff(retry, Math.random()));
      } catch (cause) {
        if (!(cause instanceof NoAnswer)) throw cause;
        if (last)
          fail(
            'gateway',
            'gateway.unreachable',
            `${base} does not answer: ${cause.message}`,
            'check the network and --base-url',
            cause,
          );
        await sleep(backoff(retry, Math.random()));
      }
    }
  }

  async function ask(ids: readonly string[]): Promise<Map<string, Known>> {
    const answer = await get(dialect.statusPath(ids));
    if (answer.status === 404 && ids.length === 1) return new Map();
    refuse(answer, mask);
    const entries = dialect.readStatus(parsed(answer.text), now());
    if (entries === undefined)
      throw new Failure(
        'gateway',
        'gateway.unreadable',
        `the gateway's answer cannot be read: ${mask(reasonIn(answer))}`,
      );
    const hushed = (receipt: Receipt) => ({ ...receipt, reason: receipt.reason && mask(receipt.reason) });
    return new Map(
      entries.flatMap(({ ids, known }) => {
        const safe = { ...known, receipt: hushed(known.receipt), earlier: known.earlier.map(hushed) };
        return ids.map((id) => [id, safe] as const);
      }),
    );
  }

  async function hand(plan: Plan): Promise<SendOutcome> {
    const { path, body } = dialect.send(plan);
    try {
      const answer = await exchange(request('POST', path, body));
      if (answer.status < 200 || answer.status > 299) return refusal(answer, now());
      return (
        dialect.readSend(parsed(answer.text)) ?? {
          kind: 'doubt',
          reason: `HTTP ${answer.status} with an answer that cannot be read`,
        }
      );
    } catch (cause) {
      if (!(cause instanceof NoAnswer)) throw cause;
      return { kind: cause.reached ? 'doubt' : 'unsent', reason: cause.message };
    }
  }

  return {
    async send(plan) {
      const outcome = await hand(plan);
      return 'reason' in outcome ? { ...outcome, reason: mask(outcome.reason) } : outcome;
    },
    async status(ids) {
      const found = new Map<string, Known>();
      for (let at = 0; at < ids.length; at += batch)
        for (const [id, known] of await ask(ids.slice(at, at + batch))) found.set(id, known);
      return found;
    },
    preview(plan) {
      const { path, body } = dialect.send(plan);
      const { method, url, headers } = concealed(request('POST', path, body));
      return { method, url, headers: credentials ? headers : { 'x-api-key': masked, ...headers }, body };
    },
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

function refuse(answer: Answer, mask: (text: string) => string): void {
  if (answer.status >= 200 && answer.status < 300) return;
  const barred = barrier(answer);
  if (barred) fail('setup', barred.code, mask(barred.reason), barred.hint);
  const code = answer.status === 429 ? 'gateway.limited' : 'gateway.failing';
  fail(
    'gateway',
    code,
    mask(`the gateway answers HTTP ${answer.status}: ${reasonIn(answer)}`),
    'try again later',
  );
}
