import { hash } from 'node:crypto';

/** Words kept of each key, of 32 bits: among a million keys two share all of them once in 10^17 times. */
const kept = 3;

/** A key's words, and its line; a line of 0 is a free place. */
const size = kept + 1;

/** Which line said something first. It keeps 96 bits of a hash of each key instead of the key: a million take 32 MB. */
export class DuplicateIndex {
  #count = 0;
  #table = new Uint32Array(size << 10);

  /** The line that said it first; undefined where it is this one, which is kept. */
  firstLine(key: string, line: number): number | undefined {
    if (++this.#count * 2 > this.#table.length / size) this.#grow();
    // As text: memory for so many small buffers would be given back too late.
    const digest = hash('sha1', key, 'binary');
    const entry = [wordOf(digest, 0), wordOf(digest, 4), wordOf(digest, 8), line];
    const place = placeOf(this.#table, entry, 0);
    const before = this.#table[place + kept];
    if (before) return before;
    this.#table.set(entry, place);
    return undefined;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += size)
      if (old[at + kept]) this.#table.set(old.subarray(at, at + size), placeOf(this.#table, old, at));
  }
}

/** Four bytes, the lowest first, as a number. */
function wordOf(bytes: string, at: number): number {
  const byte = (index: number) => bytes.charCodeAt(at + index);
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

/** Where in the table the entry is that stands in `words` at `at`, or the free place for it. */
function placeOf(table: Uint32Array, words: ArrayLike<number>, at: number): number {
  const one = words[at] ?? 0;
  for (let place = (one % (table.length / size)) * size; ; place = (place + size) % table.length) {
    if (!table[place + kept]) return place;
    if (table[place] === one && table[place + 1] === words[at + 1] && table[place + 2] === words[at + 2])
      return place;
  }
}
