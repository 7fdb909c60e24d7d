import { Failure } from '../../errors.ts';
import type { RequestOutcome } from '../../gateway/gateway.ts';
import type { ClaimedRow, Ledger, RowEvent } from '../../ledger/api.ts';
import type { Delivery } from '../../message/delivery.ts';
import { isSameSend, type Plan } from '../../message/message.ts';
import { type Limit, vendorLimits } from '../../message/rate-limit.ts';
import type { Instant } from '../../message/time.ts';
import type { Deps } from '../deps.ts';
import { type BreakerPolicy, singlePolicy } from './circuit-breaker.ts';
import { Dispatcher } from './dispatcher.ts';
import type { MessageSource, SendChannel } from './message-source.ts';

/** A change of a message that is sent by itself. */
export interface DeliveryStep {
  delivery: Delivery;
  /** True if the id was known before, and this run has not sent the message. */
  repeated: boolean;
  /** Why sending ended without an acceptance or a refusal; only in the last step of a message. */
  problem: Failure | null;
}

/** How messages are sent by themselves: through a gateway, or into a conversation. */
export interface DeliverOptions {
  channel: SendChannel;
  breaker: BreakerPolicy;
  /** Returns the failure of a message that is still in doubt. */
  inDoubt(delivery: Delivery, reason: string): Failure;
}

/** Requests under way at once. */
const concurrency = 8;

/** How often a message is sent without a clear answer before the gateway counts as failing. */
const maxUnclearSends = 3;

/** Sends through the gateway, and asks its status call about doubts. */
export function gatewayChannel(deps: Deps): SendChannel {
  return {
    send: (plan, mayLeave) => deps.gateway.send(plan, mayLeave),
    async reconcile(doubts) {
      const { questionTimeoutMs, reconcile } = await import('../reconcile.ts');
      return reconcile(doubts, deps, questionTimeoutMs);
    },
  };
}

/**
 * Sends messages, each at most once, and yields every change. All of them are recorded before the first request leaves.
 * A problem is part of the steps, so that the rest is sent; a problem that every message would meet (a refused key) leaves
 * the rest queued.
 * @throws Failure `id.reused`, `ledger.unusable`, and then nothing was sent
 */
export async function* deliver(
  plans: readonly Plan[],
  deps: Deps,
  { channel, breaker, inDoubt }: DeliverOptions = {
    channel: gatewayChannel(deps),
    breaker: singlePolicy,
    inDoubt: (delivery, reason) => inDoubtAtGateway(delivery, reason, deps),
  },
): AsyncGenerator<DeliveryStep> {
  // Machines that share a ledger share the limits of the account.
  const limits = () => (deps.ledger.isShared ? vendorLimits(deps.gateway.limit) : null);
  // A message that waited with its intent recorded would be in doubt if this process died.
  const isAlone = plans.length === 1;
  if (isAlone) await waitForTurn(limits(), deps);
  const source = await SingleMessages.record(plans, deps);
  const { note } = deps;
  /** Ids of messages whose request left, or was tried, in this run. */
  const attempted = new Set<string>();
  const dispatcher = new Dispatcher(
    source,
    {
      ...channel,
      send(plan, mayLeave) {
        attempted.add(plan.id);
        return channel.send(plan, mayLeave);
      },
    },
    {
      limits: isAlone ? () => null : limits,
      sharesPauses: deps.ledger.isShared,
      concurrency: Math.min(plans.length, concurrency),
      breaker,
      maxUnclearSends,
      releasesUnsent: true,
      onOutcome: (delivery, outcome) => noteOutcome(delivery, outcome, note),
      onUnproven: ({ plan }, remainingMs) =>
        note(
          `the gateway does not show ${plan.id} yet; qlara asks again for up to ${Math.ceil(remainingMs / 1000)} s`,
        ),
    },
    deps,
  );
  const step = ({ row, delivery }: ClaimedRow, problem: Failure | null = null): DeliveryStep => ({
    delivery,
    repeated: !source.isNew(row) && !attempted.has(delivery.plan.id),
    problem,
  });
  for (const row of source.rows) yield step(row);
  try {
    for await (const { changed } of dispatcher.run()) for (const row of changed) yield step(row);
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    for (const row of source.rows) {
      const { phase } = row.delivery;
      if (phase === 'accepted' || phase === 'refused') continue;
      const isOpen = phase === 'doubt' || phase === 'sending';
      const isOurs = cause.kind === 'gateway' || cause.code === 'send.in-doubt';
      if (isOpen && isOurs)
        yield step(
          row,
          inDoubt(row.delivery, dispatcher.doubtReason(row.row) ?? row.delivery.reason ?? cause.message),
        );
      else yield step(row, cause.kind === 'gateway' ? withRetryHint(cause, plans, deps) : cause);
    }
  }
}

