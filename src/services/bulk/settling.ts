import { Failure } from '../../errors.ts';
import type { ClaimedRow, RowEvent } from '../../ledger/api.ts';
import type { Deps } from '../deps.ts';
import {
  absentReason,
  questionTimeoutMs,
  type ReconcileResult,
  reconcile,
  reconcileIntervalMs,
} from '../reconcile.ts';

/** Messages asked for in one round trip: those that are known are told of before all are asked for. */
const batch = 90;

/** Pauses before an unproven doubt is asked for again after an acceptance, at first at once, then ever more seldom. Milliseconds. */
const longestPauseMs = 30_000;

/** What sending lets settling see and do. */
interface Sending {
  /** Messages that may have been sent, by row. What is settled is taken out. */
  doubts: Map<number, ClaimedRow>;
  /** How many messages the gateway accepted in this run, and the ledger knows of. */
  accepted(): number;
  /** Whether it was sent so often without a clear answer that it is given up. */
  isGivenUp(of: ClaimedRow): boolean;
  /** Resolves when a request may go. */
  pace(): Promise<void>;
  happened(news: readonly RowEvent[]): void;
  /** Whether nothing else is left to do. */
  isAlone(): boolean;
  isDone(): boolean;
  /** Waits, but not when all is done. @throws as `Clock.sleep` */
  pause(milliseconds: number): Promise<void>;
}

/**
 * As long as a bulk is sent, finds out what became of those messages whose request had no clear answer, and gives back
 * for sending what is proven to be absent. Messages that cannot be settled hold up no others: they are asked for again
 * once the gateway has accepted another message. Resolves to how many it has given up, for the gateway never said whether
 * it took them.
 * @throws Failure `send.in-doubt` when nothing else is left to do and neither is proven of some
 */
export async function settleAll(
  { doubts, accepted, isGivenUp, pace, happened, isAlone, isDone, pause }: Sending,
  tools: Deps,
): Promise<number> {
  const { clock } = tools;
  let givenUp = 0;
  /** Messages that no answer has settled in the time in which it could have, with what was accepted when they were asked for. */
  const stuck = new Map<number, number>();
  let reason = '';
  let pauseMs = reconcileIntervalMs;
  let nextLookAtStuck = 0;
  for (; ; await pause(reconcileIntervalMs)) {
    if (isDone()) return givenUp;
    const isLast = isAlone();
    const looksAtStuck = isLast || clock.monotonic() >= nextLookAtStuck;
    const due = [...doubts.values()].filter(({ row }) => {
      const before = stuck.get(row);
      return before === undefined || (looksAtStuck && before !== accepted());
    });
    for (let at = 0; at < due.length && !isDone(); at += batch) {
      await pace();
      const some = due.slice(at, at + batch);
      const count = accepted();
      const findings = await reconcile(
        some.map(({ delivery }) => delivery),
        tools,
        questionTimeoutMs,
      );
      for (const of of some) settle(of, findings.get(of.delivery.plan.id), count);
    }
    if (looksAtStuck && due.some(({ row }) => stuck.has(row))) {
      nextLookAtStuck = clock.monotonic() + pauseMs;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    // Settling may have given messages back for sending.
    if (
      isLast &&
      doubts.size > 0 &&
      isAlone() &&
      [...doubts.keys()].every((row) => stuck.get(row) === accepted())
    )
      throw new Failure(
        'doubt',
        'send.in-doubt',
        `${doubts.size} message${doubts.size === 1 ? '' : 's'} may have been sent: ${reason}`,
      );
  }

  function settle(of: ClaimedRow, finding: ReconcileResult | undefined, count: number): void {
    switch (finding?.kind) {
      case undefined:
        return;
      case 'accepted':
        happened(finding.events.map((event) => ({ target: of, event })));
        break;
      case 'absent':
        if (isGivenUp(of)) givenUp++;
        else happened([{ target: of, event: { kind: 'unsent', at: clock.now(), reason: absentReason } }]);
        break;
      case 'unproven':
        if (!finding.isOver) return;
        stuck.set(of.row, count);
        ({ reason } = finding);
        return;
    }
    doubts.delete(of.row);
    stuck.delete(of.row);
  }
}
