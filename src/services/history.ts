import type { HistoryEntry } from '../gateway/history.ts';
import { type ChannelName, channelNames } from '../message/channels/channel.ts';
import { applyEvent, type Delivery, isInDoubt, newDelivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import { parseSender, type Sender } from '../message/id.ts';
import { emptyMessage } from '../message/message.ts';
import { type Phone, readGatewayPhone } from '../message/phone.ts';
import type { Instant } from '../message/time.ts';
import type { Deps } from './deps.ts';
import { eventsFromStatus } from './reconcile.ts';

/**
 * Merges entries of the gateway's history with the ledger: records what they tell of messages that were sent from here,
 * and returns these messages and, by their ids, those that were sent elsewhere. A message in doubt counts as sent only if
 * an entry names our id and proves that the gateway has it, as in `reconcile`.
 */
export async function mergeHistory(
  entries: readonly HistoryEntry[],
  { ledger, clock }: Pick<Deps, 'ledger' | 'clock'>,
): Promise<Delivery[]> {
  const own = new Map<string, { delivery: Delivery; events: Event[] }>();
  const others = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const delivery = await findOwn(entry, ledger);
    if (delivery === undefined) {
      const key = nameOf(entry);
      others.set(key, [...(others.get(key) ?? []), entry]);
      continue;
    }
    const { id } = delivery.plan;
    const known = own.get(id) ?? { delivery, events: [] };
    own.set(id, known);
    // Some entries have our id as the gateway's.
    const gatewayId = entry.status.gatewayId === id ? null : entry.status.gatewayId;
    if (isEvidence(delivery, entry))
      known.events.push(...eventsFromStatus(delivery, [{ ...entry.status, gatewayId }]));
  }
  const news = [...own].flatMap(([id, { delivery, events }]) =>
    events.filter((event) => applyEvent(delivery, event) !== delivery).map((event) => ({ id, event })),
  );
  const changed = news.length > 0 ? await ledger.append(news) : [];
  const current = new Map([...own].map(([id, { delivery }]) => [id, delivery]));
  for (const delivery of changed) current.set(delivery.plan.id, delivery);
  return [...current.values(), ...[...others].map(([id, list]) => toDelivery(id, list, clock.now()))];
}

/** Finds the message of an entry in the ledger, by the ids that may be ours, then by the gateway's. */
async function findOwn(
  { ids, status: { gatewayId } }: HistoryEntry,
  ledger: Deps['ledger'],
): Promise<Delivery | undefined> {
  for (const id of new Set([...ids, gatewayId])) {
    const found = id === null ? undefined : await ledger.find(id);
    if (found) return found;
  }
  return undefined;
}

/** Reports whether an entry may change a message: it was accepted, or is in doubt and the entry proves that it was. */
function isEvidence(delivery: Delivery, { ids, isProof }: HistoryEntry): boolean {
  if (delivery.phase === 'accepted') return true;
  return isInDoubt(delivery) && isProof && ids.includes(delivery.plan.id);
}

/** Returns the id under which a message that was sent elsewhere is shown. */
function nameOf({ ids: [id], status: { gatewayId } }: HistoryEntry): string {
  return id ?? gatewayId ?? '';
}

/** Builds a message that was sent elsewhere from its entries, of which each channel may have one. */
function toDelivery(id: string, entries: readonly HistoryEntry[], now: Instant): Delivery {
  const channels = new Set(entries.map(({ status }) => status.receipt.channel));
  const chain = channelNames.filter((channel) => channels.has(channel));
  const find = <T>(read: (entry: HistoryEntry) => T | null) => entries.map(read).find((one) => one !== null);
  const message = {
    ...emptyMessage(chain.length > 0 ? chain : (['sms'] as readonly ChannelName[])),
    text: find(({ text }) => text) ?? null,
    sender: find(({ sender }) => readSender(sender)) ?? null,
  };
  // Text from the gateway that is no number is not safe to print.
  const to = readGatewayPhone(find(({ status }) => status.to) ?? '') ?? ('' as Phone);
  const times = entries.map(({ sentAt, status }) => sentAt ?? status.receipt.at);
  const unsent = newDelivery({ id, to, message }, Math.min(now, ...times));
  const size = entries.find((entry) => entry.size)?.size;
  const delivery = eventsFromStatus(
    unsent,
    entries.map(({ status }) => status),
  ).reduce(applyEvent, unsent);
  return size === undefined ? delivery : { ...delivery, size };
}

function readSender(text: string | null): Sender | null {
  try {
    return text === null ? null : parseSender(text);
  } catch {
    return null;
  }
}
