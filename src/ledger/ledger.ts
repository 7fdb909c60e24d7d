import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { Ledger, Resolution } from './api.ts';
import { storedBulk } from './bulk-table.ts';
import { openBulks } from './bulks.ts';
import { addControls, controlsOf, endpointOf } from './controls.ts';
import { type LedgerOptions, openLedgerDatabase } from './database.ts';
import { openForwards } from './forwards.ts';
import { openInbounds } from './inbound.ts';
import {
  addMessage,
  applyAndSave,
  listMessages,
  messageByGatewayId,
  messageById,
  type Stored,
} from './messages.ts';
import { hasOptedOut, openOptOuts, optedOutEvent } from './opt-outs.ts';
import { abandoned, doubtUnsettled } from './recovery.ts';
import { listRows, rowByGatewayId, rowById } from './rows.ts';
import { openEventIntake } from './webhook-events.ts';

/** @throws Failure `ledger.unusable` here and from every method: no disk space, no permission, not a ledger */
export async function openLedger(path: string, options?: LedgerOptions): Promise<Ledger> {
  const access = await openLedgerDatabase(path, options);
  const { write, read, workers, marker, clock } = access;
  const bulks = openBulks(access);

  /** The intent to send a message now. */
  const intentAt = (at: Instant, route: string): Event => {
    const since = { boot: clock.boot, ms: clock.monotonic() };
    return { kind: 'intent', at, owner: workers.own(), since, route };
  };

  /** The state a message gets when its worker is gone; undefined while that may still send. */
  function abandon(sql: Sql, kept: Stored, at: Instant): Delivery | undefined {
    const { intent, phase } = kept.delivery;
    if (phase !== 'sending' || intent === null || workers.isAlive(sql, intent.owner)) return undefined;
    workers.markGone(sql, intent.owner);
    return applyAndSave(kept, abandoned(kept.delivery, clock, at));
  }

  /** Tells whether a bulk that a message belongs to is being sent: its worker settles its doubts itself. */
  function isInRunningBulk(sql: Sql, { bulk }: Delivery): boolean {
    const owner = bulk === null ? null : (storedBulk(sql, bulk)?.owner ?? null);
    return owner !== null && workers.isAlive(sql, owner);
  }

  const standing = await read((sql) => marker.standing(sql));
  const doubted = standing === 'current' ? 0 : await write((sql) => makeCurrent(sql));

  /** Looked at again, since another process may have been quicker. */
  function makeCurrent(sql: Sql): number {
    const standing = marker.standing(sql);
    if (standing === 'current') return 0;
    const count = standing === 'copy' ? doubtUnsettled(sql, clock, Date.now()) : 0;
    marker.adopt(sql);
    return count;
  }

  return {
    doubted,
    queue: (plans, at, route) =>
      write((sql) => {
        if (route !== undefined) marker.advance(sql);
        return plans.map((plan) => {
          const known = stored(sql, plan.id);
          if (known !== undefined) return { delivery: known.delivery, isNew: false };
          const added = addMessage(sql, plan, at);
          if (route !== undefined) applyAndSave(added, intentAt(at, route));
          return { delivery: added.delivery, isNew: true };
        });
      }),
    claim: (plan, route, at) =>
      write((sql) => {
        const kept = expected(sql, plan.id);
        if (kept.delivery.phase !== 'queued') return { delivery: kept.delivery, claimed: false };
        const isAlike = JSON.stringify(kept.delivery.plan) === JSON.stringify(plan);
        if (!isAlike) applyAndSave(kept, { kind: 'replaced', at, plan });
        if (hasOptedOut(sql, plan))
          return { delivery: applyAndSave(kept, optedOutEvent(at)), claimed: false };
        marker.advance(sql);
        return { delivery: applyAndSave(kept, intentAt(at, route)), claimed: true };
      }),
    abandon: (seen, at) =>
      write((sql) => {
        const kept = expected(sql, seen.plan.id);
        return abandon(sql, kept, at) ?? kept.delivery;
      }),
    release: (seen, reason, at) =>
      write((sql) => {
        const kept = expected(sql, seen.plan.id);
        const { phase, intent } = kept.delivery;
        const isSame = phase === 'doubt' && JSON.stringify(intent) === JSON.stringify(seen.intent);
        if (!isSame || isInRunningBulk(sql, kept.delivery)) return kept.delivery;
        return applyAndSave(kept, { kind: 'unsent', at, reason });
      }),
    resolve: (ids, sent, reason, at) =>
      write((sql): Resolution => {
        const found = ids.map((id) => expected(sql, id));
        for (const kept of found) abandon(sql, kept, at);
        const settled = found.find(
          ({ delivery }) => delivery.phase !== 'doubt' || isInRunningBulk(sql, delivery),
        );
        if (settled) return { notInDoubt: settled.delivery };
        return { resolved: found.map((kept) => applyAndSave(kept, { kind: 'resolved', at, sent, reason })) };
      }),
    isSentElsewhere: (ids) =>
      read((sql) =>
        ids
          .flatMap((id) => {
            const delivery = stored(sql, id)?.delivery;
            const owner = storedBulk(sql, delivery?.bulk ?? id)?.owner;
            return [owner, delivery?.intent?.owner];
          })
          .some((owner) => owner != null && workers.isRemote(owner) && workers.isAlive(sql, owner)),
      ),
    append: (happened) =>
      write((sql) =>
        happened.map(({ id, event }) => {
          const kept = expected(sql, id);
          const { phase, intent, plan } = kept.delivery;
          const isControl =
            event.kind === 'accepted' && !event.shown && !event.simulation && phase === 'sending';
          if (isControl && intent?.route !== undefined && plan.chat === undefined)
            addControls(sql, intent.route, endpointOf(plan), [id]);
          return applyAndSave(kept, event);
        }),
      ),
    controls: (route, plan) => read((sql) => controlsOf(sql, route, endpointOf(plan))),
    find: (id) =>
      read((sql) => (stored(sql, id) ?? messageByGatewayId(sql, id) ?? rowByGatewayId(sql, id))?.delivery),
    list: (filter) =>
      read((sql) =>
        [
          ...(filter.bulk === undefined ? listMessages(sql, filter) : []),
          ...(filter.to === undefined ? listRows(sql, filter) : []),
        ]
          .sort((a, b) => b.createdAt - a.createdAt)
          .slice(0, filter.limit),
      ),
    history: (id) => read((sql) => stored(sql, id)?.history() ?? []),
    bulks,
    events: openEventIntake(access),
    forwards: openForwards(access),
    inbounds: openInbounds(access),
    optOuts: openOptOuts(access),
    close: access.close,
  };
}

function stored(sql: Sql, id: string): Stored | undefined {
  return messageById(sql, id) ?? rowById(sql, id);
}

function expected(sql: Sql, id: string): Stored {
  const kept = stored(sql, id);
  if (kept === undefined) throw new Error(`message ${id} was never queued`);
  return kept;
}
