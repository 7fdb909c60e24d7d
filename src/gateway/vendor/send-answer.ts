import type { ChannelName } from '../../message/channels/channel.ts';
import type { Plan } from '../../message/message.ts';
import { toPersonKey } from '../../message/person.ts';
import { readGatewayPhone } from '../../message/phone.ts';
import type { SentPlan } from '../dialect.ts';
import type { SendOutcome } from '../gateway.ts';
import { asId, asList, asNumber, asObject, describeReason, firstId, type Json } from '../http/json.ts';
import { parseChannel } from './vocabulary.ts';

const noReason = 'rejected without a reason';

/**
 * Reads the JSON of a 2xx response to a send, of any generation; undefined when nothing in it can be relied on. The
 * older generation lists results in an array (vendor: `guides/quick-start`), the newer one by channel, with reasons, parts
 * and encoding (`use-cases/UC-001`).
 */
export function readSend(json: unknown, plan: SentPlan): SendOutcome | undefined {
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
  const rejected = readRejectedChannels(results, accepted);
  return {
    kind: 'accepted',
    gatewayId: gatewayId === plan.id ? null : gatewayId,
    channel: parseChannel(accepted?.channel),
    simulation: response.simulation === true,
    ...(rejected.length > 0 && { rejected }),
    ...readSize(accepted),
  };
}

/** Returns the channels that the gateway rejected before it accepted the message on another. */
function readRejectedChannels(results: readonly Json[], accepted: Json | undefined) {
  if (accepted === undefined) return [];
  return results.slice(0, results.indexOf(accepted)).flatMap((result) => {
    const channel = parseChannel(result.channel);
    if (channel === null || result.accepted !== false) return [];
    return [{ channel, reason: describeReason(result) ?? noReason }];
  });
}

/** Returns the parts and the encoding that the gateway counted, where it says so. */
function readSize(result: Json | undefined): { size?: { parts: number; encoding: 'gsm7' | 'ucs2' } } {
  const parts = asNumber(result?.parts);
  if (typeof result?.unicode !== 'boolean' || parts === undefined) return {};
  if (!Number.isInteger(parts) || parts < 1 || parts > maxParts) return {};
  return { size: { parts, encoding: result.unicode ? 'ucs2' : 'gsm7' } };
}

/** A concatenated SMS counts its parts in one octet (3GPP TS 23.040, 9.2.3.24.1). */
const maxParts = 255;

/**
 * Reads a JSend error. Two of its codes (vendor: `credit-check`), server error and timeout, do not prove a rejection.
 */
function readJsendError(response: Json): SendOutcome {
  const reason = describeReason(response) ?? noReason;
  const isUnclear = response.code === 8 || response.code === 9;
  return { kind: isUnclear ? 'doubt' : 'refused', reason };
}

/**
 * Returns the results of a response: an array, or an object keyed by channel, whose order is that of the chain.
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
  const reason = describeReason(result) ?? codeReasons[code] ?? describeReason(response) ?? noReason;
  return code === 429 ? { kind: 'rateLimited', wait: 1000, reason } : { kind: 'refused', reason };
}
