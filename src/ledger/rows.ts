import { type Bulk, type BulkRow, parseRowId, rowId } from '../message/bulk.ts';
import {
  applyEvent,
  currentChannel,
  type Delivery,
  isFinal,
  newDelivery,
  statusOf,
} from '../message/delivery.ts';
import type { Event, Status } from '../message/event.ts';
import { type Message, messageFieldNames, type Plan } from '../message/message.ts';
import type { Phone } from '../message/phone.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { MessageFilter, NumberedDelivery, RowFilter } from './api.ts';
import { adjustCount, bulkBySeq, type StoredBulk, storedBulk, storedBulks } from './bulk-table.ts';
import { acceptanceEvent, entriesBetween, entryOf, openClaims } from './claims.ts';
import type { Stored } from './messages.ts';
import { bootOf } from './workers.ts';

/** A row as it is kept: what differs from the bulk's common message. A million of them are written and read. */
export interface StoredRow extends Partial<Message> {
  to: Phone;
  id?: string;
  origin?: number;
}

export function encodeRow({ to, message, id, origin }: BulkRow, common: Message): string {
  const kept: Record<string, unknown> = { to };
  for (const name of messageFieldNames) if (!isAlike(message[name], common[name])) kept[name] = message[name];
  if (id !== null) kept.id = id;
  if (origin !== undefined) kept.origin = origin;
  return JSON.stringify(kept);
}

function isAlike(one: Message[keyof Message], other: Message[keyof Message]): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return JSON.stringify(one) === JSON.stringify(other);
}

export function decodePlan({ id: bulk, common, overrides }: Bulk, row: number, kept: StoredRow): Plan {
  const { to, id, origin: _, ...message } = kept;
  const plan = { id: id ?? rowId(bulk, row), to, message: { ...common, ...message } };
  return overrides === undefined ? plan : { ...plan, overrides };
}

/** A row of the tables, joined. */
export interface JoinedRow {
  row: number;
  body: string;
  /** JSON of what happened, where it has an outcome of its own. */
  events: string | null;
  /** What the claim says of it otherwise. */
  entry: string | null;
  /** The claim it lies in, where it has no outcome of its own. */
  owner: string | null;
  at: Instant | null;
  /** When it was claimed, by the monotonic clock of the owner's boot. */
  ms: number | null;
  route: string | null;
}

/** SQL of the rows `?2` to `?3` of bulk `?1`, by SQL of what the claims say of them. */
const joined = (entries: string) => `WITH
  taken AS MATERIALIZED (${entries}),
  under_way AS MATERIALIZED (${openClaims})
  SELECT r.row, r.body, o.events, t.entry, c.owner, c.at, c.ms, c.route FROM bulk_rows r
  LEFT JOIN bulk_outcomes o ON o.bulk = r.bulk AND o.row = r.row
  LEFT JOIN taken t ON o.row IS NULL AND t.row = r.row
  LEFT JOIN under_way c ON o.row IS NULL AND t.entry IS NULL AND r.row BETWEEN c.first AND c.last
  WHERE r.bulk = ?1 AND r.row BETWEEN ?2 AND ?3`;

/** To be followed by what narrows it further. */
export const stretchOfRows = joined(entriesBetween);

const oneRow = joined(entryOf);

export function foldRow(bulk: Bulk, found: JoinedRow): Delivery {
  const start = newDelivery(
    decodePlan(bulk, found.row, JSON.parse(found.body) as StoredRow),
    bulk.createdAt,
    bulk.id,
  );
  return historyOf(found, start.plan).reduce(applyEvent, start);
}

/** All that is known to have happened to a row. */
function historyOf({ events, entry, owner, at, ms, route }: JoinedRow, plan: Plan): Event[] {
  if (events !== null) return JSON.parse(events) as Event[];
  if (entry !== null) return [acceptanceEvent(entry, plan)];
  if (owner === null || at === null) return [];
  const since = ms === null ? {} : { since: { boot: bootOf(owner), ms } };
  return [{ kind: 'intent', at, owner, ...since, ...(route !== null && { route }) }];
}

/** What stands beside the events of a row, for queries. */
export function indexValues(
  delivery: Delivery,
): [phase: string, channel: string, status: string, final: number] {
  return [delivery.phase, currentChannel(delivery), statusOf(delivery), isFinal(delivery) ? 1 : 0];
}

/** The row of a bulk that has this id: its own, or the one that follows from bulk and row. */
export function rowById(sql: Sql, id: string): Stored | undefined {
  const own = sql.get<{ bulk: number; row: number }>('SELECT bulk, row FROM bulk_ids WHERE id = ?', id);
  if (own) return rowAt(sql, bulkBySeq(sql, own.bulk), own.row);
  const place = parseRowId(id);
  const found = place && rowAt(sql, storedBulk(sql, place.bulk), place.row);
  return found?.delivery.plan.id === id ? found : undefined;
}

/** The newest row that the gateway calls so. Nothing helps to find it: all that was taken is looked through. */
export function rowByGatewayId(sql: Sql, id: string): Stored | undefined {
  const found = sql.get<{ bulk: number; row: number }>(
    `SELECT bulk, row FROM bulk_outcomes WHERE instr(events, ?) > 0
     UNION ALL
     SELECT c.bulk, CAST(e.key AS INTEGER) FROM bulk_claims c, json_each(c.taken) e
     WHERE instr(c.taken, ?) > 0 AND e.value ->> 1 = ?
     ORDER BY bulk DESC, row DESC LIMIT 1`,
    `"gatewayId":${JSON.stringify(id)}`,
    JSON.stringify(id),
    id,
  );
  return found && rowAt(sql, bulkBySeq(sql, found.bulk), found.row);
}

