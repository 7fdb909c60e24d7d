import { applyEvent, type Delivery, newDelivery } from '../message/delivery.ts';
import { toEndpoint } from '../message/endpoint.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { ClaimedRow, RowEvent } from './api.ts';
import { adjustCount, getBulk, type StoredBulk } from './bulk-table.ts';
import { countAccepted } from './bulk-workers.ts';
import {
  type Acceptance,
  addAcceptances,
  addClaim,
  findRowsWithOutcome,
  isPlainAcceptance,
  noAcceptances,
  saveClaim,
} from './claims.ts';
import { addControls } from './controls.ts';
import type { Claim, LedgerDatabase, Settled, Sql, Turn, TurnResult } from './database.ts';
import { applyAndSave } from './messages.ts';
import { findOptOuts, newOptedOutEvent } from './opt-outs.ts';
import { findUnsettledRows } from './recovery.ts';
import { decodePlan, readRow, readRowBodies } from './rows.ts';

/** The event of a claim. */
export type Intent = Extract<Event, { kind: 'intent' }>;

/** Runs a turn within a transaction, statement by statement. */
export async function runTurn(
  sql: Sql,
  { bulk, owner, route, events, limit, at, open }: Turn,
  { marker, clock }: Pick<LedgerDatabase, 'marker' | 'clock'>,
): Promise<TurnResult> {
  const storedBulk = await getBulk(sql, bulk);
  const { settled, claims } = await saveEvents(sql, storedBulk, events, open);
  const accepted = events.filter(({ event }) => event.kind === 'accepted').length;
  if (accepted > 0) await countAccepted(sql, storedBulk.seq, owner, accepted);
  for (const [endpoint, ids] of findControls(events)) await addControls(sql, route, endpoint, ids);
  const { stopped } = storedBulk.bulk;
  if (stopped || limit === 0) return { claimed: [], refused: [], stopped, settled, claims };
  const since = { boot: clock.boot, ms: clock.monotonic() };
  const found = await claim(sql, storedBulk, limit, { kind: 'intent', at, owner, since, route });
  if (found.claimed.length > 0) await marker.advance(sql);
  return { ...found, stopped, settled, claims: [...claims, ...found.claims] };
}

/** Events of a turn that are searched for controls. */
const maxControlCandidates = 100;

