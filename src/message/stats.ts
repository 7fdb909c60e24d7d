import type { Event } from './event.ts';

/** Returns the milliseconds from acceptance to delivery; undefined if the message is not delivered. */
export function measureDelay(events: readonly Event[]): number | undefined {
  let accepted: number | undefined;
  let delivered: number | undefined;
  let read: number | undefined;
  for (const event of events) {
    if (event.kind === 'accepted') accepted ??= event.at;
    if (event.kind !== 'receipt') continue;
    if (event.status === 'delivered') delivered = Math.min(delivered ?? event.at, event.at);
    if (event.status === 'read') read = Math.min(read ?? event.at, event.at);
  }
  // The receipt of delivery may be missing; a message that was read was delivered.
  const arrived = delivered ?? read;
  if (accepted === undefined || arrived === undefined) return undefined;
  // If the clocks differ, the delivery may seem earlier than the acceptance.
  return Math.max(arrived - accepted, 0);
}

/** A bucket of a histogram: durations up to `upTo` milliseconds, and longer than the previous bucket's. */
export interface Bucket {
  upTo: number;
  count: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Upper bounds of the buckets: round durations, each about half as long again as the previous one. */
const bucketBounds = [
  ...[10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700],
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 45].map((count) => count * second),
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 45].map((count) => count * minute),
  ...[1, 1.5, 2, 3, 5, 7, 12].map((count) => count * hour),
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 30].map((count) => count * day),
];

/** Statistics of durations, to three digits, in memory that does not grow with their number. */
export class DelayStats {
  #counts = new Map<number, number>();
  #total = 0;
  #slowest: number | undefined;

  /** Adds a duration in milliseconds. */
  add(delay: number): void {
    const about = Number(delay.toPrecision(3));
    this.#counts.set(about, (this.#counts.get(about) ?? 0) + 1);
    this.#total++;
    this.#slowest = Math.max(this.#slowest ?? 0, delay);
  }

  get total(): number {
    return this.#total;
  }

  /** Longest duration in milliseconds; undefined if there are none. */
  get slowest(): number | undefined {
    return this.#slowest;
  }

  /** Returns the duration that `percent` of all do not exceed, in milliseconds; undefined if there are none. */
  percentile(percent: number): number | undefined {
    let left = Math.max(Math.ceil((this.#total * percent) / 100), 1);
    for (const [delay, count] of this.#ascending()) {
      left -= count;
      if (left <= 0) return delay;
    }
    return undefined;
  }

  /** Returns the buckets from the first to the last that is not empty. The last one includes all longer durations. */
  histogram(): Bucket[] {
    const steps: Bucket[] = bucketBounds.map((upTo) => ({ upTo, count: 0 }));
    for (const [delay, count] of this.#counts) {
      const step = steps.find(({ upTo }) => delay <= upTo) ?? steps.at(-1);
      if (step) step.count += count;
    }
    const first = steps.findIndex(({ count }) => count > 0);
    return first < 0 ? [] : steps.slice(first, steps.findLastIndex(({ count }) => count > 0) + 1);
  }

  #ascending(): [number, number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}

/** Merges buckets into at most `maxBuckets`, each of equally many. */
export function mergeBuckets(steps: readonly Bucket[], maxBuckets: number): Bucket[] {
  const each = Math.ceil(steps.length / maxBuckets);
  return Array.from({ length: Math.ceil(steps.length / each) }, (_, index) => {
    const joined = steps.slice(index * each, (index + 1) * each);
    return { upTo: joined.at(-1)?.upTo ?? 0, count: joined.reduce((sum, { count }) => sum + count, 0) };
  });
}

/** Number of failures with one reason on a channel. */
export interface ReasonCount {
  /** Null if no reason was given. */
  reason: string | null;
  channel: string;
  count: number;
}

/** Reasons counted separately: a gateway may put a number or an id into each. */
const maxReasons = 1_000;

/** Counts reasons, in memory that does not grow with the number of messages. */
export class ReasonStats {
  #counts = new Map<string, ReasonCount>();

  add(rawReason: string | null, channel: string): void {
    const reason = rawReason === null ? null : generalize(rawReason);
    const known = this.#find(reason, channel);
    if (known) known.count++;
    else if (this.#counts.size < maxReasons) this.#put({ reason, channel, count: 1 });
    else {
      const rest = this.#find(otherReasons, channel);
      if (rest) rest.count++;
      else this.#put({ reason: otherReasons, channel, count: 1 });
    }
  }

  /** Returns the counts, the most frequent first. */
  list(): ReasonCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }

  #find(reason: string | null, channel: string): ReasonCount | undefined {
    return this.#counts.get(JSON.stringify([reason, channel]));
  }

  #put(reason: ReasonCount): void {
    this.#counts.set(JSON.stringify([reason.reason, reason.channel]), reason);
  }
}

const otherReasons = 'other reasons';

/** Replaces numbers and ids in a reason, so that equal reasons are counted together. */
function generalize(reason: string): string {
  return reason
    .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi, 'ID')
    .replace(/(?<![\d.])\+?\d{8,15}(?![\d.])/g, 'NUMBER');
}
