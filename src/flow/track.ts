import { Failure } from '../errors.ts';
import { type Delivery, fold, isFinal } from '../message/delivery.ts';
import type { Instant } from '../message/event.ts';
import { openEar } from './ear.ts';
import { merge } from './merge.ts';
import { learnt, safeFrom } from './settle.ts';
import type { Tools } from './tools.ts';

/** Whether asking the gateway could tell anything: it may have the message, and its end is not known. */
export function isOpen(delivery: Delivery): boolean {
  return delivery.phase !== 'queued' && !isFinal(delivery);
}

/**
 * Asks the gateway once for all messages that are open, records what is new and returns those that changed.
 * A message in doubt that it does not know is given back for sending, but not sent.
 * @throws Failure when the gateway cannot be asked, within `patience` milliseconds
 */
export async function refresh(
  deliveries: readonly Delivery[],
  tools: Tools,
  patience?: number,
): Promise<Delivery[]> {
  const { gateway, ledger, clock } = tools;
  const open = deliveries.filter(isOpen);
  if (open.length === 0) return [];
  const asked = clock.now();
  const answers = await gateway.status(
    open.map(({ plan }) => plan.id),
    patience,
  );
  const changed = new Map<string, Delivery>();
  const news = open.flatMap((delivery) => {
    const { id } = delivery.plan;
    const known = answers.get(id);
    return known
      ? learnt(delivery, known)
          .filter((event) => fold(delivery, event) !== delivery)
          .map((event) => ({ id, event }))
      : [];
  });
  if (news.length > 0)
    for (const delivery of await ledger.append(news)) changed.set(delivery.plan.id, delivery);
  for (const delivery of open) {
    const { id, chat } = delivery.plan;
    // Whether the gateway knows an answer of the inbox by our id is not documented: that it does not is no news.
    if (chat !== undefined) continue;
    if (delivery.phase === 'taken' || answers.has(id) || asked < safeFrom(delivery, tools, asked)) continue;
    changed.set(id, await ledger.release(delivery, 'the gateway has not got it', clock.now()));
  }
  return [...changed.values()];
}

/**
 * Follows messages until each is final or the deadline has come, yielding every change in the groups in
 * which they became known: by asking the gateway, and from a listener where one is at work. A gateway that does not
 * answer for a while is waited for. Ends early when they are not `wanted` any more.
 * @throws Failure when the key is refused
 */
export async function* track(
  deliveries: readonly Delivery[],
  interval: number,
  deadline: Instant,
  tools: Tools,
  wanted: () => boolean = () => true,
): AsyncGenerator<Delivery[]> {
  const { clock } = tools;
  const over = clock.sleep(Math.max(deadline - clock.now(), 0)).then(() => [] as Delivery[]);
  over.catch(() => {});
  const known = new Map(deliveries.map((delivery) => [delivery.plan.id, delivery]));
  const left = () => Math.max(deadline - clock.now(), 0);
  const ear = await openEar(tools);
  // What was heard since they were read is no news to come.
  const missed: Delivery[] = [];
  for (const [id, before] of known) {
    const now = await tools.ledger.find(id);
    if (now !== undefined && JSON.stringify(now) !== JSON.stringify(before)) missed.push(now);
  }
  for (const delivery of missed) known.set(delivery.plan.id, delivery);
  if (missed.length > 0) yield missed;
  if (![...known.values()].some(isOpen)) return;

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
        if (!silent) tools.note(`${cause.message}; still trying`);
        silent = true;
        yield [];
      }
      await ear.rest(interval, deadline);
    }
  }

  for await (const changed of merge([asking, () => ear.hear((id) => known.has(id))], 2)) {
    for (const delivery of changed) known.set(delivery.plan.id, delivery);
    if (changed.length > 0) yield changed;
    if (left() === 0 || !wanted() || ![...known.values()].some(isOpen)) return;
  }
}
