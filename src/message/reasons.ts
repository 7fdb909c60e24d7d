/** Why messages failed on a channel, and how many. */
export interface Reason {
  /** Null where nobody said why. */
  reason: string | null;
  channel: string;
  count: number;
}

/** Reasons that are counted one by one, at most: a gateway may put a number or an id into each. */
const most = 1_000;

/** Counts reasons, in memory that does not grow with the messages. */
export class Reasons {
  #counts = new Map<string, Reason>();

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
  list(): Reason[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }

  #find(reason: string | null, channel: string): Reason | undefined {
    return this.#counts.get(JSON.stringify([reason, channel]));
  }

  #put(reason: Reason): void {
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
