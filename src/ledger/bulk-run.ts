import { applyEvent, type Delivery, newDelivery } from '../message/delivery.ts';
import { toEndpoint } from '../message/endpoint.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { BulkRun, ClaimedRow, RowEvent } from './api.ts';
import { adjustCount, findBulk, getBulk, type StoredBulk, setOwner } from './bulk-table.ts';
import {
  type Acceptance,
  addAcceptances,
  addClaim,
  type Claim,
  findRowsWithOutcome,
  isPlainAcceptance,
  noAcceptances,
  saveClaim,
} from './claims.ts';
import { addControls } from './controls.ts';
import type { LedgerDatabase } from './database.ts';
import { applyAndSave } from './messages.ts';
import { findOptOuts, newOptedOutEvent } from './opt-outs.ts';
import { findUnsettledRows } from './recovery.ts';
import { decodePlan, readRow, type StoredRow } from './rows.ts';

/** Messages in doubt read at once: as many as one status request can name. */
const doubtsPerPage = 100;

/** Result of a turn, to be applied once it is committed. */
interface TurnResult {
  claimed: ClaimedRow[];
  refused: ClaimedRow[];
  stopped: boolean;
  /** Rows with their new deliveries. */
  settled: readonly Settled[];
  /** New states of the claims. */
  claims: readonly Claim[];
}

interface Settled {
  target: ClaimedRow;
  after: Delivery;
}

