import { fail } from '../errors.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { Receipt } from '../message/event.ts';
import type { GatewayFacts } from '../storage/gateway-facts.ts';
import type { Dialect, StatusAnswer, StatusCall, StatusEntry } from './dialect.ts';
import type { Evidence, MessageStatus, StatusRef } from './gateway.ts';
import type { HttpClient } from './http/client.ts';
import type { HttpResponse } from './http/exchange.ts';
import { parsed } from './http/json.ts';

/** Ids asked for in one call. The vendor advises a few hundred at most; longer URLs meet proxies that cut them. */
const maxIdsPerRequest = 100;

/** How long a question may take with all its repetitions, in milliseconds, where nobody says otherwise. */
const defaultTimeoutMs = 15_000;

export interface StatusQuery {
  status(refs: readonly StatusRef[], timeoutMs?: number): Promise<Map<string, MessageStatus[]>>;
  prove(refs: readonly StatusRef[], controls: readonly string[], timeoutMs?: number): Promise<Evidence>;
}

/** An answer for all channels that were asked about. */
interface Answered {
  entries: (StatusEntry & { asked: ChannelName })[];
  /** True if every channel was answered with a whole list whose entries all name a message. */
  isComplete: boolean;
}

/**
 * Asks a gateway where messages stand, by whichever of the dialect's calls it has. `isTrusted`: it shows each message as
 * soon as it has it, so that no control is needed.
 */
export function statusQuery(
  client: HttpClient,
  dialect: Dialect,
  facts: GatewayFacts,
  isTrusted: boolean,
): StatusQuery {
  const { redactAndTruncate, mask } = client;
  let questions = 0;

  /** One request; undefined where there is no such call, or its answer cannot be read. */
  async function request(
    call: StatusCall,
    ids: readonly string[],
    channel: ChannelName,
    timeoutMs: number,
  ): Promise<StatusAnswer | undefined> {
    const answer = await client.get(call.path(ids, channel), timeoutMs);
    // Parameters that a gateway does not know are a 400 of some. A 404 says that there is no such call.
    if ([400, 404, 405, 422, 501].includes(answer.status)) return undefined;
    client.assertOk(answer);
    const read = dialect.readStatus(parsed(answer.text), client.now());
    return read && { ...read, isWhole: read.isWhole && isWhole(answer, read.entries.length + read.nameless) };
  }

  async function ask(
    call: StatusCall,
    ids: readonly string[],
    channels: readonly ChannelName[],
    timeoutMs: number,
  ): Promise<Answered | undefined> {
    const answered: Answered = { entries: [], isComplete: true };
    for (const [index, channel] of channels.entries()) {
      if (index > 0 && !call.byChannel) break;
      const answer = await request(call, ids, channel, timeoutMs);
      if (answer === undefined && index === 0) return undefined;
      answered.isComplete &&= Boolean(answer?.isWhole && answer.nameless === 0);
      for (const entry of answer?.entries ?? [])
        answered.entries.push({ ...clean(entry, call.byChannel ? channel : null), asked: channel });
    }
    return answered;
  }

  /** An entry without the secrets that a gateway may repeat. What does not name its channel is of the one asked for. */
  function clean(entry: StatusEntry, asked: ChannelName | null): StatusEntry {
    const { id, gatewayId, receipt, previousAttempts } = entry.status;
    const safe = (one: Receipt) => ({ ...one, reason: one.reason && redactAndTruncate(one.reason) });
    return {
      ...entry,
      status: {
        ...entry.status,
        id: id && mask(id),
        gatewayId: gatewayId && mask(gatewayId),
        receipt: { ...safe(receipt), channel: receipt.channel ?? asked },
        previousAttempts: previousAttempts.map(safe),
      },
    };
  }

  /** Asks by the call that is known to work; while none is, by one after the other until a message is shown. */
  async function question(
    ids: readonly string[],
    channels: readonly ChannelName[],
    timeoutMs: number,
  ): Promise<Answered> {
    const known = dialect.statusCalls.find(({ name }) => name === facts.get().statusCall);
    const others = dialect.statusCalls.filter((call) => call !== known);
    let first: Answered | undefined;
    for (const call of known ? [known, ...others] : others) {
      const answered = await ask(call, ids, channels, timeoutMs);
      if (answered === undefined) continue;
      if (call === known || isTrusted) return answered;
      if (answered.entries.some((entry) => isAmong(entry, ids))) {
        facts.set({ statusCall: call.name });
        return answered;
      }
      first ??= answered;
    }
    return first ?? unanswered();
  }

  function unanswered(): never {
    fail(
      'gateway',
      'gateway.no-status',
      'the gateway has no call that tells where messages stand, or its answers cannot be read',
      'check --base-url',
    );
  }

  /** Messages with the same channels, as many as a request can name. */
  function* chunks(refs: readonly StatusRef[], size: number): Generator<readonly StatusRef[]> {
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
      for (const some of chunks(refs, maxIdsPerRequest)) {
        const channels = some[0]?.channels ?? [];
        const ours = await question(
          some.map(({ id }) => id),
          channels,
          timeoutMs,
        );
        note(ours, some, found);
        const byGateway = some.flatMap(({ id, gatewayId }) =>
          gatewayId === null || gatewayId === id ? [] : [gatewayId],
        );
        // A gateway may know messages only by the ids that it gave them itself.
        if (byGateway.length > 0 && !some.some(({ id }) => found.has(id)))
          note(await question(byGateway, channels, timeoutMs), some, found);
      }
      return found;
    },

    async prove(refs, controls, timeoutMs = defaultTimeoutMs) {
      const evidence: Evidence = { accepted: new Map(), absent: new Set(), gap: null };
      for (const some of chunks(refs, maxIdsPerRequest - controls.length)) {
        const { shown, absent } = await examine(some, controls, timeoutMs, evidence);
        // A longer list may have been cut where nothing says so: only as many are believed to be absent at once as
        // the gateway has shown, or as fit on the shortest page.
        const size = Math.max(shown, shortestPage) - controls.length;
        if (some.length <= size) for (const { id } of absent) evidence.absent.add(id);
        else
          for (const few of chunks(absent, size))
            for (const { id } of (await examine(few, controls, timeoutMs, evidence)).absent)
              evidence.absent.add(id);
      }
      return evidence;
    },
  };

  /** Asks about some messages once; adds to the evidence those that are shown, and returns those that are not. */
  async function examine(
    some: readonly StatusRef[],
    controls: readonly string[],
    timeoutMs: number,
    evidence: Evidence,
  ): Promise<{ shown: number; absent: StatusRef[] }> {
    const channels = some[0]?.channels ?? [];
    const asked = rotated([...controls, ...some.map(({ id }) => id)]);
    const answered = await question(asked, channels, timeoutMs);
    // An entry that names neither of the ids that were asked for nor another one of ours may be any of them.
    answered.isComplete &&= answered.entries.every(
      (entry) => entry.status.id !== null || entry.ids.some((id) => asked.includes(id)),
    );
    const isShown = (entry: Answered['entries'][number]) =>
      entry.isProof &&
      entry.asked === channels[0] &&
      entry.ids.some((id) => controls.includes(id)) &&
      // Found by the id that the gateway gave it, which is another one's here, it does not prove that ours are known.
      (entry.status.gatewayId === entry.status.id || !asked.includes(entry.status.gatewayId ?? ''));
    const gap = gapIn(answered, controls, isTrusted || answered.entries.some(isShown));
    const named = new Set(answered.entries.flatMap((entry) => entry.ids));
    const absent: StatusRef[] = [];
    for (const ref of some) {
      const shown = answered.entries.filter((entry) => entry.isProof && entry.ids.includes(ref.id));
      if (shown.length > 0)
        evidence.accepted.set(
          ref.id,
          shown.map(({ status }) => status),
        );
      else if (named.has(ref.id)) evidence.gap = 'the gateway shows it with a status that means nothing here';
      else if (gap === null) absent.push(ref);
      else evidence.gap = gap;
    }
    return { shown: answered.entries.length, absent };
  }

  /** The ids in another order each time, so that no cache on the way knows the question. */
  function rotated(ids: readonly string[]): string[] {
    const at = questions++ % ids.length;
    return [...ids.slice(at), ...ids.slice(0, at)];
  }
}

