import type { Event } from './event.ts';

/** From when on a message was the gateway's until the receipt that it arrived, in milliseconds; undefined before. */
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
  // A receipt that it was delivered may be missing; who reads has it.
  const arrived = delivered ?? read;
  if (accepted === undefined || arrived === undefined) return undefined;
  // Two clocks that differ may make it arrive before it left.
  return Math.max(arrived - accepted, 0);
}

/** A column of a histogram: so many took at most `upTo` milliseconds, and longer than the one before. */
export interface Bucket {
  upTo: number;
  count: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Lengths of time that a person thinks in, each half as long again as the one before or a little more. */
const bounds = [
  ...[10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700],
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 45].map((count) => count * second),
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 45].map((count) => count * minute),
  ...[1, 1.5, 2, 3, 5, 7, 12].map((count) => count * hour),
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 30].map((count) => count * day),
];

/** How long many messages took, to three digits: in so little memory that their number does not matter. */
export class Delays {
  #counts = new Map<number, number>();
  #total = 0;
  #slowest: number | undefined;

  /** In milliseconds. */
  add(delay: number): void {
    const about = Number(delay.toPrecision(3));
    this.#counts.set(about, (this.#counts.get(about) ?? 0) + 1);
    this.#total++;
    this.#slowest = Math.max(this.#slowest ?? 0, delay);
  }

  get total(): number {
    return this.#total;
  }

  /** In milliseconds; undefined where there are none. */
  get slowest(): number | undefined {
    return this.#slowest;
  }

  /** What so many in a hundred took at most, in milliseconds; undefined where there are none. */
  percentile(percent: number): number | undefined {
    let left = Math.max(Math.ceil((this.#total * percent) / 100), 1);
    for (const [delay, count] of this.#ascending()) {
      left -= count;
      if (left <= 0) return delay;
    }
    return undefined;
  }

  /** From the first step that any fall into to the last one. What is longer than any bound is in the last. */
  histogram(): Bucket[] {
    const steps: Bucket[] = bounds.map((upTo) => ({ upTo, count: 0 }));
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

/** The histogram in at most so many steps, each of as many of the given ones. */
export function mergeBuckets(steps: readonly Bucket[], most: number): Bucket[] {
  const each = Math.ceil(steps.length / most);
  return Array.from({ length: Math.ceil(steps.length / each) }, (_, index) => {
    const joined = steps.slice(index * each, (index + 1) * each);
    return { upTo: joined.at(-1)?.upTo ?? 0, count: joined.reduce((sum, { count }) => sum + count, 0) };
  });
}

/** Why messages failed on a channel, and how many. */
export interface ReasonCount {
  /** Null where nobody said why. */
  reason: string | null;
  channel: string;
  count: number;
}

/** Reasons that are counted one by one, at most: a gateway may put a number or an id into each. */
const most = 1_000;

/** Counts reasons, in memory that does not grow with the messages. */
export class Reasons {
  #counts = new Map<string, ReasonCount>();

  add(given: string | null, channel: string): void {
    const reason = given === null ? null : general(given);
    const known = this.#find(reason, channel);
    if (known) known.count++;
    else if (this.#counts.size < most) this.#put({ reason, channel, count: 1 });
    else {
      const rest = this.#find(others, channel);
      if (rest) rest.count++;
      else this.#put({ reason: others, channel, count: 1 });
    }
  }

  /** The most frequent first. */
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

const others = 'other reasons';

/** The reason without the number or the id that it names: what is left is the same for all who share it. */
function general(reason: string): string {
  return reason
    .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi, 'ID')
    .replace(/(?<![\d.])\+?\d{8,15}(?![\d.])/g, 'NUMBER');
}
