import { Failure } from '../../errors.ts';
import { type Delivery, isFinal } from '../../message/delivery.ts';
import type { Limit } from '../../message/rate-limit.ts';
import type { Deps } from '../deps.ts';
import { openRateLimiter } from '../dispatch/rate-limiter.ts';
import { watchLedger } from '../ledger-watcher.ts';
import { merge } from '../merge.ts';
import { isPending, refresh } from '../track.ts';

/** How the messages of a bulk are asked about. */
export interface FollowOptions {
  /** Null: as fast as the gateway answers. */
  limits(): readonly Limit[] | null;
  /** By the monotonic clock. */
  deadline: number;
  /** Whether anybody still wants to know. */
  wanted(): boolean;
}

/** Messages asked for in one request. */
const batch = 100;

/**
 * Follows the messages of a bulk that were sent, from the place `since` in the news on, until each is final or the deadline has come, yielding what changed
 * in the groups in which it became known. Holds no more than a page of them. While another process sends the bulk,
 * its messages are waited for. A gateway that does not answer for a while is too.
 * @throws Failure when the key is refused
 */
export async function* followBulk(
  id: string,
  { limits, deadline, wanted, interval, since }: FollowOptions & { interval: number; since?: number },
  tools: Deps,
): AsyncGenerator<Delivery[]> {
  const { clock, ledger } = tools;
  let silent = false;
  const trouble = (cause: unknown) => {
    if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
    if (!silent && !isEnded) tools.note(`${cause.message}; still trying`);
    silent = true;
  };
  let isEnded = false;
  const round = asking(id, { limits, deadline, wanted }, tools);
  const ear = await watchLedger(tools, since);
  const left = () => Math.max(deadline - clock.monotonic(), 0);

  /** Yields undefined where nothing more can become known. */
  async function* rounds(): AsyncGenerator<Delivery[] | undefined> {
    for (;;) {
      const sent = await ledger.bulks.isRunning(id);
      let open = 0;
      for await (const { changed, asked } of round(trouble)) {
        open += asked - (changed?.filter(isFinal).length ?? 0);
        if (changed === undefined) continue;
        silent = false;
        if (changed.length > 0) yield changed;
      }
      // What another process has sent meanwhile is news too.
      if (sent) yield [];
      if ((open === 0 && !sent) || left() === 0 || !wanted()) return yield undefined;
      await ear.waitForNextPoll(interval, deadline);
    }
  }

  /** Heard, and not yet yielded: what is heard while the last round ends must not be lost with it. */
  const unseen: Delivery[] = [];
  const ofBulk = (found: readonly Delivery[]) => found.filter(({ bulk }) => bulk === id);

  async function* heard(): AsyncGenerator<Delivery[] | undefined> {
    for await (const found of ear.changes(() => true)) {
      unseen.push(...ofBulk(found));
      if (unseen.length > 0) yield [];
      if ((await ledger.bulks.counts(id)).every(({ final }) => final)) yield undefined;
    }
  }

  // What was heard while it was being sent has been told of, at most, as it stood then.
  const missed = ofBulk(await ear.catchUp(() => true));
  if (missed.length > 0) yield missed;
  try {
    for await (const changed of merge([rounds, heard], 2)) {
      if (changed === undefined) unseen.push(...ofBulk(await ear.catchUp(() => true)));
      if (unseen.length > 0) yield unseen.splice(0);
      if (changed === undefined) return;
      yield changed;
    }
  } finally {
    isEnded = true;
  }
}

/**
 * Asks the gateway once about all messages of a bulk that are open, yielding what changed.
 * @throws Failure when the gateway cannot be asked
 */
export async function* askOnce(id: string, how: FollowOptions, tools: Deps): AsyncGenerator<Delivery[]> {
  const round = asking(id, how, tools);
  const refuse = (cause: unknown): never => {
    throw cause;
  };
  for await (const { changed } of round(refuse)) if (changed?.length) yield changed;
}

/** Makes rounds of asking, which share a pace. Each step says how many it asked for, and what changed if it was told. */
function asking(id: string, { limits, deadline, wanted }: FollowOptions, tools: Deps) {
  const { ledger, clock } = tools;
  const nobody = () => {};
  const pacer = openRateLimiter(limits, ledger.bulks, clock, nobody, nobody);
  return async function* (
    trouble: (cause: unknown) => void,
  ): AsyncGenerator<{ asked: number; changed: Delivery[] | undefined }> {
    for await (const page of ledger.bulks.deliveries(id, { open: true, attempted: true })) {
      // What is in doubt while another process sends is its to settle: given back by two, it would be sent twice.
      const sent = await ledger.bulks.isRunning(id);
      const open = page.filter((one) => isPending(one) && (!sent || one.phase === 'accepted'));
      for (let at = 0; at < open.length; at += batch) {
        const left = deadline - clock.monotonic();
        if (left <= 0 || !wanted()) return;
        const some = open.slice(at, at + batch);
        let changed: Delivery[] | undefined;
        try {
          await pacer.acquire();
          changed = await refresh(some, tools, left);
        } catch (cause) {
          trouble(cause);
        }
        yield { asked: some.length, changed };
      }
    }
  };
}
