import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, ignoreFailure, isSignal } from '../errors.ts';
import type { BulkRun, Bulks } from '../ledger/api.ts';
import type { Bulk } from '../message/bulk.ts';
import { sumCounts } from '../output/units.ts';
import type { Deps } from '../services/deps.ts';
import type { DispatchProgress } from '../services/dispatch/dispatcher.ts';
import { sendBulk } from '../services/dispatch/send-bulk.ts';
import { rejectOnAbort } from './import-bulk.ts';
import { rateLimits } from './limits.ts';
import { explainWindow } from './recipient-guard.ts';

/** Time allowed for requests in flight to finish after Ctrl-C, in milliseconds. */
const shutdownGraceMs = 1_500;

/** How a process takes part in sending a bulk. */
export interface SendRestOptions {
  /**
   * False for the process that the user sends the bulk with: a signal to it pauses the bulk for all. True for one that
   * helps.
   */
  joins: boolean;
}

/**
 * Takes a bulk, which it yields as a change of nothing, sends what is left of it, yields the changes, and releases it. Where the gateway refuses the first messages
 * for the same reason, the bulk is stopped for all processes.
 * @throws Failure as `Bulks.take` and `Dispatcher.run`
 */
export async function* sendRest(
  bulk: Bulk,
  { joins }: SendRestOptions,
  deps: Deps,
  context: Context,
): AsyncGenerator<DispatchProgress> {
  const { clock } = context;
  const { bulks } = deps.ledger;
  context.setShutdownGrace(shutdownGraceMs);
  const pausing = joins ? undefined : pauseOnSignal(bulk, bulks, context);
  try {
    let accepted = 0;
    for (let isOver = false, joinsNow = joins; !isOver; joinsNow = true) {
      const run = await bulks.take(bulk.id, deps.gateway.route, clock.now(), { joins: joinsNow });
      const before = accepted;
      try {
        for await (const progress of sendTaken(bulk, run, deps, context)) {
          accepted = before + progress.accepted;
          yield { ...progress, accepted };
        }
        isOver = true;
      } catch (cause) {
        if (!(cause instanceof Failure) || cause.code !== 'ledger.fenced') throw cause;
        // It may go on with what it claims from now on.
        deps.note(`note: ${cause.message}; joining the bulk again`);
      } finally {
        // Its failure would hide why sending ended; the end of this process releases the bulk too.
        await run.release().catch(ignoreFailure);
      }
    }
  } catch (cause) {
    const { kind, code } = cause instanceof Failure ? cause : {};
    if (code === 'bulk.refused') await bulks.stop(bulk.id, true);
    if (kind && isSignal(kind) && code !== 'bulk.stopped') await pausing?.pause().catch(ignoreFailure);
    throw cause;
  } finally {
    pausing?.cancel();
  }
}

/** Sends the rest of a bulk that was taken, until it is done or this worker was fenced. */
async function* sendTaken(
  bulk: Bulk,
  run: BulkRun,
  deps: Deps,
  context: Context,
): AsyncGenerator<DispatchProgress> {
  const { gateway, ledger } = deps;
  yield { changed: [], underWay: 0, inDoubt: 0, pausedUntil: undefined, accepted: 0 };
  await gateway.warmUp(bulk.rows);
  const options = {
    limits: () => rateLimits(bulk, context, gateway.limit),
    concurrency: bulk.concurrency,
    probation: await countProbation(bulk, ledger.bulks),
  };
  let isExplained = bulk.common.chain[0] !== 'whatsapp';
  for await (const progress of sendBulk(bulk.id, run, options, deps)) {
    if (!isExplained)
      isExplained = explainWindow(
        progress.changed.map(({ delivery }) => delivery),
        context,
      );
    yield progress;
  }
}

/**
 * Stops a bulk for all processes as soon as a signal ends this one, which may still wait for its requests, unless it is
 * cancelled. `pause` does so too, and resolves when it is recorded.
 */
function pauseOnSignal(
  { id }: Bulk,
  bulks: Bulks,
  context: Context,
): { pause(): Promise<void>; cancel(): void } {
  let pausing: Promise<void> | undefined;
  let isCancelled = false;
  const pause = () => {
    pausing ??= stopAll().catch((cause) => {
      context.setResumeHint(
        `the pause could not be recorded, and other processes may go on: \`qlara bulk stop ${id}${repeatFlags(context)}\` pauses them`,
      );
      throw cause;
    });
    return pausing;
  };
  rejectOnAbort(context).catch(() => (isCancelled ? undefined : pause().catch(() => {})));
  return {
    pause,
    cancel() {
      isCancelled = true;
    },
  };

  async function stopAll(): Promise<void> {
    await bulks.stop(id, true);
    const others = (await bulks.workers(id)).length - 1;
    if (others > 0)
      context.setResumeHint(
        `the bulk is paused on all machines; \`qlara bulk resume ${id}${repeatFlags(context)}\` resumes it`,
      );
  }
}

/** Number of first responses that show whether the gateway accepts the messages of a bulk at all. */
const probationLength = 20;

/** Returns how many of these responses are still to come. */
async function countProbation({ id }: Bulk, bulks: Bulks): Promise<number> {
  const counts = await bulks.counts(id);
  const answered = sumCounts(counts.filter(({ status }) => status !== 'queued' && status !== 'unknown'));
  const refused = sumCounts(counts.filter(({ status }) => status === 'rejected'));
  return answered > refused ? 0 : Math.max(probationLength - refused, 0);
}
