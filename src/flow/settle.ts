import { Failure } from '../errors.ts';
import { timeouts } from '../gateway/exchange.ts';
import type { Known } from '../gateway/gateway.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Tools } from './tools.ts';

/** The longest a request can be under way before its own process gives it up. */
const longestRequest = timeouts.connect + timeouts.answer;

/** What there is to append once the gateway turns out to know a message. */
export function learnt(delivery: Delivery, known: Known): Event[] {
  const { receipt, earlier, gatewayId } = known;
  const first = delivery.plan.message.chain[0];
  const events: Event[] = [...earlier, receipt].map((one) => ({ kind: 'receipt', ...one }));
  if (first === undefined || (delivery.phase === 'taken' && delivery.gatewayId !== null)) return events;
  const { simulation } = delivery.plan.message;
  return [{ kind: 'accepted', at: delivery.updatedAt, channel: first, gatewayId, simulation }, ...events];
}

/**
 * From when on a message that the gateway does not know is surely not on its way to being known: the moment
 * its request ended at the latest, and the grace after it.
 */
export function safeFrom(
  delivery: Delivery,
  tools: Pick<Tools, 'isAtWork' | 'grace'>,
  now: Instant,
): Instant {
  const { intent, phase, updatedAt } = delivery;
  if (phase === 'doubt' || intent === null) return updatedAt + tools.grace;
  const ended = intent.at + longestRequest;
  // Its process is gone and so is its request; it may have left until just now.
  return (tools.isAtWork(intent.owner) ? ended : Math.min(now, ended)) + tools.grace;
}

/**
 * Finds out what became of a message whose request was left without a known end, without sending it again:
 * waits for the process that sends it, asks the gateway for its id, and gives it back for sending only when
 * the gateway does not know it and is past the time in which it could still come to know it.
 * @throws Failure `send.in-doubt` when the gateway cannot be asked
 */
export async function settle(unsettled: Delivery, tools: Tools): Promise<Delivery> {
  const { gateway, ledger, clock } = tools;
  const { id } = unsettled.plan;
  const safe = safeFrom(unsettled, tools, clock.now());
  for (let told = false; ; ) {
    clock.checkpoint();
    const current = (await ledger.find(id)) ?? unsettled;
    if (current.phase !== unsettled.phase || current.intent?.at !== unsettled.intent?.at) return current;
    const asked = clock.now();
    const known = await ask(id);
    if (known)
      return (await ledger.append(learnt(current, known).map((event) => ({ id, event })))).at(-1) ?? current;
    // What counts is when it was asked: an answer may be older than it arrives.
    if (asked >= safe) return ledger.release(current, 'the gateway has not got it', clock.now());
    const now = clock.now();
    if (!told)
      tools.note(
        `the gateway does not show ${id} yet; asking again for up to ${Math.ceil((safe - now) / 1000)} s before it is sent again`,
      );
    told = true;
    await clock.sleep(Math.min(1000, safe - now));
  }

  async function ask(id: string): Promise<Known | undefined> {
    try {
      return (await gateway.status([id])).get(id);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.kind === 'interrupted' || cause.kind === 'terminated')
        throw cause;
      throw new Failure(
        'doubt',
        'send.in-doubt',
        `${id} may have been sent, and the gateway cannot be asked: ${cause.message}`,
        `later, run \`qlara status ${id}\`, or the same command with --id ${id}: neither sends it twice`,
        cause,
      );
    }
  }
}
