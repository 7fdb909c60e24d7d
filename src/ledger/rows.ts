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
import type { MessageFilter, NumberedDelivery, RowFilter } from './api.ts';
import { adjustCount, findBulk, findBulkBySeq, listBulks, type StoredBulk } from './bulk-table.ts';
import { acceptanceOfRowSql, acceptancesBetweenSql, openClaimsSql, toAcceptanceEvent } from './claims.ts';
import type { Grammar, Sql } from './database.ts';
import type { StoredMessage } from './messages.ts';
import { readBodies, readEvents } from './stored.ts';
import { parseWorkerId } from './worker-id.ts';

/** A row as stored: only the fields that differ from the bulk's common message, since there may be a million rows. */
export interface StoredRow extends Partial<Message> {
  to: Phone;
  id?: string;
  origin?: number;
}

export function encodeRow({ to, message, id, origin }: BulkRow, common: Message): string {
  const kept: Record<string, unknown> = { to };
  // A field that only the common message has is stored as null, since decoding starts from the common message.
  for (const name of messageFieldNames)
    if (!isAlike(message[name], common[name])) kept[name] = message[name] ?? null;
  if (id !== null) kept.id = id;
  if (origin !== undefined) kept.origin = origin;
  return JSON.stringify(kept);
}

function isAlike(one: Message[keyof Message], other: Message[keyof Message]): boolean {
  if (one === other || (one ?? null) === (other ?? null)) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return JSON.stringify(one) === JSON.stringify(other);
}

export function decodePlan({ id: bulk, common, overrides }: Bulk, row: number, kept: StoredRow): Plan {
  const { to, id, origin: _, ...message } = kept;
  const plan = { id: id ?? rowId(bulk, row), to, message: { ...common, ...message } };
  return overrides === undefined ? plan : { ...plan, overrides };
}

/** A row joined with its outcome or claim. */
interface JoinedRow {
  row: number;
  body: string;
  /** JSON of its events, if it has an outcome of its own. */
  events: string | null;
  /** JSON of its acceptance in the claim, otherwise. */
  entry: string | null;
  /** Owner of the claim it lies in, if it has no outcome of its own. */
  owner: string | null;
  at: Instant | null;
  /** Time of the claim by the monotonic clock of the owner's boot, in milliseconds. */
  ms: number | null;
  route: string | null;
}

/** SQL for the rows `?2` to `?3` of bulk `?1`, given the SQL for the acceptances in claims. */
const joinRowsSql = (entries: string, grammar: Grammar) => `WITH
  taken AS MATERIALIZED (${entries}),
  under_way AS MATERIALIZED (${openClaimsSql(grammar)})
  SELECT r.row, r.body, o.events, t.entry, c.owner, c.at, c.ms, c.route FROM bulk_rows r
  LEFT JOIN bulk_outcomes o ON o.bulk = r.bulk AND o.row = r.row
  LEFT JOIN taken t ON o.row IS NULL AND t.row = r.row
  LEFT JOIN under_way c ON o.row IS NULL AND t.entry IS NULL AND r.row BETWEEN c.first AND c.last
  WHERE r.bulk = ?1 AND r.row BETWEEN ?2 AND ?3`;

/** SQL for a range of rows, to be followed by further conditions. */
const joinedRowsSql = (grammar: Grammar) => joinRowsSql(acceptancesBetweenSql(grammar), grammar);

const oneRowSql = (grammar: Grammar) => joinRowsSql(acceptanceOfRowSql(grammar), grammar);

/** Reads the stored rows that are joined by commas. */
export const readRowBodies = (bodies: string): StoredRow[] => readBodies<StoredRow>(`[${bodies}]`);

function foldRow(bulk: Bulk, found: JoinedRow): Delivery {
  const start = newDelivery(
    decodePlan(bulk, found.row, readRowBodies(found.body)[0] as StoredRow),
    bulk.createdAt,
    bulk.id,
  );
  return readHistory(found, start.plan).reduce(applyEvent, start);
}

