import type { Delivery } from '../message/delivery.ts';
import { toEndpoint } from '../message/endpoint.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { Ledger, Resolution } from './api.ts';
import { findBulk } from './bulk-table.ts';
import { openBulks } from './bulks.ts';
import { addControls, readControls } from './controls.ts';
import { type LedgerOptions, openLedgerDatabase } from './database.ts';
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
import { doubtUnsettled, newAbandonedEvent } from './recovery.ts';
import { findRow, findRowByGatewayId, listRows } from './rows.ts';
import { openEventIntake } from './webhook-events.ts';

/**
 * Opens a ledger. @throws Failure `ledger.unusable` here and from every method: no disk space or permission, no
 * ledger
 */
export async function openLedger(path: string, options?: LedgerOptions): Promise<Ledger> {
  const access = await openLedgerDatabase(path, options);
  const { write, read, workers, marker, clock } = access;
  const bulks = openBulks(access);

  /** Builds the intent to send a message now. */
  const newIntent = (at: Instant, route: string): Event => {
    const since = { boot: clock.boot, ms: clock.monotonic() };
    return { kind: 'intent', at, owner: workers.own(), since, route };
  };

  /** Puts a message in doubt whose worker is dead; returns undefined while the worker may still send it. */
  function abandon(sql: Sql, current: StoredMessage, at: Instant): Delivery | undefined {
    const { intent, phase } = current.delivery;
    if (phase !== 'sending' || intent === null || workers.isAlive(sql, intent.owner)) return undefined;
    workers.markGone(sql, intent.owner);
    return applyAndSave(sql, current, newAbandonedEvent(current.delivery, clock, at));
  }

  /** Reports whether a message belongs to a bulk that is being sent, whose worker settles doubts itself. */
  function isInRunningBulk(sql: Sql, { bulk }: Delivery): boolean {
    const owner = bulk === null ? null : (findBulk(sql, bulk)?.owner ?? null);
    return owner !== null && workers.isAlive(sql, owner);
  }

  const markerState = await read((sql) => marker.getState(sql));
  const doubted = markerState === 'current' ? 0 : await write((sql) => makeCurrent(sql));

  /** Checks again inside the transaction, since another process may have been first. */
  function makeCurrent(sql: Sql): number {
    const markerState = marker.getState(sql);
    if (markerState === 'current') return 0;
    const count = markerState === 'copy' ? doubtUnsettled(sql, clock, Date.now()) : 0;
    marker.reset(sql);
    return count;
  }

  return {
    doubted,
    queue: (plans, at, route) =>
      write((sql) => {
        if (route !== undefined) marker.advance(sql);
        return plans.map((plan) => {
          const known = findAny(sql, plan.id);
          if (known !== undefined) return { delivery: known.delivery, isNew: false };
          const added = addMessage(sql, plan, at);
          if (route !== undefined) applyAndSave(sql, added, newIntent(at, route));
          return { delivery: added.delivery, isNew: true };
        });
      }),
    claim: (plan, route, at) =>
      write((sql) => {
        const current = getAny(sql, plan.id);
        if (current.delivery.phase !== 'queued') return { delivery: current.delivery, claimed: false };
        const isSame = JSON.stringify(current.delivery.plan) === JSON.stringify(plan);
        if (!isSame) applyAndSave(sql, current, { kind: 'replaced', at, plan });
        if (hasOptedOut(sql, plan))
          return { delivery: applyAndSave(sql, current, newOptedOutEvent(at)), claimed: false };
        marker.advance(sql);
        return { delivery: applyAndSave(sql, current, newIntent(at, route)), claimed: true };
      }),
    abandon: (seen, at) =>
      write((sql) => {
        const current = getAny(sql, seen.plan.id);
        return abandon(sql, current, at) ?? current.delivery;
      }),
    release: (seen, reason, at) =>
      write((sql) => {
        const current = getAny(sql, seen.plan.id);
        const { phase, intent } = current.delivery;
        const isSameIntent = phase === 'doubt' && JSON.stringify(intent) === JSON.stringify(seen.intent);
        if (!isSameIntent || isInRunningBulk(sql, current.delivery)) return current.delivery;
        return applyAndSave(sql, current, { kind: 'unsent', at, reason });
      }),
    resolve: (ids, sent, reason, at) =>
      write((sql): Resolution => {
        const found = ids.map((id) => getAny(sql, id));
        for (const current of found) abandon(sql, current, at);
        const settled = found.find(
          ({ delivery }) => delivery.phase !== 'doubt' || isInRunningBulk(sql, delivery),
        );
        if (settled) return { notInDoubt: settled.delivery };
        return {
          resolved: found.map((current) =>
            applyAndSave(sql, current, { kind: 'resolved', at, sent, reason }),
          ),
        };
      }),
    isSentElsewhere: (ids) =>
      read((sql) =>
        ids
          .flatMap((id) => {
            const delivery = findAny(sql, id)?.delivery;
            const owner = findBulk(sql, delivery?.bulk ?? id)?.owner;
            return [owner, delivery?.intent?.owner];
          })
          .some((owner) => owner != null && workers.isRemote(owner) && workers.isAlive(sql, owner)),
      ),
    append: (events) =>
      write((sql) =>
        events.map(({ id, event }) => {
          const current = getAny(sql, id);
          const { phase, intent, plan } = current.delivery;
          const isControl =
            event.kind === 'accepted' &&
            !event.shown &&
            !event.simulation &&
            // A message that the gateway moved to another channel is not listed on this one.
            event.channel === plan.message.chain[0] &&
            phase === 'sending';
          if (isControl && intent?.route !== undefined && plan.chat === undefined)
            addControls(sql, intent.route, toEndpoint(plan), [id]);
          return applyAndSave(sql, current, event);
        }),
      ),
    controls: (route, plan) => read((sql) => readControls(sql, route, toEndpoint(plan))),
    find: (id) =>
      read(
        (sql) =>
          (findAny(sql, id) ?? findMessageByGatewayId(sql, id) ?? findRowByGatewayId(sql, id))?.delivery,
      ),
    list: (filter) =>
      read((sql) =>
        [
          ...(filter.bulk === undefined ? listMessages(sql, filter) : []),
          ...(filter.to === undefined ? listRows(sql, filter) : []),
        ]
          .sort((a, b) => b.createdAt - a.createdAt)
          .slice(0, filter.limit),
      ),
    history: (id) => read((sql) => findAny(sql, id)?.history() ?? []),
    bulks,
    events: openEventIntake(access),
    forwards: openForwards(access),
    inbounds: openInbounds(access),
    optOuts: openOptOuts(access),
    close: access.close,
  };
}

function findAny(sql: Sql, id: string): StoredMessage | undefined {
  return findMessage(sql, id) ?? findRow(sql, id);
}

function getAny(sql: Sql, id: string): StoredMessage {
  const current = findAny(sql, id);
  if (current === undefined) throw new Error(`message ${id} was never queued`);
  return current;
}
