import { Failure, fail } from '../errors.ts';
import type { SendOutcome } from '../gateway/gateway.ts';
import { backoff, longestWait, mostRetries } from '../gateway/retry.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import { merge } from './merge.ts';
import { settle } from './settle.ts';
import type { Tools } from './tools.ts';

/** How far handing a message over has come. */
export interface Step {
  delivery: Delivery;
  /** It was known before this run, which therefore may have sent nothing. */
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
export async function* deliver(plans: readonly Plan[], tools: Tools): AsyncGenerator<Step> {
  const owner = plans.length === 1 ? tools.owner : undefined;
  const queued = await tools.ledger.queue(plans, tools.clock.now(), owner);
  let barred: Failure | null = null;
  const handing = queued.map(
    ({ delivery, isNew }) =>
      async function* (): AsyncGenerator<Step> {
        const step = (changed: Delivery, problem: Failure | null = null): Step => ({
          delivery: changed,
          repeated: !isNew,
          problem,
        });
        yield step(delivery, barred);
        if (barred) return;
        let last = delivery;
        try {
          for await (const changed of hand(delivery, isNew && owner !== undefined, tools)) {
            last = changed;
            yield step(changed);
          }
        } catch (cause) {
          if (!(cause instanceof Failure)) throw cause;
          if (cause.kind === 'setup') barred = cause;
          yield step((await tools.ledger.find(last.plan.id)) ?? last, cause);
        }
      },
  );
  yield* merge(handing, concurrency);
}

/**
 * Hands one message over, yielding it after every change; `claimed` when the right to send it is ours already.
 * @throws Failure when it cannot be handed over
 */
async function* hand(delivery: Delivery, claimed: boolean, tools: Tools): AsyncGenerator<Delivery> {
  const { gateway, ledger, clock } = tools;
  const { id } = delivery.plan;
  const patience: Patience = { sends: 0, retries: 0, until: clock.now() + longestWait };
  let ours = claimed;
  for (let current = delivery; current.phase !== 'taken' && current.phase !== 'refused'; yield current) {
    clock.checkpoint();
    if (ours) {
      ours = false;
      const outcome = await gateway.send(current.plan);
      [current = current] = await ledger.append([{ id, event: outcomeEvent(current, outcome, clock.now()) }]);
      yield current;
      clock.checkpoint();
      await react(outcome, id, patience, tools);
    } else if (current.phase === 'queued') {
      if (patience.sends === mostSends)
        fail('gateway', 'gateway.failing', `the gateway did not take ${id} in ${mostSends} tries`, again(id));
      ({ delivery: current, claimed: ours } = await ledger.claim(id, tools.owner, clock.now()));
    } else current = await settle(current, tools);
  }
}

/** What one message may still cost in tries and time. */
interface Patience {
  sends: number;
  retries: number;
  until: Instant;
}

/** Waits where waiting helps. @throws Failure where it does not, or not any more */
async function react(
  outcome: SendOutcome,
  id: string,
  patience: Patience,
  { clock, note }: Tools,
): Promise<void> {
  switch (outcome.kind) {
    case 'accepted':
    case 'refused':
      return;
    case 'barred':
      return fail('setup', outcome.code, outcome.reason, outcome.hint);
    case 'limited':
      if (clock.now() + outcome.wait > patience.until)
        fail('gateway', 'gateway.limited', `the gateway takes no more for now: ${outcome.reason}`, again(id));
      note(`the gateway asks to wait ${Math.ceil(outcome.wait / 1000)} s`);
      return clock.sleep(outcome.wait);
    case 'unsent':
      if (patience.retries === mostRetries)
        fail('gateway', 'gateway.unreachable', `the gateway cannot be reached: ${outcome.reason}`, again(id));
      return clock.sleep(backoff(patience.retries++, Math.random()));
    case 'doubt':
      patience.sends++;
      note(`no clear answer for ${id} (${outcome.reason}); asking the gateway whether it has it`);
  }
}

function again(id: string): string {
  return `nothing was sent; run the same command again with --id ${id}`;
}

function outcomeEvent({ plan }: Delivery, outcome: SendOutcome, at: number): Event {
  switch (outcome.kind) {
    case 'accepted': {
      const { gatewayId, simulation } = outcome;
      return {
        kind: 'accepted',
        at,
        channel: outcome.channel ?? plan.message.chain[0] ?? 'sms',
        gatewayId,
        simulation,
      };
    }
    case 'refused':
      return { kind: 'refused', at, reason: outcome.reason };
    case 'doubt':
      return { kind: 'doubt', at, reason: outcome.reason };
    case 'limited':
    case 'unsent':
    case 'barred':
      return { kind: 'unsent', at, reason: outcome.reason };
  }
}
