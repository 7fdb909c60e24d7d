import type { Delivery } from '../message/delivery.ts';
import type { Tools } from './deps.ts';

/** Hears of what another process, which listens for webhooks, puts into the ledger. */
export interface Ear {
  /**
   * Waits between two questions to the gateway: `interval` milliseconds, longer where calls come, never past the
   * `deadline` of the monotonic clock, before which it is asked once more. That somebody listens does not say that the gateway calls: only
   * what was heard does, and only as long as they listen.
   */
  rest(interval: number, deadline: number): Promise<void>;
  /** Those of which something was heard until now, as they stand. */
  catchUp(minds: (id: string) => boolean): Promise<Delivery[]>;
  /** The messages that something is heard of from now on, as they then stand; never ends. `minds` leaves others out. */
  hear(minds: (id: string) => boolean): AsyncGenerator<Delivery[]>;
}

/** Between two looks into the ledger, in milliseconds. A look costs some microseconds. */
const glance = 50;

/** Between two looks whether anybody listens, in milliseconds. */
const attention = 2_000;

/** Where webhooks come, the gateway is asked so many times more seldom, for what they may have missed. */
const thinning = 10;

/** Hears from the place `since` in the news on, or from now on. */
export async function openEar(
  { ledger, clock }: Pick<Tools, 'ledger' | 'clock'>,
  since?: number,
): Promise<Ear> {
  const { hearing } = ledger;
  let place = since ?? (await hearing.latest());
  let isHeard = await hearing.isHeard();
  let hasCome = false;
  async function catchUp(minds: (id: string) => boolean): Promise<Delivery[]> {
    const { latest, ids } = await hearing.news(place);
    place = latest;
    const found: Delivery[] = [];
    for (const id of ids.filter(minds)) {
      const delivery = await ledger.find(id);
      if (delivery) found.push(delivery);
    }
    return found;
  }

  return {
    catchUp,
    async rest(interval, deadline) {
      const begun = clock.monotonic();
      const isThin = () => isHeard && hasCome;
      for (;;) {
        const last = deadline - clock.monotonic() > interval ? deadline - interval : deadline;
        const until = Math.min(begun + (isThin() ? interval * thinning : interval), last);
        const left = until - clock.monotonic();
        if (left <= 0) return;
        await clock.sleep(Math.min(left, interval));
      }
    },
    async *hear(minds) {
      for (let looked = clock.monotonic(); ; ) {
        await clock.sleep(isHeard ? glance : attention);
        if (clock.monotonic() - looked >= attention) {
          isHeard = await hearing.isHeard();
          looked = clock.monotonic();
        }
        const found = await catchUp(minds);
        hasCome ||= found.length > 0;
        if (found.length > 0) yield found;
      }
    },
  };
}
