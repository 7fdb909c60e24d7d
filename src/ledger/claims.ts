import type { Event, Status } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { RowEvent, RowOutcome } from './api.ts';
import type { StoredBulk } from './bulk-table.ts';

/** A range of rows that one process has claimed for sending. */
export interface Claim {
  first: number;
  last: number;
  /** Number of rows without a known outcome. */
  left: number;
  /** JSON object of plain acceptances by row. */
  taken: string;
}

type AcceptedEvent = Extract<Event, { kind: 'accepted' }>;

/** Time of acceptance and gateway id. All other fields follow from the message. */
type AcceptanceEntry = [at: Instant, gatewayId: string | null];

/** A plain acceptance: of the message as it was sent, so that an entry holds everything about it. */
export type Acceptance = RowEvent & { event: AcceptedEvent };

/** JSON of no acceptances. */
export const noAcceptances = '{}';

/** Returns the claim with more acceptances. */
export function addAcceptances(claim: Claim, taken: readonly Acceptance[]): Claim {
  if (taken.length === 0) return claim;
  // JSON is concatenated rather than stringified: a bulk may have a million rows.
  const entries = taken.map(
    ({ target, event: { at, gatewayId } }) => `"${target.row}":[${at},${JSON.stringify(gatewayId)}]`,
  );
  const before = claim.taken === noAcceptances ? '{' : `${claim.taken.slice(0, -1)},`;
  return { ...claim, taken: `${before}${entries.join()}}` };
}

/** Reports whether an event is a plain acceptance: not simulated, not from a status request, on the first channel. */
export function isPlainAcceptance(rowEvent: RowEvent): rowEvent is Acceptance {
  const { target, event } = rowEvent;
  return (
    event.kind === 'accepted' &&
    !event.simulation &&
    !event.shown &&
    event.rejected === undefined &&
    event.size === undefined &&
    event.channel === target.delivery.plan.message.chain[0]
  );
}

/** Decodes an entry into its event. */
export function toAcceptanceEvent(entry: string, { message }: Plan): AcceptedEvent {
  const [at, gatewayId] = JSON.parse(entry) as AcceptanceEntry;
  return { kind: 'accepted', at, channel: message.chain[0] ?? 'sms', gatewayId, simulation: false };
}

/** SQL for the last claim of bulk `?1` that starts at row `?2` or before: the only one that can contain the row. */
const claimOfRowSql = '(SELECT max(first) FROM bulk_claims WHERE bulk = ?1 AND first <= ?2)';

/** SQL for the rows `?2` to `?3` of bulk `?1` that were plainly accepted, and their entries. */
export const acceptancesBetweenSql = `SELECT CAST(e.key AS INTEGER) AS row, e.value AS entry
  FROM bulk_claims c, json_each(c.taken) e
  WHERE c.bulk = ?1 AND c.first BETWEEN coalesce(${claimOfRowSql}, 0) AND ?3`;

/** SQL as `acceptancesBetweenSql` for row `?2` alone, faster; the entry is null if it was not accepted. */
export const acceptanceOfRowSql = `SELECT ?2 AS row, json_extract(taken, '$."' || CAST(?2 AS INTEGER) || '"') AS entry
  FROM bulk_claims WHERE bulk = ?1 AND first = ${claimOfRowSql}`;

/** SQL for the claims of bulk `?1` in which requests may be in flight. */
export const openClaimsSql =
  'SELECT first, last, owner, at, ms, route, taken FROM bulk_claims INDEXED BY bulk_claims_open WHERE bulk = ?1 AND open = 1';

export function addClaim(
  sql: Sql,
  bulk: number,
  { first, last }: Pick<Claim, 'first' | 'last'>,
  { owner, at, since, route }: Extract<Event, { kind: 'intent' }>,
): void {
  sql.run(
    'INSERT INTO bulk_claims (bulk, first, last, owner, at, ms, route) VALUES (?, ?, ?, ?, ?, ?, ?)',
    bulk,
    first,
    last,
    owner,
    at,
    since?.ms ?? null,
    route ?? null,
  );
}

export function saveClaim(sql: Sql, bulk: number, { first, left, taken }: Claim): void {
  sql.run(
    'UPDATE bulk_claims SET taken = ?, open = ? WHERE bulk = ? AND first = ?',
    taken,
    left > 0 ? 1 : 0,
    bulk,
    first,
  );
}

/** Returns claimed rows without a known outcome: their requests may be in flight, or were when a process ended. */
export function findRowsInFlight(sql: Sql, { seq }: StoredBulk): number[] {
  const open = sql.all<Pick<Claim, 'first' | 'last' | 'taken'>>(`${openClaimsSql} ORDER BY first`, seq);
  return open.flatMap(({ first, last, taken }) => {
    const known = findRowsWithOutcome(sql, seq, first, last);
    const acceptances = JSON.parse(taken) as Record<number, AcceptanceEntry>;
    const rows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return rows.filter((row) => !known.has(row) && !(row in acceptances));
  });
}

/** Closes all claims of a bulk, once their rows have outcomes or are in doubt. */
export function closeClaims(sql: Sql, { seq }: StoredBulk): void {
  sql.run('UPDATE bulk_claims SET open = 0 WHERE bulk = ? AND open = 1', seq);
}

/** Returns the outcomes after a row, in row order. */
export function readOutcomes(sql: Sql, { seq }: StoredBulk, after: number, size: number): RowOutcome[] {
  // One text for the page: a call for each row would be slower, and a report reads a million.
  const { page } = sql.get<{ page: string | null }>(
    `SELECT group_concat('[' || row || ',"' || channel || '","' || status || '",' || final || ',' || events || ']') AS page
     FROM (SELECT row, channel, status, final, events FROM bulk_outcomes WHERE bulk = ? AND row > ? ORDER BY row LIMIT ?)`,
    seq,
    after,
    size,
  ) ?? { page: null };
  const rows = JSON.parse(`[${page ?? ''}]`) as [number, string, Status, number, Event[]][];
  return rows.map(([row, channel, status, final, events]) => ({
    row,
    channel,
    status,
    final: final === 1,
    events,
  }));
}

/** Returns the rows of a range that have an outcome of their own. */
export function findRowsWithOutcome(sql: Sql, bulk: number, first: number, last: number): Set<number> {
  const query = 'SELECT row FROM bulk_outcomes WHERE bulk = ? AND row BETWEEN ? AND ?';
  return new Set(sql.all<{ row: number }>(query, bulk, first, last).map(({ row }) => row));
}
