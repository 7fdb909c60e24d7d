import type { Gateway, MessageStatus, StatusRef } from '../gateway/gateway.ts';
import { applyEvent, type Delivery, isFinal } from '../message/delivery.ts';
import { isFailed } from '../message/event.ts';
import type { Deps } from './deps.ts';
import { absentReason } from './dispatch/settler.ts';
import { type LedgerWatcher, watchLedger } from './ledger-watcher.ts';
import { merge } from './merge.ts';
import { tolerateOutages } from './poll.ts';
import { eventsFromStatus, reconcile } from './reconcile.ts';

/** Reports whether the gateway can tell more about a message: it may have it, and its final status is not known. */
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
  deps: Deps,
  timeoutMs?: number,
): Promise<Delivery[]> {
  const { gateway, ledger, clock } = deps;
  const open = deliveries.filter(isPending);
  const changed = new Map<string, Delivery>();
  const sent = open.filter((delivery) => delivery.phase === 'accepted' && isDue(delivery, deps));
  if (sent.length > 0) {
    const answers = await askStatus(sent, gateway, timeoutMs);
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
  const findings = await reconcile(doubts, deps);
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

/** Asks about accepted messages; about those that are not listed, also on other channels to which the gateway may move them. */
async function askStatus(
  sent: readonly Delivery[],
  gateway: Gateway,
  timeoutMs: number | undefined,
): Promise<Map<string, MessageStatus[]>> {
  const refs = sent.map(openChannels);
  const answers = await gateway.status(refs, timeoutMs);
  const unlisted = sent.flatMap(({ plan, gatewayId }, index) => {
    const asked = refs[index]?.channels ?? [];
    const channels = gateway
      .listChannels(plan.message)
      .filter((channel) => !asked.includes(channel) && !plan.message.chain.includes(channel));
    return answers.has(plan.id) || channels.length === 0 ? [] : [{ id: plan.id, gatewayId, channels }];
  });
  if (unlisted.length > 0)
    for (const [id, statuses] of await gateway.status(unlisted, timeoutMs)) answers.set(id, statuses);
  return answers;
}

/** Reports whether a message has left the gateway: one that is planned for later has no status before its time. */
function isDue({ plan }: Delivery, { clock, grace }: Pick<Deps, 'clock' | 'grace'>): boolean {
  const { scheduledAt } = plan.message;
  return scheduledAt == null || scheduledAt + grace <= clock.now();
}

/**
 * The channels that can tell something new of a message: the one that took it, and once there are receipts those that have
 * not failed.
 */
function openChannels({ plan, gatewayId, attempts }: Delivery): StatusRef {
  const { chain } = plan.message;
  const failed = new Set(attempts.filter(({ status }) => isFailed(status)).map(({ channel }) => channel));
  const hasReceipt = attempts.some(({ status }) => status !== 'submitted' && status !== 'rejected');
  const taken = attempts.at(-1)?.channel ?? chain[0] ?? 'sms';
  const others = attempts.map(({ channel }) => channel).filter((channel) => !chain.includes(channel));
  const left = [...chain, ...others].filter((channel) => !failed.has(channel));
  const channels = hasReceipt && left.length > 0 ? left : [taken];
  return { id: plan.id, gatewayId, channels };
}

/** Messages that are tracked together. */
export interface TrackedSet {
  /** Yields the messages that may still change, as they stand, in pages. */
  pages(): AsyncIterable<readonly Delivery[]>;
  /** Messages in one question, at most. */
  readonly batchSize: number;
  includes(delivery: Delivery): boolean;
  /** Returns the changes that were recorded before tracking began. */
  catchUp(watcher: LedgerWatcher): Promise<Delivery[]>;
  /** Takes over changes. */
  update(changed: readonly Delivery[]): void;
  /** True while another process adds messages. */
  isGrowing(): Promise<boolean>;
  /** True if nothing can change any more, by the ledger alone. */
  isSettled(): Promise<boolean>;
  /** Resolves when a question may leave. */
  acquire(): Promise<void>;
}

export interface TrackOptions {
  /** Time between two rounds of questions, in milliseconds; longer while webhooks come in. */
  intervalMs: number;
  /** By the monotonic clock. */
  deadline: number;
  /** False once the caller wants no more changes. */
  isWanted(): boolean;
  /** The position in the recorded events to start from; the present one by default. */
  since?: number;
}

/**
 * Tracks messages until each is final or the deadline has come, and yields every change: by pollGateway the gateway, and from
 * the ledger, where a listener records webhooks. A gateway that cannot answer for a while is asked again.
 * @throws Failure when the key is refused
 */
export async function* track(set: TrackedSet, options: TrackOptions, deps: Deps): AsyncGenerator<Delivery[]> {
  const { clock } = deps;
  const { deadline, isWanted, intervalMs } = options;
  const watcher = await watchLedger(deps, options.since);
  const left = () => Math.max(deadline - clock.monotonic(), 0);
  /** Changes not yielded yet. Both sources add to them, so none is lost when one of them ends the tracking. */
  const changes: Delivery[] = [];
  const collect = (found: readonly Delivery[]) => {
    const own = found.filter((delivery) => set.includes(delivery));
    set.update(own);
    changes.push(...own);
  };
  let isEnded = false;
  const ask = tolerateOutages((text) => {
    if (!isEnded) deps.note(text);
  });

  async function* pollGateway(): AsyncGenerator<'changed' | 'done'> {
    for (;;) {
      const isGrowing = await set.isGrowing();
      let open = 0;
      for await (const { asked, changed } of askRound(set, ask, options, deps)) {
        open += asked - (changed?.filter((delivery) => !isPending(delivery)).length ?? 0);
        collect(changed ?? []);
        yield 'changed';
      }
      if ((open === 0 && !isGrowing) || left() === 0 || !isWanted()) return yield 'done';
      await watcher.waitForNextPoll(intervalMs, deadline);
    }
  }

  async function* watchWebhooks(): AsyncGenerator<'changed' | 'done'> {
    for await (const found of watcher.changes(() => true)) {
      collect(found);
      yield (await set.isSettled()) ? 'done' : 'changed';
    }
  }

  collect(await set.catchUp(watcher));
  if (changes.length > 0) yield changes.splice(0);
  try {
    for await (const signal of merge([pollGateway, watchWebhooks], 2)) {
      if (signal === 'done') collect(await watcher.catchUp(() => true));
      if (changes.length > 0) yield changes.splice(0);
      if (signal === 'done' || !isWanted()) return;
    }
  } finally {
    isEnded = true;
  }
}

/**
 * Asks the gateway once about all messages of a set, and yields the changes.
 * @throws Failure when the gateway cannot be asked
 */
export async function* refreshAll(
  set: TrackedSet,
  options: Pick<TrackOptions, 'deadline' | 'isWanted'>,
  deps: Deps,
): AsyncGenerator<Delivery[]> {
  const ask = <T>(question: () => Promise<T>): Promise<T | undefined> => question();
  for await (const { changed } of askRound(set, ask, options, deps)) if (changed?.length) yield changed;
}

/** Asks about each page; yields how many messages were asked for, and what changed unless the gateway did not answer. */
async function* askRound(
  set: TrackedSet,
  ask: <T>(question: () => Promise<T>) => Promise<T | undefined>,
  { deadline, isWanted }: Pick<TrackOptions, 'deadline' | 'isWanted'>,
  deps: Deps,
): AsyncGenerator<{ asked: number; changed: Delivery[] | undefined }> {
  const { clock } = deps;
  for await (const page of set.pages())
    for (let at = 0; at < page.length; at += set.batchSize) {
      const leftMs = deadline - clock.monotonic();
      if (leftMs <= 0 || !isWanted()) return;
      const batch = page.slice(at, at + set.batchSize);
      const changed = await ask(async () => {
        await set.acquire();
        const answer = refresh(batch, deps, leftMs);
        // An answer after the deadline reaches nobody.
        answer.catch(() => {});
        return Promise.race([answer, clock.sleep(leftMs).then((): Delivery[] => [])]);
      });
      yield { asked: batch.length, changed };
    }
}

/** Returns messages, named one by one, as a set to track. */
export function trackedMessages(
  deliveries: readonly Delivery[],
  { ledger }: Pick<Deps, 'ledger'>,
): TrackedSet {
  const known = new Map(deliveries.map((delivery) => [delivery.plan.id, delivery]));
  const pending = () => [...known.values()].filter(isPending);
  return {
    async *pages() {
      const open = pending();
      if (open.length > 0) yield open;
    },
    batchSize: Infinity,
    includes: ({ plan }) => known.has(plan.id),
    async catchUp() {
      const missed: Delivery[] = [];
      for (const [id, before] of known) {
        const now = await ledger.find(id);
        if (now !== undefined && JSON.stringify(now) !== JSON.stringify(before)) missed.push(now);
      }
      return missed;
    },
    update(changed) {
      for (const delivery of changed) known.set(delivery.plan.id, delivery);
    },
    isGrowing: async () => false,
    isSettled: async () => pending().length === 0,
    acquire: async () => {},
  };
}
