import type { Delivery } from '../message/delivery.ts';
import type { Deps } from './deps.ts';

/** Hears of what another process, which listens for webhooks, puts into the ledger. */
export interface LedgerWatcher {
  /**
   * Waits between two questions to the gateway: `interval` milliseconds, longer where calls come, never past the
   * `deadline` of the monotonic clock, before which it is asked once more. That somebody listens does not say that the gateway calls: only
   * what was heard does, and only as long as they listen.
   */
  waitForNextPoll(interval: number, deadline: number): Promise<void>;
  /** Those of which something was heard until now, as they stand. */
  catchUp(minds: (id: string) => boolean): Promise<Delivery[]>;
  /** The messages that something is heard of from now on, as they then stand; never ends. `minds` leaves others out. */
  changes(minds: (id: string) => boolean): AsyncGenerator<Delivery[]>;
}

/** Between two looks into the ledger, in milliseconds. A look costs some microseconds. */
const lookIntervalMs = 50;

/** Between two looks whether anybody listens, in milliseconds. */
const listenerCheckIntervalMs = 2_000;

/** Where webhooks come, the gateway is asked so many times more seldom, for what they may have missed. */
const pollingFactorWithWebhooks = 10;

/** Hears from the place `since` in the news on, or from now on. */
export async function watchLedger(
  { ledger, clock }: Pick<Deps, 'ledger' | 'clock'>,
  since?: number,
): Promise<LedgerWatcher> {
  const { events } = ledger;
  let position = since ?? (await events.latestPosition());
  let hasListener = await events.hasListener();
  let hasReceivedEvents = false;
  async function catchUp(minds: (id: string) => boolean): Promise<Delivery[]> {
    const { latest, ids } = await events.listChanges(position);
    position = latest;
    const found: Delivery[] = [];
    for (const id of ids.filter(minds)) {
      const delivery = await ledger.find(id);
      if (delivery) found.push(delivery);
    }
    return found;
  }

  return {
    catchUp,
    async waitForNextPoll(interval, deadline) {
      const begun = clock.monotonic();
      const isThin = () => hasListener && hasReceivedEvents;
      for (;;) {
        const last = deadline - clock.monotonic() > interval ? deadline - interval : deadline;
        const until = Math.min(begun + (isThin() ? interval * pollingFactorWithWebhooks : interval), last);
        const left = until - clock.monotonic();
        if (left <= 0) return;
        await clock.sleep(Math.min(left, interval));
      }
    },
    async *changes(minds) {
      for (let looked = clock.monotonic(); ; ) {
        await clock.sleep(hasListener ? lookIntervalMs : listenerCheckIntervalMs);
        if (clock.monotonic() - looked >= listenerCheckIntervalMs) {
          hasListener = await events.hasListener();
          looked = clock.monotonic();
        }
        const found = await catchUp(minds);
        hasReceivedEvents ||= found.length > 0;
        if (found.length > 0) yield found;
      }
    },
  };
}
