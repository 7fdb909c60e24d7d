import { fail } from '../errors.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { Receipt } from '../message/event.ts';
import type { GatewayFacts } from '../storage/gateway-facts.ts';
import type { Dialect, StatusCall, StatusEntry, StatusResponse } from './dialect.ts';
import type { Evidence, MessageStatus, StatusRef } from './gateway.ts';
import type { HttpClient } from './http/client.ts';
import type { HttpResponse } from './http/exchange.ts';
import { tryParseJson } from './http/json.ts';
import { describeUnreadable } from './http/unreadable.ts';

/** Ids in one request. The vendor advises a few hundred at most; some proxies cut longer URLs. */
const maxIdsPerRequest = 100;

/** Default for the longest time of a request with all its retries, in milliseconds. */
const defaultTimeoutMs = 15_000;

export interface StatusQuery {
  status(refs: readonly StatusRef[], timeoutMs?: number): Promise<Map<string, MessageStatus[]>>;
  prove(refs: readonly StatusRef[], controls: readonly string[], timeoutMs?: number): Promise<Evidence>;
}

/** Responses for all requested channels, combined. */
interface ChannelsResponse {
  entries: (StatusEntry & { channel: ChannelName })[];
  /** True if every channel returned a complete list whose entries all name a message. */
  isComplete: boolean;
}

/**
 * Creates status requests, using whichever of the dialect's calls the gateway supports. `isTrusted`: the gateway lists
 * each message as soon as it accepts it, so no control is needed.
 */
