import { possibleOwnIds } from '../../message/id.ts';
import type { Plan } from '../../message/message.ts';
import type { Instant } from '../../message/time.ts';
import type { Dialect, StatusAnswer, StatusEntry } from '../dialect.ts';
import type { SendOutcome } from '../gateway.ts';
import { asId, asList, asNumber, asObject, asText, firstId, firstText, type Json } from '../http/json.ts';
import { isStatusWord, parseChannel, parseReceipt } from './vocabulary.ts';

/**
 * The older generation of bodies: `phoneNumber`, `message`, `templateId`, `variables`, `fallback` (vendor:
 * `guides/quick-start`, `guides/channels`, `guides/webhooks`). The vendor does not name the endpoint of a
 * fallback request; it goes to that of the chain's first channel.
 */
export const partner: Dialect = {
  send({ id, to, message }) {
    const { chain, text, template, variables, sender, simulation } = message;
    return {
      path: `/message-server/${chain[0]}/send`,
      body: {
        phoneNumber: to,
        ...(text !== null && { message: text }),
        ...(sender !== null && { senderName: sender }),
        ...(chain.length > 1 && { fallback: true }),
        ...(template !== null && { templateId: template }),
        ...(Object.keys(variables).length > 0 && { variables }),
        ...(simulation && { simulation }),
        customerMessageId: id,
      },
    };
  },

  readSend(json, plan) {
    const answer = asObject(json);
    if (answer === undefined) return undefined;
    if (answer.status === 'error') return jsendError(answer);
    if (answer.status === 'fail') return undefined;
    const results = resultsIn(answer);
    if (isOfAnother(answer, results, plan)) return undefined;
    const accepted = results.find((result) => result.accepted === true && !isFailure(result));
    if (accepted === undefined && results.length > 0) {
      // A result that neither accepts nor refuses says nothing: the message may be on its way.
      if (!results.every((result) => result.accepted === false)) return undefined;
      return notAccepted(results[0] ?? {});
    }
    if (answer.accepted === false) return notAccepted(answer);
    if (answer.accepted !== undefined && answer.accepted !== true) return undefined;
    const gatewayId = asId(answer.messageId);
    if (accepted === undefined && answer.accepted !== true && gatewayId === null) return undefined;
    return {
      kind: 'accepted',
      gatewayId,
      channel: parseChannel(accepted?.channel),
      simulation: answer.simulation === true,
    };
  },

  hintFor(refusal) {
    const names = new Set(refusal.match(/[A-Za-z]+/g));
    const isNewer =
      newerFields.some((name) => names.has(name)) && !olderFields.some((name) => names.has(name));
    return isNewer ? 'this gateway seems to speak the newer dialect (platform)' : undefined;
  },

  // The reference prints the prefix, and asks by `ids` and `channel`; the guide prints neither (vendor:
  // `api/get-batch-status`, `guides/webhooks`).
  statusCalls: [
    {
      name: 'ids',
      byChannel: true,
      path: (ids, channel) =>
        `/partner-gateway/v1/messages/status?ids=${listed(ids)}&channel=${channel.toUpperCase()}`,
    },
    {
      name: 'customerMessageIds',
      byChannel: false,
      path: (ids) => `/partner-gateway/v1/messages/status?customerMessageIds=${listed(ids)}`,
    },
    {
      name: 'guide',
      byChannel: false,
      path: (ids) => `/messages/status?customerMessageIds=${listed(ids)}`,
    },
  ],

  readStatus(json, now): StatusAnswer | undefined {
    const list = listIn(json);
    const single = list === undefined ? statusEntry(asObject(json), now) : undefined;
    if (list === undefined && single === undefined) return undefined;
    const entries = (list ?? [json]).map((entry) => statusEntry(asObject(entry), now));
    const named = entries.filter((entry) => entry !== undefined);
    const isWhole = list !== undefined && isWholeList(json, list.length);
    return { isWhole, entries: named, nameless: entries.length - named.length };
  },
};

/** Fields of the newer generation's bodies, and those of this one that say the same. */
const newerFields = ['destination', 'sender', 'body', 'agentId', 'phoneNumberId'];
const olderFields = ['phoneNumber', 'senderName', 'templateId'];

/** Ids in a query: commas stand between them as they are. */
function listed(ids: readonly string[]): string {
  return ids.map(encodeURIComponent).join(',');
}

