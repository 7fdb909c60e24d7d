import { fail } from '../errors.ts';
import type { ChannelName } from '../message/channel.ts';
import type { Receipt } from '../message/event.ts';
import type { GatewayFacts } from '../storage/gateway-facts.ts';
import type { Client } from './client.ts';
import type { Dialect, StatusAnswer, StatusCall, StatusEntry } from './dialect.ts';
import type { Evidence, MessageStatus, StatusRef } from './gateway.ts';
import { parsed } from './json.ts';

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
  /** Whether every channel was answered with a list whose entries all name a message. */
  isComplete: boolean;
}

/**
 * Asks a gateway where messages stand, by whichever of the dialect's calls it has. `isTrusted`: it shows each message as
 * soon as it has it, so that no control is needed.
 */
export function statusQuery(
  client: Client,
  dialect: Dialect,
  facts: GatewayFacts,
  isTrusted: boolean,
): StatusQuery {
  const { hush, mask } = client;

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
    client.insist(answer);
    return dialect.readStatus(parsed(answer.text), client.now());
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
      answered.isComplete &&= Boolean(answer?.isList && answer.nameless === 0);
      for (const entry of answer?.entries ?? [])
        answered.entries.push({ ...clean(entry, call.byChannel ? channel : null), asked: channel });
    }
    return answered;
  }

  /** An entry without the secrets that a gateway may repeat. What does not name its channel is of the one asked for. */
  function clean(entry: StatusEntry, asked: ChannelName | null): StatusEntry {
    const { id, gatewayId, receipt, previousAttempts } = entry.status;
    const safe = (one: Receipt) => ({ ...one, reason: one.reason && hush(one.reason) });
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
      if (answered.entries.some((entry) => entry.ids.some((id) => ids.includes(id)))) {
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
        const [first] = some[0]?.channels ?? [];
        const ids = some.map(({ id }) => id);
        const asked = [...controls, ...ids];
        const answered = await question(asked, some[0]?.channels ?? [], timeoutMs);
        // What names neither of the ids that were asked for nor another one of ours may be any of them.
        answered.isComplete &&= answered.entries.every(
          (entry) => entry.status.id !== null || entry.ids.some((id) => asked.includes(id)),
        );
        const named = new Set(answered.entries.flatMap((entry) => entry.ids));
        const isShown = ({ ids, isProof, asked }: Answered['entries'][number]) =>
          isProof && asked === first && ids.some((id) => controls.includes(id));
        const gap = gapIn(answered, controls, isTrusted || answered.entries.some(isShown));
        for (const id of ids) {
          const shown = answered.entries.filter((entry) => entry.isProof && entry.ids.includes(id));
          if (shown.length > 0)
            evidence.accepted.set(
              id,
              shown.map(({ status }) => status),
            );
          else if (named.has(id)) evidence.gap = 'the gateway shows it with a status that means nothing here';
          else if (gap === null) evidence.absent.add(id);
          else evidence.gap = gap;
        }
      }
      return evidence;
    },
  };
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
  const byId = new Map<string, string>();
  for (const { id, gatewayId } of refs) if (gatewayId !== null) byId.set(gatewayId, id);
  for (const { id } of refs) byId.set(id, id);
  for (const { ids, status } of entries) {
    const id = ids.map((one) => byId.get(one)).find((one) => one !== undefined);
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), status]);
  }
}
