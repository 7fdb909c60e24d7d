import { applyEvent, type Delivery, newDelivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { BulkRun, ClaimedRow, RowEvent } from './api.ts';
import { adjustCount, expectedBulk, type StoredBulk, setOwner, storedBulk } from './bulk-table.ts';
import {
  type Acceptances,
  addAcceptances,
  addClaim,
  type Claim,
  isPlainAcceptance,
  noAcceptances,
  rowsWithOutcome,
  saveClaim,
} from './claims.ts';
import { addControls, endpointOf } from './controls.ts';
import type { LedgerDatabase } from './database.ts';
import { applyAndSave } from './messages.ts';
import { optedOutEvent, optOutsAmong } from './opt-outs.ts';
import { unsettledRows } from './recovery.ts';
import { decodePlan, rowAt, type StoredRow } from './rows.ts';

/** Messages in doubt read at once: as many as one question to the gateway can name. */
const page = 100;

/** What a turn leads to, once it is committed. */
interface Turned {
  claimed: ClaimedRow[];
  refused: ClaimedRow[];
  stopped: boolean;
  /** As they are known now. */
  settled: readonly Settled[];
  /** Claims as they are now. */
  claims: readonly Claim[];
}

interface Settled {
  of: ClaimedRow;
  after: Delivery;
}

/** A bulk that this worker has taken, to be sent through `route`. */
export async function openRun(
  id: string,
  route: string,
  { write, read, sync, workers, marker, clock }: LedgerDatabase,
): Promise<BulkRun> {
  const owner = workers.own();
  /** The claims of this run that are open, by their first rows. */
  const open = new Map<number, Claim>();

  function turn(sql: Sql, happened: readonly RowEvent[], most: number, at: Instant): Turned {
    workers.assertCurrent(sql);
    const kept = expectedBulk(sql, id);
    const { settled, claims } = keep(sql, kept, happened, open);
    addControlsOf(sql, route, happened);
    const { stopped } = kept.bulk;
    if (stopped || most === 0) return { claimed: [], refused: [], stopped, settled, claims };
    const since = { boot: clock.boot, ms: clock.monotonic() };
    const found = claim(sql, kept, most, { kind: 'intent', at, owner, since, route });
    if (found.claimed.length > 0) marker.advance(sql);
    return { ...found, stopped, settled, claims: [...claims, ...found.claims] };
  }

  return {
    async commitAndClaim(happened, most, now) {
      const turned = await write((sql) => turn(sql, happened, most, now), 'written');
      for (const { of, after } of turned.settled) {
        of.delivery = after;
        of.claim = null;
      }
      for (const claim of turned.claims)
        if (claim.left > 0) open.set(claim.first, claim);
        else open.delete(claim.first);
      const { claimed, refused, stopped } = turned;
      // An intent must be durable before its request. What is lost of outcomes would only be asked for again.
      if (claimed.length > 0) await sync();
      return { claimed, settled: refused, stopped };
    },
    isStale: workers.isStale,
    confirm: () => write(workers.beat),
    async *doubts() {
      for (let after = 0; ; ) {
        const rows = await read((sql) => {
          const kept = expectedBulk(sql, id);
          return rowsOf(sql, kept, unsettledRows(sql, kept, 'doubt', after, page));
        });
        if (rows.length > 0) yield rows;
        if (rows.length < page) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    end: () =>
      write((sql) => {
        const kept = storedBulk(sql, id);
        if (kept?.owner === owner) setOwner(sql, kept, null);
      }),
  };
}

/** Of what happened in a turn, so many are looked at for controls. */
const maxLooks = 100;

/** Of what happened, the messages that the gateway said it accepted prove by their presence that others are absent. */
function addControlsOf(sql: Sql, route: string, happened: readonly RowEvent[]): void {
  const ids = new Map<string, string[]>();
  // The newest are enough, and a million pass here.
  for (const { of, event } of happened.slice(-maxLooks)) {
    if (event.kind !== 'accepted' || event.shown || event.simulation) continue;
    const { plan } = of.delivery;
    const endpoint = endpointOf(plan);
    const known = ids.get(endpoint);
    if (known) known.push(plan.id);
    else ids.set(endpoint, [plan.id]);
  }
  for (const [endpoint, accepted] of ids) addControls(sql, route, endpoint, accepted);
}

/** Rows as they stand, by what is known of them. */
function rowsOf(sql: Sql, kept: StoredBulk, rows: readonly number[]): ClaimedRow[] {
  return rows.flatMap((row) => {
    const stored = rowAt(sql, kept, row);
    return stored ? [{ row, delivery: stored.delivery, claim: null }] : [];
  });
}

/** Keeps what happened: what was simply taken in the claims, all else by itself. */
function keep(
  sql: Sql,
  kept: StoredBulk,
  happened: readonly RowEvent[],
  open: ReadonlyMap<number, Claim>,
): Pick<Turned, 'settled' | 'claims'> {
  const settled: Settled[] = [];
  const claims: Claim[] = [];
  for (const [first, news] of byClaim(happened)) {
    const claim = first === null ? undefined : open.get(first);
    // Somebody may have been quicker: a receipt, or the same id sent by itself.
    const known = claim && rowsWithOutcome(sql, kept.seq, claim.first, claim.last);
    const taken: Acceptances[] = [];
    for (const one of news)
      if (known && !known.has(one.of.row) && isPlainAcceptance(one)) taken.push(one);
      else settled.push({ of: one.of, after: keepOne(sql, kept, one.of, one.event) });
    const simply = taken.map(({ of, event }) => ({ of, after: applyEvent(of.delivery, event) }));
    settled.push(...simply);
    // They all stand alike.
    if (simply[0]) adjustCount(sql, kept.seq, simply[0].after, simply.length);
    if (claim === undefined) continue;
    const after = addAcceptances({ ...claim, left: claim.left - news.length }, taken);
    saveClaim(sql, kept.seq, after);
    claims.push(after);
  }
  return { settled, claims };
}

function keepOne(sql: Sql, kept: StoredBulk, { row, delivery }: ClaimedRow, event: Event): Delivery {
  const stored = rowAt(sql, kept, row);
  if (stored === undefined) return delivery;
  // To give back what somebody else has given back, and is sent once more by now, would have it sent twice.
  const isOver = event.kind === 'unsent' && !isAsKnown(delivery, stored.delivery);
  return isOver ? stored.delivery : applyAndSave(stored, event);
}

function isAsKnown(known: Delivery, now: Delivery): boolean {
  return (
    known.phase === now.phase &&
    known.updatedAt === now.updatedAt &&
    JSON.stringify(known.intent) === JSON.stringify(now.intent)
  );
}

function byClaim(happened: readonly RowEvent[]): Map<number | null, RowEvent[]> {
  const groups = new Map<number | null, RowEvent[]>();
  for (const one of happened) {
    const group = groups.get(one.of.claim);
    if (group) group.push(one);
    else groups.set(one.of.claim, [one]);
  }
  return groups;
}

/** First those that were given back, then those that nobody has had. Who has opted out of either gets nothing. */
function claim(
  sql: Sql,
  kept: StoredBulk,
  most: number,
  intent: Extract<Event, { kind: 'intent' }>,
): Pick<Turned, 'claimed' | 'refused' | 'claims'> {
  const { at } = intent;
  const refuse = (of: ClaimedRow): ClaimedRow => ({
    ...of,
    claim: null,
    delivery: keepOne(sql, kept, of, optedOutEvent(at)),
  });
  const back = parted(sql, kept, rowsOf(sql, kept, unsettledRows(sql, kept, 'queued', 0, most)));
  const claimed = back.wanted.map((of) => ({ ...of, delivery: keepOne(sql, kept, of, intent) }));
  const refused = back.unwanted.map(refuse);
  const claims: Claim[] = [];
  for (let { next } = kept; claimed.length + refused.length < most && next <= kept.bulk.rows; ) {
    const last = Math.min(next + most - claimed.length - refused.length - 1, kept.bulk.rows);
    const { wanted, unwanted } = parted(sql, kept, untouched(sql, kept, next, last));
    refused.push(...unwanted.map(refuse));
    for (const of of wanted) of.delivery = applyEvent(of.delivery, intent);
    claimed.push(...wanted);
    const claim = { first: next, last, left: wanted.length, taken: noAcceptances };
    if (claim.left > 0) {
      addClaim(sql, kept.seq, claim, intent);
      claims.push(claim);
    }
    next = last + 1;
    sql.run('UPDATE bulks SET next = ? WHERE seq = ?', next, kept.seq);
  }
  return { claimed, refused, claims };
}

/** Those to send, and those that are not wanted any more. */
function parted(
  sql: Sql,
  { bulk }: StoredBulk,
  rows: ClaimedRow[],
): { wanted: ClaimedRow[]; unwanted: ClaimedRow[] } {
  if (bulk.overrides?.optOut !== undefined || rows.length === 0) return { wanted: rows, unwanted: [] };
  const out = optOutsAmong(
    sql,
    rows.map(({ delivery }) => delivery.plan.to),
  );
  if (out.size === 0) return { wanted: rows, unwanted: [] };
  const isOut = ({ delivery }: ClaimedRow) => out.has(delivery.plan.to);
  return { wanted: rows.filter((of) => !isOut(of)), unwanted: rows.filter(isOut) };
}

/** Rows that nobody has had, to be claimed as one stretch; not those that were sent by themselves, under their own id. */
function untouched(sql: Sql, { seq, bulk }: StoredBulk, first: number, last: number): ClaimedRow[] {
  // As one text: each row would be a call of its own.
  const { bodies } = sql.get<{ bodies: string | null }>(
    `SELECT group_concat(body) AS bodies FROM
       (SELECT body FROM bulk_rows WHERE bulk = ? AND row BETWEEN ? AND ? ORDER BY row)`,
    seq,
    first,
    last,
  ) ?? { bodies: null };
  const known = rowsWithOutcome(sql, seq, first, last);
  const rows = (JSON.parse(`[${bodies ?? ''}]`) as StoredRow[]).map((kept, index): ClaimedRow => {
    const row = first + index;
    return { row, claim: first, delivery: newDelivery(decodePlan(bulk, row, kept), bulk.createdAt, bulk.id) };
  });
  return known.size === 0 ? rows : rows.filter(({ row }) => !known.has(row));
}
