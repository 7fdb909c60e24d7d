import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, Failure } from '../errors.ts';
import type { Bulks, Ledger } from '../ledger/api.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import { loadRenderer } from '../output/formats/format.ts';
import { pluralize, sumCounts } from '../output/units.ts';
import { summarizeBulk } from '../services/bulk/report.ts';
import { trackedBulk } from '../services/bulk/tracked-bulk.ts';
import type { Deps } from '../services/deps.ts';
import type { DispatchProgress } from '../services/dispatch/dispatcher.ts';
import { sendBulk } from '../services/dispatch/send-bulk.ts';
import { track } from '../services/track.ts';
import { concludeBulk, doubtHint, nextSteps } from '../views/bulk-exit.ts';
import { rowColumns } from '../views/bulk-messages.ts';
import { type ProgressView, progressView } from '../views/bulk-progress.ts';
import { isInteractive } from '../views/rows.ts';
import { streamRows } from '../views/rows-stream.ts';
import { rateLimits } from './limits.ts';
import { waitForOtherMachine } from './other-machine.ts';
import { explainWindow } from './recipient-guard.ts';

/** Options for the time after sending. */
export interface RunBulkOptions {
  wait: boolean;
  watch: boolean;
  /** Maximum time to follow after everything is sent, in milliseconds. */
  timeout: number;
}

/** Interval at which to ask the gateway about open messages, in milliseconds. */
const pollIntervalMs = 1_000;

/** Minimum time between two progress updates, in milliseconds. */
const progressIntervalMs = 100;

/** Time allowed for requests in flight to finish after Ctrl-C, in milliseconds. */
const shutdownGraceMs = 1_500;

/** Sends the rest of a bulk, follows it if asked to, and prints its messages. */
export async function runBulk(bulk: Bulk, options: RunBulkOptions, context: Context): Promise<ExitKind> {
  const { settings } = context;
  const deps = await context.deps();
  const flags = repeatFlags(context);
  context.setShutdownGrace(shutdownGraceMs);
  context.setResumeHint(`\`qlara bulk resume ${bulk.id}${flags}\` resumes it`);
  const problem: Problem = { accepted: 0 };
  const interactive = isInteractive(context);
  const view = await progressView(
    bulk,
    { painted: interactive || !context.io.stdout.isTTY, stays: true },
    context,
  );
  const { rowsFor } = await loadRenderer(settings.format);
  const follows = options.wait || options.watch;
  const streams = !interactive && settings.format !== 'json' && (rowsFor === 'change' || !follows);
  const changes = sendAndFollow(bulk, options, { deps, problem, view, streams, context });
  if (!streams) {
    for await (const _ of changes);
    if (!interactive)
      await streamRows(rowColumns(context), flat(deps.ledger.bulks.deliveries(bulk.id)), context);
  } else
    try {
      await streamRows(rowColumns(context), flat(onlySubmitted(withoutReturn(changes))), context);
    } finally {
      // Sending continues even when the reader has closed stdout.
      for await (const _ of changes);
    }
  if (problem.failure) throw await describeFailure(problem, problem.failure, bulk, deps.ledger, flags);
  return conclude(bulk, options, context);
}

/** The failure that ended a run early, and how far the run got. */
interface Problem {
  failure?: Failure;
  /** Messages that the gateway accepted in this run. */
  accepted: number;
}

interface RunContext {
  deps: Deps;
  problem: Problem;
  view: ProgressView;
  /** True if rows are printed as they change. */
  streams: boolean;
  context: Context;
}