/** Waits that are noted, in milliseconds: a shorter one nobody notices. */
const notedWaitMs = 2_000;

/** Waits for the next slot of the limits; null for none. @throws Failure `ledger.unusable`, and as `Clock.sleep` */
async function waitForTurn(limits: readonly Limit[] | null, { ledger, clock, note }: Deps): Promise<void> {
  if (limits === null) return;
  const { from } = await ledger.bulks.reserve(limits, 1);
  const waitMs = from - clock.monotonic();
  if (waitMs > notedWaitMs)
    note(`note: the account's rate is used up; waiting ${Math.ceil(waitMs / 1_000)} s for a turn`);
  if (waitMs > 0) await clock.sleep(waitMs);
}

/** Returns the failure of an id that stands for another message. */
export function reusedId(id: string): Failure {
  return new Failure(
    'usage',
    'id.reused',
    `the id ${id} was used before for another destination or content; nothing was sent under it`,
    'use another --id',
  );
}

function inDoubtAtGateway({ plan: { id } }: Delivery, reason: string, { flags }: Deps): Failure {
  return new Failure(
    'doubt',
    'send.in-doubt',
    `${id} may have been sent: ${reason}`,
    `\`qlara status${flags} ${id}\` asks again and never sends; \`qlara resolve${flags} ${id} --sent --reason TEXT\` (or --not-sent) settles it by hand`,
  );
}

function withRetryHint(
  { kind, code, message, cause }: Failure,
  plans: readonly Plan[],
  { flags }: Deps,
): Failure {
  const [only, ...others] = plans;
  const hint =
    only && others.length === 0
      ? `nothing was sent; run the same command again with --id ${only.id}`
      : `run the command again for each destination that \`qlara status${flags} --status queued\` shows, with its --id`;
  return new Failure(kind, code, message, hint, cause);
}

function noteOutcome({ plan }: Delivery, outcome: RequestOutcome, note: (text: string) => void): void {
  if (outcome.kind === 'refused' && outcome.hint) note(`hint: ${outcome.hint}`);
  if (outcome.kind === 'doubt')
    note(`no clear answer for ${plan.id} (${outcome.reason}); asking the gateway whether it has it`);
}

/** Messages sent by themselves, as the ledger keeps them. Other processes may send and settle the same ones. */
class SingleMessages implements MessageSource {
  readonly rows: readonly ClaimedRow[];
  readonly #plans: readonly Plan[];
  readonly #new: readonly boolean[];
  readonly #ledger: Ledger;
  readonly #route: string;
  readonly #flags: string;
  readonly #clock: Deps['clock'];
  /** A lone new message is claimed as it is recorded, which saves a commit. */
  readonly #claimed: ClaimedRow[];
  readonly #waiting: ClaimedRow[];

  private constructor(
    plans: readonly Plan[],
    queued: readonly { delivery: Delivery; isNew: boolean }[],
    { ledger, gateway, flags, clock }: Deps,
  ) {
    this.#plans = plans;
    this.#ledger = ledger;
    this.#route = gateway.route;
    this.#flags = flags;
    this.#clock = clock;
    this.#new = queued.map(({ isNew }) => isNew);
    this.rows = queued.map(({ delivery }, row) => ({ row, delivery, claim: null }));
    const isClaimed = plans.length === 1 && this.#new[0] === true;
    this.#claimed = isClaimed ? [...this.rows] : [];
    this.#waiting = this.rows.filter(({ delivery }) => delivery.phase === 'queued');
  }

