import type { Bulks } from '../../ledger/api.ts';
import type { Limit, Slots } from '../../message/rate-limit.ts';
import type { Clock } from '../deps.ts';

/** How far ahead slots are reserved, in milliseconds; other processes cannot use those left over. */
const reserveAheadMs = 200;

/** How much longer a pause must be to be told to other processes again, in milliseconds. */
const holdStepMs = 100;

/** How late a request may leave without delaying the requests after it, in milliseconds. */
const toleratedDelayMs = 50;

/** Spaces requests so that every limit holds. */
export interface RateLimiter {
  /** Takes a slot if one is due; otherwise returns false, and `onTurn` is called when one may be due. */
  tryAcquire(): boolean;
  /** Waits for a slot and takes it. @throws as `Clock.sleep` */
  acquire(): Promise<void>;
  /**
   * Holds back all requests until then, by the monotonic clock; those of other processes too if the gateway `asked` for
   * the pause.
   */
  pauseUntil(until: number, asked: boolean): void;
  /** Returns the end of the pause; undefined if there is none. */
  pausedUntil(): number | undefined;
}

const noSlots: Slots = { from: 0, every: 0, count: 0 };

/**
 * Opens a limiter whose slots are shared by all processes, through the ledger. `limits` returns the limits in force,
 * which the gateway may change; null for none. `onFailure` is called if the ledger fails. `sharesPauses`: other
 * processes are told of pauses also where there are no limits.
 */
export function openRateLimiter(
  limits: () => readonly Limit[] | null,
  bulks: Pick<Bulks, 'reserve' | 'hold'>,
  clock: Clock,
  onTurn: () => void,
  onFailure: (cause: unknown) => void,
  sharesPauses = false,
): RateLimiter {
  const isUnlimited = limits() === null;
  let slots = noSlots;
  let used = 0;
  let heldUntil = 0;
  /** End of the pause that other processes were told. */
  let toldUntil = 0;
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

  const onFailed = (cause: unknown) => {
    failure = cause;
    onFailure(cause);
  };

  function reserve(limits: readonly Limit[]): Promise<void> {
    const shortest = Math.max(...limits.map(({ count, per }) => (count === 1 ? per : per / count)));
    const wanted = Math.max(Math.round(reserveAheadMs / shortest), 1);
    const onReserved = (next: Slots) => {
      reserving = undefined;
      slots = next;
      used = 0;
      onTurn();
    };
    reserving ??= bulks.reserve(limits, wanted).then(onReserved, onFailed);
    return reserving;
  }

  const nextSlot = () => slots.from + used * slots.every;

  function tryAcquire(): boolean {
    if (isUnlimited && heldUntil === 0) return true;
    const now = clock.monotonic();
    if (now < heldUntil) {
      wakeAt(heldUntil);
      return false;
    }
    if (isUnlimited) return true;
    // Skips slots that passed unused: their requests would now leave in one burst.
    if (nextSlot() < now - toleratedDelayMs)
      used = Math.min(Math.floor((now - toleratedDelayMs - slots.from) / slots.every), slots.count);
    if (used === slots.count) {
      reserve(limits() ?? []);
      return false;
    }
    if (nextSlot() > now) {
      wakeAt(nextSlot());
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
        else await clock.sleep(Math.max(nextSlot() - clock.monotonic(), heldUntil - clock.monotonic(), 1));
      }
    },
    pauseUntil(until, asked) {
      if (asked && (sharesPauses || !isUnlimited) && until > toldUntil + holdStepMs) {
        toldUntil = until;
        bulks.hold(until).catch(onFailed);
      }
      if (until <= heldUntil) return;
      heldUntil = until;
      // Drops reserved slots: after the pause they would all be due at once.
      slots = noSlots;
      used = 0;
    },
    pausedUntil: () => (clock.monotonic() < heldUntil ? heldUntil : undefined),
  };
}
