import type { ChannelName } from './channels/channel.ts';
import { isArrived, isFailed, type Receipt, rank, type Status } from './event.ts';
import type { Instant } from './time.ts';

/** One channel tried for one message. */
export interface Attempt {
  channel: ChannelName;
  status: Status;
  reason: string | null;
  at: Instant;
  /** Where receipts spoke of single parts of an SMS. */
  parts?: Parts;
}

/** What was said of an attempt, apart from its channel. */
type Said = Pick<Attempt, 'status' | 'reason' | 'at'>;

/** What was said of an SMS part by part: of how many, of each by its number, and of the whole, if anything. */
interface Parts {
  of: number;
  each: Readonly<Record<number, Said>>;
  whole: Said | null;
}

type AttemptState = Omit<Attempt, 'channel'>;

/** What is known of an attempt after one more receipt; the same object when that is behind it. */
export function mergeReceipt(
  known: AttemptState | undefined,
  { status, reason, at, part }: Receipt,
): AttemptState {
  const said: Said = { status, reason, at };
  const { whole = known ?? null, each = {}, of = 0 } = known?.parts ?? {};
  if (part === undefined) {
    if (known && whole && !isAhead(said, whole)) return known;
    return known?.parts ? inParts({ of, each, whole: said }) : said;
  }
  const before = each[part.number];
  // Nobody reads a part by itself.
  const here: Said = isArrived(status) ? { ...said, status: 'delivered' } : said;
  if (known && before && !isAhead(here, before)) return known;
  return inParts({
    of: Math.max(of, part.of),
    each: { ...each, [part.number]: here },
    whole: whole && { status: whole.status, reason: whole.reason, at: whole.at },
  });
}

function inParts(parts: Parts): AttemptState {
  const { whole } = parts;
  const sum = summed(parts);
  return { ...(whole === null || isAhead(sum, whole) ? sum : whole), parts };
}

/** An SMS has arrived when all of its parts have, and has not when one of them did not. */
function summed({ each, of }: Parts): Said {
  const all = Object.values(each);
  const failed = all.filter(({ status }) => isFailed(status));
  const arrived = all.filter(({ status }) => isArrived(status)).map(({ at }) => at);
  if (failed.length === 0 && arrived.length >= of)
    return { status: 'delivered', reason: null, at: Math.max(...arrived) };
  // Once a part is there, the others are on their way at the least.
  if (failed.length === 0 && arrived.length > 0)
    return { status: 'received', reason: null, at: Math.min(...arrived) };
  return (failed.length > 0 ? failed : all).reduce((one, other) => (isAhead(other, one) ? other : one));
}

/** Of two equal ranks the earlier one stands, so that the order of arrival does not matter. */
function isAhead(next: Said, known: Said): boolean {
  const further = rank[next.status] - rank[known.status];
  if (further !== 0) return further > 0;
  if (next.at !== known.at) return next.at < known.at;
  if (next.status !== known.status) return next.status < known.status;
  return next.reason !== null && (known.reason === null || next.reason < known.reason);
}
