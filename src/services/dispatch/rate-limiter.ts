import type { Bulks } from '../../ledger/api.ts';
import type { Limit, Slots } from '../../message/rate-limit.ts';
import type { Clock } from '../deps.ts';

/** How far ahead slots are reserved, in milliseconds: what is not used of them is lost to others. */
const reserveAheadMs = 200;

/** So much later than its time a request may go without those after it having to wait, in milliseconds. */
const toleratedDelayMs = 50;

/** Lets requests go at their time. */
export interface RateLimiter {
  /** Takes a request's turn if it has come. Otherwise false, and `onTurn` is called when one may have. */
  tryAcquire(): boolean;
  /** Resolves when a request may go, of whoever asks, and takes its turn. @throws as `Clock.sleep` */
  acquire(): Promise<void>;
  /** Nobody goes before then. */
  pauseUntil(until: number): void;
  /** Until when nobody goes, if that is not over. */
  pausedUntil(): number | undefined;
}

const noSlots: Slots = { from: 0, every: 0, count: 0 };

/**
 * `limits` says what holds now, which may change as the gateway tells; null: as fast as they come. `onFailure` is told
 * when the ledger fails.
 */
export function openRateLimiter(
  limits: () => readonly Limit[] | null,
  bulks: Pick<Bulks, 'reserve'>,
  clock: Clock,
  onTurn: () => void,
  onFailure: (cause: unknown) => void,
): RateLimiter {
  const isUnlimited = limits() === null;
  let slots = noSlots;
  let used = 0;
  let heldUntil = 0;
  let reserving: Promise<void> | undefined;
  let waking: number | undefined;
  let failure: unknown;

  function wakeAt(instant: number): void {
    if (waking !== undefined && waking <= instant) return;
    waking = instant;
    const wake = () => {
      if (waking === instant) waking = undefined;
      onTurn();
    };
    clock.sleep(Math.max(instant - clock.monotonic(), 1)).then(wake, () => {});
  }

  function reserve(limits: readonly Limit[]): Promise<void> {
    const shortest = Math.max(...limits.map(({ count, per }) => (count === 1 ? per : per / count)));
    const wanted = Math.max(Math.round(reserveAheadMs / shortest), 1);
    const told = (next: Slots) => {
      reserving = undefined;
      slots = next;
      used = 0;
      onTurn();
    };
    const failed = (cause: unknown) => {
      failure = cause;
      onFailure(cause);
    };
    reserving ??= bulks.reserve(limits, wanted).then(told, failed);
    return reserving;
  }

  const next = () => slots.from + used * slots.every;

  function tryAcquire(): boolean {
    if (isUnlimited && heldUntil === 0) return true;
    const now = clock.monotonic();
    if (now < heldUntil) {
      wakeAt(heldUntil);
      return false;
    }
    if (isUnlimited) return true;
    // Those whose time passed while nobody could go would now go all at once.
    if (next() < now - toleratedDelayMs)
      used = Math.min(Math.floor((now - toleratedDelayMs - slots.from) / slots.every), slots.count);
    if (used === slots.count) {
      reserve(limits() ?? []);
      return false;
    }
    if (next() > now) {
      wakeAt(next());
      return false;
    }
    used++;
    return true;
  }

  return {
    tryAcquire,
    async acquire() {
      while (!tryAcquire()) {
        if (failure !== undefined) throw failure;
        if (reserving) await reserving;
        else await clock.sleep(Math.max(next() - clock.monotonic(), heldUntil - clock.monotonic(), 1));
      }
    },
    pauseUntil(until) {
      if (until <= heldUntil) return;
      heldUntil = until;
      // Their time would be over, and all would go at once.
      slots = noSlots;
      used = 0;
    },
    pausedUntil: () => (clock.monotonic() < heldUntil ? heldUntil : undefined),
  };
}
