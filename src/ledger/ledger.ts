import type { Delivery } from '../message/delivery.ts';
import { toEndpoint } from '../message/endpoint.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Ledger, Resolution } from './api.ts';
import { findBulk } from './bulk-table.ts';
import { isOwned, listOwners } from './bulk-workers.ts';
import { openBulks } from './bulks.ts';
import { addControls, readControls } from './controls.ts';
import type { LedgerDatabase, Sql } from './database.ts';
import { openForwards } from './forwards.ts';
import { openInbounds } from './inbound.ts';
import {
  addMessage,
  applyAndSave,
  findMessage,
  findMessageByGatewayId,
  listMessages,
  type StoredMessage,
} from './messages.ts';
import { hasOptedOut, newOptedOutEvent, openOptOuts } from './opt-outs.ts';
import { doubtUnsettled, saveAbandoned } from './recovery.ts';
import { findRow, findRowByGatewayId, listRows } from './rows.ts';
import { openEventIntake } from './webhook-events.ts';

/** Builds a ledger on a database. @throws Failure `ledger.unusable` here and from every method */
export async function createLedger(database: LedgerDatabase): Promise<Ledger> {
  const { write, read, workers, marker, clock } = database;

  /** The worker of this process that claimed the first message. */
  let own: string | undefined;

  /** Builds the intent to send a message now. */
  const newIntent = (at: Instant, route: string): Event => {
    const since = { boot: clock.boot, ms: clock.monotonic() };
    own ??= workers.own();
    return { kind: 'intent', at, owner: own, since, route };
  };

  /** Puts a message in doubt whose worker is dead; while the worker may still send it, leaves it as it is. */
  async function abandon(sql: Sql, current: StoredMessage, at: Instant): Promise<Delivery> {
    const { intent, phase } = current.delivery;
    if (phase !== 'sending' || intent === null || (await workers.isAlive(sql, intent.owner)))
      return current.delivery;
    return saveAbandoned(sql, current, workers, at);
  }

  /** Reports whether a message belongs to a bulk that is being sent, whose workers settle doubts themselves. */
  async function isInRunningBulk(sql: Sql, { bulk }: Delivery): Promise<boolean> {
    const storedBulk = bulk === null ? undefined : await findBulk(sql, bulk);
    return storedBulk !== undefined && isOwned(sql, storedBulk, workers);
  }

  /** Lists the workers that send a message or bulk. */
  async function listSenders(sql: Sql, id: string): Promise<string[]> {
    const delivery = (await findAny(sql, id))?.delivery;
    const storedBulk = await findBulk(sql, delivery?.bulk ?? id);
    const own = delivery?.intent?.owner;
    return [...(own === undefined ? [] : [own]), ...(storedBulk ? await listOwners(sql, storedBulk) : [])];
  }

  const markerState = await read((sql) => marker.getState(sql));
  const doubted = markerState === 'current' ? 0 : await write((sql) => makeCurrent(sql));

  /** Checks again inside the transaction, since another process may have been first. */
  async function makeCurrent(sql: Sql): Promise<number> {
    const markerState = await marker.getState(sql);
    if (markerState === 'current') return 0;
    const count = markerState === 'copy' ? await doubtUnsettled(sql, clock, Date.now()) : 0;
    await marker.reset(sql);
    return count;
  }

  return {
    doubted,
    clock,
    queue: (plans, at, route) =>
      write(async (sql) => {
        if (route !== undefined) await marker.advance(sql);
        const queued: { delivery: Delivery; isNew: boolean }[] = [];
        for (const plan of plans) {
          const known = await findAny(sql, plan.id);
          const added = known ?? (await addMessage(sql, plan, at));
          const isNew = known === undefined;
          if (isNew && route !== undefined) await applyAndSave(sql, added, newIntent(at, route));
          queued.push({ delivery: added.delivery, isNew });
        }
        return queued;
      }),
    claim: (plan, route, at) =>
      write(async (sql) => {
        const current = await getAny(sql, plan.id);
        if (current.delivery.phase !== 'queued') return { delivery: current.delivery, claimed: false };
        const isSame = JSON.stringify(current.delivery.plan) === JSON.stringify(plan);
        if (!isSame) await applyAndSave(sql, current, { kind: 'replaced', at, plan });
        if (await hasOptedOut(sql, plan))
          return { delivery: await applyAndSave(sql, current, newOptedOutEvent(at)), claimed: false };
        await marker.advance(sql);
        return { delivery: await applyAndSave(sql, current, newIntent(at, route)), claimed: true };
      }),
    abandon: (seen, at) => write(async (sql) => abandon(sql, await getAny(sql, seen.plan.id), at)),
    release: (seen, reason, at) =>
      write(async (sql) => {
        const current = await getAny(sql, seen.plan.id);
        const { phase, intent } = current.delivery;
        const isSameIntent = phase === 'doubt' && JSON.stringify(intent) === JSON.stringify(seen.intent);
        if (!isSameIntent || (await isInRunningBulk(sql, current.delivery))) return current.delivery;
        return applyAndSave(sql, current, { kind: 'unsent', at, reason });
      }),
    resolve: (ids, sent, reason, at) =>
      write(async (sql): Promise<Resolution> => {
        const found: StoredMessage[] = [];
        for (const id of ids) {
          const current = await getAny(sql, id);
          const { phase } = await abandon(sql, current, at);
          if (phase !== 'doubt' || (await isInRunningBulk(sql, current.delivery)))
            return { notInDoubt: current.delivery };
          found.push(current);
        }
        const resolved: Delivery[] = [];
        for (const current of found)
          resolved.push(await applyAndSave(sql, current, { kind: 'resolved', at, sent, reason }));
        return { resolved };
      }),
    isSentElsewhere: (ids) =>
      read(async (sql) => {
        for (const id of ids)
          for (const worker of await listSenders(sql, id))
            if (await workers.isUncertain(sql, worker)) return true;
        return false;
      }),
    append: (events) =>
      write(async (sql) => {
        const after: Delivery[] = [];
        for (const { id, event } of events) {
          const current = await getAny(sql, id);
          const { phase, intent, plan } = current.delivery;
          const isGuess = event.kind === 'unsent' || event.kind === 'doubt';
          // Another process has taken it over and is sending it.
          const isForeign = phase === 'sending' && intent !== null && intent.owner !== workers.own();
          if (isGuess && isForeign) {
            after.push(current.delivery);
            continue;
          }
          const isControl =
            event.kind === 'accepted' &&
            !event.shown &&
            !event.simulation &&
            // A message that the gateway moved to another channel is not listed on this one.
            event.channel === plan.message.chain[0] &&
            phase === 'sending';
          if (isControl && intent?.route !== undefined && plan.chat === undefined)
            await addControls(sql, intent.route, toEndpoint(plan), [id]);
          after.push(await applyAndSave(sql, current, event));
        }
        return after;
      }),
    isShared: database.isShared,
    isStale: () => own !== undefined && workers.isStale(own),
    async confirm() {
      if (own !== undefined) await workers.confirm(own);
    },
    controls: (route, plan) => read((sql) => readControls(sql, route, toEndpoint(plan))),
    find: (id) =>
      read(async (sql) => {
        const found =
          (await findAny(sql, id)) ??
          (await findMessageByGatewayId(sql, id)) ??
          (await findRowByGatewayId(sql, id));
        return found?.delivery;
      }),
    list: (filter) =>
      read(async (sql) =>
        [
          ...(filter.bulk === undefined ? await listMessages(sql, filter) : []),
          ...(filter.to === undefined ? await listRows(sql, filter) : []),
        ]
          .sort((a, b) => b.createdAt - a.createdAt)
          .slice(0, filter.limit),
      ),
    history: (id) => read(async (sql) => (await findAny(sql, id))?.history() ?? []),
    describe: async () => (await import('./description.ts')).describeLedger(database),
    bulks: openBulks(database),
    events: openEventIntake(database),
    forwards: openForwards(database),
    inbounds: openInbounds(database),
    optOuts: openOptOuts(database),
    close: database.close,
  };
}

async function findAny(sql: Sql, id: string): Promise<StoredMessage | undefined> {
  return (await findMessage(sql, id)) ?? findRow(sql, id);
}

async function getAny(sql: Sql, id: string): Promise<StoredMessage> {
  const current = await findAny(sql, id);
  if (current === undefined) throw new Error(`message ${id} was never queued`);
  return current;
}