/** Finds the newest messages that the gateway accepted, which prove that others are absent, by endpoint. */
export function findControls(events: readonly RowEvent[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  // The newest are enough, and a bulk may have a million.
  for (const { target, event } of events.slice(-maxControlCandidates)) {
    if (event.kind !== 'accepted' || event.shown || event.simulation) continue;
    const { plan } = target.delivery;
    // A message that the gateway moved to another channel is not listed on this one.
    if (event.channel !== plan.message.chain[0]) continue;
    const endpoint = toEndpoint(plan);
    const known = ids.get(endpoint);
    if (known) known.push(plan.id);
    else ids.set(endpoint, [plan.id]);
  }
  return ids;
}

/** Reads rows as claimed rows. */
export async function readClaimedRows(
  sql: Sql,
  storedBulk: StoredBulk,
  rows: readonly number[],
): Promise<ClaimedRow[]> {
  const found: ClaimedRow[] = [];
  for (const row of rows) {
    const stored = await readRow(sql, storedBulk, row);
    if (stored) found.push({ row, delivery: stored.delivery, claim: null });
  }
  return found;
}

/** Saves events: plain acceptances in the claims, all others as outcomes. */
export async function saveEvents(
  sql: Sql,
  storedBulk: StoredBulk,
  events: readonly RowEvent[],
  open: ReadonlyMap<number, Claim>,
): Promise<Pick<TurnResult, 'settled' | 'claims'>> {
  const settled: Settled[] = [];
  const claims: Claim[] = [];
  for (const [first, claimEvents] of groupByClaim(events)) {
    const claim = first === null ? undefined : open.get(first);
    // Another process may have saved an outcome first: a receipt, or the same id sent individually.
    const known = claim && (await findRowsWithOutcome(sql, storedBulk.seq, claim.first, claim.last));
    const accepted: Acceptance[] = [];
    for (const one of claimEvents)
      if (known && !known.has(one.target.row) && isPlainAcceptance(one)) accepted.push(one);
      else
        settled.push({
          target: one.target,
          after: await saveEvent(sql, storedBulk, one.target, one.event),
        });
    const acceptances = accepted.map(toSettled);
    settled.push(...acceptances);
    // They all have the same status.
    if (acceptances[0]) await adjustCount(sql, storedBulk.seq, acceptances[0].after, acceptances.length);
    if (claim === undefined) continue;
    const after = addAcceptances({ ...claim, left: claim.left - claimEvents.length }, accepted);
    await saveClaim(sql, storedBulk.seq, after);
    claims.push(after);
  }
  return { settled, claims };
}

export function toSettled({ target, event }: RowEvent): Settled {
  return { target, after: applyEvent(target.delivery, event) };
}

export async function saveEvent(
  sql: Sql,
  storedBulk: StoredBulk,
  { row, delivery }: ClaimedRow,
  event: Event,
): Promise<Delivery> {
  const stored = await readRow(sql, storedBulk, row);
  if (stored === undefined) return delivery;
  // If another process has taken it over, it may be sending it again: giving it back, or doubting it, would send it twice.
  const isGuess = event.kind === 'unsent' || event.kind === 'doubt';
  if (isGuess && !isUnchanged(delivery, stored.delivery)) return stored.delivery;
  return applyAndSave(sql, stored, event);
}

function isUnchanged(known: Delivery, now: Delivery): boolean {
  return (
    known.phase === now.phase &&
    known.updatedAt === now.updatedAt &&
    JSON.stringify(known.intent) === JSON.stringify(now.intent)
  );
}

export function groupByClaim(events: readonly RowEvent[]): Map<number | null, RowEvent[]> {
  const groups = new Map<number | null, RowEvent[]>();
  for (const one of events) {
    const group = groups.get(one.target.claim);
    if (group) group.push(one);
    else groups.set(one.target.claim, [one]);
  }
  return groups;
}

/** Claims rows: first the returned ones, then unclaimed ones. Refuses those whose recipients opted out. */
async function claim(
  sql: Sql,
  storedBulk: StoredBulk,
  limit: number,
  intent: Intent,
): Promise<Pick<TurnResult, 'claimed' | 'refused' | 'claims'>> {
  const { seq } = storedBulk;
  const { claimed, refused } = await claimReturned(sql, storedBulk, limit, intent);
  const claims: Claim[] = [];
  while (claimed.length + refused.length < limit) {
    const query = 'SELECT first, last FROM bulk_free WHERE bulk = ? ORDER BY first LIMIT 1';
    const free = await sql.get<{ first: number; last: number }>(query, seq);
    if (free === undefined) break;
    const { first } = free;
    const last = Math.min(first + limit - claimed.length - refused.length - 1, free.last);
    if (last === free.last) await sql.run('DELETE FROM bulk_free WHERE bulk = ? AND first = ?', seq, first);
    else await sql.run('UPDATE bulk_free SET first = ? WHERE bulk = ? AND first = ?', last + 1, seq, first);
    const found = await readStretch(sql, storedBulk, { first, last }, intent);
    claimed.push(...found.claimed);
    refused.push(...(await refuse(sql, storedBulk, found.unwanted, intent.at)));
    if (found.claim.left === 0) continue;
    await addClaim(sql, seq, found.claim, intent);
    claims.push(found.claim);
  }
  return { claimed, refused, claims };
}

/** Claims at most `limit` rows that were given back. */
export async function claimReturned(
  sql: Sql,
  storedBulk: StoredBulk,
  limit: number,
  intent: Intent,
): Promise<Pick<TurnResult, 'claimed' | 'refused'>> {
  const rows = await findUnsettledRows(sql, storedBulk, 'queued', 0, limit);
  const returned = await readClaimedRows(sql, storedBulk, rows);
  const { wanted, unwanted } = await splitByOptOut(sql, storedBulk, returned);
  const claimed: ClaimedRow[] = [];
  for (const row of wanted) claimed.push({ ...row, delivery: await saveEvent(sql, storedBulk, row, intent) });
  return { claimed, refused: await refuse(sql, storedBulk, unwanted, intent.at) };
}

/** Reads a stretch of rows that is claimed together, and tells those apart whose recipients opted out. */
export async function readStretch(
  sql: Sql,
  storedBulk: StoredBulk,
  { first, last }: Pick<Claim, 'first' | 'last'>,
  intent: Intent,
): Promise<{ claimed: ClaimedRow[]; unwanted: ClaimedRow[]; claim: Claim }> {
  const rows = await readUnclaimed(sql, storedBulk, first, last);
  const { wanted, unwanted } = await splitByOptOut(sql, storedBulk, rows);
  for (const row of wanted) row.delivery = applyEvent(row.delivery, intent);
  return { claimed: wanted, unwanted, claim: { first, last, left: wanted.length, taken: noAcceptances } };
}

/** Refuses rows whose recipients opted out. */
export async function refuse(
  sql: Sql,
  storedBulk: StoredBulk,
  rows: readonly ClaimedRow[],
  at: Instant,
): Promise<ClaimedRow[]> {
  const refused: ClaimedRow[] = [];
  for (const row of rows) {
    const delivery = await saveEvent(sql, storedBulk, row, newOptedOutEvent(at));
    refused.push({ ...row, claim: null, delivery });
  }
  return refused;
}

/** Splits rows into those to send and those whose recipients opted out. */
async function splitByOptOut(
  sql: Sql,
  { bulk }: StoredBulk,
  rows: ClaimedRow[],
): Promise<{ wanted: ClaimedRow[]; unwanted: ClaimedRow[] }> {
  if (bulk.overrides?.optOut !== undefined || rows.length === 0) return { wanted: rows, unwanted: [] };
  const optOuts = await findOptOuts(
    sql,
    rows.map(({ delivery }) => delivery.plan.to),
  );
  if (optOuts.size === 0) return { wanted: rows, unwanted: [] };
  const isOptedOut = ({ delivery }: ClaimedRow) => optOuts.has(delivery.plan.to);
  return { wanted: rows.filter((row) => !isOptedOut(row)), unwanted: rows.filter(isOptedOut) };
}

/** Reads a range of unclaimed rows, without those sent individually under their own id. */
async function readUnclaimed(
  sql: Sql,
  { seq, bulk }: StoredBulk,
  first: number,
  last: number,
): Promise<ClaimedRow[]> {
  // One text for the range: a query for each row would be slower.
  const found = await sql.get<{ bodies: string | null }>(
    `SELECT ${sql.grammar.join('body')} AS bodies FROM
       (SELECT body FROM bulk_rows WHERE bulk = ? AND row BETWEEN ? AND ? ORDER BY row) AS stretch`,
    seq,
    first,
    last,
  );
  const known = await findRowsWithOutcome(sql, seq, first, last);
  const rows = readRowBodies(found?.bodies ?? '').map((storedRow, index): ClaimedRow => {
    const row = first + index;
    return {
      row,
      claim: first,
      delivery: newDelivery(decodePlan(bulk, row, storedRow), bulk.createdAt, bulk.id),
    };
  });
  return known.size === 0 ? rows : rows.filter(({ row }) => !known.has(row));
}
