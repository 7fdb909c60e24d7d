import { Failure, fail } from '../errors.ts';
import type { SendOutcome } from '../gateway/gateway.ts';
import { backoff, maxRetries, maxTotalWaitMs } from '../gateway/http/retry.ts';
import type { Delivery } from '../message/delivery.ts';
import { isSameSend, type Plan } from '../message/message.ts';
import type { Deps } from './deps.ts';
import { merge } from './merge.ts';
import { outcomeEvent } from './outcome.ts';
import { settleDelivery } from './reconcile.ts';

/** How far handing a message over has come. */
export interface DeliveryStep {
  delivery: Delivery;
  /** Its id was known before, and this run has not sent it. */
  repeated: boolean;
  /** Why it goes no further; the last step of a message that was not handed over. */
  problem: Failure | null;
}

/** Requests under way at once. */
const concurrency = 8;

/** How often a message is sent before a gateway that answers nothing useful counts as failing. */
const mostSends = 3;

/**
 * Hands messages to the gateway, each at most once, and tells of every change. All are recorded before the
 * first leaves; what one meets is a step of it, not an error, so that the others go on. After a problem that
 * every message would meet (a refused key) the rest stay queued.
 */
export async function* deliver(plans: readonly Plan[], tools: Deps): AsyncGenerator<DeliveryStep> {
  const { ledger, gateway, clock } = tools;
  // A lone message is claimed as it is recorded: one wait for the disk less before it leaves.
  const isClaimed = plans.length === 1;
  const queued = await ledger.queue(plans, clock.now(), isClaimed ? gateway.route : undefined);
  for (const [index, plan] of plans.entries())
    if (!isSameSend(plan, queued[index]?.delivery.plan ?? plan)) throw reusedId(plan.id);
  let barred: Failure | null = null;
  const handing = plans.map(
    (plan, index) =>
      async function* (): AsyncGenerator<DeliveryStep> {
        const { delivery, isNew } = queued[index] ?? unqueued(plan);
        const tries: Tries = {
          sent: isNew,
          doubts: 0,
          retries: 0,
          until: clock.monotonic() + maxTotalWaitMs,
        };
        let last = delivery;
        const step = (problem: Failure | null = null): DeliveryStep => ({
          delivery: last,
          repeated: !tries.sent,
          problem,
        });
        yield step(barred);
        if (barred) return;
        try {
          for await (last of hand(plan, delivery, isNew && isClaimed, tries, tools)) yield step();
        } catch (cause) {
          if (!(cause instanceof Failure)) throw cause;
          if (cause.kind === 'setup') barred = cause;
          if (cause.code !== 'ledger.unusable') last = (await ledger.find(plan.id)) ?? last;
          yield step(cause);
        }
      },
  );
  yield* merge(handing, concurrency);
}

/** Says that an id stands for another message. */
export function reusedId(id: string): Failure {
  return new Failure(
    'usage',
    'id.reused',
    `the id ${id} was used before for another destination or content; nothing was sent under it`,
    'use another --id',
  );
}

function unqueued({ id }: Plan): never {
  throw new Error(`the ledger said nothing of ${id}`);
}

/**
 * Hands one message over, yielding it after every change; `claimed` when the right to send it is ours already.
 * @throws Failure when it cannot be handed over
 */
async function* hand(
  plan: Plan,
  delivery: Delivery,
  claimed: boolean,
  tries: Tries,
  tools: Deps,
): AsyncGenerator<Delivery> {
  const { ledger, clock } = tools;
  let ours = claimed;
  for (let current = delivery; current.phase !== 'accepted' && current.phase !== 'refused'; yield current) {
    clock.checkpoint();
    if (ours) {
      ours = false;
      tries.sent = true;
      const outcome = await tools.gateway.send(plan);
      current = await recorded(current, outcome, tools);
      yield current;
      clock.checkpoint();
      await react(outcome, plan.id, tries, tools);
    } else if (current.phase === 'queued') {
      if (tries.doubts === mostSends)
        fail(
          'gateway',
          'gateway.failing',
          `the gateway did not take ${plan.id} in ${mostSends} tries`,
          again(plan.id),
        );
      ({ delivery: current, claimed: ours } = await ledger.claim(plan, tools.gateway.route, clock.now()));
    } else current = await settleDelivery(current, tools);
  }
}

/** The delivery with the outcome in the ledger. @throws Failure `send.unrecorded` when it cannot be kept */
async function recorded(
  delivery: Delivery,
  outcome: SendOutcome,
  { ledger, clock, flags }: Deps,
): Promise<Delivery> {
  const { id } = delivery.plan;
  try {
    return (await ledger.append([{ id, event: outcomeEvent(delivery, outcome, clock) }]))[0] ?? delivery;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return fail(
      'doubt',
      'send.unrecorded',
      `what came of ${id} (${'reason' in outcome ? outcome.reason : 'accepted'}) could not be kept: ${cause.message}`,
      `then run \`qlara status${flags} ${id}\`, or the same command with --id ${id}: neither sends it twice`,
      cause,
    );
  }
}

/** What one message may still cost in tries and time. */
interface Tries {
  /** Whether this run is the one that sends it. */
  sent: boolean;
  /** How often nobody knew what became of its request. */
  doubts: number;
  /** How often its request did not even leave. */
  retries: number;
  /** Until when a gateway that is too busy is waited for, by the monotonic clock. */
  until: number;
}

/** Waits where waiting helps. @throws Failure where it does not, or not any more */
async function react(outcome: SendOutcome, id: string, tries: Tries, { clock, note }: Deps): Promise<void> {
  switch (outcome.kind) {
    case 'accepted':
      return;
    case 'refused':
      if (outcome.hint) note(`hint: ${outcome.hint}`);
      return;
    case 'fatal':
      return fail('setup', outcome.code, outcome.reason, outcome.hint);
    case 'rateLimited':
      if (clock.monotonic() + outcome.wait > tries.until)
        fail('gateway', 'gateway.limited', `the gateway takes no more for now: ${outcome.reason}`, again(id));
      note(`the gateway asks to wait ${Math.ceil(outcome.wait / 1000)} s`);
      return clock.sleep(outcome.wait);
    case 'notSent':
      if (tries.retries === maxRetries)
        fail('gateway', 'gateway.unreachable', `the gateway cannot be reached: ${outcome.reason}`, again(id));
      return clock.sleep(backoff(tries.retries++, Math.random()));
    case 'doubt':
      tries.doubts++;
      note(`no clear answer for ${id} (${outcome.reason}); asking the gateway whether it has it`);
  }
}

function again(id: string): string {
  return `nothing was sent; run the same command again with --id ${id}`;
}
