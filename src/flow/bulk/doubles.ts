import { createHash } from 'node:crypto';

/** Numbers kept for each text: 96 bits of its hash. Among a million texts two share them once in 10^17 times. */
const words = 3;

/** Remembers which texts were seen, a million of them in 24 MB. */
export class Doubles {
  #table = new Int32Array(words << 12);
  #count = 0;

  /** Whether the text was added before. Adds it. */
  add(text: string): boolean {
    const digest = createHash('sha1').update(text).digest();
    // All zero stands for an empty place.
    const hash = [digest.readInt32LE(0) || 1, digest.readInt32LE(4), digest.readInt32LE(8)] as const;
    const found = !this.#put(hash);
    if (!found && ++this.#count * words * 2 > this.#table.length) this.#grow();
    return found;
  }

  #put([a, b, c]: readonly [number, number, number]): boolean {
    const table = this.#table;
    const places = table.length / words;
    for (let place = (a >>> 0) % places; ; place = (place + 1) % places) {
      const at = place * words;
      if (table[at] === 0) {
        table[at] = a;
        table[at + 1] = b;
        table[at + 2] = c;
        return true;
      }
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c) return false;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += words)
      if (old[at] !== 0) this.#put([old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0]);
  }
}