/** As `rowByGatewayId`, for many in one look, among those that are not final: how each can be read. */
export function rowsByGatewayId(sql: Sql, ids: readonly string[]): Map<string, () => Stored | undefined> {
  const found = sql.all<{ id: string; bulk: number; row: number }>(
    `SELECT e.value ->> 'gatewayId' AS id, bulk, row FROM bulk_outcomes, json_each(events) AS e
     WHERE final = 0 AND e.value ->> 'gatewayId' IN (SELECT value FROM json_each(?1))
     UNION ALL
     SELECT e.value ->> 1, c.bulk, CAST(e.key AS INTEGER) FROM bulk_claims c, json_each(c.taken) AS e
     WHERE e.value ->> 1 IN (SELECT value FROM json_each(?1)) ORDER BY bulk, row`,
    JSON.stringify(ids),
  );
  return new Map(found.map(({ id, bulk, row }) => [id, () => rowAt(sql, bulkBySeq(sql, bulk), row)]));
}

export function rowAt(sql: Sql, kept: StoredBulk | undefined, row: number): Stored | undefined {
  if (kept === undefined) return undefined;
  const found = sql.get<JoinedRow>(oneRow, kept.seq, row, row);
  return found && storedRow(sql, kept, found);
}

function storedRow(sql: Sql, { seq, bulk }: StoredBulk, found: JoinedRow): Stored {
  const { row } = found;
  const delivery = foldRow(bulk, found);
  let known = historyOf(found, delivery.plan);
  /** What only waits, or is under way, is not counted. */
  let counted = found.events !== null || found.entry !== null;
  return {
    delivery,
    history: () => known,
    save(before, after, event) {
      if (counted) adjustCount(sql, seq, before, -1);
      counted = true;
      // What the claim says of a row an outcome takes over.
      known = [...known, event];
      sql.run(
        `INSERT OR REPLACE INTO bulk_outcomes (bulk, row, phase, channel, status, final, events)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        seq,
        row,
        ...indexValues(after),
        JSON.stringify(known),
      );
      adjustCount(sql, seq, after, 1);
    },
  };
}

/** Rows read at once. */
export const stretch = 500;

/** Messages of bulks, the newest first. */
export function listRows(sql: Sql, filter: MessageFilter): Delivery[] {
  const found: Delivery[] = [];
  const left = () => (filter.limit ?? Infinity) - found.length;
  for (const kept of bulksIn(sql, filter))
    for (let last = kept.bulk.rows; last > 0 && left() > 0; last -= stretch) {
      const rows = rowsBetween(sql, kept, filter, Math.max(last - stretch + 1, 1), last).reverse();
      for (const { delivery } of rows.slice(0, left())) found.push(delivery);
    }
  return found;
}

function bulksIn(sql: Sql, { bulk, since }: MessageFilter): StoredBulk[] {
  const one = bulk === undefined ? undefined : storedBulk(sql, bulk);
  const among = bulk === undefined ? storedBulks(sql) : one ? [one] : [];
  return among.filter(
    ({ bulk, fingerprint }) => fingerprint !== null && (since === undefined || bulk.createdAt >= since),
  );
}

/** The messages in a stretch of a bulk, in their order. */
export function rowsBetween(
  sql: Sql,
  kept: StoredBulk,
  filter: MessageFilter & RowFilter,
  first: number,
  last: number,
): NumberedDelivery[] {
  const { where, values } = conditions(kept, filter);
  return sql
    .all<JoinedRow>(`${stretchOfRows}${where} ORDER BY r.row`, kept.seq, first, last, ...values)
    .map((found) => ({ row: found.row, delivery: foldRow(kept.bulk, found) }));
}

/** Where a row stands that has no outcome of its own. */
const untold = ['queued', 'submitted'] as const satisfies readonly Status[];

function conditions(
  { bulk }: StoredBulk,
  { channel, statuses, orOpen, open, begun }: MessageFilter & RowFilter,
): { where: string; values: string[] } {
  const where: string[] = [];
  const values: string[] = [];
  // A row without an outcome of its own is on the channel it enters at.
  if (channel !== undefined) {
    where.push('coalesce(o.channel, ?) = ?');
    values.push(bulk.common.chain[0] ?? '', channel);
  }
  const isOpen = 'coalesce(o.final, 0) = 0';
  if (open) where.push(isOpen);
  if (begun) where.push('coalesce(o.events, t.entry) IS NOT NULL');
  if (statuses !== undefined) {
    const standing = `coalesce(o.status, iif(t.entry IS NULL, '${untold[0]}', '${untold[1]}'))`;
    const named = `${standing} IN (${statuses.map(() => '?').join(', ')})`;
    const wantsDoubts = statuses.includes('in-doubt');
    const doubt = "o.phase IN ('sending', 'doubt') OR c.owner IS NOT NULL";
    const among = wantsDoubts ? `(${named} OR ${doubt})` : named;
    // To look into the claims takes longer.
    if (!orOpen && !wantsDoubts && !untold.some((status) => statuses.includes(status)))
      where.push('o.row IS NOT NULL');
    where.push(orOpen ? `(${among} OR ${isOpen})` : among);
    values.push(...statuses);
  }
  return { where: where.map((one) => ` AND ${one}`).join(''), values };
}
