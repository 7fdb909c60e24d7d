import { Failure } from '../../errors.ts';
import type { RequestOutcome } from '../../gateway/gateway.ts';
import type { Bulks, ClaimedRow, Ledger, RowEvent } from '../../ledger/api.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Event } from '../../message/event.ts';
import type { Limit } from '../../message/rate-limit.ts';
import type { Deps } from '../deps.ts';
import { BackOff } from './back-off.ts';
import { type BreakerPolicy, openCircuitBreaker } from './circuit-breaker.ts';
import type { MessageSource, SendChannel } from './message-source.ts';
import { outcomeEvent } from './outcome.ts';
import type { PeerLook, PeerWatch } from './peers.ts';
import { openRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { Settler } from './settler.ts';

export interface DispatchOptions {
  /** The limits that hold now, which the gateway may change; null for none. */
  limits(): readonly Limit[] | null;
  /** True to tell other processes of pauses also where there are no limits. */
  sharesPauses?: boolean;
  /** Requests under way at once, at most. */
  concurrency: number;
  breaker: BreakerPolicy;
  /** How often a message is sent without a clear answer before the gateway counts as failing. */
  maxUnclearSends: number;
  /**
   * True to give a message back as soon as its request did not leave: a process killed during the pause then leaves no
   * doubt. False keeps its claim, which saves a commit.
   */
  releasesUnsent: boolean;
  /** Returns a failure to stop with after this outcome; absent for no such check. */
  detectRefusal?(delivery: Delivery, outcome: RequestOutcome): Failure | undefined;
  /** Told of each outcome, to inform the person who waits. */
  onOutcome?(delivery: Delivery, outcome: RequestOutcome): void;
  /** Told of a message in doubt that the gateway does not show yet, with the milliseconds until it is given up. */
  onUnproven?(delivery: Delivery, remainingMs: number): void;
}

/** Changes since the previous report, all of them recorded. */
export interface DispatchProgress {
  changed: ClaimedRow[];
  underWay: number;
  inDoubt: number;
  /** Until when nothing is sent, by the monotonic clock; undefined while sending goes on. */
  pausedUntil: number | undefined;
  /** Messages that the gateway accepted in this run. */
  accepted: number;
}

/** The dependencies of a dispatcher: clock, notes, and the ledger for slots of the rate limits. */
export type DispatcherDeps = Pick<Deps, 'clock' | 'note'> & {
  ledger: Pick<Ledger, 'clock'> & { bulks: Pick<Bulks, 'reserve' | 'hold'> };
};

const withheld = { kind: 'withheld' } as const;

/** Messages claimed and not sent yet, at most. */
const maxClaimed = 1_024;

/** The longest time that an outcome waits for a commit, in milliseconds. */
const flushIntervalMs = 100;

/** Changes not reported yet, at most: then nothing more is claimed. */
const maxUnreported = 5 * maxClaimed;

/**
 * Sends the messages of a source, each at most once, and settles those in doubt. A message is claimed, which is durable
 * before its request leaves; then sent; then its outcome is recorded. Claims and outcomes share commits.
 */
export class Dispatcher {
  readonly #source: MessageSource;
  readonly #channel: SendChannel;
  readonly #options: DispatchOptions;
  readonly #deps: DispatcherDeps;
  readonly #limiter: RateLimiter;
  readonly #backOff: BackOff;
  readonly #settler: Settler;
  /** Undefined where no other process sends the same messages. */
  readonly #peers: PeerWatch | undefined;
  /** Rows claimed and not sent yet. */
  readonly #queue: ClaimedRow[] = [];
  /** Rows claimed and not to be sent again in this run. */
  readonly #parked: ClaimedRow[] = [];
  /** Events to record. */
  #outbox: RowEvent[] = [];
  /** Rows that changed since the last report. */
  readonly #changed: ClaimedRow[] = [];
  readonly #doubts = new Map<number, ClaimedRow>();
  /** How often the request of a row did not leave, and how often its answer was not clear. */
  readonly #unsentTries = new Map<number, number>();
  readonly #unclearSends = new Map<number, number>();
  #underWay = 0;
  #accepted = 0;
  /** Acceptances that are recorded: each is a control for messages in doubt. */
  #recordedAcceptances = 0;
  /** True while the source may have messages to claim. */
  #mayHaveMore = true;
  #committing: Promise<void> | undefined;
  #confirming: Promise<void> | undefined;
  #problem: unknown;
  /** Workers that wait for something to send. */
  readonly #idle: (() => void)[] = [];
  /** Wakes the loop of `run` before its interval is over. */
  #report = () => {};
  #end = () => {};
  #wakeSettler = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  readonly #maxAhead: number;
  /** False if this process stood still for so long that another may have taken over its messages. */
  readonly #mayLeave = () => !this.#source.isStale();

  constructor(source: MessageSource, channel: SendChannel, options: DispatchOptions, deps: DispatcherDeps) {
    this.#source = source;
    this.#channel = channel;
    this.#options = options;
    this.#deps = deps;
    const { clock, ledger } = deps;
    this.#limiter = openRateLimiter(
      options.limits,
      ledger.bulks,
      clock,
      () => this.#wakeWorkers(),
      (cause) => this.#stop(cause),
      options.sharesPauses,
    );
    this.#backOff = new BackOff(
      openCircuitBreaker(options.breaker, options.concurrency, clock.monotonic()),
      this.#limiter,
      {
        stop: (cause) => this.#stop(cause),
        // With an empty queue no worker waits for the limiter.
        onOver: () => {
          if (options.releasesUnsent) this.#wakeWorkers();
        },
      },
      deps,
    );
    const limits = options.limits();
    const slowestMs = limits && Math.max(...limits.map(({ count, per }) => per / count));
    // Enough for one second and no more: all claimed messages are in doubt if this process dies.
    this.#maxAhead =
      slowestMs === null ? maxClaimed : Math.min(Math.max(Math.ceil(1_000 / slowestMs), 16), maxClaimed);
    this.#settler = new Settler(
      {
        doubts: this.#doubts,
        acceptances: () => this.#recordedAcceptances + (this.#peers?.departures ?? 0),
        acquire: () => this.#limiter.acquire(),
        refresh: async (rows) => source.refresh?.(rows),
        reconcile: (rows) => channel.reconcile(rows.map(({ delivery }) => delivery)),
        onUnproven: (delivery, remainingMs) => options.onUnproven?.(delivery, remainingMs),
        record: (events) => this.#record(events),
        settledElsewhere: (row) => this.#settledElsewhere(row),
        isIdle: () => this.#isIdle(),
        isDone: () => this.#isDone(),
        waitsForOthers: () => this.#waitsForOthers(),
        pause: (milliseconds) =>
          Promise.race([
            clock.sleep(milliseconds),
            this.#ended,
            new Promise<void>((resolve) => {
              this.#wakeSettler = resolve;
            }),
          ]),
      },
      deps,
    );
    this.#peers = source.watchPeers?.({
      state: () => ({ isIdle: this.#isIdle(), doubts: this.#doubts.size }),
      isDone: () => this.#isDone(),
      onLook: (seen) => this.#handleLook(seen),
      ended: this.#ended,
    });
  }

  /** Why a message is still in doubt; undefined where nothing was learnt about it. */
  doubtReason(row: number): string | undefined {
    return this.#settler.reasons.get(row);
  }

  /**
   * Sends until nothing is left, and yields the changes. Requests under way at the end are awaited and recorded.
   * @throws Failure where sending cannot go on: `bulk.stopped`, `send.in-doubt`, a refused key, a gateway that takes
   * nothing, the ledger; and what `clock` throws when the program is being stopped
   */
  async *run(): AsyncGenerator<DispatchProgress> {
    const { clock } = this.#deps;
    for await (const page of this.#source.listDoubts())
      for (const row of page) this.#doubts.set(row.row, row);
    const work = [
      ...Array.from({ length: this.#options.concurrency }, () => this.#work()),
      this.#settler.run(),
      ...(this.#peers ? [this.#peers.run()] : []),
    ];
    for (const one of work) one.catch((cause) => this.#stop(cause));
    try {
      while (!this.#isDone()) {
        const early = new Promise<'early'>((resolve) => {
          this.#report = () => resolve('early');
        });
        if ((await Promise.race([clock.sleep(flushIntervalMs), early])) !== 'early') this.#commit(true);
        yield this.#progress();
      }
    } catch (cause) {
      this.#stop(cause);
    } finally {
      // The reader stopped, so nothing more may be sent.
      if (!this.#isDone()) this.#stop(new Failure('interrupted', 'run.interrupted', 'interrupted'));
      await Promise.allSettled(work);
      await this.#committing;
      const unclear = this.#parked.length;
      if (unclear > 0)
        this.#problem ??= new Failure(
          'gateway',
          'gateway.failing',
          `the gateway did not accept ${unclear} of the messages, and gave no clear answer`,
        );
      await this.#giveBack();
    }
    yield this.#progress();
    if (this.#problem !== undefined) throw this.#problem;
  }

  /** Sends one message after another, and waits while there is none. */
  async #work(): Promise<void> {
    while (!this.#isDone()) {
      const next = this.#queue.length > 0 && this.#limiter.tryAcquire() ? this.#queue.shift() : undefined;
      this.#commit(false);
      if (next === undefined) {
        await new Promise<void>((resolve) => this.#idle.push(resolve));
        continue;
      }
      this.#underWay++;
      // Spares the connection; what counts is the question right before the request is written.
      const outcome = this.#source.isStale()
        ? withheld
        : await this.#channel.send(next.delivery.plan, this.#mayLeave);
      this.#underWay--;
      if (outcome.kind === 'withheld') {
        this.#queue.unshift(next);
        await this.#confirm();
        continue;
      }
      this.#handleOutcome(next, outcome);
      if (outcome.pause !== undefined) this.#backOff.asGatewayAsks(outcome.pause);
    }
    this.#end();
    this.#report();
    this.#wakeWorkers();
  }

  /** Confirms the claims, once for all workers that wait for it. @throws as `MessageSource.confirm` */
  #confirm(): Promise<void> {
    this.#confirming ??= this.#source.confirm().finally(() => {
      this.#confirming = undefined;
    });
    return this.#confirming;
  }

  #handleOutcome(row: ClaimedRow, outcome: RequestOutcome): void {
    const { clock, ledger } = this.#deps;
    const hasLeft = outcome.kind === 'accepted' || outcome.kind === 'refused' || outcome.kind === 'doubt';
    if (hasLeft || this.#options.releasesUnsent)
      this.#record([{ target: row, event: outcomeEvent(row.delivery, outcome, clock.now(), ledger.clock) }]);
    else this.#queue.unshift(row);
    if (this.#problem === undefined) this.#options.onOutcome?.(row.delivery, outcome);
    if (outcome.kind === 'accepted') this.#accepted++;
    if (outcome.kind === 'doubt') increment(this.#unclearSends, row.row);
    const retries = outcome.kind === 'notSent' ? increment(this.#unsentTries, row.row) - 1 : 0;
    const failure =
      outcome.kind === 'fatal'
        ? new Failure('setup', outcome.code, outcome.reason, outcome.hint)
        : this.#options.detectRefusal?.(row.delivery, outcome);
    if (failure) this.#stop(failure);
    this.#backOff.after(outcome, retries);
  }

  /**
   * Records what happened and claims the next messages, where that is worth a commit or `isDue`. One commit runs at a
   * time.
   */
  #commit(isDue: boolean): void {
    if (this.#committing !== undefined || this.#problem !== undefined) return;
    const maxAhead = this.#claimLimit();
    // Half of the limit at once: while the commit runs, no outcome is handled.
    const step = Math.ceil(maxAhead / 2);
    const isLow =
      this.#mayHaveMore &&
      !this.#waitsToClaim() &&
      this.#queue.length <= maxAhead - step &&
      this.#changed.length < maxUnreported;
    const isLast = !this.#mayHaveMore && this.#queue.length + this.#underWay === 0;
    const flushes =
      this.#outbox.length > 0 &&
      (isDue || isLast || this.#recordedAcceptances === 0 || this.#options.releasesUnsent);
    if (!isLow && this.#outbox.length < maxAhead && !flushes) return;
    const events = this.#outbox;
    const max = isLow ? step : 0;
    this.#outbox = [];
    this.#committing = this.#source.commitAndClaim(events, max, this.#deps.clock.now()).then(
      ({ claimed, settled, unsettled = [], stopped }) => {
        this.#committing = undefined;
        if (isLow) this.#mayHaveMore = claimed.length + settled.length + unsettled.length === max;
        for (const row of claimed) (this.#isGivenUp(row) ? this.#parked : this.#queue).push(row);
        this.#changed.push(...settled, ...unsettled);
        for (const row of unsettled) this.#doubts.set(row.row, row);
        for (const { event, target } of events) this.#afterCommit(event, target, claimed);
        if (this.#changed.length >= maxClaimed / 2) this.#report();
        if (claimed.length > 0) this.#peers?.expectOthers();
        if (stopped) this.#stop(wasStopped());
        if (this.#isIdle()) this.#peers?.wake();
        this.#wakeWorkers();
      },
      (cause) => {
        // Recorded once more at the end.
        this.#outbox.unshift(...events);
        this.#stop(cause);
      },
    );
  }

  #afterCommit(event: Event, row: ClaimedRow, claimed: readonly ClaimedRow[]): void {
    if (event.kind === 'accepted') this.#recordedAcceptances++;
    // Several events in a row may be about the same message.
    if (row !== this.#changed.at(-1)) this.#changed.push(row);
    const { phase } = row.delivery;
    // One that was given back may be claimed again in the same commit.
    const isClaimed = this.#options.releasesUnsent && claimed.includes(row);
    if (phase === 'doubt' || (phase === 'sending' && !isClaimed)) {
      this.#doubts.set(row.row, row);
      // Somebody waits for a message sent by itself; a bulk asks about many at once.
      if (this.#options.releasesUnsent) this.#wakeSettler();
    } else if (this.#doubts.size > 0) this.#doubts.delete(row.row);
    if (phase === 'queued') this.#mayHaveMore = true;
  }

  /** How many messages may be claimed ahead of their requests. */
  #claimLimit(): number {
    // No control is known before the first acceptance, so few messages are put at risk.
    return this.#recordedAcceptances === 0
      ? Math.min(this.#maxAhead, 2 * this.#options.concurrency)
      : this.#maxAhead;
  }

  /** True during a pause in which nothing may be claimed. */
  #waitsToClaim(): boolean {
    return this.#options.releasesUnsent && this.#limiter.pausedUntil() !== undefined;
  }

  #record(events: readonly RowEvent[]): void {
    this.#outbox.push(...events);
  }

  /** Another process settled the message, or gave it back. */
  #settledElsewhere(row: ClaimedRow): void {
    this.#changed.push(row);
    if (row.delivery.phase === 'queued') this.#mayHaveMore = true;
    this.#report();
    this.#wakeWorkers();
  }

  #handleLook({ doubts, more, stopped }: PeerLook): void {
    for (const row of doubts) if (!this.#doubts.has(row.row)) this.#doubts.set(row.row, row);
    if (more) this.#mayHaveMore = true;
    if (stopped) this.#stop(wasStopped());
    if (this.#isDone()) this.#end();
    this.#report();
    this.#wakeWorkers();
  }

  #isGivenUp({ row }: ClaimedRow): boolean {
    return (this.#unclearSends.get(row) ?? 0) >= this.#options.maxUnclearSends;
  }

  /** True if nothing but messages in doubt is left. */
  #isIdle(): boolean {
    return (
      !this.#mayHaveMore &&
      this.#committing === undefined &&
      this.#queue.length + this.#underWay + this.#outbox.length === 0
    );
  }

  /** True while other processes may leave messages to this one. */
  #waitsForOthers(): boolean {
    return this.#peers !== undefined && !this.#peers.isAlone;
  }

  #isDone(): boolean {
    return (
      this.#problem !== undefined || (this.#isIdle() && this.#doubts.size === 0 && !this.#waitsForOthers())
    );
  }

  #stop(cause: unknown): void {
    this.#problem ??= cause;
    this.#end();
    this.#report();
    this.#wakeWorkers();
  }

  #wakeWorkers(): void {
    for (const wake of this.#idle.splice(0)) wake();
  }

  /** Records the last outcomes, and gives back what was claimed and not sent. */
  async #giveBack(): Promise<void> {
    const at = this.#deps.clock.now();
    const unsent = [...this.#queue, ...this.#parked].map(
      (target): RowEvent => ({ target, event: { kind: 'unsent', at, reason: 'sending was stopped' } }),
    );
    const events = [...this.#outbox, ...unsent];
    if (events.length === 0) return;
    await this.#source.commitAndClaim(events, 0, at).then(
      () => this.#changed.push(...events.map(({ target }) => target)),
      (cause) => {
        // It names every message whose outcome is lost; the one before named those of one commit.
        if (hasCode(cause, 'send.unrecorded') && hasCode(this.#problem, 'send.unrecorded'))
          this.#problem = cause;
        const isSetup = (one: unknown) => one instanceof Failure && one.kind === 'setup';
        const doubts = this.#outbox.filter(({ event }) => event.kind === 'doubt').length;
        // Messages that may have been sent outweigh an unusable ledger, but not a signal.
        if (doubts > 0 && isSetup(cause) && isSetup(this.#problem ?? cause))
          this.#problem = new Failure(
            'doubt',
            'send.unrecorded',
            `${doubts} messages may have been sent, and the ledger cannot record it: ${(cause as Failure).message}`,
            undefined,
            cause,
          );
        this.#stop(cause);
      },
    );
  }

  #progress(): DispatchProgress {
    return {
      changed: this.#changed.splice(0),
      underWay: this.#underWay,
      inDoubt: this.#doubts.size,
      pausedUntil: this.#limiter.pausedUntil(),
      accepted: this.#accepted,
    };
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Failure && cause.code === code;
}

function wasStopped(): Failure {
  return new Failure('interrupted', 'bulk.stopped', 'the bulk was asked to stop');
}

function increment(counts: Map<number, number>, row: number): number {
  const count = (counts.get(row) ?? 0) + 1;
  counts.set(row, count);
  return count;
}
