import type { Instant } from '../message/event.ts';
import type { Dialect } from './dialect.ts';
import type { Known, SendOutcome } from './gateway.ts';
import { asId, asList, asNumber, asObject, asText, firstId, firstText, type Json } from './json.ts';
import { channelOf, receiptOf } from './words.ts';

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

  readSend(json) {
    const answer = asObject(json);
    if (answer === undefined) return undefined;
    if (answer.status === 'error')
      return { kind: 'refused', reason: asText(answer.message) ?? 'refused without a reason' };
    const result = decisiveResult(answer.results);
    const gatewayId = asId(answer.messageId);
    if (result?.accepted === false) return notAccepted(result);
    if (result?.accepted !== true && gatewayId === null) return undefined;
    return {
      kind: 'accepted',
      gatewayId,
      channel: channelOf(result?.channel),
      simulation: answer.simulation === true,
    };
  },

  statusPath(ids) {
    const [only, ...others] = ids.map(encodeURIComponent);
    return others.length === 0
      ? `/messages/status/${only}`
      : `/messages/status?customerMessageIds=${[only, ...others].join(',')}`;
  },

  readStatus(json, now) {
    const found = asList(json) ?? asList(asObject(json)?.messages) ?? asList(asObject(json)?.data) ?? [json];
    const read = found.map((entry) => statusEntry(asObject(entry), now));
    return read.length > 0 && read.every((entry) => entry === undefined)
      ? undefined
      : read.filter((entry) => entry !== undefined);
  },
};

/**
 * The results are an array in this generation, an object keyed by channel in the newer one. Of several, one that
 * was accepted speaks for the message.
 */
function decisiveResult(results: unknown): Json | undefined {
  const all = (asList(results) ?? Object.values(asObject(results) ?? {})).map(asObject);
  return all.find((result) => result?.accepted === true) ?? all[0];
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
  return code === 429 ? { kind: 'limited', wait: 1000, reason } : { kind: 'refused', reason };
}

/** Attempts of one message that are read: each becomes an event of the ledger. There are three channels. */
const maxAttempts = 100;

function statusEntry(entry: Json | undefined, now: Instant): { ids: string[]; known: Known } | undefined {
  if (entry === undefined) return undefined;
  const ids = [asId(entry.customerMessageId), asId(entry.messageId)].filter((id) => id !== null);
  const receipt = receiptOf(entry, now);
  if (receipt === undefined) return undefined;
  const earlier = (asList(entry.attempts) ?? [])
    .slice(0, maxAttempts)
    .map((attempt) => receiptOf(asObject(attempt) ?? {}, now));
  return {
    ids,
    known: {
      id: asId(entry.customerMessageId),
      receipt,
      earlier: earlier.filter((attempt) => attempt !== undefined),
      gatewayId: asId(entry.messageId),
      to: firstId(entry, 'phoneNumber', 'destination') ?? null,
    },
  };
}
