import { fail } from '../errors.ts';
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

/** How long a question may take with all its repetitions, in milliseconds, where nobody says otherwise. */
const usualPatience = 15_000;

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
  /** Text from outside as a reason: without secrets, and not too long. */
  const hush = (text: string) => mask(text).slice(0, 300);

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
      watch?.(concealed(asked), answer, now() - begin);
      return answer;
    } catch (cause) {
      if (cause instanceof NoAnswer) watch?.(concealed(asked), cause, now() - begin);
      throw cause;
    }
  }

  /** Reads may be repeated: they change nothing. */
  async function get(path: string, patience: number): Promise<Answer> {
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
  }

  async function ask(ids: readonly string[], patience: number): Promise<Map<string, Known>> {
    const answer = await get(dialect.statusPath(ids), patience);
    const [only, ...others] = ids;
    // A page is not the gateway's word that it knows no such message.
    if (answer.status === 404 && others.length === 0 && !isPage(answer)) return new Map();
    refuse(answer, hush);
    const entries = dialect.readStatus(parsed(answer.text), now());
    if (entries === undefined)
      fail('gateway', 'gateway.unreadable', `the gateway's answer cannot be read: ${hush(reasonIn(answer))}`);
    const safe = (receipt: Receipt) => ({ ...receipt, reason: receipt.reason && hush(receipt.reason) });
    const found = new Map<string, Known>();
    for (const { ids: told, known } of entries) {
      const { id, gatewayId, receipt, earlier } = known;
      const clean = {
        ...known,
        id: id && mask(id),
        gatewayId: gatewayId && mask(gatewayId),
        receipt: safe(receipt),
        earlier: earlier.map(safe),
      };
      for (const one of told) found.set(one, clean);
      // Who asks for one message is told of that one, whatever the answer calls it.
      if (only !== undefined && others.length === 0 && entries.length === 1) found.set(only, clean);
    }
    return found;
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
      if ('reason' in outcome) return { ...outcome, reason: hush(outcome.reason) };
      return { ...outcome, gatewayId: outcome.gatewayId && mask(outcome.gatewayId) };
    },
    async status(ids, patience = usualPatience) {
      const found = new Map<string, Known>();
      for (let at = 0; at < ids.length; at += batch)
        for (const [id, known] of await ask(ids.slice(at, at + batch), patience)) found.set(id, known);
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

function noAnswer(cause: unknown): NoAnswer {
  if (cause instanceof NoAnswer) return cause;
  throw cause;
}

function isPage({ text }: Answer): boolean {
  return /^\s*</.test(text);
}

/** Answers that may be another one a moment later. */
function isPassing(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

function refuse(answer: Answer, hush: (text: string) => string): void {
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
}
