import type { ChannelName } from '../message/channel.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { Status } from '../message/status.ts';
import type { Sql } from '../storage/database.ts';
import { openAccess } from './access.ts';
import { listRows } from './bulk-listing.ts';
import { rowByGatewayId, rowById } from './bulk-rows.ts';
import { openBulks } from './bulk-store.ts';
import type { Bulks } from './bulks.ts';
import { type Forwards, openForwards } from './forwards.ts';
import { type Hearing, openHearing } from './hearing.ts';
import { type Inbounds, openInbounds } from './inbounds.ts';
import {
  addMessage,
  happen,
  listMessages,
  messageByGatewayId,
  messageById,
  type Stored,
} from './messages.ts';
import { isUnwanted, type OptOuts, openOptOuts, optedOut } from './optouts.ts';

/** Which messages to list; what is absent does not narrow. */
export interface Filter {
  channel?: ChannelName | undefined;
  statuses?: readonly Status[] | undefined;
  /** With `statuses`: also those that are not final. */
  orOpen?: boolean;
  /** Only those that are not final. */
  open?: boolean;
  /** Created at this instant or later. */
  since?: Instant | undefined;
  bulk?: string | undefined;
  /** Sent to this number by themselves, not as rows of a bulk. */
  to?: string | undefined;
  /** The newest so many. */
  limit?: number | undefined;
}

/**
 * The durable memory of one profile. What a promise of it resolves, a power cut does not undo. Several
 * processes may use one ledger at once.
 */
export interface Ledger {
  /**
   * Records messages as queued. An id that is known is left as it is; `isNew` tells which. With an `owner` the
   * new ones are claimed for it in the same breath, which saves a lone message one wait for the disk.
   */
  queue(
    plans: readonly Plan[],
    at: Instant,
    owner?: string,
  ): Promise<{ delivery: Delivery; isNew: boolean }[]>;
  /**
   * Takes the right to send: of all processes that ask for a queued message, exactly one is told `claimed`,
   * and its intent is durable before it is told. What was queued under the id and never left gives way to this
   * plan. Where the destination has opted out and the plan is not forced, nobody gets it: it is refused.
   */
  claim(plan: Plan, owner: string, at: Instant): Promise<{ delivery: Delivery; claimed: boolean }>;
  /**
   * Gives a message back for sending, unless something became known of it since `seen` was read.
   * Only for a message that the gateway was asked for and does not have.
   */
  release(seen: Delivery, reason: string, at: Instant): Promise<Delivery>;
  /** Appends what happened, each to its message. Events that tell nothing new are not kept. */
  append(happened: readonly { id: string; event: Event }[]): Promise<Delivery[]>;
  /** By our id or by the gateway's. */
  find(id: string): Promise<Delivery | undefined>;
  /** Newest first. */
  list(filter: Filter): Promise<Delivery[]>;
  /** All that happened to a message, in the order it became known. */
  history(id: string): Promise<Event[]>;
  /** Sends of many rows. */
  readonly bulks: Bulks;
  /** What webhooks tell. */
  readonly hearing: Hearing;
  readonly forwards: Forwards;
  readonly inbounds: Inbounds;
  readonly optOuts: OptOuts;
  close(): void;
}

/** @throws Failure `ledger.unusable` here and from every method: no disk space, no permission, not a ledger */
export async function openLedger(path: string): Promise<Ledger> {
  const access = await openAccess(path);
  const { write, read } = access;
  const bulks = openBulks(access);
  return {
    queue: (plans, at, owner) =>
      write((sql) =>
        plans.map((plan) => {
          const known = stored(sql, plan.id);
          if (known !== undefined) return { delivery: known.delivery, isNew: false };
          const added = addMessage(sql, plan, at);
          if (owner !== undefined) happen(added, { kind: 'intent', at, owner });
          return { delivery: added.delivery, isNew: true };
        }),
      ),
    claim: (plan, owner, at) =>
      write((sql) => {
        const kept = expected(sql, plan.id);
        if (kept.delivery.phase !== 'queued') return { delivery: kept.delivery, claimed: false };
        const same = JSON.stringify(kept.delivery.plan) === JSON.stringify(plan);
        if (!same) happen(kept, { kind: 'replaced', at, plan });
        if (isUnwanted(sql, plan)) return { delivery: happen(kept, optedOut(at)), claimed: false };
        return { delivery: happen(kept, { kind: 'intent', at, owner }), claimed: true };
      }),
    async release(seen, reason, at) {
      // Whoever sends a bulk may have claimed a message long before its request leaves, and settles its doubts itself.
      if (seen.bulk !== null && (await bulks.isRunning(seen.bulk))) return seen;
      return write((sql) => {
        const kept = expected(sql, seen.plan.id);
        const { phase, intent } = kept.delivery;
        const same = intent?.owner === seen.intent?.owner && intent?.at === seen.intent?.at;
        if (!same || (phase !== 'sending' && phase !== 'doubt')) return kept.delivery;
        return happen(kept, { kind: 'unsent', at, reason });
      });
    },
    append: (happened) => write((sql) => happened.map(({ id, event }) => happen(expected(sql, id), event))),
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
    hearing: openHearing(access),
    forwards: openForwards(access),
    inbounds: openInbounds(access),
    optOuts: openOptOuts(access),
    close() {
      bulks.close();
      access.close();
    },
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