  /** Records the messages; those whose id is known stay as they are. @throws Failure `id.reused` */
  static async record(plans: readonly Plan[], deps: Deps): Promise<SingleMessages> {
    const { ledger, gateway, clock } = deps;
    const route = plans.length === 1 ? gateway.route : undefined;
    const queued = await ledger.queue(plans, clock.now(), route);
    for (const [index, plan] of plans.entries())
      if (!isSameSend(plan, queued[index]?.delivery.plan ?? plan)) throw reusedId(plan.id);
    return new SingleMessages(plans, queued, deps);
  }

  isNew(row: number): boolean {
    return this.#new[row] === true;
  }

  async commitAndClaim(events: readonly RowEvent[], max: number, now: Instant) {
    await this.#record(events, now);
    const claimed = this.#claimed.splice(0, max);
    const settled: ClaimedRow[] = [];
    const unsettled: ClaimedRow[] = [];
    while (claimed.length + settled.length + unsettled.length < max) {
      const row = this.#waiting.shift();
      if (row === undefined) break;
      const plan = this.#plans[row.row] ?? row.delivery.plan;
      const claim = await this.#ledger.claim(plan, this.#route, now);
      row.delivery = claim.delivery;
      const { phase } = claim.delivery;
      const isSettled = phase === 'accepted' || phase === 'refused';
      (claim.claimed ? claimed : isSettled ? settled : unsettled).push(row);
    }
    return { claimed, settled, unsettled, stopped: false };
  }

  /** @throws Failure `send.unrecorded` where an outcome cannot be recorded */
  async #record(events: readonly RowEvent[], now: Instant): Promise<void> {
    try {
      // Another process may give a message back too, and send it: only one of them may.
      const isGivenBack = ({ target, event }: RowEvent) =>
        event.kind === 'unsent' && target.delivery.phase === 'doubt';
      const others = events.filter((one) => !isGivenBack(one));
      for (const { target: row, event } of events.filter(isGivenBack))
        if (event.kind === 'unsent')
          row.delivery = await this.#ledger.release(row.delivery, event.reason, now);
      const after = await this.#append(others);
      others.forEach(({ target: row }, index) => {
        row.delivery = after[index] ?? row.delivery;
      });
      for (const { target: row } of events) this.#queueAgain(row);
    } catch (cause) {
      throw cause instanceof Failure ? this.#unrecorded(events, cause) : cause;
    }
  }

  async #append(events: readonly RowEvent[]): Promise<Delivery[]> {
    if (events.length === 0) return [];
    return this.#ledger.append(events.map(({ target, event }) => ({ id: target.delivery.plan.id, event })));
  }

  #queueAgain(row: ClaimedRow): void {
    if (row.delivery.phase === 'queued' && !this.#waiting.includes(row)) this.#waiting.push(row);
  }

  #unrecorded(events: readonly RowEvent[], cause: Failure): Failure {
    const lost = events.filter(({ event }) => event.kind !== 'unsent');
    if (lost.length === 0) return cause;
    const outcomes = lost.map(({ target, event }) => {
      const outcome = 'reason' in event ? event.reason : 'accepted';
      return `${target.delivery.plan.id} (${outcome})`;
    });
    const ids = lost.map(({ target }) => target.delivery.plan.id).join(' ');
    return new Failure(
      'doubt',
      'send.unrecorded',
      `the outcome of ${outcomes.join(', ')} could not be recorded: ${cause.message}`,
      `once the ledger can be used again, \`qlara status${this.#flags} ${ids}\` tells whether they were sent; nothing is sent twice`,
      cause,
    );
  }

  async *listDoubts(): AsyncGenerator<ClaimedRow[]> {
    const open = this.rows.filter(
      (row) =>
        !this.#claimed.includes(row) && (row.delivery.phase === 'sending' || row.delivery.phase === 'doubt'),
    );
    if (open.length > 0) yield open;
  }

  async refresh(rows: readonly ClaimedRow[]): Promise<void> {
    for (const row of rows) {
      row.delivery = await this.#ledger.abandon(row.delivery, this.#clock.now());
      this.#queueAgain(row);
    }
  }

  isStale(): boolean {
    return this.#ledger.isStale();
  }

  confirm(): Promise<void> {
    return this.#ledger.confirm();
  }
}
