import { Failure } from '../../errors.ts';
import type { SendOutcome } from '../../gateway/gateway.ts';
import type { BulkRun, ClaimedRow, RowEvent } from '../../ledger/api.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Limit } from '../../message/rate-limit.ts';
import { openCircuitBreaker } from '../circuit-breaker.ts';
import type { Deps } from '../deps.ts';
import { outcomeEvent } from '../outcome.ts';
import { openRateLimiter } from '../rate-limiter.ts';
import { settleAll } from './settling.ts';

/** How a bulk is sent. */
export interface SendOptions {
  /** The pace that holds now; the gateway may change it. Null: as fast as the gateway answers. */
  limits(): readonly Limit[] | null;
  /** Requests under way at once, at most. */
  concurrency: number;
  /**
   * How many answers may all be the same refusal before sending stops: a gateway that expects other bodies refuses every
   * one. Zero: as many as there are.
   */
  probation: number;
}

/** What happened since the last time, all of it in the ledger. */
export interface BulkProgress {
  changed: ClaimedRow[];
  underWay: number;
  inDoubt: number;
  /** Until when the gateway is left alone, if it is, by the monotonic clock. */
  heldUntil: number | undefined;
  /** Messages that the gateway accepted in this run. */
  accepted: number;
}

/** Messages claimed and not begun, at most: the disk is waited for meanwhile. */
const most = 1_024;

/** Outcomes are kept, and told, at the latest after so many milliseconds. */
const latest = 100;

/** Outcomes that nobody has taken note of yet, at most: then no more are claimed. */
const mostUntold = 5 * most;

/** How often a message is sent before a gateway that never says whether it took it counts as failing. */
const mostSends = 5;

/**
 * Sends what is left of a bulk and settles what is in doubt, each message at most once. Yields what has become
 * known, once the ledger has it. What was begun when it stops is seen to its end.
 * @throws Failure where it cannot go on: `bulk.stopped`, a refused key, a gateway that takes nothing, the ledger;
 * and what `clock` throws when the program is being stopped
 */
