import type { ChannelName } from '../../message/channels/channel.ts';
import { selectOwnIds } from '../../message/id.ts';
import type { Plan } from '../../message/message.ts';
import { toPersonKey } from '../../message/person.ts';
import { readGatewayPhone } from '../../message/phone.ts';
import type { Instant } from '../../message/time.ts';
import type { Dialect, StatusEntry, StatusResponse } from '../dialect.ts';
import type { SendOutcome } from '../gateway.ts';
import { asId, asList, asNumber, asObject, describeReason, firstId, type Json } from '../http/json.ts';
import { isStatusWord, parseChannel, parseReceipt } from './vocabulary.ts';

/**
 * The older generation of bodies: `phoneNumber`, `message`, `templateId`, `variables`, `fallback` (vendor:
 * `guides/quick-start`, `guides/channels`, `guides/webhooks`). The vendor does not name the endpoint of a fallback
 * request; qlara uses the endpoint of the chain's first channel.
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
    const response = asObject(json);
    if (response === undefined) return undefined;
    if (response.status === 'error') return readJsendError(response);
    if (response.status === 'fail') return undefined;
    const results = readResults(response, plan.message?.chain ?? []);
    if (isForOtherMessage(response, results, plan)) return undefined;
    const accepted = results.find((result) => result.accepted === true && !isFailure(result));
    if (accepted === undefined && results.length > 0) {
      // A result that neither accepts nor rejects proves nothing: the message may have been accepted.
      if (!results.every((result) => result.accepted === false)) return undefined;
      return readRejection(results[0] ?? {}, response);
    }
    if (response.accepted === false) return readRejection(response, {});
    if (response.accepted !== undefined && response.accepted !== true) return undefined;
    const gatewayId = asId(response.messageId);
    if (accepted === undefined && response.accepted !== true && gatewayId === null) return undefined;
    return {
      kind: 'accepted',
      gatewayId,
      channel: parseChannel(accepted?.channel),
      simulation: response.simulation === true,
    };
  },

  // Loaded when used, as most sends are accepted.
  hintFor: async (refusal) => (await import('./refusal-hint.ts')).hintFor(refusal),

  // The reference has the prefix, and takes `ids` and `channel`; the guide has neither (vendor:
  // `api/get-batch-status`, `guides/webhooks`).
  statusCalls: [
    {
      name: 'ids',
      byChannel: true,
      path: (ids, channel) =>
        `/partner-gateway/v1/messages/status?ids=${joinIds(ids)}&channel=${channel.toUpperCase()}`,
    },
    {
      name: 'customerMessageIds',
      byChannel: false,
      path: (ids) => `/partner-gateway/v1/messages/status?customerMessageIds=${joinIds(ids)}`,
    },
    {
      name: 'guide',
      byChannel: false,
      path: (ids) => `/messages/status?customerMessageIds=${joinIds(ids)}`,
    },
  ],

  readStatus(json, now): StatusResponse | undefined {
    const list = findList(json);
    const single = list === undefined ? parseStatusEntry(asObject(json), now) : undefined;
    if (list === undefined && single === undefined) return undefined;
    const entries = (list ?? [json]).map((entry) => parseStatusEntry(asObject(entry), now));
    const named = entries.filter((entry) => entry !== undefined);
    const isComplete = list !== undefined && isWholeList(json, list.length);
    return { isComplete, entries: named, unidentified: entries.length - named.length };
  },
};

/** Joins ids for a query, with unescaped commas between them. */
function joinIds(ids: readonly string[]): string {
  return ids.map(encodeURIComponent).join(',');
}

function findList(json: unknown): unknown[] | undefined {
  const envelope = asObject(json);
  return asList(json) ?? asList(envelope?.messages) ?? asList(envelope?.data) ?? asList(envelope?.content);
}

/**
 * Reports whether an envelope shows no sign of pages or failures: besides the list it holds at most a status of success
 * and the number of entries.
 */
function isWholeList(json: unknown, length: number): boolean {
  return Object.entries(asObject(json) ?? {}).every(([name, value]) => {
    if (['messages', 'data', 'content'].includes(name)) return Array.isArray(value);
    if (['total', 'count'].includes(name)) return value === length;
    if (name === 'status') return value === 'success';
    return name === 'success' ? value === true : name === 'timestamp';
  });
}

/**
 * Reads a JSend error. Two of its codes (vendor: `credit-check`), server error and timeout, do not prove a rejection.
 */
function readJsendError(response: Json): SendOutcome {
  const reason = describeReason(response) ?? 'rejected without a reason';
  const isUnclear = response.code === 8 || response.code === 9;
  return { kind: isUnclear ? 'doubt' : 'refused', reason };
}

/**
 * Returns the results of a response: an array in this generation, an object keyed by channel in the newer one, whose
 * order is that of the chain.
 */
function readResults({ results }: Json, chain: readonly ChannelName[]): Json[] {
  const list = asList(results);
  if (list) return list.map((result) => asObject(result) ?? {});
  const position = ({ channel }: Json) => {
    const name = parseChannel(channel);
    return name !== null && chain.includes(name) ? chain.indexOf(name) : chain.length;
  };
  return Object.entries(asObject(results) ?? {})
    .map(([channel, result]): Json => ({ channel, ...asObject(result) }))
    .sort((a, b) => position(a) - position(b));
}

/** Reports whether a result has the status code of a failure, whatever its other fields are. */
function isFailure(result: Json): boolean {
  const code = asNumber(result.statusCode);
  return code !== undefined && (code < 200 || code > 299);
}

/**
 * Reports whether a response is for another message: a proxy may mix responses up. An id that is not ours proves
 * nothing if the number is ours.
 */
function isForOtherMessage(
  response: Json,
  results: readonly Json[],
  { id, to }: Pick<Plan, 'id' | 'to'>,
): boolean {
  const named = asId(response.customerMessageId);
  if (named === id) return false;
  const numbers = results.flatMap((result) => firstId(result, 'phoneNumber', 'destination') ?? []);
  // WhatsApp reports some numbers in another form.
  const person = toPersonKey(to);
  if (numbers.length > 0)
    return !numbers.some((number) => toPersonKey(readGatewayPhone(number) ?? '') === person);
  return named !== null;
}

/**
 * Reasons for status codes of a result, from the vendor's `error-handling` guide. It names opt-outs among the causes of
 * 403, which therefore proves none.
 */
const codeReasons: Record<number, string> = {
  400: 'invalid recipient or text',
  401: 'sender not authorized',
  402: 'insufficient credit',
  403: 'sending to this recipient is not allowed',
  500: 'internal error of the gateway',
};

/** Reads a rejection from its result, or where that gives no reason, from the response around it. */
function readRejection(result: Json, response: Json): SendOutcome {
  const code = asNumber(result.statusCode) ?? 0;
  const reason =
    describeReason(result) ?? codeReasons[code] ?? describeReason(response) ?? 'rejected without a reason';
  return code === 429 ? { kind: 'rateLimited', wait: 1000, reason } : { kind: 'refused', reason };
}

/** Attempts read for one message: each becomes an event in the ledger. There are only three channels. */
const maxAttempts = 100;

/** Parses a status entry; undefined if it names no message. */
function parseStatusEntry(entry: Json | undefined, now: Instant): StatusEntry | undefined {
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
  // A gateway may report UNKNOWN for a message it never had, but assigns its own id only to a message it has.
  const hasOwnId = gatewayId !== null && gatewayId !== id;
  const ids = selectOwnIds(id, gatewayId);
  return { ids, status, isProof: isStatusWord(entry) && (receipt.status !== 'unknown' || hasOwnId) };
}
