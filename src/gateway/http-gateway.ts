import type { Plan } from '../message/message.ts';
import { findMismatches, type MessageProblem } from '../message/rules.ts';
import type { GatewayFacts } from '../storage/gateway-facts.ts';
import type { Dialect } from './dialect.ts';
import type { Gateway, SendOutcome } from './gateway.ts';
import type { HttpClient } from './http/client.ts';
import type { HttpResponse } from './http/exchange.ts';
import { tryParseJson } from './http/json.ts';
import { isQuotaExhausted, outcomeOfNetworkError, retryAfterMs } from './http/response.ts';
import type { StatusQuery } from './status-query.ts';

/** Responses searched for the account's rate limit; a gateway that has not sent one by then never does. */
const maxResponsesSearched = 100;

export interface GatewayOptions {
  /** See `Gateway.route`. */
  route: string;
  /** Facts about the gateway at this base URL. */
  facts: GatewayFacts;
  /** Facts about the account. */
  account: GatewayFacts;
  /** True for a gateway in this process, which lists each message as soon as it is accepted. */
  isTrusted: boolean;
}

/** Returns the outcome of a message that was recorded while the profile spoke another dialect, and that this one cannot write. */
function recordedOtherwise({ code, reason }: MessageProblem): SendOutcome {
  return {
    kind: 'fatal',
    code,
    reason: `the message was recorded for another dialect: ${reason}`,
    hint: 'send it again as a new message, or return to the dialect it was recorded for',
  };
}

/** Returns the plan without a time that has come: a bulk may be resumed later, and a time in the past is refused. */
function dropPastTime(plan: Plan, now: number): Plan {
  const { scheduledAt } = plan.message;
  if (scheduledAt == null || scheduledAt > now) return plan;
  return { ...plan, message: { ...plan.message, scheduledAt: null } };
}

/** Creates the gateway behind `client`, which speaks `dialect`. */
export function createGateway(
  client: HttpClient,
  dialect: Dialect,
  { route, facts, account, isTrusted }: GatewayOptions,
): Gateway {
  const { maskValue, redactAndTruncate, now } = client;

  async function readOutcome(response: HttpResponse, plan: Plan): Promise<SendOutcome> {
    if (response.status < 200 || response.status > 299) return dialect.readError(response, now());
    const outcome = dialect.readSend(tryParseJson(response.text), plan);
    if (outcome !== undefined) return outcome;
    const { describeUnreadable } = await import('./http/unreadable.ts');
    return { kind: 'doubt', reason: `HTTP ${response.status} with ${describeUnreadable(response)}` };
  }

  /** Number of further responses to search for the account's limit. */
  let responsesLeft = maxResponsesSearched;

  /** Stores the first rate limit that the gateway reports for this account. */
  function storeLimit(response: HttpResponse): void {
    if (responsesLeft === 0 || account.get().limit !== undefined) return;
    responsesLeft--;
    const limit = Number(response.header('x-ratelimit-limit'));
    if (Number.isInteger(limit) && limit > 0) account.set({ limit });
  }

  let statusQuery: Promise<StatusQuery> | undefined;

  /** Loaded when used: most sends ask nothing. */
  function openStatusQuery(): Promise<StatusQuery> {
    statusQuery ??= import('./status-query.ts').then((module) =>
      module.createStatusQuery(client, dialect, facts, isTrusted),
    );
    return statusQuery;
  }

  /** Masks the secrets that a response may repeat. */
  function redactOutcome(outcome: SendOutcome): SendOutcome {
    if (outcome.kind === 'withheld') return outcome;
    if (outcome.kind !== 'accepted') return { ...outcome, reason: redactAndTruncate(outcome.reason) };
    const gatewayId = outcome.gatewayId && maskValue(outcome.gatewayId);
    return gatewayId === outcome.gatewayId ? outcome : { ...outcome, gatewayId };
  }

  return {
    route,
    get limit() {
      return account.get().limit;
    },
    listChannels: dialect.listChannels,
    async send(plan, mayLeave) {
      const [problem] = findMismatches(plan.message, dialect.rules);
      if (problem !== undefined) return recordedOtherwise(problem);
      const { path, body } = dialect.send(dropPastTime(plan, now()));
      try {
        const response = await client.request('POST', path, body, mayLeave);
        storeLimit(response);
        const outcome = redactOutcome(await readOutcome(response, plan));
        return isQuotaExhausted(response) ? { ...outcome, pause: retryAfterMs(response, now()) } : outcome;
      } catch (cause) {
        return redactOutcome(outcomeOfNetworkError(cause));
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
