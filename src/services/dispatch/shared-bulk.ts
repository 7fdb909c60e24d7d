import type { BulkRun, Bulks, ClaimedRow } from '../../ledger/api.ts';
import type { Clock } from '../deps.ts';
import type { MessageSource } from './message-source.ts';
import { type OwnState, type PeerLook, type PeerPort, PeerWatch } from './peers.ts';

/** Time after which an idle process looks for messages that dead processes sent individually, in milliseconds. */
const thoroughAfterMs = 5_000;

/** Time beyond the grace after which an idle process settles doubts of others too, in milliseconds. */
const adoptionMs = 5_000;

/**
 * The messages of a bulk that other processes may send at the same time. Doubts are settled by the process that sent them,
 * or that took them over; by others once that one has left, or has had its time.
 */
export class SharedBulk implements MessageSource {
  readonly commitAndClaim: BulkRun['commitAndClaim'];
  readonly isStale: BulkRun['isStale'];
  readonly confirm: BulkRun['confirm'];
  readonly #run: BulkRun;
  readonly #countUnsettled: () => ReturnType<Bulks['countUnsettled']>;
  readonly #clock: Clock;
  readonly #adoptAfterMs: number;
  #idleSince: number | undefined;
  #hadOthers = false;
  /** True once another process took part. */
  #isShared = false;

  constructor(
    run: BulkRun,
    id: string,
    {
      ledger,
      clock,
      grace,
    }: { ledger: { bulks: Pick<Bulks, 'countUnsettled'> }; clock: Clock; grace: number },
  ) {
    this.commitAndClaim = run.commitAndClaim;
    this.isStale = run.isStale;
    this.confirm = run.confirm;
    this.#run = run;
    this.#countUnsettled = () => ledger.bulks.countUnsettled(id);
    this.#clock = clock;
    this.#adoptAfterMs = grace + adoptionMs;
  }

  async *listDoubts(): AsyncGenerator<ClaimedRow[]> {
    const { doubts, others } = await this.#takeOver(false);
    if (others) yield doubts;
    else yield* this.#run.listDoubts();
  }

  async refresh(rows: readonly ClaimedRow[]): Promise<void> {
    if (this.#isShared) await this.#run.refresh(rows);
  }

  watchPeers(port: PeerPort): PeerWatch {
    return new PeerWatch((own) => this.#look(own), port, this.#clock);
  }

  async #look(own: OwnState): Promise<PeerLook> {
    const idleMs = this.#measureIdle(own);
    const hadOthers = this.#hadOthers;
    const { doubts, others, stopped } = await this.#takeOver(idleMs >= thoroughAfterMs);
    if (!own.isIdle) {
      // The last one to leave may have left doubts.
      if (hadOthers && !others) doubts.push(...(await this.#listAllDoubts()));
      return { doubts, others, more: false, stopped };
    }
    const left = await this.#countUnsettled();
    const isElsewhere = left.doubt > own.doubts + doubts.length;
    if (isElsewhere && (!others || idleMs >= this.#adoptAfterMs))
      doubts.push(...(await this.#listAllDoubts()));
    return { doubts, others: others && (isElsewhere || left.queued > 0), more: left.queued > 0, stopped };
  }

  async #takeOver(thorough: boolean): ReturnType<BulkRun['takeOver']> {
    const found = await this.#run.takeOver(this.#clock.now(), { thorough });
    this.#hadOthers = found.others;
    this.#isShared ||= found.others;
    return found;
  }

  #measureIdle({ isIdle }: OwnState): number {
    const now = this.#clock.monotonic();
    this.#idleSince = isIdle ? (this.#idleSince ?? now) : undefined;
    return now - (this.#idleSince ?? now);
  }

  async #listAllDoubts(): Promise<ClaimedRow[]> {
    const all: ClaimedRow[] = [];
    for await (const page of this.#run.listDoubts()) all.push(...page);
    return all;
  }
}
