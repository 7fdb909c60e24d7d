import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, Failure } from '../errors.ts';
import type { Bulks, Ledger } from '../ledger/api.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import { loadRenderer } from '../output/formats/format.ts';
import { pluralize, sumCounts } from '../output/units.ts';
import { followBulk } from '../services/bulk/follow.ts';
import { summarizeBulk } from '../services/bulk/report.ts';
import type { Deps } from '../services/deps.ts';
import type { DispatchProgress } from '../services/dispatch/dispatcher.ts';
import { sendBulk } from '../services/dispatch/send-bulk.ts';
import { concludeBulk, doubtHint, nextSteps } from '../views/bulk-exit.ts';
import { rowColumns } from '../views/bulk-messages.ts';
import { type ProgressView, progressView } from '../views/bulk-progress.ts';
import { isInteractive } from '../views/rows.ts';
import { streamRows } from '../views/rows-stream.ts';
import { rateLimits } from './limits.ts';
import { waitForOtherMachine } from './other-machine.ts';
import { explainWindow } from './recipient-guard.ts';

/** What a run does besides sending. */
export interface RunBulkOptions {
  wait: boolean;
  watch: boolean;
  /** How long to follow once all is sent, in milliseconds. */
  timeout: number;
}

/** How often the gateway is asked about all that is open, in milliseconds. */
const interval = 1_000;

/** While it is sent quickly, it is said how far it has come once in so many milliseconds. */
const glance = 100;

/** How long requests under way may take to end after Ctrl-C, in milliseconds. */
const patience = 1_500;

/** Sends what is left of a bulk, follows it where asked to, and prints its messages. */
export async function runBulk(bulk: Bulk, following: RunBulkOptions, context: Context): Promise<ExitKind> {
  const { settings } = context;
  const tools = await context.deps();
  const flags = repeatFlags(context);
  context.setShutdownGrace(patience);
  context.setResumeHint(`\`qlara bulk resume ${bulk.id}${flags}\` resumes it`);
  const problem: Problem = { accepted: 0 };
  const eyes = isInteractive(context);
  const view = await progressView(bulk, { painted: eyes || !context.io.stdout.isTTY, stays: true }, context);
  const { rowsFor } = await loadRenderer(settings.format);
  const follows = following.wait || following.watch;
  const tells = !eyes && settings.format !== 'json' && (rowsFor === 'change' || !follows);
  const changes = changing(bulk, following, { tools, problem, view, tells, context });
  if (!tells) {
    for await (const _ of changes);
    if (!eyes) await streamRows(rowColumns(context), flat(tools.ledger.bulks.deliveries(bulk.id)), context);
  } else
    try {
      await streamRows(rowColumns(context), flat(handed(lent(changes))), context);
    } finally {
      // Nobody reading any more is no reason not to send.
      for await (const _ of changes);
    }
  if (problem.failure) throw await gravest(problem, problem.failure, bulk, tools.ledger, flags);
  return conclusion(bulk, following, context);
}

/** The work that keeps a run from its end, and how far it has come. */
interface Problem {
  failure?: Failure;
  /** Messages that the gateway accepted in this run. */
  accepted: number;
}

interface Means {
  tools: Deps;
  problem: Problem;
  view: ProgressView;
  /** Whether rows are printed as they come. */
  tells: boolean;
  context: Context;
}