/** Returns all known events of a row. */
function readHistory({ events, entry, owner, at, ms, route }: JoinedRow, plan: Plan): Event[] {
  if (events !== null) return readEvents(events);
  if (entry !== null) return [toAcceptanceEvent(entry, plan)];
  if (owner === null || at === null) return [];
  const since = ms === null ? {} : { since: { boot: parseWorkerId(owner)?.boot ?? '', ms } };
  return [{ kind: 'intent', at, owner, ...since, ...(route !== null && { route }) }];
}

/** Returns the columns stored beside the events of a row, for queries. */
function indexValues(delivery: Delivery): [phase: string, channel: string, status: string, final: number] {
  return [delivery.phase, currentChannel(delivery), statusOf(delivery), isFinal(delivery) ? 1 : 0];
}

/** Finds a row by its id: an explicit one, or the one that follows from bulk and row. */
export async function findRow(sql: Sql, id: string): Promise<StoredMessage | undefined> {
  const query = 'SELECT bulk, row FROM bulk_ids WHERE id = ?';
  const explicit = await sql.get<{ bulk: number; row: number }>(query, id);
  if (explicit) return readRow(sql, await findBulkBySeq(sql, explicit.bulk), explicit.row);
  const place = parseRowId(id);
  const found = place && (await readRow(sql, await findBulk(sql, place.bulk), place.row));
  return found?.delivery.plan.id === id ? found : undefined;
}

/** Finds the newest row with this gateway id. There is no index: all acceptances are searched. */
export async function findRowByGatewayId(sql: Sql, id: string): Promise<StoredMessage | undefined> {
  const { at, contains, members } = sql.grammar;
  const found = await sql.get<{ bulk: number; row: number }>(
    `SELECT bulk, row FROM bulk_outcomes WHERE ${contains('events', '?')}
     UNION ALL
     SELECT c.bulk, CAST(e.key AS BIGINT) FROM bulk_claims c, ${members('c.taken')}
     WHERE ${contains('c.taken', '?')} AND ${at('e.value', 1)} = ?
     ORDER BY bulk DESC, row DESC LIMIT 1`,
    `"gatewayId":${JSON.stringify(id)}`,
    JSON.stringify(id),
    id,
  );
  return found && readRow(sql, await findBulkBySeq(sql, found.bulk), found.row);
}

/** Finds rows that are not final by gateway ids in one search; returns functions that read each of them. */
export async function findRowsByGatewayId(
  sql: Sql,
  ids: readonly string[],
): Promise<Map<string, () => Promise<StoredMessage | undefined>>> {
  const { at, elements, list, members } = sql.grammar;
  const found = await sql.all<{ id: string; bulk: number; row: number }>(
    `SELECT ${at('e.value', 'gatewayId')} AS id, bulk, row FROM bulk_outcomes, ${elements('events')}
     WHERE final = 0 AND ${at('e.value', 'gatewayId')} IN (SELECT value FROM ${list('?1')} AS ids)
     UNION ALL
     SELECT ${at('e.value', 1)}, c.bulk, CAST(e.key AS BIGINT) FROM bulk_claims c, ${members('c.taken')}
     WHERE ${at('e.value', 1)} IN (SELECT value FROM ${list('?1')} AS ids) ORDER BY bulk, row`,
    JSON.stringify(ids),
  );
  return new Map(
    found.map(({ id, bulk, row }) => [id, async () => readRow(sql, await findBulkBySeq(sql, bulk), row)]),
  );
}

export async function readRow(
  sql: Sql,
  storedBulk: StoredBulk | undefined,
  row: number,
): Promise<StoredMessage | undefined> {
  if (storedBulk === undefined) return undefined;
  const found = await sql.get<JoinedRow>(oneRowSql(sql.grammar), storedBulk.seq, row, row);
  return found && toStoredMessage(sql, storedBulk, found);
}

