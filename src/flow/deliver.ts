import { Failure } from '../errors.ts';
import type { SendOutcome } from '../gateway/gateway.ts';
import { backoff, longestWait, mostRetries } from '../gateway/retry.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
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
  const queued = await tools.ledger.queue(plans, tools.clock.now());
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
          for await (const changed of hand(delivery, tools)) {
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

/** Hands one message over, yielding it after every change. @throws Failure when it cannot be handed over */
async function* hand(delivery: Delivery, tools: Tools): AsyncGenerator<Delivery> {
  const { gateway, ledger, clock } = tools;
  const { id } = delivery.plan;
  const patience = clock.now() + longestWait;
  let sends = 0;
  let retries = 0;
  for (let current = delivery; current.phase !== 'taken' && current.phase !== 'refused'; yield current) {
    if (current.phase !== 'queued') {
      current = await settle(current, tools);
      continue;
    }
    if (sends === mostSends)
      throw new Failure(
        'gateway',
        'gateway.failing',
        `the gateway did not take ${id} in ${sends} tries`,
        again(id),
      );
    clock.checkpoint();
    const { delivery: claimed, claimed: ours } = await ledger.claim(id, tools.owner, clock.now());
    current = claimed;
    if (!ours) continue;
    const outcome = await gateway.send(current.plan);
    [current = claimed] = await ledger.append([{ id, event: outcomeEvent(current, outcome, clock.now()) }]);
    switch (outcome.kind) {
      case 'barred':
        throw new Failure('setup', outcome.code, outcome.reason, outcome.hint);
      case 'limited':
        if (clock.now() + outcome.wait > patience)
          throw new Failure(
            'gateway',
            'gateway.limited',
            `the gateway takes no more for now: ${outcome.reason}`,
            again(id),
          );
        yield current;
        tools.note(`the gateway asks to wait ${Math.ceil(outcome.wait / 1000)} s`);
        await clock.sleep(outcome.wait);
        break;
      case 'unsent':
        if (retries === mostRetries)
          throw new Failure(
            'gateway',
            'gateway.unreachable',
            `the gateway cannot be reached: ${outcome.reason}`,
            again(id),
          );
        yield current;
        await clock.sleep(backoff(retries++, Math.random()));
        break;
      case 'doubt':
        sends++;
        tools.note(`no clear answer for ${id} (${outcome.reason}); asking the gateway whether it has it`);
        break;
      case 'accepted':
      case 'refused':
    }
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