/** Opens a bulk that this worker has taken, for sending through `route`. */
export async function openRun(
  id: string,
  route: string,
  { write, read, sync, workers, marker, clock }: LedgerDatabase,
): Promise<BulkRun> {
  const owner = workers.own();
  /** Open claims of this run by their first rows. */
  const open = new Map<number, Claim>();

  function commitTurn(sql: Sql, events: readonly RowEvent[], limit: number, at: Instant): TurnResult {
    workers.assertCurrent(sql);
    const storedBulk = getBulk(sql, id);
    const { settled, claims } = saveEvents(sql, storedBulk, events, open);
    addControlsFrom(sql, route, events);
    const { stopped } = storedBulk.bulk;
    if (stopped || limit === 0) return { claimed: [], refused: [], stopped, settled, claims };
    const since = { boot: clock.boot, ms: clock.monotonic() };
    const found = claim(sql, storedBulk, limit, { kind: 'intent', at, owner, since, route });
    if (found.claimed.length > 0) marker.advance(sql);
    return { ...found, stopped, settled, claims: [...claims, ...found.claims] };
  }

  return {
    async commitAndClaim(events, limit, now) {
      const result = await write((sql) => commitTurn(sql, events, limit, now), 'written');
      for (const { target, after } of result.settled) {
        target.delivery = after;
        target.claim = null;
      }
      for (const claim of result.claims)
        if (claim.left > 0) open.set(claim.first, claim);
        else open.delete(claim.first);
      const { claimed, refused, stopped } = result;
      // An intent must be durable before its request. A lost outcome would only be requested again.
      if (claimed.length > 0) await sync();
      return { claimed, settled: refused, stopped };
    },
    isStale: workers.isStale,
    confirm: () => write(workers.beat),
    async *listDoubts() {
      for (let after = 0; ; ) {
        const rows = await read((sql) => {
          const storedBulk = getBulk(sql, id);
          return readClaimedRows(
            sql,
            storedBulk,
            findUnsettledRows(sql, storedBulk, 'doubt', after, doubtsPerPage),
          );
        });
        if (rows.length > 0) yield rows;
        if (rows.length < doubtsPerPage) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    release: () =>
      write((sql) => {
        const storedBulk = findBulk(sql, id);
        if (storedBulk?.owner === owner) setOwner(sql, storedBulk, null);
      }),
  };
}

/** Events of a turn that are searched for controls. */
const maxControlCandidates = 100;

/** Adds the newest messages that the gateway accepted as controls, which prove that other messages are absent. */
function addControlsFrom(sql: Sql, route: string, events: readonly RowEvent[]): void {
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
  for (const [endpoint, known] of ids) addControls(sql, route, endpoint, known);
}

/** Reads rows as claimed rows. */
function readClaimedRows(sql: Sql, storedBulk: StoredBulk, rows: readonly number[]): ClaimedRow[] {
  return rows.flatMap((row) => {
    const stored = readRow(sql, storedBulk, row);
    return stored ? [{ row, delivery: stored.delivery, claim: null }] : [];
  });
}

/** Saves events: plain acceptances in the claims, all others as outcomes. */
function saveEvents(
  sql: Sql,
  storedBulk: StoredBulk,
  events: readonly RowEvent[],
  open: ReadonlyMap<number, Claim>,
): Pick<TurnResult, 'settled' | 'claims'> {
  const settled: Settled[] = [];
  const claims: Claim[] = [];
  for (const [first, claimEvents] of groupByClaim(events)) {
    const claim = first === null ? undefined : open.get(first);
    // Another process may have saved an outcome first: a receipt, or the same id sent individually.
    const known = claim && findRowsWithOutcome(sql, storedBulk.seq, claim.first, claim.last);
    const accepted: Acceptance[] = [];
    for (const one of claimEvents)
      if (known && !known.has(one.target.row) && isPlainAcceptance(one)) accepted.push(one);
      else settled.push({ target: one.target, after: saveEvent(sql, storedBulk, one.target, one.event) });
    const acceptances = accepted.map(({ target, event }) => ({
      target,
      after: applyEvent(target.delivery, event),
    }));
    settled.push(...acceptances);
    // They all have the same status.
    if (acceptances[0]) adjustCount(sql, storedBulk.seq, acceptances[0].after, acceptances.length);
    if (claim === undefined) continue;
    const after = addAcceptances({ ...claim, left: claim.left - claimEvents.length }, accepted);
    saveClaim(sql, storedBulk.seq, after);
    claims.push(after);
  }
  return { settled, claims };
}

function saveEvent(sql: Sql, storedBulk: StoredBulk, { row, delivery }: ClaimedRow, event: Event): Delivery {
  const stored = readRow(sql, storedBulk, row);
  if (stored === undefined) return delivery;
  // If another process has returned it and is sending it again, returning it here would send it twice.
  const isOutdated = event.kind === 'unsent' && !isUnchanged(delivery, stored.delivery);
  return isOutdated ? stored.delivery : applyAndSave(sql, stored, event);
}

function isUnchanged(known: Delivery, now: Delivery): boolean {
  return (
    known.phase === now.phase &&
    known.updatedAt === now.updatedAt &&
    JSON.stringify(known.intent) === JSON.stringify(now.intent)
  );
}

function groupByClaim(events: readonly RowEvent[]): Map<number | null, RowEvent[]> {
  const groups = new Map<number | null, RowEvent[]>();
  for (const one of events) {
    const group = groups.get(one.target.claim);
    if (group) group.push(one);
    else groups.set(one.target.claim, [one]);
  }
  return groups;
}

/** Claims rows: first the returned ones, then unclaimed ones. Refuses those whose recipients opted out. */
function claim(
  sql: Sql,
  storedBulk: StoredBulk,
  limit: number,
  intent: Extract<Event, { kind: 'intent' }>,
): Pick<TurnResult, 'claimed' | 'refused' | 'claims'> {
  const { at } = intent;
  const refuse = (target: ClaimedRow): ClaimedRow => ({
    ...target,
    claim: null,
    delivery: saveEvent(sql, storedBulk, target, newOptedOutEvent(at)),
  });
  const returned = splitByOptOut(
    sql,
    storedBulk,
    readClaimedRows(sql, storedBulk, findUnsettledRows(sql, storedBulk, 'queued', 0, limit)),
  );
  const claimed = returned.wanted.map((row) => ({
    ...row,
    delivery: saveEvent(sql, storedBulk, row, intent),
  }));
  const refused = returned.unwanted.map(refuse);
  const claims: Claim[] = [];
  for (let { next } = storedBulk; claimed.length + refused.length < limit && next <= storedBulk.bulk.rows; ) {
    const last = Math.min(next + limit - claimed.length - refused.length - 1, storedBulk.bulk.rows);
    const { wanted, unwanted } = splitByOptOut(sql, storedBulk, readUnclaimed(sql, storedBulk, next, last));
    refused.push(...unwanted.map(refuse));
    for (const row of wanted) row.delivery = applyEvent(row.delivery, intent);
    claimed.push(...wanted);
    const claim = { first: next, last, left: wanted.length, taken: noAcceptances };
    if (claim.left > 0) {
      addClaim(sql, storedBulk.seq, claim, intent);
      claims.push(claim);
    }
    next = last + 1;
    sql.run('UPDATE bulks SET next = ? WHERE seq = ?', next, storedBulk.seq);
  }
  return { claimed, refused, claims };
}

/** Splits rows into those to send and those whose recipients opted out. */
function splitByOptOut(
  sql: Sql,
  { bulk }: StoredBulk,
  rows: ClaimedRow[],
): { wanted: ClaimedRow[]; unwanted: ClaimedRow[] } {
  if (bulk.overrides?.optOut !== undefined || rows.length === 0) return { wanted: rows, unwanted: [] };
  const optOuts = findOptOuts(
    sql,
    rows.map(({ delivery }) => delivery.plan.to),
  );
  if (optOuts.size === 0) return { wanted: rows, unwanted: [] };
  const isOptedOut = ({ delivery }: ClaimedRow) => optOuts.has(delivery.plan.to);
  return { wanted: rows.filter((row) => !isOptedOut(row)), unwanted: rows.filter(isOptedOut) };
}

/** Reads a range of unclaimed rows to be claimed together, without those sent individually under their own id. */
function readUnclaimed(sql: Sql, { seq, bulk }: StoredBulk, first: number, last: number): ClaimedRow[] {
  // One text for the range: a query for each row would be slower.
  const { bodies } = sql.get<{ bodies: string | null }>(
    `SELECT group_concat(body) AS bodies FROM
       (SELECT body FROM bulk_rows WHERE bulk = ? AND row BETWEEN ? AND ? ORDER BY row)`,
    seq,
    first,
    last,
  ) ?? { bodies: null };
  const known = findRowsWithOutcome(sql, seq, first, last);
  const rows = (JSON.parse(`[${bodies ?? ''}]`) as StoredRow[]).map((storedRow, index): ClaimedRow => {
    const row = first + index;
    return {
      row,
      claim: first,
      delivery: newDelivery(decodePlan(bulk, row, storedRow), bulk.createdAt, bulk.id),
    };
  });
  return known.size === 0 ? rows : rows.filter(({ row }) => !known.has(row));
}