/** Yields all changes. Stores a failure in `problem` for the end, so that known messages are printed first. */
async function* sendAndFollow(
  bulk: Bulk,
  { wait, watch, timeout }: RunBulkOptions,
  { deps, problem, view, streams, context }: RunContext,
): AsyncGenerator<Delivery[]> {
  const { clock } = context;
  const { bulks } = deps.ledger;
  const limits = () => rateLimits(bulk, context, deps.gateway.limit);
  const wanted = () => !context.outputClosed();
  try {
    const since = await deps.ledger.events.latestPosition();
    await waitForOtherMachine([bulk.id], deps.ledger, context);
    const run = await bulks.take(bulk.id, deps.gateway.route, clock.now());
    try {
      await bulks.stop(bulk.id, false);
      const show = async ({ underWay, pausedUntil }: Pick<DispatchProgress, 'underWay' | 'pausedUntil'>) => {
        // A ledger that is gone ends the sending, which first records what it can.
        const counts = await bulks.counts(bulk.id).catch(ignoreFailure);
        if (counts === undefined) return;
        const heldMs = Math.max((pausedUntil ?? 0) - deps.clock.monotonic(), 0);
        view.show({ what: 'sending', counts, underWay, heldMs });
      };
      let next = clock.monotonic() + progressIntervalMs;
      await show({ underWay: 0, pausedUntil: undefined });
      // Messages submitted by an earlier run are printed again, like a single message sent twice under one id.
      if (streams)
        for await (const page of bulks.deliveries(bulk.id)) {
          const known = page.filter(isSubmitted);
          if (known.length === 0) break;
          yield known;
        }
      let isExplained = bulk.common.chain[0] !== 'whatsapp';
      await deps.gateway.warmUp(bulk.rows);
      const options = { limits, concurrency: bulk.concurrency, probation: await countProbation(bulk, bulks) };
      for await (const progress of sendBulk(run, options, deps)) {
        problem.accepted = progress.accepted;
        if (clock.monotonic() >= next || progress.underWay === 0) {
          next = clock.monotonic() + progressIntervalMs;
          await show(progress);
        }
        const news = progress.changed.map(({ delivery }) => delivery);
        if (!isExplained) isExplained = explainWindow(news, context);
        if (news.length > 0) yield news;
      }
    } finally {
      // Its failure would hide why sending ended; the end of this process releases the bulk too.
      await run.release().catch(ignoreFailure);
    }
    if (!(wait || watch) || !wanted()) return;
    // The timeout limits only the wait: sending alone may take hours.
    const deadline = deps.clock.monotonic() + timeout;
    context.setResumeHint(`\`qlara bulk show ${bulk.id}${repeatFlags(context)} --watch\` continues watching`);
    const options = { intervalMs: pollIntervalMs, deadline, isWanted: wanted, since };
    for await (const changed of track(trackedBulk(bulk.id, limits, deps), options, deps)) {
      view.show({ what: 'following', counts: await bulks.counts(bulk.id), underWay: 0 });
      yield changed;
    }
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    problem.failure = cause;
  } finally {
    view.end();
  }
}

function ignoreFailure(cause: unknown): undefined {
  if (!(cause instanceof Failure)) throw cause;
}

/** Iterates without closing the source on `break`. */
async function* withoutReturn<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

async function* onlySubmitted(changes: AsyncIterable<Delivery[]>): AsyncGenerator<Delivery[]> {
  for await (const changed of changes) {
    yield changed.filter(isSubmitted);
  }
}

/** Returns true once the gateway accepted or refused a message. */
function isSubmitted({ phase }: Delivery): boolean {
  return phase === 'accepted' || phase === 'refused';
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
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

/**
 * Returns a failure that also says how many messages were sent before it and how to resume. Messages in doubt take
 * precedence over other failures.
 */
async function describeFailure(
  { accepted }: Problem,
  failure: Failure,
  { id }: Bulk,
  ledger: Ledger,
  flags: string,
): Promise<Failure> {
  const { kind, code, cause } = failure;
  const isHalt = kind === 'setup' || kind === 'gateway' || kind === 'failed';
  const sent =
    isHalt && accepted > 0
      ? `; ${pluralize(accepted, 'message')} ${accepted === 1 ? 'was' : 'were'} sent before`
      : '';
  const message = `${failure.message}${sent}`;
  // An unusable ledger cannot count the messages in doubt.
  const isKnown = isHalt && !code.startsWith('ledger.') && code !== 'bulk.running';
  const { doubt } = isKnown ? await ledger.bulks.countUnsettled(id) : { doubt: 0 };
  if (doubt > 0 || kind === 'doubt') {
    const doubts =
      kind === 'doubt' ? message : `${pluralize(doubt, 'message')} may have been sent; ${message}`;
    return new Failure('doubt', 'send.in-doubt', doubts, doubtHint(id, flags), cause);
  }
  const resumeHint =
    code === 'bulk.running'
      ? `\`qlara bulk show ${id}${flags} --watch\` follows it, \`qlara bulk stop ${id}${flags}\` stops it`
      : `\`qlara bulk resume ${id}${flags}\` resumes it: nothing is sent twice`;
  const { hint } = failure;
  return new Failure(
    kind,
    code,
    message,
    hint ? `${hint.replaceAll('\n', '; ')}; then ${resumeHint}` : resumeHint,
    cause,
  );
}

/** Prints the next steps and returns the exit kind. @throws Failure `wait.timeout` */
async function conclude(bulk: Bulk, { wait, watch }: RunBulkOptions, context: Context): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  for (const step of await nextSteps(await summarizeBulk(bulk, bulks), false, context))
    context.notices.info(step);
  return concludeBulk(bulk, wait || watch, context);
}
