import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, Failure, ignoreFailure } from '../errors.ts';
import type { Bulks, Ledger, NumberedDelivery } from '../ledger/api.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import { loadRenderer } from '../output/formats/format.ts';
import { pluralize } from '../output/units.ts';
import { type BulkWorkerReport, measureWorker, summarizeBulk } from '../services/bulk/report.ts';
import { trackedBulk } from '../services/bulk/tracked-bulk.ts';
import type { Deps } from '../services/deps.ts';
import type { DispatchProgress } from '../services/dispatch/dispatcher.ts';
import { track } from '../services/track.ts';
import { concludeBulk, doubtHint, nextSteps } from '../views/bulk-exit.ts';
import { rowColumns } from '../views/bulk-messages.ts';
import { type ProgressView, progressView } from '../views/bulk-progress.ts';
import { isInteractive } from '../views/rows.ts';
import { streamRows } from '../views/rows-stream.ts';
import { rateLimits } from './limits.ts';
import { waitForOtherMachine } from './other-machine.ts';
import { sendRest } from './send-rest.ts';

/** Options for the time after sending. */
export interface RunBulkOptions {
  wait: boolean;
  watch: boolean;
  /** Maximum time to follow after everything is sent, in milliseconds. */
  timeout: number;
  /** True to help other processes that send the bulk, and print only the messages that this one sends. */
  joins?: boolean;
}

/** Interval at which to ask the gateway about open messages, in milliseconds. */
const pollIntervalMs = 1_000;

/** Minimum time between two progress updates, in milliseconds. */
const progressIntervalMs = 100;

/** Minimum time between two looks at the processes that send the bulk, in milliseconds. */
const workersIntervalMs = 1_000;

/** Sends the rest of a bulk, follows it if asked to, and prints its messages. */
export async function runBulk(bulk: Bulk, options: RunBulkOptions, context: Context): Promise<ExitKind> {
  const { settings } = context;
  const deps = await context.deps();
  const flags = repeatFlags(context);
  context.setResumeHint(
    options.joins
      ? `the bulk goes on in other processes; \`qlara bulk work ${bulk.id}${flags}\` joins it again`
      : `\`qlara bulk resume ${bulk.id}${flags}\` resumes it`,
  );
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
      await streamRows(rowColumns(context), flat(readRows(bulk, problem, deps.ledger)), context);
  } else
    try {
      await streamRows(rowColumns(context), flat(onlySubmitted(withoutReturn(changes))), context);
    } finally {
      // Sending continues even when the reader has closed stdout.
      for await (const _ of changes);
    }
  const { failure, accepted } = problem;
  if (failure)
    throw await describeFailure({ accepted, joins: options.joins }, failure, bulk, deps.ledger, flags);
  return conclude(bulk, options, context);
}

/** Reads the rows of a bulk; none if sending ended because the ledger cannot be read. */
async function* readRows({ id }: Bulk, problem: Problem, { bulks }: Ledger): AsyncGenerator<Delivery[]> {
  if (!isLedgerGone(problem.failure)) yield* bulks.deliveries(id);
}

/** Returns true for a failure after which the ledger does not tell what was sent. */
function isLedgerGone(failure: Failure | undefined): boolean {
  return failure !== undefined && (failure.code.startsWith('ledger.') || failure.code === 'send.unrecorded');
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
  { wait, watch, timeout, joins = false }: RunBulkOptions,
  { deps, problem, view, streams, context }: RunContext,
): AsyncGenerator<Delivery[]> {
  const { clock } = context;
  const { bulks } = deps.ledger;
  const limits = () => rateLimits(bulk, context, deps.gateway.limit);
  const wanted = () => !context.outputClosed();
  try {
    const since = await deps.ledger.events.latestPosition();
    if (!joins) await waitForOtherMachine([bulk.id], deps.ledger, context);
    const told = new ToldRows(bulk, bulks);
    let workers: BulkWorkerReport[] = [];
    let nextWorkers = 0;
    const show = async ({ underWay, pausedUntil }: Pick<DispatchProgress, 'underWay' | 'pausedUntil'>) => {
      // A ledger that is gone ends the sending, which first records what it can.
      const counts = await bulks.counts(bulk.id).catch(ignoreFailure);
      if (counts === undefined) return;
      if (clock.monotonic() >= nextWorkers) {
        nextWorkers = clock.monotonic() + workersIntervalMs;
        const found = (await bulks.workers(bulk.id).catch(ignoreFailure)) ?? [];
        workers = found.map((one) => measureWorker(one, clock.now()));
      }
      const heldMs = Math.max((pausedUntil ?? 0) - clock.monotonic(), 0);
      view.show({ what: 'sending', counts, underWay, heldMs, workers });
    };
    let next = clock.monotonic();
    let hasBegun = false;
    for await (const progress of sendRest(bulk, { joins }, deps, context)) {
      problem.accepted = progress.accepted;
      // Messages submitted by an earlier run are printed again, like a single message sent twice under one id.
      if (!hasBegun && streams && !joins) yield* told.listEarlier();
      hasBegun = true;
      if (clock.monotonic() >= next || progress.underWay === 0) {
        next = clock.monotonic() + progressIntervalMs;
        await show(progress);
      }
      told.add(progress.changed);
      const news = progress.changed.map(({ delivery }) => delivery);
      if (news.length > 0) yield news;
    }
    if (streams && !joins) yield* told.listOthers();
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
    view.end(!isLedgerGone(problem.failure));
  }
}