export async function* sendBulk(
  run: BulkRun,
  { limits, concurrency, probation }: SendOptions,
  tools: Deps,
): AsyncGenerator<BulkProgress> {
  const { gateway, clock } = tools;
  /** Claimed, and not begun. */
  const queue: ClaimedRow[] = [];
  /** Happened, and not in the ledger. */
  let outbox: RowEvent[] = [];
  const isRefusingAll = sameRefusals(probation);
  /** In the ledger, and not told. */
  const changed: ClaimedRow[] = [];
  const doubts = new Map<number, ClaimedRow>();
  /** How often the request of a row has had no clear answer. */
  const unclear = new Map<number, number>();
  let underWay = 0;
  let accepted = 0;
  /** Of those, how many the ledger has: they are the controls for others. */
  let kept = 0;
  const patience = openCircuitBreaker(concurrency, clock.monotonic());
  let lastNote = -Infinity;
  /** Whether there may be messages that nobody has claimed. */
  let more = true;
  let turning: Promise<void> | undefined;
  let problem: unknown;

  const idle: (() => void)[] = [];
  const rouse = () => {
    for (const wake of idle.splice(0)) wake();
  };
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  /** Called when there is much to tell, since what waits to be told is held, and when all is done. */
  let tell = () => {};
  const stop = (cause: unknown) => {
    problem ??= cause;
    end();
    tell();
    rouse();
  };
  const pacer = openRateLimiter(limits, tools.ledger.bulks, clock, rouse, stop);
  const atFirst = limits();
  const slowest = atFirst && Math.max(...atFirst.map(({ count, per }) => per / count));
  // About a second's worth: what is claimed and not begun is in doubt if this process dies.
  const ahead = slowest === null ? most : Math.min(Math.max(Math.ceil(1_000 / slowest), 16), most);
  // Until a first acceptance is kept, nothing proves that others are absent: few are put at risk, and the rest can still
  // be sent if this process dies.
  const aheadNow = () => (kept === 0 ? Math.min(ahead, 2 * concurrency) : ahead);

  const isDone = () =>
    problem !== undefined ||
    (!more && turning === undefined && queue.length + underWay + outbox.length + doubts.size === 0);

  /** Keeps what happened and claims what is next, where it is worth a commit or `due`. */
  function turn(due: boolean): void {
    if (turning !== undefined || problem !== undefined) return;
    // So many are claimed at once, and outcomes kept with them: meanwhile no answer is heard.
    const step = Math.ceil(aheadNow() / 2);
    const low = more && queue.length <= aheadNow() - step && changed.length < mostUntold;
    // What happened mostly goes with a claim: by itself only when it is time, or when nothing else will happen.
    const last = !more && queue.length + underWay === 0;
    const isDue = due || last || kept === 0;
    if (!low && outbox.length < ahead && !(isDue && outbox.length > 0)) return;
    const happened = outbox;
    const wanted = low ? step : 0;
    outbox = [];
    turning = run.commitAndClaim(happened, wanted, clock.now()).then(
      ({ claimed, refused, stopped }) => {
        turning = undefined;
        if (low) more = claimed.length + refused.length === wanted;
        queue.push(...claimed);
        changed.push(...refused);
        for (const { target, event } of happened) {
          if (event.kind === 'accepted') kept++;
          // Of some several things were learnt, one after the other.
          if (target !== changed.at(-1)) changed.push(target);
          if (target.delivery.phase === 'doubt') doubts.set(target.row, target);
          else if (doubts.size > 0) doubts.delete(target.row);
          if (target.delivery.phase === 'queued') more = true;
        }
        if (changed.length >= most / 2) tell();
        if (stopped) stop(new Failure('interrupted', 'bulk.stopped', 'somebody asked for it to be stopped'));
        rouse();
      },
      (cause) => {
        // It is tried once more at the end.
        outbox.unshift(...happened);
        stop(cause);
      },
    );
  }

  async function work(): Promise<void> {
    while (!isDone()) {
      const next = queue.length > 0 && pacer.tryAcquire() ? queue.shift() : undefined;
      turn(false);
      if (next === undefined) {
        await new Promise<void>((resolve) => idle.push(resolve));
        continue;
      }
      underWay++;
      if (run.isStale()) await run.confirm();
      const outcome = await gateway.send(next.delivery.plan);
      underWay--;
      digest(next, outcome);
      if (outcome.pause !== undefined) rest(outcome.pause, clock.monotonic(), 'no more is allowed for now');
    }
    end();
    tell();
    rouse();
  }

  function digest(of: ClaimedRow, outcome: SendOutcome): void {
    const now = clock.monotonic();
    const isTried = outcome.kind === 'accepted' || outcome.kind === 'refused' || outcome.kind === 'doubt';
    if (isTried) outbox.push({ target: of, event: outcomeEvent(of.delivery, outcome, clock) });
    else queue.unshift(of);
    const wait = patience.pauseAfter(outcome, now);
    if (outcome.kind === 'accepted') accepted++;
    if (isRefusingAll(of.delivery, outcome)) stop(refusesAll(probation, outcome));
    if (outcome.kind === 'accepted') return;
    if (outcome.kind === 'doubt') unclear.set(of.row, (unclear.get(of.row) ?? 0) + 1);
    if (outcome.kind === 'fatal') stop(new Failure('setup', outcome.code, outcome.reason, outcome.hint));
    if (wait !== undefined) rest(wait, now, outcome.reason);
  }

  function rest(wait: number, now: number, reason: string): void {
    const over = patience.tripped(wait, now, reason);
    if (over) stop(over);
    // Where it rests often, once in a while is enough.
    if (wait >= 1_000 && pacer.pausedUntil() === undefined && now - lastNote > 30_000) {
      lastNote = now;
      tools.note(`the gateway is left alone for ${Math.ceil(wait / 1_000)} s: ${reason}`);
    }
    pacer.pauseUntil(now + wait);
  }

  for await (const page of run.listDoubts()) for (const one of page) doubts.set(one.row, one);
  const workers = Array.from({ length: concurrency }, work);
  const settling = settleAll(
    {
      doubts,
      accepted: () => kept,
      isGivenUp: ({ row }) => (unclear.get(row) ?? 0) >= mostSends,
      pace: pacer.acquire,
      happened: (news) => outbox.push(...news),
      isAlone: () => !more && turning === undefined && queue.length + underWay + outbox.length === 0,
      isDone,
      pause: (milliseconds) => Promise.race([clock.sleep(milliseconds), ended]),
    },
    tools,
  ).then((givenUp) => {
    if (givenUp > 0)
      stop(
        new Failure(
          'gateway',
          'gateway.failing',
          `the gateway does not say whether it takes ${givenUp} of the messages, and has not taken them`,
        ),
      );
  });
  const all = [...workers, settling];
  for (const one of all) one.catch(stop);
  const news = (): BulkProgress => ({
    changed: changed.splice(0),
    underWay,
    inDoubt: doubts.size,
    heldUntil: pacer.pausedUntil(),
    accepted,
  });
  try {
    while (!isDone()) {
      const enough = new Promise<'enough'>((resolve) => {
        tell = () => resolve('enough');
      });
      // Where there is enough to tell, what happened was kept a moment ago.
      if ((await Promise.race([clock.sleep(latest), enough])) !== 'enough') turn(true);
      yield news();
    }
  } catch (cause) {
    stop(cause);
  } finally {
    // Whoever listens no more wants no more to be sent either.
    if (!isDone()) stop(new Failure('interrupted', 'run.interrupted', 'interrupted'));
    await Promise.allSettled(all);
    await turning;
    const at = clock.now();
    const back = queue.map(
      (target): RowEvent => ({ target, event: { kind: 'unsent', at, reason: 'sending was stopped' } }),
    );
    const last = [...outbox, ...back];
    if (last.length > 0)
      await run
        .commitAndClaim(last, 0, at)
        .then(() => changed.push(...last.map(({ target }) => target)), stop);
  }
  yield news();
  if (problem !== undefined) throw problem;
}

/**
 * Tells when the first answers of a channel, as many as `probation`, are HTTP 400 or 422 with the same text but for
 * numbers, and nothing was accepted.
 */
function sameRefusals(probation: number): (delivery: Delivery, outcome: SendOutcome) => boolean {
  /** By channel, what its answers have in common so far; null where they differ. */
  const common = new Map<string, { text: string; count: number } | null>();
  return ({ plan }, outcome) => {
    if (probation === 0 || (outcome.kind !== 'accepted' && outcome.kind !== 'refused')) return false;
    const channel = plan.message.chain[0] ?? '';
    const known = common.get(channel);
    if (known === null) return false;
    const text =
      outcome.kind === 'refused' && outcome.isMalformed ? outcome.reason.replace(/\d+/g, '#') : null;
    const isAlike = text !== null && (known === undefined || known.text === text);
    const count = isAlike ? (known?.count ?? 0) + 1 : 0;
    common.set(channel, isAlike ? { text, count } : null);
    return count === probation;
  };
}

function refusesAll(probation: number, outcome: SendOutcome): Failure {
  const { reason, hint } = outcome.kind === 'refused' ? outcome : { reason: '', hint: undefined };
  return new Failure(
    'failed',
    'bulk.refused',
    `the gateway refused the first ${probation} messages for the same reason: ${reason}`,
    hint,
  );
}
