/** First in, first out. */
export interface Queue<Item> {
  add(item: Item): void;
  next(): Item | undefined;
  clear(): void;
}

/** An array and where it begins: to shift a long array for each item would move all the others. */
export function queue<Item>(): Queue<Item> {
  let items: Item[] = [];
  let first = 0;
  return {
    add(item) {
      items.push(item);
    },
    next() {
      const item = items[first++];
      if (first >= items.length) {
        items = [];
        first = 0;
      }
      return item;
    },
    clear() {
      items = [];
      first = 0;
    },
  };
}
