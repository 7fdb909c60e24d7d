import type { WebhookJob } from './delivery-plan.ts';
import { openTimerHeap } from './heap.ts';
import type { WebhookClient } from './http.ts';
import type { WebhookProgress } from './progress-state.ts';

/** Maximum number of concurrent calls. */
export const maxConcurrentCalls = 16;

/** Seconds before each retry; the vendor only says that there are retries. `speed` divides them. */
const retryDelaysSeconds = [1, 5, 30, 120, 600] as const;

/** Delivers webhook jobs to one URL concurrently, the steps of each in order. */
export interface WebhookDispatcher {
  /** URL to call; a change takes effect with the next call. */
  url: string;
  add(job: WebhookJob): void;
  /** Starts the calls that are due, within the limit of concurrent calls. */
  dispatchDue(): void;
  /** Returns the progress since the previous call of this method. */
  takeProgress(): WebhookProgress[];
  /** Stops calling; results of calls in flight are dropped. */
  stop(): void;
}

export function openDispatcher(
  url: string,
  client: WebhookClient,
  { now, speed }: { now: () => number; speed: number },
): WebhookDispatcher {
  const waiting = openTimerHeap<WebhookJob>();
  const ready = openQueue<WebhookJob>();
  let progress = new Map<string, WebhookProgress>();
  let inFlight = 0;
  let stopped = false;

  function recordProgress({ kind, n }: WebhookJob, stepsDone: number | null): void {
    progress.set(`${kind} ${n}`, { kind, n, stepsDone });
  }

  /** Schedules the next call of a job: queues it, or waits until its step is due. */
  function schedule(job: WebhookJob): void {
    for (let step = job.steps[job.stepsDone]; step; step = job.steps[++job.stepsDone]) {
      if (job.pending.length === 0 && step.at > now()) {
        waiting.add(step.at, job);
        return;
      }
      if (job.pending.length === 0) job.pending = step.buildPayloads();
      if (job.pending.length > 0) {
        ready.add(job);
        return;
      }
    }
    recordProgress(job, null);
  }

  async function deliver(job: WebhookJob): Promise<void> {
    const [payload] = job.pending;
    const isDelivered = payload === undefined || (await client.call(self.url, payload));
    inFlight--;
    if (stopped) return;
    const delaySeconds = isDelivered ? undefined : retryDelaysSeconds[job.tries];
    if (delaySeconds !== undefined) {
      job.tries++;
      waiting.add(now() + (delaySeconds * 1000) / speed, job);
    } else {
      job.tries = 0;
      job.pending.shift();
      if (job.pending.length === 0) recordProgress(job, ++job.stepsDone);
      schedule(job);
    }
    startCalls();
  }

  function startCalls(): void {
    while (inFlight < maxConcurrentCalls) {
      const job = ready.next();
      if (job === undefined) return;
      inFlight++;
      void deliver(job);
    }
  }

  const self: WebhookDispatcher = {
    url,
    add: schedule,
    dispatchDue() {
      for (let job = waiting.due(now()); job; job = waiting.due(now())) schedule(job);
      startCalls();
    },
    takeProgress() {
      const latest = [...progress.values()];
      progress = new Map();
      return latest;
    },
    stop() {
      stopped = true;
      ready.clear();
    },
  };
  return self;
}

/** A queue, first in, first out. */
export interface Queue<Item> {
  add(item: Item): void;
  next(): Item | undefined;
  clear(): void;
}

/** Opens a queue on an array and an index, since shifting a long array moves all other items. */
export function openQueue<Item>(): Queue<Item> {
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
