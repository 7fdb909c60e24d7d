import { hash } from 'node:crypto';

/** 32-bit words stored per key: the chance that two of a million keys share all of them is about 1 in 10^17. */
const wordsPerKey = 3;

/** Words of an entry: those of the key, and its line. A line of 0 marks a free entry. */
const size = wordsPerKey + 1;

/** Finds the first line with a key. Stores 96 bits of a hash instead of each key: a million keys take 32 MB. */
export class DuplicateIndex {
  #count = 0;
  #table = new Uint32Array(size << 10);

  /** Returns the first line with this key; records this line and returns undefined if it is the first. */
  firstLine(key: string, line: number): number | undefined {
    if (++this.#count * 2 > this.#table.length / size) this.#grow();
    // As a string: the memory of so many small buffers would be freed too late.
    const digest = hash('sha1', key, 'binary');
    const entry = [wordOf(digest, 0), wordOf(digest, 4), wordOf(digest, 8), line];
    const place = placeOf(this.#table, entry, 0);
    const before = this.#table[place + wordsPerKey];
    if (before) return before;
    this.#table.set(entry, place);
    return undefined;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += size)
      if (old[at + wordsPerKey]) this.#table.set(old.subarray(at, at + size), placeOf(this.#table, old, at));
  }
}

/** Reads four bytes as a little-endian number. */
function wordOf(bytes: string, at: number): number {
  const byte = (index: number) => bytes.charCodeAt(at + index);
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

/** Returns the index in the table of the entry at `at` in `words`, or of the free entry for it. */
function placeOf(table: Uint32Array, words: ArrayLike<number>, at: number): number {
  const one = words[at] ?? 0;
  for (let place = (one % (table.length / size)) * size; ; place = (place + size) % table.length) {
    if (!table[place + wordsPerKey]) return place;
    if (table[place] === one && table[place + 1] === words[at + 1] && table[place + 2] === words[at + 2])
      return place;
  }
}
