import { selectOwnIds } from '../../message/id.ts';
import type { Instant } from '../../message/time.ts';
import type { StatusCall, StatusEntry, StatusResponse } from '../dialect.ts';
import { asId, asList, asObject, firstId, type Json } from '../http/json.ts';
import { isStatusWord, parseReceipt } from './vocabulary.ts';

/**
 * Status calls for many messages. The reference has the prefix, and takes `ids` and `channel`; the guide has neither
 * (vendor: `api/get-batch-status`, `guides/webhooks`).
 */
export const statusCalls: readonly StatusCall[] = [
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
];

/** Reads the JSON of a 2xx response to one of `statusCalls`; undefined when the body is not a status response. */
export function readStatus(json: unknown, now: Instant): StatusResponse | undefined {
  const list = findStatusList(json);
  const single = list === undefined ? parseStatusEntry(asObject(json), now) : undefined;
  if (list === undefined && single === undefined) return undefined;
  const entries = (list ?? [json]).map((entry) => parseStatusEntry(asObject(entry), now));
  const named = entries.filter((entry) => entry !== undefined);
  const isComplete = list !== undefined && isWholeList(json, list.length);
  return { isComplete, entries: named, unidentified: entries.length - named.length };
}

/** Joins ids for a query, with unescaped commas between them. */
function joinIds(ids: readonly string[]): string {
  return ids.map(encodeURIComponent).join(',');
}

/** Returns the list of a status response, bare or in one of the usual envelopes; undefined if there is none. */
export function findStatusList(json: unknown): unknown[] | undefined {
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

/** Attempts read for one message: each becomes an event in the ledger. There are only three channels. */
const maxAttempts = 100;

/** Parses a status entry; undefined if it names no message. */
export function parseStatusEntry(entry: Json | undefined, now: Instant): StatusEntry | undefined {
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
