import { join } from 'node:path';
import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, Failure, isSignal } from '../errors.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import { clean } from '../output/clean.ts';
import { formatDurationExactly, formatNumber, pluralize } from '../output/units.ts';
import type { Deps } from '../services/deps.ts';
import { concludeBulk } from '../views/bulk-exit.ts';
import { formatRate } from '../views/bulk-workers.ts';
import { deliveryColumns } from '../views/delivery-columns.ts';
import { streamRows } from '../views/rows-stream.ts';
import { BulkQueue, type WorkSelection } from './bulk-queue.ts';
import { readOptOuts } from './read-inbox.ts';
import { describeFailure, isSubmitted, runBulk, withoutReturn } from './run-bulk.ts';
import { sendRest } from './send-rest.ts';

/** Time between two looks for a bulk to send, in milliseconds. */
const followIntervalMs = 1_000;

/** Helps to send one bulk, and shows it as `bulk resume` does. @throws Failure `bulk.stopped` */
export async function workOnBulk(bulk: Bulk, context: Context): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  const { queued, doubt } = await bulks.countUnsettled(bulk.id);
  if (queued + doubt === 0) {
    context.notices.info('note: nothing is left to send');
    return concludeBulk(bulk, false, context);
  }
  if (!bulk.stopped) await readOptOuts(context);
  return runBulk(bulk, { wait: false, watch: false, timeout: 0, joins: true }, context);
}

/**
 * Helps to send several bulks, the oldest first, or with `follow` those that come too, until a signal ends the program or
 * all bulks that were given by their ids are done. Prints a line on stderr when a bulk begins and ends, and rows only in
 * the formats of scripts. Resolves to the most severe exit kind.
 * @throws Failure the most severe one; at once where it would end every other bulk too
 */
export async function workOnBulks(selection: WorkSelection, context: Context): Promise<ExitKind> {
  const { ids = [], follow } = selection;
  const operands = ids.map((id) => ` ${id}`).join('');
  context.setResumeHint(
    `the bulk goes on in other processes; \`qlara bulk work${operands}${repeatFlags(context)}${follow ? ' --follow' : ''}\` joins it again`,
  );
  const shift = new Shift(selection, await context.deps(), context);
  if (shift.printsRows)
    try {
      await streamRows(deliveryColumns, withoutReturn(shift.run()), context);
    } finally {
      // A bulk that has begun continues even when the reader has closed stdout.
      for await (const _ of shift.run());
    }
  else for await (const _ of shift.run());
  return shift.end();
}

/** The exit kinds from the most to the least severe. */
const bySeverity: readonly ExitKind[] = ['interrupted', 'doubt', 'setup', 'gateway', 'failed', 'ok'];

/** The work of one process on bulks. */
class Shift {
  readonly printsRows: boolean;
  readonly #follow: boolean;
  readonly #queue: BulkQueue;
  readonly #deps: Deps;
  readonly #context: Context;
  #end: ExitKind = 'ok';
  #failure: Failure | undefined;
  #running: AsyncGenerator<Delivery> | undefined;

  constructor(selection: WorkSelection, deps: Deps, context: Context) {
    const { format, columns } = context.settings;
    // A table on a terminal would be printed at the end.
    this.printsRows = format !== 'table' || (columns !== undefined && !context.io.stdout.isTTY);
    this.#follow = selection.follow;
    this.#queue = new BulkQueue(selection, deps.ledger.bulks, context.clock);
    this.#deps = deps;
    this.#context = context;
  }

  /** Works, and yields the messages that this process sends; a second call goes on where the first was left. */
  run(): AsyncGenerator<Delivery> {
    this.#running ??= this.#work();
    return this.#running;
  }

  /** Returns how the work ended. @throws Failure */
  end(): ExitKind {
    if (this.#failure) throw this.#failure;
    return this.#end;
  }

  async *#work(): AsyncGenerator<Delivery> {
    const { clock, notices } = this.#context;
    for (let isFirst = true; ; isFirst = false) {
      const next = await this.#queue.next();
      if (this.printsRows && this.#context.outputClosed()) return;
      if (next) yield* this.#send(next.bulk, next.left);
      else if (this.#queue.isOver()) {
        if (isFirst) notices.info('no bulk is left to send');
        return;
      } else {
        if (isFirst) notices.info(`waiting for bulks to send in ${await nameLedger(this.#context.settings)}`);
        await clock.sleep(followIntervalMs);
      }
    }
  }

  /** Sends a bulk. @throws Failure where the program is being stopped, or no other bulk could be sent either */
  async *#send(bulk: Bulk, left: number): AsyncGenerator<Delivery> {
    const { clock, notices } = this.#context;
    const { bulks } = this.#deps.ledger;
    const begin = clock.monotonic();
    let accepted = 0;
    const describeShare = () => {
      const ms = clock.monotonic() - begin;
      const rate = accepted > 0 && ms >= 1_000 ? `, ${formatRate((accepted * 1_000) / ms)}` : '';
      return `this process sent ${formatNumber(accepted)} in ${formatDurationExactly(ms)}${rate}`;
    };
    try {
      await readOptOuts(this.#context);
      const others = (await bulks.workers(bulk.id)).length;
      notices.info(
        `${nameBulk(bulk)}: ${formatNumber(left)} of ${pluralize(bulk.rows, 'message')} left${others > 0 ? `, ${pluralize(others, 'other')} at work` : ''}`,
      );
      for await (const progress of sendRest(bulk, { joins: true }, this.#deps, this.#context)) {
        accepted = progress.accepted;
        for (const { delivery } of progress.changed) if (isSubmitted(delivery)) yield delivery;
      }
      notices.info(`${nameBulk(bulk)}: nothing is left; ${describeShare()}`);
      this.#queue.succeed(bulk.id);
      this.#add(await concludeBulk(bulk, false, this.#context));
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      if (cause.code === 'bulk.stopped')
        notices.info(`${nameBulk(bulk)}: the bulk was paused; ${describeShare()}`);
      else notices.problem(`${nameBulk(bulk)}: ${cause.message}; ${describeShare()}`);
      await this.#fail(bulk, cause, accepted);
    }
  }

  async #fail(bulk: Bulk, cause: Failure, accepted: number): Promise<void> {
    const { kind, code } = cause;
    const isStop = code === 'bulk.stopped' || code === 'bulk.refused';
    if (isSignal(kind) && !isStop) throw cause;
    const flags = repeatFlags(this.#context);
    const failure = await describeFailure({ accepted, joins: true }, cause, bulk, this.#deps.ledger, flags);
    const isOurs = kind === 'setup' && !isStop;
    if (isOurs || (kind === 'gateway' && !this.#follow)) throw failure;
    // A bulk that was stopped is found again once it is resumed.
    if (!isStop) this.#queue.postpone(bulk.id);
    this.#add(failure.kind, failure);
  }

  #add(kind: ExitKind, failure?: Failure): void {
    if (this.#follow || bySeverity.indexOf(kind) >= bySeverity.indexOf(this.#end)) return;
    this.#end = kind;
    this.#failure = failure;
  }
}

/** Names the database or the file of the ledger, without a password. */
async function nameLedger({ ledgerUrl, stateFolder, profile }: Context['settings']): Promise<string> {
  if (ledgerUrl === undefined) return join(stateFolder, `${profile}.db`);
  const { showLedgerUrl } = await import('../ledger/postgres/url.ts');
  return showLedgerUrl(ledgerUrl);
}

function nameBulk({ id, name }: Bulk): string {
  return `bulk ${id}${name ? ` (${clean(name)})` : ''}`;
}
