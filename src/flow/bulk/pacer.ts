import type { Bulks } from '../../ledger/bulks.ts';
import type { Limit } from '../../ledger/pace.ts';
import type { Instant } from '../../message/event.ts';
import type { Clock } from '../tools.ts';

/** How far ahead slots are reserved, in milliseconds: what is not used of them is lost to others. */
const ahead = 200;

/** Slots reserved at once, at most. */
const most = 1_000;

/** Lets requests go at their time. */
export interface Pacer {
  /** Takes a request's turn if it has come. Otherwise false, and `onTurn` is called when one has. */
  take(): boolean;
  /** Nobody goes before then. */
  hold(until: Instant): void;
  /** Resolves when a request may go, of whoever asks, and takes its turn. */
  turn(): Promise<void>;
  /** Until when nobody goes, if not yet over. */
  held(): Instant | undefined;
}

/** `limits` null: as fast as they come. */
export function openPacer(
  limits: readonly Limit[] | null,
  bulks: Pick<Bulks, 'reserve'>,
  clock: Clock,
  onTurn: () => void,
): Pacer {
  let slots: Instant[] = [];
  let heldUntil = 0;
  let reserving = false;
  let waking: Instant | undefined;

  function wakeAt(instant: Instant): void {
    if (waking !== undefined && waking <= instant) return;
    waking = instant;
    clock.sleep(Math.max(instant - clock.now(), 1)).then(
      () => {
        if (waking === instant) waking = undefined;
        onTurn();
      },
      () => {},
    );
  }

  function fetch(limits: readonly Limit[], now: Instant): void {
    if (reserving) return;
    reserving = true;
    const shortest = Math.min(...limits.map(({ count, per }) => per / count));
    const count = Math.min(Math.max(Math.round(ahead / shortest), 1), most);
    bulks.reserve(limits, count, now).then(
      (next) => {
        reserving = false;
        slots = [...slots, ...next];
        onTurn();
      },
      () => {
        reserving = false;
      },
    );
  }

  function take(): boolean {
    const now = clock.now();
    if (now < heldUntil) {
      wakeAt(heldUntil);
      return false;
    }
    if (limits === null) return true;
    const [next] = slots;
    if (next === undefined) {
      fetch(limits, now);
      return false;
    }
    if (next > now) {
      wakeAt(next);
      return false;
    }
    slots.shift();
    // Reserved while the last ones go, so that nobody waits for the ledger.
    if (slots.length === 0) fetch(limits, now);
    return true;
  }

  return {
    take,
    hold(until) {
      if (until <= heldUntil) return;
      heldUntil = until;
      // Their time would be over, and all would go at once.
      slots = [];
    },
    async turn() {
      while (!take()) await clock.sleep(Math.max((slots[0] ?? 0) - clock.now(), heldUntil - clock.now(), 5));
    },
    held: () => (clock.now() < heldUntil ? heldUntil : undefined),
  };
}