function listIn(json: unknown): unknown[] | undefined {
  const envelope = asObject(json);
  return asList(json) ?? asList(envelope?.messages) ?? asList(envelope?.data) ?? asList(envelope?.content);
}

/**
 * Tells whether an envelope says nothing about pages or failures: besides the list it holds at most that all went well, and how
 * many entries there are.
 */
function isWholeList(json: unknown, length: number): boolean {
  return Object.entries(asObject(json) ?? {}).every(([name, value]) => {
    if (['messages', 'data', 'content'].includes(name)) return Array.isArray(value);
    if (['total', 'count'].includes(name)) return value === length;
    if (name === 'status') return value === 'success';
    return name === 'success' ? value === true : name === 'timestamp';
  });
}

/** Of its codes (vendor: `credit-check`) two leave open whether the message was accepted: server error and timeout. */
function jsendError(answer: Json): SendOutcome {
  const reason = asText(answer.message) ?? 'refused without a reason';
  const isOpen = answer.code === 8 || answer.code === 9;
  return { kind: isOpen ? 'doubt' : 'refused', reason };
}

/** The results of an answer: an array in this generation, an object keyed by channel in the newer one. */
function resultsIn({ results }: Json): Json[] {
  return (asList(results) ?? Object.values(asObject(results) ?? {})).map((result) => asObject(result) ?? {});
}

/** Tells whether a result has the code of a failure, whatever else it says. */
function isFailure(result: Json): boolean {
  const code = asNumber(result.statusCode);
  return code !== undefined && (code < 200 || code > 299);
}

/**
 * Tells whether an answer is about another message: a proxy may mix them up. An id that is not ours is no proof of that where
 * the number is ours.
 */
function isOfAnother(answer: Json, results: readonly Json[], { id, to }: Pick<Plan, 'id' | 'to'>): boolean {
  const named = asId(answer.customerMessageId);
  if (named === id) return false;
  const numbers = results.flatMap((result) => firstId(result, 'phoneNumber', 'destination') ?? []);
  const digits = (text: string) => text.replace(/\D/g, '');
  if (numbers.length > 0) return !numbers.some((number) => digits(number) === digits(to));
  return named !== null;
}

/** What the vendor's `error-handling` guide lets the codes of a result mean. */
const meanings: Record<number, string> = {
  400: 'destination or text not valid',
  401: 'sender not authorised',
  402: 'no credit',
  403: 'blacklisted or opted out',
  500: 'internal error of the gateway',
};

function notAccepted(result: Json): SendOutcome {
  const code = asNumber(result.statusCode) ?? 0;
  const reason =
    firstText(result, 'reason', 'description', 'message', 'error') ??
    asText(
      asList(result.reasons)
        ?.flatMap((one) => asText(one) ?? [])
        .join(', '),
    ) ??
    meanings[code] ??
    'refused without a reason';
  return code === 429 ? { kind: 'rateLimited', wait: 1000, reason } : { kind: 'refused', reason };
}

/** Attempts of one message that are read: each becomes an event of the ledger. There are three channels. */
const maxAttempts = 100;

/** The content of an entry; undefined where it names no message. */
function statusEntry(entry: Json | undefined, now: Instant): StatusEntry | undefined {
  if (entry === undefined) return undefined;
  const id = asId(entry.customerMessageId);
  const gatewayId = asId(entry.messageId);
  const receipt = parseReceipt(entry, now);
  if (receipt === undefined || (id === null && gatewayId === null)) return undefined;
  const attempts = (asList(entry.attempts) ?? [])
    .slice(0, maxAttempts)
    .map((attempt) => parseReceipt(asObject(attempt) ?? {}, now));
  const status = {
    id,
    receipt,
    previousAttempts: attempts.filter((attempt) => attempt !== undefined),
    gatewayId,
    to: firstId(entry, 'phoneNumber', 'destination') ?? null,
  };
  // A gateway may say UNKNOWN of what it never had; an id of its own it gives only to what it has.
  const hasOwnId = gatewayId !== null && gatewayId !== id;
  const ids = possibleOwnIds(id, gatewayId);
  return { ids, status, isProof: isStatusWord(entry) && (receipt.status !== 'unknown' || hasOwnId) };
}
