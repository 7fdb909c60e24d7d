import type { WebhookJob } from './delivery-plan.ts';
import { openTimerHeap } from './heap.ts';
import type { WebhookClient } from './http.ts';
import type { WebhookProgress } from './progress-state.ts';

/** Calls under way at once. */
export const mostCalls = 16;

/** Seconds from a try in vain to the next; the vendor says only that there are some. `speed` divides them. */
const pauses = [1, 5, 30, 120, 600] as const;

/** Tells tales to one URL, many at once, each in the order of its steps. */
export interface WebhookDispatcher {
  /** Takes effect with the next call. */
  url: string;
  begin(tale: WebhookJob): void;
  /** Makes the calls whose time has come, as far as there is room. */
  goOn(): void;
  /** How far tales have come since it was last asked. */
  progress(): WebhookProgress[];
  /** Nothing is called any more, and what is under way counts for nothing. */
  stop(): void;
}

export function openDispatcher(
  url: string,
  calls: WebhookClient,
  { now, speed }: { now: () => number; speed: number },
): WebhookDispatcher {
  const later = openTimerHeap<WebhookJob>();
  const ready = queue<WebhookJob>();
  let moved = new Map<string, WebhookProgress>();
  let underWay = 0;
  let stopped = false;

  function note({ kind, n }: WebhookJob, told: number | null): void {
    moved.set(`${kind} ${n}`, { kind, n, told });
  }

  /** Has a tale wait for its next call: in the row of those that may be made, or for its time. */
  function wait(tale: WebhookJob): void {
    for (let step = tale.steps[tale.told]; step; step = tale.steps[++tale.told]) {
      if (tale.left.length === 0 && step.at > now()) {
        later.add(step.at, tale);
        return;
      }
      if (tale.left.length === 0) tale.left = step.notices();
      if (tale.left.length > 0) {
        ready.add(tale);
        return;
      }
    }
    note(tale, null);
  }

  async function tell(tale: WebhookJob): Promise<void> {
    const [notice] = tale.left;
    const taken = notice === undefined || (await calls.call(self.url, notice));
    underWay--;
    if (stopped) return;
    const pause = taken ? undefined : pauses[tale.tries];
    if (pause !== undefined) {
      tale.tries++;
      later.add(now() + (pause * 1000) / speed, tale);
    } else {
      tale.tries = 0;
      tale.left.shift();
      if (tale.left.length === 0) note(tale, ++tale.told);
      wait(tale);
    }
    fill();
  }

  function fill(): void {
    while (underWay < mostCalls) {
      const tale = ready.next();
      if (tale === undefined) return;
      underWay++;
      void tell(tale);
    }
  }

  const self: WebhookDispatcher = {
    url,
    begin: wait,
    goOn() {
      for (let tale = later.due(now()); tale; tale = later.due(now())) wait(tale);
      fill();
    },
    progress() {
      const known = [...moved.values()];
      moved = new Map();
      return known;
    },
    stop() {
      stopped = true;
      ready.clear();
    },
  };
  return self;
}

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