/** Entries on a page of a list, at least (vendor: `get-media`, `limit` default 10). */
const shortestPage = 10;

/** Tells whether an answer is from the gateway itself, just now, and whole, by its status and headers. */
function isWhole(answer: HttpResponse, entries: number): boolean {
  const count = (name: string) => Number(answer.header(name) ?? 0);
  return (
    answer.status === 200 &&
    !(count('age') > 0) &&
    !(count('x-total-count') > entries) &&
    answer.header('content-range') === undefined &&
    answer.header('warning') === undefined &&
    !/rel="?next/i.test(answer.header('link') ?? '')
  );
}

/** Tells whether an entry is of one of the messages that were asked for, by whichever id. */
function isAmong({ ids, status }: StatusEntry, asked: readonly string[]): boolean {
  return (
    ids.some((id) => asked.includes(id)) || (status.gatewayId !== null && asked.includes(status.gatewayId))
  );
}

/** Why an answer does not prove that what it does not show is absent; null where it does. */
function gapIn({ isComplete }: Answered, controls: readonly string[], isShown: boolean): string | null {
  if (!isComplete) return 'the gateway does not answer with a list of messages that all have an id';
  if (isShown) return null;
  return controls.length === 0
    ? 'the gateway does not show it, and no other message that it accepted is known to compare with'
    : 'the gateway shows neither it nor the other messages that it accepted';
}

function note({ entries }: Answered, refs: readonly StatusRef[], found: Map<string, MessageStatus[]>): void {
  const own = new Set(refs.map(({ id }) => id));
  const byGatewayId = new Map<string, string>();
  for (const { id, gatewayId } of refs) if (gatewayId !== null) byGatewayId.set(gatewayId, id);
  for (const { ids, status } of entries) {
    const named = byGatewayId.get(status.gatewayId ?? '');
    // Beside another id of ours the gateway's says nothing, unless it is all that is known of a message.
    const isNamed = named !== undefined && (status.id === null || named === status.gatewayId);
    const id = ids.find((one) => own.has(one)) ?? (isNamed ? named : undefined);
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), status]);
  }
}