export function createStatusQuery(
  client: HttpClient,
  dialect: Dialect,
  facts: GatewayFacts,
  isTrusted: boolean,
): StatusQuery {
  const { redactAndTruncate, maskValue } = client;
  let requestCount = 0;
  /** The last response that could not be read. */
  let unreadable: HttpResponse | undefined;

  /** Makes one request; undefined if the gateway has no such call or its response is unreadable. */
  async function request(
    call: StatusCall,
    ids: readonly string[],
    channel: ChannelName,
    timeoutMs: number,
  ): Promise<StatusResponse | undefined> {
    const response = await client.get(call.path(ids, channel), timeoutMs);
    // Some gateways return 400 for unknown parameters. A 404 means that there is no such call.
    if ([400, 404, 405, 422, 501].includes(response.status)) return undefined;
    client.assertOk(response);
    const read = dialect.readStatus(tryParseJson(response.text), client.now());
    if (read === undefined) {
      unreadable = response;
      return undefined;
    }
    const entries = read.entries.length + read.unidentified;
    return { ...read, isComplete: read.isComplete && isCompleteResponse(response, entries) };
  }

  async function requestChannels(
    call: StatusCall,
    ids: readonly string[],
    channels: readonly ChannelName[],
    timeoutMs: number,
  ): Promise<ChannelsResponse | undefined> {
    const combined: ChannelsResponse = { entries: [], isComplete: true };
    for (const [index, channel] of channels.entries()) {
      if (index > 0 && !call.byChannel) break;
      const response = await request(call, ids, channel, timeoutMs);
      if (response === undefined && index === 0) return undefined;
      combined.isComplete &&= Boolean(response?.isComplete && response.unidentified === 0);
      for (const entry of response?.entries ?? [])
        combined.entries.push({ ...redactEntry(entry, ids, call.byChannel ? channel : null), channel });
    }
    return combined;
  }

  /** Masks the secrets in an entry, except in an id that was asked for, and sets its channel to the requested one if it names none. */
  function redactEntry(
    entry: StatusEntry,
    askedIds: readonly string[],
    channel: ChannelName | null,
  ): StatusEntry {
    const { id, gatewayId, receipt, previousAttempts } = entry.status;
    const redactReceipt = (one: Receipt) => ({ ...one, reason: one.reason && redactAndTruncate(one.reason) });
    return {
      ...entry,
      status: {
        ...entry.status,
        id: id && (askedIds.includes(id) ? id : maskValue(id)),
        gatewayId: gatewayId && maskValue(gatewayId),
        receipt: { ...redactReceipt(receipt), channel: receipt.channel ?? channel },
        previousAttempts: previousAttempts.map(redactReceipt),
      },
    };
  }

  /** Uses the call that is known to list messages; if none is, tries one after the other until a message is listed. */
  async function requestStatus(
    ids: readonly string[],
    channels: readonly ChannelName[],
    timeoutMs: number,
  ): Promise<ChannelsResponse> {
    const { statusCall, hasListed } = facts.get();
    const known = dialect.statusCalls.find(({ name }) => name === statusCall);
    const others = dialect.statusCalls.filter((call) => call !== known);
    let first: ChannelsResponse | undefined;
    for (const call of known ? [known, ...others] : others) {
      const combined = await requestChannels(call, ids, channels, timeoutMs);
      if (combined === undefined) continue;
      if ((call === known && hasListed) || isTrusted) return combined;
      if (combined.entries.some((entry) => isRequested(entry, ids))) {
        if (!hasListed || call !== known) facts.set({ statusCall: call.name, hasListed: true });
        return combined;
      }
      first ??= combined;
    }
    return first ?? failNoStatus();
  }

  function failNoStatus(): never {
    fail(
      'gateway',
      'gateway.no-status',
      unreadable === undefined
        ? 'the gateway has no status endpoint'
        : redactAndTruncate(`the gateway answered a status request with ${describeUnreadable(unreadable)}`),
      'check --base-url',
    );
  }

  /** Groups messages by channels, at most `size` in a group. */
  function* splitIntoChunks(refs: readonly StatusRef[], size: number): Generator<readonly StatusRef[]> {
    const groups = new Map<string, StatusRef[]>();
    for (const ref of refs) {
      const key = ref.channels.join();
      groups.set(key, groups.get(key) ?? []);
      groups.get(key)?.push(ref);
    }
    for (const group of groups.values())
      for (let at = 0; at < group.length; at += size) yield group.slice(at, at + size);
  }

  return {
    async status(refs, timeoutMs = defaultTimeoutMs) {
      const found = new Map<string, MessageStatus[]>();
      for (const group of splitIntoChunks(refs, maxIdsPerRequest)) {
        const channels = group[0]?.channels ?? [];
        const byOwnId = await requestStatus(
          group.map(({ id }) => id),
          channels,
          timeoutMs,
        );
        collectStatuses(byOwnId, group, found);
        const byGateway = group.flatMap(({ id, gatewayId }) =>
          gatewayId === null || gatewayId === id ? [] : [gatewayId],
        );
        // Some gateways find messages only by the ids they assigned.
        if (byGateway.length > 0 && !group.some(({ id }) => found.has(id)))
          collectStatuses(await requestStatus(byGateway, channels, timeoutMs), group, found);
      }
      return found;
    },

    async prove(refs, controls, timeoutMs = defaultTimeoutMs) {
      const evidence: Evidence = { accepted: new Map(), absent: new Set(), gap: null };
      for (const group of splitIntoChunks(refs, maxIdsPerRequest - controls.length)) {
        const { listed, absent } = await examine(group, controls, timeoutMs, evidence);
        // A list may be cut without any sign of it: at most as many messages are taken as absent at once as the
        // gateway has listed, or as fit on the shortest page.
        const size = Math.max(listed, minPageSize) - controls.length;
        if (group.length <= size) for (const { id } of absent) evidence.absent.add(id);
        else
          for (const smaller of splitIntoChunks(absent, size))
            for (const { id } of (await examine(smaller, controls, timeoutMs, evidence)).absent)
              evidence.absent.add(id);
      }
      return evidence;
    },
  };

  /** Requests the status of a group once; adds the listed messages to the evidence and returns the others. */
  async function examine(
    group: readonly StatusRef[],
    controls: readonly string[],
    timeoutMs: number,
    evidence: Evidence,
  ): Promise<{ listed: number; absent: StatusRef[] }> {
    const channels = group[0]?.channels ?? [];
    const askedIds = rotate([...controls, ...group.map(({ id }) => id)]);
    const combined = await requestStatus(askedIds, channels, timeoutMs);
    // An entry whose ids are neither requested ones nor another one of ours may be any of the messages.
    combined.isComplete &&= combined.entries.every(
      (entry) => entry.status.id !== null || entry.ids.some((id) => askedIds.includes(id)),
    );
    const isListedControl = (entry: ChannelsResponse['entries'][number]) =>
      entry.isProof &&
      entry.channel === channels[0] &&
      entry.ids.some((id) => controls.includes(id)) &&
      // A control found by a gateway id that is the id of another message here does not prove that our ids are known.
      (entry.status.gatewayId === entry.status.id || !askedIds.includes(entry.status.gatewayId ?? ''));
    const gap = explainGap(combined, controls, isTrusted || combined.entries.some(isListedControl));
    const named = new Set(combined.entries.flatMap((entry) => entry.ids));
    const absent: StatusRef[] = [];
    for (const ref of group) {
      const listed = combined.entries.filter((entry) => entry.isProof && entry.ids.includes(ref.id));
      if (listed.length > 0)
        evidence.accepted.set(
          ref.id,
          listed.map(({ status }) => status),
        );
      else if (named.has(ref.id)) evidence.gap = 'the gateway lists it with an unknown status';
      else if (gap === null) absent.push(ref);
      else evidence.gap = gap;
    }
    return { listed: combined.entries.length, absent };
  }

  /** Rotates the ids differently each time, so that no cache on the way has the response. */
  function rotate(ids: readonly string[]): string[] {
    const at = requestCount++ % ids.length;
    return [...ids.slice(at), ...ids.slice(0, at)];
  }
}