/** The rows of a bulk whose outcome was yielded, so that those sent by other processes can be too. */
class ToldRows {
  readonly #bulk: Bulk;
  readonly #bulks: Bulks;
  /** One for each row that was yielded, by row number. */
  readonly #told: Uint8Array;
  #count = 0;

  constructor(bulk: Bulk, bulks: Bulks) {
    this.#bulk = bulk;
    this.#bulks = bulks;
    this.#told = new Uint8Array(bulk.rows + 1);
  }

  add(rows: readonly { row: number; delivery: Delivery }[]): void {
    for (const { row, delivery } of rows) {
      if (this.#told[row] === 1 || !isSubmitted(delivery)) continue;
      this.#told[row] = 1;
      this.#count++;
    }
  }

  /** Yields the messages submitted by an earlier run: from the first row on, until a page has none. */
  async *listEarlier(): AsyncGenerator<Delivery[]> {
    for await (const page of this.#bulks.rows(this.#bulk.id)) {
      const known = this.#takeUntold(page);
      if (known.length === 0) return;
      yield known;
    }
  }

  /** Yields the messages that other processes submitted. */
  async *listOthers(): AsyncGenerator<Delivery[]> {
    const { id, rows } = this.#bulk;
    const { queued, doubt } = await this.#bulks.countUnsettled(id);
    if (this.#count >= rows - queued - doubt) return;
    for await (const page of this.#bulks.rows(id, { attempted: true })) {
      const untold = this.#takeUntold(page);
      if (untold.length > 0) yield untold;
    }
  }

  #takeUntold(page: readonly NumberedDelivery[]): Delivery[] {
    const untold = page.filter(({ row, delivery }) => this.#told[row] !== 1 && isSubmitted(delivery));
    this.add(untold);
    return untold.map(({ delivery }) => delivery);
  }
}

/** Iterates without closing the source on `break`. */
export async function* withoutReturn<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

async function* onlySubmitted(changes: AsyncIterable<Delivery[]>): AsyncGenerator<Delivery[]> {
  for await (const changed of changes) {
    yield changed.filter(isSubmitted);
  }
}

/** Returns true once the gateway accepted or refused a message. */
export function isSubmitted({ phase }: Delivery): boolean {
  return phase === 'accepted' || phase === 'refused';
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

/**
 * Returns a failure that also says how many messages were sent before it and how to resume. Messages in doubt take
 * precedence over other failures.
 */
export async function describeFailure(
  { accepted, joins = false }: Pick<Problem, 'accepted'> & { joins?: boolean | undefined },
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
  // An unusable ledger cannot count the messages in doubt; those of a running bulk are settled by its processes.
  const isKnown =
    isHalt &&
    !isLedgerGone(failure) &&
    code !== 'bulk.running' &&
    code !== 'bulk.stopped' &&
    !(await ledger.bulks.isRunning(id));
  const { doubt } = isKnown ? await ledger.bulks.countUnsettled(id) : { doubt: 0 };
  if (doubt > 0 || kind === 'doubt') {
    const doubts =
      kind === 'doubt' ? message : `${pluralize(doubt, 'message')} may have been sent; ${message}`;
    return new Failure('doubt', 'send.in-doubt', doubts, doubtHint(id, flags), cause);
  }
  const resumeHint =
    code === 'bulk.running'
      ? `\`qlara bulk show ${id}${flags} --watch\` follows it, \`qlara bulk stop ${id}${flags}\` stops it, \`qlara bulk work ${id}${flags}\` joins it`
      : joins && code !== 'bulk.stopped' && code !== 'bulk.refused'
        ? `\`qlara bulk work ${id}${flags}\` joins it again: nothing is sent twice`
        : `\`qlara bulk resume ${id}${flags}\` resumes it: nothing is sent twice`;
  // The bulk is resumed, and no command is run again.
  const hint =
    code === 'ledger.unusable' && accepted > 0 ? 'once the ledger can be used again' : failure.hint;
  return new Failure(
    kind,
    code,
    message,
    hint
      ? `${hint.replaceAll('\n', '; ')}${failure.hint === hint ? '; then' : ','} ${resumeHint}`
      : resumeHint,
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
