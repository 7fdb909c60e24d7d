/**
 * Which line said something first. It keeps 64 bits of each key instead of the key: a million of them take 24 MB,
 * and the odds that two of a million differ and are taken for one are 1 to 36 million.
 */
export class Doubles {
  #count = 0;
  /** Two words of the key, and the line; a line of 0 is a free place. */
  #table = new Uint32Array(3 * 1024);

  /** The line that said it first; undefined where it is this one, which is kept. */
  first(key: string, line: number): number | undefined {
    if (++this.#count * 2 > this.#table.length / 3) this.#grow();
    const [one, two] = words(key);
    const place = placeOf(this.#table, one, two);
    const before = this.#table[place + 2];
    if (before) return before;
    this.#table.set([one, two, line], place);
    return undefined;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 3)
      if (old[at + 2]) this.#table.set(old.subarray(at, at + 3), placeOf(this.#table, old[at], old[at + 1]));
  }
}

/** Where the key is, or the free place for it. */
function placeOf(table: Uint32Array, one = 0, two = 0): number {
  for (let at = (one % (table.length / 3)) * 3; ; at = (at + 3) % table.length)
    if (!table[at + 2] || (table[at] === one && table[at + 1] === two)) return at;
}

/** Two hashes of 32 bits that have nothing to do with each other. */
function words(key: string): [number, number] {
  let one = 0x2c1b3c6d;
  let two = 0x297a2d39;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    one = Math.imul(one ^ unit, 0x9e3779b1);
    // A product says nothing of what stands above a digit: without turning, the low bits would know little.
    one = (one << 13) | (one >>> 19);
    two = Math.imul(two ^ unit, 0x85ebca6b);
    two = (two << 17) | (two >>> 15);
  }
  // The place in the table is taken from the first.
  one = Math.imul(one ^ (one >>> 15), 0xc2b2ae35);
  return [(one ^ (one >>> 16)) >>> 0, two >>> 0];
}