/** Fewest entries on a page of a list (vendor: `get-media`, `limit` default 10). */
const minPageSize = 10;

/** Reports whether status and headers show a response from the gateway itself, fresh and complete. */
function isCompleteResponse(response: HttpResponse, entries: number): boolean {
  const count = (name: string) => Number(response.header(name) ?? 0);
  return (
    response.status === 200 &&
    !(count('age') > 0) &&
    !(count('x-total-count') > entries) &&
    response.header('content-range') === undefined &&
    response.header('warning') === undefined &&
    !/rel="?next/i.test(response.header('link') ?? '')
  );
}

/** Reports whether an entry is for one of the requested messages, by either id. */
function isRequested({ ids, status }: StatusEntry, askedIds: readonly string[]): boolean {
  return (
    ids.some((id) => askedIds.includes(id)) ||
    (status.gatewayId !== null && askedIds.includes(status.gatewayId))
  );
}

/** Returns why a response does not prove that unlisted messages are absent; null if it does. */
function explainGap(
  { isComplete }: ChannelsResponse,
  controls: readonly string[],
  isListedControl: boolean,
): string | null {
  if (!isComplete) return 'the gateway does not return a list of messages that all have an id';
  if (isListedControl) return null;
  return controls.length === 0
    ? 'the gateway does not list it, and there is no other accepted message to compare with'
    : 'the gateway lists neither it nor the other accepted messages';
}

/** Adds the statuses of the referenced messages to `found`, by our id. */
function collectStatuses(
  { entries }: ChannelsResponse,
  refs: readonly StatusRef[],
  found: Map<string, MessageStatus[]>,
): void {
  const own = new Set(refs.map(({ id }) => id));
  const byGatewayId = new Map<string, string>();
  for (const { id, gatewayId } of refs) if (gatewayId !== null) byGatewayId.set(gatewayId, id);
  for (const { ids, status } of entries) {
    const named = byGatewayId.get(status.gatewayId ?? '');
    // The gateway's id beside another id of ours proves nothing, unless it is all that is known of a message.
    const isNamed = named !== undefined && (status.id === null || named === status.gatewayId);
    // A gateway with one id for a message may report its own as ours.
    const other = ids.map((one) => byGatewayId.get(one)).find((one) => one !== undefined);
    const id =
      ids.find((one) => own.has(one)) ?? (isNamed ? named : status.gatewayId === null ? other : undefined);
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), status]);
  }
}
