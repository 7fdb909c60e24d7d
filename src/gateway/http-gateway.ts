import type { Plan } from '../message/message.ts';
import type { GatewayFacts } from '../storage/gateway-facts.ts';
import type { Dialect } from './dialect.ts';
import type { Gateway, SendOutcome } from './gateway.ts';
import type { HttpClient } from './http/client.ts';
import { type HttpResponse, NetworkError } from './http/exchange.ts';
import { parsed } from './http/json.ts';
import {
  describeErrorResponse,
  isQuotaExhausted,
  outcomeOfErrorResponse,
  retryAfterMs,
} from './http/response.ts';
import type { StatusQuery } from './status-query.ts';

/** A gateway that tells no limit in so many answers tells none. */
const maxLooks = 100;

/** Of a refusal, so many characters are searched for names of fields. */
const maxHintText = 2_000;

export interface GatewayOptions {
  /** As of `Gateway`. */
  route: string;
  /** About the gateway at this base URL. */
  facts: GatewayFacts;
  /** About the account. */
  account: GatewayFacts;
  /** True if it shows each message as soon as it has it: a gateway in this process. */
  isTrusted: boolean;
}

/** The gateway behind `client`, which speaks `dialect`. */
export function createGateway(
  client: HttpClient,
  dialect: Dialect,
  { route, facts, account, isTrusted }: GatewayOptions,
): Gateway {
  const { mask, redactAndTruncate, now } = client;

  function outcomeOf(answer: HttpResponse, plan: Plan): SendOutcome {
    if (answer.status === 400 || answer.status === 422)
      return {
        kind: 'refused',
        reason: describeErrorResponse(answer),
        isMalformed: true,
        hint: dialect.hintFor(answer.text.slice(0, maxHintText)),
      };
    if (answer.status < 200 || answer.status > 299) return outcomeOfErrorResponse(answer, now());
    return (
      dialect.readSend(parsed(answer.text), plan) ?? {
        kind: 'doubt',
        reason: `HTTP ${answer.status} with an answer that cannot be read`,
      }
    );
  }

  /** Answers to sends that are still looked at for the account's limit. */
  let looks = maxLooks;

  /** Keeps the first limit that the gateway tells of this account. */
  function noteLimit(answer: HttpResponse): void {
    if (looks === 0 || account.get().limit !== undefined) return;
    looks--;
    const limit = Number(answer.header('x-ratelimit-limit'));
    if (Number.isInteger(limit) && limit > 0) account.set({ limit });
  }

  let statusQuery: Promise<StatusQuery> | undefined;

  /** Loaded when used: most sends ask nothing. */
  function openStatusQuery(): Promise<StatusQuery> {
    statusQuery ??= import('./status-query.ts').then((module) =>
      module.statusQuery(client, dialect, facts, isTrusted),
    );
    return statusQuery;
  }

  /** An outcome without the secrets that a gateway may repeat. */
  function quiet(outcome: SendOutcome): SendOutcome {
    if (outcome.kind !== 'accepted') return { ...outcome, reason: redactAndTruncate(outcome.reason) };
    const gatewayId = outcome.gatewayId && mask(outcome.gatewayId);
    return gatewayId === outcome.gatewayId ? outcome : { ...outcome, gatewayId };
  }

  return {
    route,
    get limit() {
      return account.get().limit;
    },
    async send(plan) {
      const { path, body } = dialect.send(plan);
      try {
        const answer = await client.request('POST', path, body);
        noteLimit(answer);
        const outcome = quiet(outcomeOf(answer, plan));
        return isQuotaExhausted(answer) ? { ...outcome, pause: retryAfterMs(answer, now()) } : outcome;
      } catch (cause) {
        if (!(cause instanceof NetworkError)) throw cause;
        return quiet({ kind: cause.mayHaveArrived ? 'doubt' : 'notSent', reason: cause.message });
      }
    },
    status: async (...args) => (await openStatusQuery()).status(...args),
    prove: async (...args) => (await openStatusQuery()).prove(...args),
    preview(plan) {
      const { path, body } = dialect.send(plan);
      const { method, url, headers } = client.previewRequest('POST', path, body);
      return { method, url, headers, body };
    },
    async warmUp(requests) {
      await Promise.all([client.warmUp(requests), openStatusQuery()]);
    },
    close: client.close,
  };
}
