import { Failure } from '../errors.ts';
import type { StatusRef } from '../gateway/gateway.ts';
import { applyEvent, type Delivery, isFinal } from '../message/delivery.ts';
import { isFailed } from '../message/event.ts';
import type { Deps } from './deps.ts';
import { absentReason } from './dispatch/settler.ts';
import { watchLedger } from './ledger-watcher.ts';
import { merge } from './merge.ts';
import { eventsFromStatus, reconcile } from './reconcile.ts';

/** Whether asking the gateway could tell anything: it may have the message, and its end is not known. */
export function isPending(delivery: Delivery): boolean {
  return delivery.phase !== 'queued' && !isFinal(delivery);
}

/**
 * Asks the gateway once for all messages that are open, records what is new and returns those that changed.
 * A message in doubt that is proven to be absent is given back for sending, but not sent.
 * @throws Failure when the gateway cannot be asked, within `timeoutMs` milliseconds
 */
export async function refresh(
  deliveries: readonly Delivery[],
  tools: Deps,
  timeoutMs?: number,
): Promise<Delivery[]> {
  const { gateway, ledger, clock } = tools;
  const open = deliveries.filter(isPending);
  const changed = new Map<string, Delivery>();
  const sent = open.filter(({ phase }) => phase === 'accepted');
  if (sent.length > 0) {
    const answers = await gateway.status(sent.map(openChannels), timeoutMs);
    const news = sent.flatMap((delivery) => {
      const { id } = delivery.plan;
      return eventsFromStatus(delivery, answers.get(id) ?? [])
        .filter((event) => applyEvent(delivery, event) !== delivery)
        .map((event) => ({ id, event }));
    });
    if (news.length > 0)
      for (const delivery of await ledger.append(news)) changed.set(delivery.plan.id, delivery);
  }
  const doubts: Delivery[] = [];
  for (const delivery of open) {
    // The gateway does not know an answer of the inbox by our id: its conversation tells.
    if (delivery.phase === 'accepted' || delivery.plan.chat !== undefined) continue;
    const now = await ledger.abandon(delivery, clock.now());
    if (now.phase !== delivery.phase) changed.set(now.plan.id, now);
    if (now.phase === 'doubt' || now.phase === 'sending') doubts.push(now);
  }
  if (doubts.length === 0) return [...changed.values()];
  const findings = await reconcile(doubts, tools);
  for (const delivery of doubts) {
    const { id } = delivery.plan;
    const finding = findings.get(id);
    if (finding?.kind === 'accepted')
      for (const after of await ledger.append(finding.events.map((event) => ({ id, event }))))
        changed.set(id, after);
    else if (finding?.kind === 'absent')
      changed.set(id, await ledger.release(delivery, absentReason, clock.now()));
  }
  return [...changed.values()];
}

/** The channels that can tell something new of a message: the first, and once it has failed those that follow it. */
function openChannels({ plan, gatewayId, attempts }: Delivery): StatusRef {
  const { chain } = plan.message;
  const failed = new Set(attempts.filter(({ status }) => isFailed(status)).map(({ channel }) => channel));
  const heard = attempts.some(({ status }) => status !== 'submitted');
  const [first] = chain;
  const others = attempts.map(({ channel }) => channel).filter((channel) => !chain.includes(channel));
  const left = [...chain, ...others].filter((channel) => !failed.has(channel));
  const channels = heard && left.length > 0 ? left : [first ?? 'sms'];
  return { id: plan.id, gatewayId, channels };
}

/**
 * Follows messages until each is final or the deadline of the monotonic clock has come, yielding every change in the groups in
 * which they became known: by asking the gateway, and from a listener where one is at work. A gateway that does not
 * answer for a while is waited for. Ends early when they are not `wanted` any more.
 * @throws Failure when the key is refused
 */
export async function* track(
  deliveries: readonly Delivery[],
  interval: number,
  deadline: number,
  tools: Deps,
  wanted: () => boolean = () => true,
): AsyncGenerator<Delivery[]> {
  const { clock } = tools;
  const over = clock.sleep(Math.max(deadline - clock.monotonic(), 0)).then(() => [] as Delivery[]);
  over.catch(() => {});
  const known = new Map(deliveries.map((delivery) => [delivery.plan.id, delivery]));
  const left = () => Math.max(deadline - clock.monotonic(), 0);
  const ear = await watchLedger(tools);
  // What was heard since they were read is no news to come.
  const missed: Delivery[] = [];
  for (const [id, before] of known) {
    const now = await tools.ledger.find(id);
    if (now !== undefined && JSON.stringify(now) !== JSON.stringify(before)) missed.push(now);
  }
  for (const delivery of missed) known.set(delivery.plan.id, delivery);
  if (missed.length > 0) yield missed;
  if (![...known.values()].some(isPending)) return;

  let isEnded = false;
  async function* asking(): AsyncGenerator<Delivery[]> {
    for (let silent = false; ; ) {
      try {
        const asked = refresh([...known.values()], tools, left());
        // Answered too late, nobody is there to hear of it.
        asked.catch(() => {});
        yield await Promise.race([asked, over]);
        silent = false;
      } catch (cause) {
        if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
        // Nobody waits for this answer any more, and the error has been told.
        if (isEnded) return;
        if (!silent) tools.note(`${cause.message}; still trying`);
        silent = true;
        yield [];
      }
      await ear.waitForNextPoll(interval, deadline);
    }
  }

  try {
    for await (const changed of merge([asking, () => ear.changes((id) => known.has(id))], 2)) {
      for (const delivery of changed) known.set(delivery.plan.id, delivery);
      if (changed.length > 0) yield changed;
      if (left() === 0 || !wanted() || ![...known.values()].some(isPending)) return;
    }
  } finally {
    isEnded = true;
  }
}
