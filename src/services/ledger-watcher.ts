import type { Delivery } from '../message/delivery.ts';
import type { Deps } from './deps.ts';

/** Reports changes that another process, which receives webhooks, records in the ledger. */
export interface LedgerWatcher {
  /**
   * Waits between two questions to the gateway: `interval` milliseconds, and longer while webhooks come in, but always
   * leaves time for one question before the `deadline` of the monotonic clock. A listener alone does not prove that the
   * gateway calls it: the wait is longer only once an event was recorded, and only while the listener runs.
   */
  waitForNextPoll(interval: number, deadline: number): Promise<void>;
  /** Returns the messages that changed since the last call and that `isWanted` selects. */
  catchUp(isWanted: (id: string) => boolean): Promise<Delivery[]>;
  /** Yields messages as they change, those that `isWanted` selects; never ends. */
  changes(isWanted: (id: string) => boolean): AsyncGenerator<Delivery[]>;
}

/** Time between two checks whether a listener runs, in milliseconds. */
const listenerCheckIntervalMs = 2_000;

/** How many times longer the polling interval is while webhooks come in; polling then only finds what they missed. */
const pollingFactorWithWebhooks = 10;

/** Watches the ledger from the position `since` in its events, or from now on. */
export async function watchLedger(
  { ledger, clock }: Pick<Deps, 'ledger' | 'clock'>,
  since?: number,
): Promise<LedgerWatcher> {
  const { events } = ledger;
  let position = since ?? (await events.latestPosition());
  let hasListener = await events.hasListener();
  let hasReceivedEvents = false;
  async function catchUp(isWanted: (id: string) => boolean): Promise<Delivery[]> {
    const { latest, ids } = await events.listChanges(position);
    position = latest;
    const found: Delivery[] = [];
    for (const id of ids.filter(isWanted)) {
      const delivery = await ledger.find(id);
      if (delivery) found.push(delivery);
    }
    return found;
  }

  return {
    catchUp,
    async waitForNextPoll(interval, deadline) {
      const startedAt = clock.monotonic();
      const isRelaxed = () => hasListener && hasReceivedEvents;
      for (;;) {
        const last = deadline - clock.monotonic() > interval ? deadline - interval : deadline;
        const until = Math.min(
          startedAt + (isRelaxed() ? interval * pollingFactorWithWebhooks : interval),
          last,
        );
        const left = until - clock.monotonic();
        if (left <= 0) return;
        await clock.sleep(Math.min(left, interval));
      }
    },
    async *changes(isWanted) {
      for (let checkedAt = clock.monotonic(); ; ) {
        await Promise.race([
          clock.sleep(hasListener ? events.pollIntervalMs : listenerCheckIntervalMs),
          events.nextAnnouncement(),
        ]);
        if (clock.monotonic() - checkedAt >= listenerCheckIntervalMs) {
          hasListener = await events.hasListener();
          checkedAt = clock.monotonic();
        }
        const found = await catchUp(isWanted);
        hasReceivedEvents ||= found.length > 0;
        if (found.length > 0) yield found;
      }
    },
  };
}
