import { Failure } from '../../errors.ts';
import type { ClaimedRow, RowEvent } from '../../ledger/api.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Clock } from '../deps.ts';
import type { ReconcileResult } from '../reconcile.ts';

/** Why a message that was in doubt is sent again. */
export const absentReason = 'the gateway does not have it';

/** Time between two questions about a message that the gateway does not show, in milliseconds. */
const reconcileIntervalMs = 1_000;

/** Messages in one question: the answer about some is recorded before the others are asked about. */
const maxIdsPerQuestion = 90;

/** The longest pause between questions about messages that no answer has settled, in milliseconds. */
const maxPauseMs = 30_000;

/** The view that a settler has of its dispatcher. */
export interface SettlerPort {
  /** Messages in doubt, by row; the settler removes those that it settles. */
  readonly doubts: Map<number, ClaimedRow>;
  /** How many acceptances are recorded in this run: each may prove that another message is absent. */
  acceptances(): number;
  /** Resolves when a request may leave. */
  acquire(): Promise<void>;
  /** Reads messages again where other processes may settle them too. */
  refresh(rows: readonly ClaimedRow[]): Promise<void>;
  reconcile(rows: readonly ClaimedRow[]): Promise<Map<string, ReconcileResult>>;
  record(events: readonly RowEvent[]): void;
  /** Told of a message that another process has settled. */
  settledElsewhere(row: ClaimedRow): void;
  onUnproven(delivery: Delivery, remainingMs: number): void;
  /** True if nothing but messages in doubt is left. */
  isIdle(): boolean;
  isDone(): boolean;
  /** True while other processes may leave messages to this one. */
  waitsForOthers(): boolean;
  /** Waits, at most until the dispatcher ends. @throws as `Clock.sleep` */
  pause(milliseconds: number): Promise<void>;
}

/**
 * Settles messages in doubt while others are sent: records those that the gateway shows, and gives those back for
 * sending that are proven to be absent. Messages without proof hold up no others; they are asked about again after the
 * next acceptance.
 */
export class Settler {
  /** Why each message is still in doubt, by row. */
  readonly reasons = new Map<number, string>();

  readonly #port: SettlerPort;
  readonly #clock: Clock;
  /** Messages whose time for an answer is over, with the acceptances at the last question. */
  readonly #stuck = new Map<number, number>();
  readonly #announced = new Set<number>();

  constructor(port: SettlerPort, { clock }: { clock: Clock }) {
    this.#port = port;
    this.#clock = clock;
  }

  /**
   * Runs until the dispatcher is done.
   * @throws Failure `send.in-doubt` when only messages in doubt are left and no further question can settle them
   */
  async run(): Promise<void> {
    const { doubts, acceptances, isDone, isIdle, waitsForOthers, pause } = this.#port;
    let pauseMs = reconcileIntervalMs;
    let nextStuckQuestion = 0;
    for (let wait = 0; ; await pause(wait)) {
      wait = reconcileIntervalMs;
      if (isDone()) return;
      const isLast = isIdle();
      const asksStuck = isLast || this.#clock.monotonic() >= nextStuckQuestion;
      const due = [...doubts.values()].filter(({ row }) => {
        const before = this.#stuck.get(row);
        return before === undefined || (asksStuck && before !== acceptances());
      });
      for (let at = 0; at < due.length && !isDone(); at += maxIdsPerQuestion)
        wait = Math.min(wait, await this.#ask(due.slice(at, at + maxIdsPerQuestion)));
      if (asksStuck && due.some(({ row }) => this.#stuck.has(row))) {
        nextStuckQuestion = this.#clock.monotonic() + pauseMs;
        pauseMs = Math.min(pauseMs * 2, maxPauseMs);
      }
      // Settling may have given messages back for sending.
      const isOver = isLast && doubts.size > 0 && isIdle() && !waitsForOthers();
      if (isOver && [...doubts.keys()].every((row) => this.#stuck.get(row) === acceptances()))
        throw this.#inDoubt();
    }
  }

  /** Asks about messages once; returns the milliseconds until the next question can tell more. */
  async #ask(rows: readonly ClaimedRow[]): Promise<number> {
    const { acquire, acceptances, refresh, reconcile } = this.#port;
    await acquire();
    const before = acceptances();
    await refresh(rows);
    const open = rows.filter((row) => this.#isOpen(row));
    const results = open.length > 0 ? await reconcile(open) : new Map<string, ReconcileResult>();
    const waits = open.map((row) => this.#apply(row, results.get(row.delivery.plan.id), before));
    return Math.min(reconcileIntervalMs, ...waits);
  }

  #isOpen(row: ClaimedRow): boolean {
    const { phase } = row.delivery;
    if (phase === 'doubt' || phase === 'sending') return true;
    this.#forget(row);
    this.#port.settledElsewhere(row);
    return false;
  }

  /** Returns the milliseconds until the next question about this message is worth asking. */
  #apply(row: ClaimedRow, result: ReconcileResult | undefined, acceptances: number): number {
    switch (result?.kind) {
      case undefined:
        break;
      case 'accepted':
        this.#forget(row);
        this.#port.record(result.events.map((event) => ({ target: row, event })));
        break;
      case 'absent':
        this.#forget(row);
        this.#port.record([
          { target: row, event: { kind: 'unsent', at: this.#clock.now(), reason: absentReason } },
        ]);
        break;
      case 'unproven':
        this.reasons.set(row.row, result.reason);
        if (result.remainingMs <= 0) this.#stuck.set(row.row, acceptances);
        else {
          if (!this.#announced.has(row.row)) this.#port.onUnproven(row.delivery, result.remainingMs);
          this.#announced.add(row.row);
          return result.remainingMs;
        }
    }
    return reconcileIntervalMs;
  }

  #forget({ row }: ClaimedRow): void {
    this.#port.doubts.delete(row);
    this.#stuck.delete(row);
    this.reasons.delete(row);
  }

  #inDoubt(): Failure {
    const { size } = this.#port.doubts;
    const reason = [...this.reasons.values()].at(-1) ?? '';
    return new Failure(
      'doubt',
      'send.in-doubt',
      `${size} message${size === 1 ? '' : 's'} may have been sent: ${reason}`,
    );
  }
}