function toStoredMessage(sql: Sql, { seq, bulk }: StoredBulk, found: JoinedRow): StoredMessage {
  const { row } = found;
  const delivery = foldRow(bulk, found);
  let known = readHistory(found, delivery.plan);
  /** A row without an outcome or acceptance is not counted. */
  let counted = found.events !== null || found.entry !== null;
  return {
    delivery,
    history: async () => known,
    async save(before, after, event) {
      if (counted) await adjustCount(sql, seq, before, -1);
      counted = true;
      // The outcome supersedes the entry in the claim.
      known = [...known, event];
      await sql.run(
        `INSERT INTO bulk_outcomes (bulk, row, phase, channel, status, final, events)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bulk, row) DO UPDATE SET phase = excluded.phase, channel = excluded.channel,
           status = excluded.status, final = excluded.final, events = excluded.events`,
        seq,
        row,
        ...indexValues(after),
        JSON.stringify(known),
      );
      await adjustCount(sql, seq, after, 1);
    },
  };
}

/** Rows read at once. */
export const rowsPerRead = 500;

/** Lists messages of bulks, the newest first. */
export async function listRows(sql: Sql, filter: MessageFilter): Promise<Delivery[]> {
  const found: Delivery[] = [];
  const left = () => (filter.limit ?? Infinity) - found.length;
  for (const storedBulk of await listMatchingBulks(sql, filter))
    for (let last = storedBulk.bulk.rows; last > 0 && left() > 0; last -= rowsPerRead) {
      const first = Math.max(last - rowsPerRead + 1, 1);
      const rows = (await readRows(sql, storedBulk, filter, first, last)).reverse();
      for (const { delivery } of rows.slice(0, left())) found.push(delivery);
    }
  return found;
}

async function listMatchingBulks(sql: Sql, { bulk, since }: MessageFilter): Promise<StoredBulk[]> {
  const one = bulk === undefined ? undefined : await findBulk(sql, bulk);
  const candidates = bulk === undefined ? await listBulks(sql) : one ? [one] : [];
  return candidates.filter(
    ({ bulk, fingerprint }) => fingerprint !== null && (since === undefined || bulk.createdAt >= since),
  );
}

/** Returns the messages in a range of rows, in order. */
export async function readRows(
  sql: Sql,
  storedBulk: StoredBulk,
  filter: MessageFilter & RowFilter,
  first: number,
  last: number,
): Promise<NumberedDelivery[]> {
  const { where, values } = buildConditions(storedBulk, filter);
  const found = await sql.all<JoinedRow>(
    `${joinedRowsSql(sql.grammar)}${where} ORDER BY r.row`,
    storedBulk.seq,
    first,
    last,
    ...values,
  );
  return found.map((one) => ({ row: one.row, delivery: foldRow(storedBulk.bulk, one) }));
}

/** Statuses of rows without an outcome of their own: not accepted, accepted. */
const implicitStatuses = ['queued', 'submitted'] as const satisfies readonly Status[];

function buildConditions(
  { bulk }: StoredBulk,
  { channel, statuses, orOpen, open, attempted }: MessageFilter & RowFilter,
): { where: string; values: string[] } {
  const where: string[] = [];
  const values: string[] = [];
  // A row without an outcome of its own is on the first channel of its chain.
  if (channel !== undefined) {
    where.push('coalesce(o.channel, ?) = ?');
    values.push(bulk.common.chain[0] ?? '', channel);
  }
  const isOpen = 'coalesce(o.final, 0) = 0';
  if (open) where.push(isOpen);
  if (attempted) where.push('coalesce(o.events, t.entry) IS NOT NULL');
  if (statuses !== undefined) {
    const statusSql = `coalesce(o.status, CASE WHEN t.entry IS NULL THEN '${implicitStatuses[0]}' ELSE '${implicitStatuses[1]}' END)`;
    const hasStatus = `${statusSql} IN (${statuses.map(() => '?').join(', ')})`;
    const includesDoubts = statuses.includes('in-doubt');
    const isInDoubt = "o.phase IN ('sending', 'doubt') OR c.owner IS NOT NULL";
    const matchesStatus = includesDoubts ? `(${hasStatus} OR ${isInDoubt})` : hasStatus;
    // Searching the claims is slower, so it is skipped when none of their statuses is asked for.
    if (!orOpen && !includesDoubts && !implicitStatuses.some((status) => statuses.includes(status)))
      where.push('o.row IS NOT NULL');
    where.push(orOpen ? `(${matchesStatus} OR ${isOpen})` : matchesStatus);
    values.push(...statuses);
  }
  return { where: where.map((one) => ` AND ${one}`).join(''), values };
}
