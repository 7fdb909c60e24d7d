import type { Event, Status } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { RowEvent, RowOutcome } from './api.ts';
import type { StoredBulk } from './bulk-table.ts';

/** A stretch of rows that one process has taken to send. */
export interface Claim {
  first: number;
  last: number;
  /** Rows of which nothing is known yet. */
  left: number;
  /** JSON object of what the gateway simply took, by row. */
  taken: string;
}

type Accepted = Extract<Event, { kind: 'accepted' }>;

/** When the gateway took it, and what it calls it. The rest follows from what was sent. */
type Entry = [at: Instant, gatewayId: string | null];

/** A message that was simply taken: as it was sent, so that no more is to be said of it than an entry says. */
export type Acceptances = RowEvent & { event: Accepted };

export const noAcceptances = '{}';

/** The claim with more that was simply taken. */
export function addAcceptances(claim: Claim, taken: readonly Acceptances[]): Claim {
  if (taken.length === 0) return claim;
  // Written by hand: a million of them are.
  const entries = taken.map(
    ({ of, event: { at, gatewayId } }) => `"${of.row}":[${at},${JSON.stringify(gatewayId)}]`,
  );
  const before = claim.taken === noAcceptances ? '{' : `${claim.taken.slice(0, -1)},`;
  return { ...claim, taken: `${before}${entries.join()}}` };
}

export function isPlainAcceptance(happened: RowEvent): happened is Acceptances {
  const { of, event } = happened;
  return (
    event.kind === 'accepted' &&
    !event.simulation &&
    !event.shown &&
    event.channel === of.delivery.plan.message.chain[0]
  );
}

/** The event that an entry stands for. */
export function acceptanceEvent(entry: string, { message }: Plan): Accepted {
  const [at, gatewayId] = JSON.parse(entry) as Entry;
  return { kind: 'accepted', at, channel: message.chain[0] ?? 'sms', gatewayId, simulation: false };
}

/** SQL of the last claim of bulk `?1` that begins at row `?2` or before: the only one that the row may lie in. */
const claimAt = '(SELECT max(first) FROM bulk_claims WHERE bulk = ?1 AND first <= ?2)';

/** SQL of the rows `?2` to `?3` of bulk `?1` that were simply taken, and their entries. */
export const entriesBetween = `SELECT CAST(e.key AS INTEGER) AS row, e.value AS entry
  FROM bulk_claims c, json_each(c.taken) e
  WHERE c.bulk = ?1 AND c.first BETWEEN coalesce(${claimAt}, 0) AND ?3`;

/** As `entriesBetween` of the row `?2` alone, quicker; the entry is null where it was not taken. */
export const entryOf = `SELECT ?2 AS row, json_extract(taken, '$."' || CAST(?2 AS INTEGER) || '"') AS entry
  FROM bulk_claims WHERE bulk = ?1 AND first = ${claimAt}`;

/** SQL of the claims of bulk `?1` in which requests may be under way. */
export const openClaims =
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

/** The rows in claims of which nothing is known: their requests may be under way, or were when a process ended. */
export function rowsUnderWay(sql: Sql, { seq }: StoredBulk): number[] {
  const open = sql.all<Pick<Claim, 'first' | 'last' | 'taken'>>(`${openClaims} ORDER BY first`, seq);
  return open.flatMap(({ first, last, taken }) => {
    const known = rowsWithOutcome(sql, seq, first, last);
    const simply = JSON.parse(taken) as Record<number, Entry>;
    const rows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return rows.filter((row) => !known.has(row) && !(row in simply));
  });
}

/** Once what became of their rows is known, or in doubt. */
export function closeClaims(sql: Sql, { seq }: StoredBulk): void {
  sql.run('UPDATE bulk_claims SET open = 0 WHERE bulk = ? AND open = 1', seq);
}

/** The outcomes after a row, in the order of the rows. */
export function pageOfOutcomes(sql: Sql, { seq }: StoredBulk, after: number, size: number): RowOutcome[] {
  // As one text: each row would be a call of its own, and a report reads a million.
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

/** Those of these rows that have an outcome of their own. */
export function rowsWithOutcome(sql: Sql, bulk: number, first: number, last: number): Set<number> {
  const query = 'SELECT row FROM bulk_outcomes WHERE bulk = ? AND row BETWEEN ? AND ?';
  return new Set(sql.all<{ row: number }>(query, bulk, first, last).map(({ row }) => row));
}
