/** Items ordered by time, the earliest first. */
export interface TimerHeap<Item> {
  /** Adds an item; `at` in milliseconds since 1970. */
  add(at: number, item: Item): void;
  /** Removes and returns the earliest item that is due; undefined if none is. */
  due(now: number): Item | undefined;
}

/** Opens a binary heap: there are thousands of items, too many to sort for each change. */
export function openTimerHeap<Item>(): TimerHeap<Item> {
  const heap: { at: number; item: Item }[] = [];
  const at = (index: number) => heap[index]?.at ?? Number.POSITIVE_INFINITY;

  function swap(a: number, b: number): void {
    [heap[a], heap[b]] = [heap[b] as (typeof heap)[number], heap[a] as (typeof heap)[number]];
  }

  function sink(): void {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (at(child) >= at(index)) return;
      swap(index, child);
      index = child;
    }
  }

  return {
    add(time, item) {
      let index = heap.push({ at: time, item }) - 1;
      for (let parent = (index - 1) >> 1; index > 0 && at(parent) > at(index); parent = (index - 1) >> 1) {
        swap(index, parent);
        index = parent;
      }
    },
    due(now) {
      const [first] = heap;
      if (first === undefined || first.at > now) return undefined;
      const last = heap.pop() as (typeof heap)[number];
      if (heap.length > 0) {
        heap[0] = last;
        sink();
      }
      return first.item;
    },
  };
}
