import type { Ledger } from '../../ledger/ledger.ts';
import type { ChannelName } from '../../message/channel.ts';
import { inPlay } from '../../message/delivery.ts';
import type { Instant } from '../../message/event.ts';
import type { Phone } from '../../message/phone.ts';

/** A destination that something was sent to. */
export interface Recent {
  to: Phone;
  /** The channel last in play. */
  channel: ChannelName;
  at: Instant;
}

/** Messages looked through for destinations. */
const latest = 200;

/** The destinations of the latest messages, the newest first and each once. */
export async function recentDestinations(ledger: Ledger, most: number): Promise<Recent[]> {
  const found = new Map<Phone, Recent>();
  for (const delivery of await ledger.list({ limit: latest })) {
    const { to } = delivery.plan;
    if (!found.has(to)) found.set(to, { to, channel: inPlay(delivery), at: delivery.createdAt });
    if (found.size === most) break;
  }
  return [...found.values()];
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago something was, in a few letters; the day itself when it was more than a month ago. */
export function ago(at: Instant, now: Instant): string {
  const passed = now - at;
  if (passed < minute) return 'just now';
  if (passed < hour) return `${Math.floor(passed / minute)} min ago`;
  if (passed < day) return `${Math.floor(passed / hour)} h ago`;
  if (passed < 2 * day) return 'a day ago';
  if (passed < 31 * day) return `${Math.floor(passed / day)} days ago`;
  return new Date(at).toISOString().slice(0, 10);
}