/** All that changes; a problem is kept for the end, so that what is known is printed first. */
async function* changing(
  bulk: Bulk,
  { wait, watch, timeout }: RunBulkOptions,
  { tools, problem, view, tells, context }: Means,
): AsyncGenerator<Delivery[]> {
  const { clock } = context;
  const { bulks } = tools.ledger;
  const limits = () => rateLimits(bulk, context, tools.gateway.limit);
  const wanted = () => !context.outputClosed();
  try {
    const since = await tools.ledger.events.latestPosition();
    await waitForOtherMachine([bulk.id], tools.ledger, context);
    const run = await bulks.take(bulk.id, tools.gateway.route, clock.now());
    try {
      await bulks.stop(bulk.id, false);
      const show = async ({ underWay, pausedUntil }: Pick<DispatchProgress, 'underWay' | 'pausedUntil'>) =>
        view.show({ what: 'sending', counts: await bulks.counts(bulk.id), underWay, pausedUntil });
      let next = clock.monotonic() + glance;
      await show({ underWay: 0, pausedUntil: undefined });
      // What was handed over before is told again, as is a message sent twice under one id.
      if (tells)
        for await (const page of bulks.deliveries(bulk.id)) {
          const known = page.filter(isHanded);
          if (known.length === 0) break;
          yield known;
        }
      let isExplained = bulk.common.chain[0] !== 'whatsapp';
      await tools.gateway.warmUp(bulk.rows);
      const options = { limits, concurrency: bulk.concurrency, probation: await probationOf(bulk, bulks) };
      for await (const progress of sendBulk(run, options, tools)) {
        problem.accepted = progress.accepted;
        if (clock.monotonic() >= next || progress.underWay === 0) {
          next = clock.monotonic() + glance;
          await show(progress);
        }
        const news = progress.changed.map(({ delivery }) => delivery);
        if (!isExplained) isExplained = explainWindow(news, context);
        if (news.length > 0) yield news;
      }
    } finally {
      await run.release();
    }
    if (!(wait || watch) || !wanted()) return;
    // Sending alone may take hours; what is bounded is the wait for what was sent.
    const deadline = clock.monotonic() + timeout;
    context.setResumeHint(`\`qlara bulk show ${bulk.id}${repeatFlags(context)} --watch\` continues watching`);
    for await (const changed of followBulk(bulk.id, { limits, deadline, wanted, interval, since }, tools)) {
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

/** The same, for somebody who may stop listening without ending it. */
async function* lent<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

/** Those that are handed over. */
async function* handed(changes: AsyncIterable<Delivery[]>): AsyncGenerator<Delivery[]> {
  for await (const changed of changes) {
    yield changed.filter(isHanded);
  }
}

function isHanded({ phase }: Delivery): boolean {
  return phase === 'accepted' || phase === 'refused';
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

/** The first answers of a bulk tell whether the gateway takes such messages at all. */
const probation = 20;

/** How many of them are still to come. */
async function probationOf({ id }: Bulk, bulks: Bulks): Promise<number> {
  const counts = await bulks.counts(id);
  const answered = sumCounts(counts.filter(({ status }) => status !== 'queued' && status !== 'unknown'));
  const refused = sumCounts(counts.filter(({ status }) => status === 'rejected'));
  return answered > refused ? 0 : Math.max(probation - refused, 0);
}

/** The failure that tells, with how many messages were sent before it and how to go on: a doubt goes before others. */
async function gravest(
  { accepted }: Problem,
  failure: Failure,
  { id }: Bulk,
  ledger: Ledger,
  flags: string,
): Promise<Failure> {
  const { kind, code, cause } = failure;
  const isHalt = kind === 'setup' || kind === 'gateway' || kind === 'failed';
  const sent = isHalt && accepted > 0 ? `; ${pluralize(accepted, 'message')} were sent before` : '';
  const message = `${failure.message}${sent}`;
  // Of a ledger that cannot be used nobody knows how many are in doubt.
  const isKnown = isHalt && code !== 'ledger.unusable' && code !== 'bulk.running';
  const { doubt } = isKnown ? await ledger.bulks.countUnsettled(id) : { doubt: 0 };
  if (doubt > 0 || kind === 'doubt') {
    const doubts =
      kind === 'doubt' ? message : `${pluralize(doubt, 'message')} may have been sent; ${message}`;
    return new Failure('doubt', 'send.in-doubt', doubts, doubtHint(id, flags), cause);
  }
  const onward =
    code === 'bulk.running'
      ? `\`qlara bulk show ${id}${flags} --watch\` follows it, \`qlara bulk stop ${id}${flags}\` stops it`
      : `\`qlara bulk resume ${id}${flags}\` resumes it: nothing is sent twice`;
  const { hint } = failure;
  return new Failure(
    kind,
    code,
    message,
    hint ? `${hint.replaceAll('\n', '; ')}; then ${onward}` : onward,
    cause,
  );
}

/** Says what failed, and how it ended. @throws Failure `wait.timeout` */
async function conclusion(bulk: Bulk, { wait, watch }: RunBulkOptions, context: Context): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  for (const step of nextSteps(await summarizeBulk(bulk, bulks), false, context)) context.notices.info(step);
  return concludeBulk(bulk, wait || watch, context);
}
