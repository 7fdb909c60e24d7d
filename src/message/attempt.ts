import type { ChannelName } from './channels/channel.ts';
import { isArrived, isFailed, type Receipt, rank, type Status } from './event.ts';
import type { Instant } from './time.ts';

/** One attempt: a channel that was tried for a message. */
export interface Attempt {
  channel: ChannelName;
  status: Status;
  reason: string | null;
  at: Instant;
  /** Set if receipts for single parts of an SMS arrived. */
  parts?: Parts;
  /** Reported prices in EUR by part, from 1, or of the whole message under 0; absent if none was reported. */
  prices?: Readonly<Record<number, number>>;
}

/** Reported status of an attempt. */
type StatusReport = Pick<Attempt, 'status' | 'reason' | 'at'>;

/** Reported statuses of an SMS by part: the number of parts, each part by its number, and the whole message if any. */
interface Parts {
  of: number;
  each: Readonly<Record<number, StatusReport>>;
  whole: StatusReport | null;
}

type AttemptState = Omit<Attempt, 'channel'>;

/** A report about an attempt: a receipt, or that the gateway rejected the message on this channel. */
export type AttemptReport = Omit<Receipt, 'status'> & { status: Receipt['status'] | 'rejected' };

/** Merges a receipt into an attempt; returns the same object if the receipt is stale. */
export function mergeReceipt(known: AttemptState | undefined, report: AttemptReport): AttemptState {
  const next = mergeStatus(known, report);
  const prices = mergePrice(known?.prices, report);
  if (next === known && prices === known?.prices) return known;
  return prices === undefined ? next : { ...next, prices };
}

/** Adds a reported price; of two for one part the higher counts, so the order of arrival is irrelevant. */
function mergePrice(known: Attempt['prices'], { price, part }: AttemptReport): Attempt['prices'] {
  if (price === undefined) return known;
  const number = part?.number ?? 0;
  const before = known?.[number];
  return before !== undefined && before >= price ? known : { ...known, [number]: price };
}

function mergeStatus(
  known: AttemptState | undefined,
  { status, reason, at, part }: AttemptReport,
): AttemptState {
  const report: StatusReport = { status, reason, at };
  const { whole = known ?? null, each = {}, of = 0 } = known?.parts ?? {};
  if (part === undefined) {
    if (known && whole && !isNewer(report, whole)) return known;
    return known?.parts ? combineParts({ of, each, whole: report }) : report;
  }
  const before = each[part.number];
  // A single part cannot be read.
  const partReport: StatusReport = isArrived(status) ? { ...report, status: 'delivered' } : report;
  if (known && before && !isNewer(partReport, before)) return known;
  return combineParts({
    of: Math.max(of, part.of),
    each: { ...each, [part.number]: partReport },
    whole: whole && { status: whole.status, reason: whole.reason, at: whole.at },
  });
}

function combineParts(parts: Parts): AttemptState {
  const { whole } = parts;
  const sum = summarizeParts(parts);
  return { ...(whole === null || isNewer(sum, whole) ? sum : whole), parts };
}

/** Derives the status of an SMS: delivered when all parts are, failed when one part failed. */
function summarizeParts({ each, of }: Parts): StatusReport {
  const all = Object.values(each);
  const failed = all.filter(({ status }) => isFailed(status));
  const arrived = all.filter(({ status }) => isArrived(status)).map(({ at }) => at);
  if (failed.length === 0 && arrived.length >= of)
    return { status: 'delivered', reason: null, at: Math.max(...arrived) };
  // Once one part is delivered, the others are at least received by the carrier.
  if (failed.length === 0 && arrived.length > 0)
    return { status: 'received', reason: null, at: Math.min(...arrived) };
  return (failed.length > 0 ? failed : all).reduce((one, other) => (isNewer(other, one) ? other : one));
}

/**
 * Reports whether a status replaces a known one. Of equal ranks the earlier wins, so the order of arrival is
 * irrelevant.
 */
function isNewer(next: StatusReport, known: StatusReport): boolean {
  const further = rank[next.status] - rank[known.status];
  if (further !== 0) return further > 0;
  if (next.at !== known.at) return next.at < known.at;
  if (next.status !== known.status) return next.status < known.status;
  return next.reason !== null && (known.reason === null || next.reason < known.reason);
}
