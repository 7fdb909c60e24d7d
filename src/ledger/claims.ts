import type { Event, Status } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { RowEvent, RowOutcome } from './api.ts';
import type { StoredBulk } from './bulk-table.ts';
import type { Claim, Grammar, Sql } from './database.ts';
import { readAcceptance, readAcceptances } from './stored.ts';

type AcceptedEvent = Extract<Event, { kind: 'accepted' }>;

/** A plain acceptance: of the message as it was sent, so that an entry holds everything about it. */
export type Acceptance = RowEvent & { event: AcceptedEvent };

/** JSON of no acceptances. */
export const noAcceptances = '{}';

/** Returns the claim with more acceptances. */
export function addAcceptances(claim: Claim, accepted: readonly Acceptance[]): Claim {
  if (accepted.length === 0) return claim;
  const before = claim.taken === noAcceptances ? '{' : `${claim.taken.slice(0, -1)},`;
  return { ...claim, taken: `${before}${encodeAcceptances(accepted)}}` };
}

/** Returns the members of a JSON object of acceptances by row, without its braces. */
export function encodeAcceptances(accepted: readonly Acceptance[]): string {
  // JSON is concatenated rather than stringified: a bulk may have a million rows.
  return accepted
    .map(({ target, event: { at, gatewayId } }) => `"${target.row}":[${at},${JSON.stringify(gatewayId)}]`)
    .join();
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
  const [at, gatewayId] = readAcceptance(entry);
  return { kind: 'accepted', at, channel: message.chain[0] ?? 'sms', gatewayId, simulation: false };
}

/** SQL for the last claim of bulk `?1` that starts at row `?2` or before: the only one that can contain the row. */
const claimOfRowSql = '(SELECT max(first) FROM bulk_claims WHERE bulk = ?1 AND first <= ?2)';

/** SQL for the rows `?2` to `?3` of bulk `?1` that were plainly accepted, and their entries. */
export function acceptancesBetweenSql({ members }: Grammar): string {
  return `SELECT CAST(e.key AS BIGINT) AS row, e.value AS entry FROM bulk_claims c, ${members('c.taken')}
    WHERE c.bulk = ?1 AND c.first BETWEEN coalesce(${claimOfRowSql}, 0) AND ?3`;
}

/** SQL as `acceptancesBetweenSql` for row `?2` alone, faster; the entry is null if it was not accepted. */
export function acceptanceOfRowSql({ member }: Grammar): string {
  return `SELECT CAST(?2 AS BIGINT) AS row, ${member('taken', 'CAST(?2 AS BIGINT)')} AS entry
    FROM bulk_claims WHERE bulk = ?1 AND first = ${claimOfRowSql}`;
}

/** SQL for the claims of bulk `?1` in which requests may be in flight. */
export function openClaimsSql({ usingIndex }: Grammar): string {
  return `SELECT first, last, owner, at, ms, route, taken FROM bulk_claims ${usingIndex('bulk_claims_open')}
    WHERE bulk = ?1 AND open = 1`;
}

export async function addClaim(
  sql: Sql,
  bulk: number,
  { first, last }: Pick<Claim, 'first' | 'last'>,
  { owner, at, since, route }: Extract<Event, { kind: 'intent' }>,
): Promise<void> {
  await sql.run(
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

export async function saveClaim(sql: Sql, bulk: number, { first, left, taken }: Claim): Promise<void> {
  await sql.run(
    'UPDATE bulk_claims SET taken = ?, open = ? WHERE bulk = ? AND first = ?',
    taken,
    left > 0 ? 1 : 0,
    bulk,
    first,
  );
}

/** A claim in which requests may be in flight, or were when a process ended. */
export interface OpenClaim {
  first: number;
  owner: string;
  /** Rows without a known outcome. */
  inFlight: number[];
}

export async function listOpenClaims(sql: Sql, { seq }: StoredBulk): Promise<OpenClaim[]> {
  const found = await sql.all<Pick<Claim, 'first' | 'last' | 'taken'> & { owner: string }>(
    `${openClaimsSql(sql.grammar)} ORDER BY first`,
    seq,
  );
  const open: OpenClaim[] = [];
  for (const { first, last, owner, taken } of found) {
    const known = await findRowsWithOutcome(sql, seq, first, last);
    const acceptances = readAcceptances(taken);
    const rows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    open.push({ first, owner, inFlight: rows.filter((row) => !known.has(row) && !(row in acceptances)) });
  }
  return open;
}

/** Closes a claim, once its rows have outcomes or are in doubt. */
export async function closeClaim(sql: Sql, { seq }: StoredBulk, first: number): Promise<void> {
  await sql.run('UPDATE bulk_claims SET open = 0 WHERE bulk = ? AND first = ?', seq, first);
}

/** Returns the outcomes after a row, in row order. */
export async function readOutcomes(
  sql: Sql,
  { seq }: StoredBulk,
  after: number,
  size: number,
): Promise<RowOutcome[]> {
  // One text for the page: a call for each row would be slower, and a report reads a million.
  const found = await sql.get<{ page: string | null }>(
    `SELECT ${sql.grammar.join(`'[' || row || ',"' || channel || '","' || status || '",' || final || ',' || events || ']'`)} AS page
     FROM (SELECT row, channel, status, final, events FROM bulk_outcomes
           WHERE bulk = ? AND row > ? ORDER BY row LIMIT ?) AS page_rows`,
    seq,
    after,
    size,
  );
  const rows = JSON.parse(`[${found?.page ?? ''}]`) as [number, string, Status, number, Event[]][];
  return rows.map(([row, channel, status, final, events]) => ({
    row,
    channel,
    status,
    final: final === 1,
    events,
  }));
}

/** Returns the rows of a range that have an outcome of their own. */
export async function findRowsWithOutcome(
  sql: Sql,
  bulk: number,
  first: number,
  last: number,
): Promise<Set<number>> {
  const query = 'SELECT row FROM bulk_outcomes WHERE bulk = ? AND row BETWEEN ? AND ?';
  const found = await sql.all<{ row: number }>(query, bulk, first, last);
  return new Set(found.map(({ row }) => row));
}
