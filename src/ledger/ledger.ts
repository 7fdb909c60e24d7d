import { fail } from '../errors.ts';
import type { ChannelName } from '../message/channel.ts';
import { begun, type Delivery, fold, inPlay, isFinal, statusOf } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { Status } from '../message/status.ts';
import { type Database, openDatabase, type Sql } from '../storage/database.ts';
import { schema } from './schema.ts';

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
   * plan.
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
  close(): void;
}

/** @throws Failure `ledger.unusable` here and from every method: no disk space, no permission, not a ledger */
export async function openLedger(path: string): Promise<Ledger> {
  const database = await guarded(path, () => openDatabase(path, schema));
  const write = <T>(work: (sql: Sql) => T) => guarded(path, () => database.write(work));
  const read = <T>(work: (sql: Sql) => T) => guarded(path, () => work(database.read));
  return {
    queue: (plans, at, owner) =>
      write((sql) =>
        plans.map((plan) => {
          const known = stored(sql, plan.id);
          if (known !== undefined) return { delivery: known.delivery, isNew: false };
          const delivery = insert(sql, begun(plan, at));
          if (owner === undefined) return { delivery, isNew: true };
          return {
            delivery: happen(sql, expected(sql, plan.id), { kind: 'intent', at, owner }),
            isNew: true,
          };
        }),
      ),
    claim: (plan, owner, at) =>
      write((sql) => {
        const row = expected(sql, plan.id);
        if (row.delivery.phase !== 'queued') return { delivery: row.delivery, claimed: false };
        const same = JSON.stringify(row.delivery.plan) === JSON.stringify(plan);
        const delivery = same ? row.delivery : happen(sql, row, { kind: 'replaced', at, plan });
        return { delivery: happen(sql, { ...row, delivery }, { kind: 'intent', at, owner }), claimed: true };
      }),
    release: (seen, reason, at) =>
      write((sql) => {
        const row = expected(sql, seen.plan.id);
        const { phase, intent } = row.delivery;
        const same = intent?.owner === seen.intent?.owner && intent?.at === seen.intent?.at;
        if (!same || (phase !== 'sending' && phase !== 'doubt')) return row.delivery;
        return happen(sql, row, { kind: 'unsent', at, reason });
      }),
    append: (happened) =>
      write((sql) => happened.map(({ id, event }) => happen(sql, expected(sql, id), event))),
    find: (id) => read((sql) => (stored(sql, id) ?? storedByGatewayId(sql, id))?.delivery),
    list: (filter) => read((sql) => list(sql, filter)),
    history: (id) =>
      read((sql) =>
        sql
          .all<{ body: string }>(
            'SELECT body FROM events WHERE message = (SELECT seq FROM messages WHERE id = ?) ORDER BY seq',
            id,
          )
          .map(({ body }) => JSON.parse(body) as Event),
      ),
    close: () => (database as Database).close(),
  };
}

interface Stored {
  seq: number;
  delivery: Delivery;
}

const byId = 'SELECT seq, state FROM messages WHERE id = ?';
const byGatewayId = 'SELECT seq, state FROM messages WHERE gateway_id = ? ORDER BY seq DESC LIMIT 1';

function stored(sql: Sql, id: string, query = byId): Stored | undefined {
  const row = sql.get<{ seq: number; state: string }>(query, id);
  return row && { seq: row.seq, delivery: JSON.parse(row.state) as Delivery };
}

function storedByGatewayId(sql: Sql, id: string): Stored | undefined {
  return stored(sql, id, byGatewayId);
}

function expected(sql: Sql, id: string): Stored {
  const row = stored(sql, id);
  if (row === undefined) throw new Error(`message ${id} was never queued`);
  return row;
}

function insert(sql: Sql, delivery: Delivery): Delivery {
  sql.run(
    `INSERT INTO messages (id, gateway_id, bulk, channel, status, final, created_at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    delivery.plan.id,
    ...projection(delivery),
  );
  return delivery;
}

function happen(sql: Sql, { seq, delivery }: Stored, event: Event): Delivery {
  const after = fold(delivery, event);
  if (after === delivery) return delivery;
  sql.run('INSERT INTO events (message, body) VALUES (?, ?)', seq, JSON.stringify(event));
  sql.run(
    `UPDATE messages SET gateway_id = ?, bulk = ?, channel = ?, status = ?, final = ?, created_at = ?, state = ?
     WHERE seq = ?`,
    ...projection(after),
    seq,
  );
  return after;
}

function projection(delivery: Delivery) {
  return [
    delivery.gatewayId,
    delivery.bulk,
    inPlay(delivery),
    statusOf(delivery),
    isFinal(delivery) ? 1 : 0,
    delivery.createdAt,
    JSON.stringify(delivery),
  ] as const;
}

function list(sql: Sql, filter: Filter): Delivery[] {
  const { channel, statuses, orOpen, open, since, bulk, limit } = filter;
  const where: string[] = [];
  const values: (string | number)[] = [];
  const narrow = (condition: string, ...given: (string | number)[]) => {
    where.push(condition);
    values.push(...given);
  };
  if (channel !== undefined) narrow('channel = ?', channel);
  if (since !== undefined) narrow('created_at >= ?', since);
  if (bulk !== undefined) narrow('bulk = ?', bulk);
  if (open) narrow('final = 0');
  if (statuses !== undefined) {
    const among = `status IN (${statuses.map(() => '?').join(', ')})`;
    narrow(orOpen ? `(${among} OR final = 0)` : among, ...statuses);
  }
  return sql
    .all<{ state: string }>(
      `SELECT state FROM messages ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY seq DESC LIMIT ?`,
      ...values,
      limit ?? -1,
    )
    .map(({ state }) => JSON.parse(state) as Delivery);
}

async function guarded<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    fail(
      'setup',
      'ledger.unusable',
      `the ledger ${path} cannot be used: ${why}`,
      'look at the disk space and the permissions, or choose another folder with QLARA_STATE_DIR',
      cause,
    );
  }
}
