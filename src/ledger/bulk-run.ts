import { begun, type Delivery, fold } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';
import type { Access } from './access.ts';
import { type Kept, planOf, rowAt, standing } from './bulk-rows.ts';
import { countAs, expectedBulk, type KeptBulk } from './bulk-table.ts';
import { happen } from './messages.ts';
import { optedOut, optOutsAmong } from './optouts.ts';
import type { Claimed, Happened, Run } from './run.ts';
import { adopt, unsettledRows } from './unsettled.ts';

/** Messages in doubt read at once: as many as one question to the gateway can name. */
const page = 100;

/** `end` gives up the lock that this process holds on the bulk. */
export async function openRun(
  id: string,
  owner: string,
  now: Instant,
  { write, read, sync }: Access,
  end: () => Promise<void>,
): Promise<Run> {
  await write((sql) => adopt(sql, expectedBulk(sql, id), now));
  /** Of each claim of this run, how many rows have no outcome yet. */
  const left = new Map<number, number>();

  /** Keeps what happened, and ends the claims of which all is known. */
  function settle(sql: Sql, kept: KeptBulk, happened: readonly Happened[]): void {
    keep(sql, kept, happened);
    for (const { of } of happened) {
      if (of.claim === null) continue;
      const others = (left.get(of.claim) ?? 1) - 1;
      left.set(of.claim, others);
      if (others === 0) {
        sql.run('DELETE FROM bulk_claims WHERE bulk = ? AND first = ?', kept.seq, of.claim);
        left.delete(of.claim);
      }
      of.claim = null;
    }
  }

  return {
    async turn(happened, most, now) {
      const turned = await write((sql) => {
        const kept = expectedBulk(sql, id);
        settle(sql, kept, happened);
        const { stopped } = kept.bulk;
        const rows = stopped || most === 0 ? [] : claim(sql, kept, most, owner, now);
        for (const { claim } of rows) if (claim !== null) left.set(claim, (left.get(claim) ?? 0) + 1);
        const refused = unwanted(sql, kept, rows);
        if (refused.length === 0) return { claimed: rows, refused, stopped };
        settle(
          sql,
          kept,
          refused.map((of) => ({ of, event: optedOut(now) })),
        );
        return { claimed: rows.filter((of) => !refused.includes(of)), refused, stopped };
      }, 'written');
      // An intent must be durable before its request. What is lost of outcomes would only be asked for again.
      if (turned.claimed.length > 0) await sync();
      return turned;
    },
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
    end,
  };
}

/** Rows as they stand, by what is known of them. */
function rowsOf(sql: Sql, kept: KeptBulk, rows: readonly number[]): Claimed[] {
  return rows.flatMap((row) => {
    const stored = rowAt(sql, kept, row);
    return stored ? [{ row, delivery: stored.delivery, claim: null }] : [];
  });
}

/** Those that were claimed and are not wanted any more. */
function unwanted(sql: Sql, { bulk }: KeptBulk, rows: readonly Claimed[]): Claimed[] {
  if (bulk.forced !== undefined || rows.length === 0) return [];
  const out = optOutsAmong(
    sql,
    rows.map(({ delivery }) => delivery.plan.to),
  );
  return out.size === 0 ? [] : rows.filter(({ delivery }) => out.has(delivery.plan.to));
}

/** First those that were given back, then those that nobody has had. */
function claim(sql: Sql, kept: KeptBulk, most: number, owner: string, at: Instant): Claimed[] {
  const intent: Event = { kind: 'intent', at, owner };
  const claimed = unsettledRows(sql, kept, 'queued', 0, most).flatMap((row): Claimed[] => {
    const stored = rowAt(sql, kept, row);
    return stored ? [{ row, delivery: happen(stored, intent), claim: null }] : [];
  });
  for (let { next } = kept; claimed.length < most && next <= kept.bulk.rows; ) {
    const last = Math.min(next + most - claimed.length - 1, kept.bulk.rows);
    claimed.push(...claimRange(sql, kept, next, last, owner, at));
    next = last + 1;
  }
  return claimed;
}

function claimRange(
  sql: Sql,
  kept: KeptBulk,
  first: number,
  last: number,
  owner: string,
  at: Instant,
): Claimed[] {
  const { seq } = kept;
  sql.run('UPDATE bulks SET next = ? WHERE seq = ?', last + 1, seq);
  // Not those that were sent by themselves, under their own id. As one text: each row would be a call of its own.
  const { rows, bodies } = sql.get<{ rows: string | null; bodies: string }>(
    `SELECT group_concat(row) AS rows, group_concat(body) AS bodies FROM (
       SELECT r.row, r.body FROM bulk_rows r LEFT JOIN bulk_outcomes o ON o.bulk = r.bulk AND o.row = r.row
       WHERE r.bulk = ? AND r.row BETWEEN ? AND ? AND o.row IS NULL ORDER BY r.row)`,
    seq,
    first,
    last,
  ) ?? { rows: null, bodies: '' };
  if (rows === null) return [];
  sql.run('INSERT INTO bulk_claims VALUES (?, ?, ?, ?, ?)', seq, first, last, owner, at);
  const kepts = JSON.parse(`[${bodies}]`) as Kept[];
  const intent: Event = { kind: 'intent', at, owner };
  return rows.split(',').flatMap((row, index) => {
    const one = kepts[index];
    if (one === undefined) return [];
    const plan = planOf(kept.bulk, Number(row), one);
    const delivery = fold(begun(plan, kept.bulk.createdAt, kept.bulk.id), intent);
    return [{ row: Number(row), delivery, claim: first }];
  });
}

function keep(sql: Sql, kept: KeptBulk, happened: readonly Happened[]): void {
  const first = happened
    .filter(({ of }) => of.claim !== null)
    .map(({ of, event }) => ({ of, event, after: fold(of.delivery, event) }));
  const added = addOutcomes(sql, kept, first);
  // Somebody may have been quicker: a receipt, or the same id sent by itself.
  const late =
    added === first.length ? [] : first.filter(({ of, event }) => !isKept(sql, kept, of.row, event));
  for (const { of, after } of first) of.delivery = after;
  const news = late.length === 0 ? first : first.filter((one) => !late.includes(one));
  countAs(
    sql,
    kept.seq,
    news.map(({ after }) => after),
    1,
  );
  for (const { of, event } of [...late, ...happened.filter(({ of }) => of.claim === null)]) {
    const stored = rowAt(sql, kept, of.row);
    if (stored === undefined) continue;
    // To give back what somebody else has given back, and is sent once more by now, would have it sent twice.
    const isOver = event.kind === 'unsent' && !isAsKnown(of.delivery, stored.delivery);
    of.delivery = isOver ? stored.delivery : happen(stored, event);
  }
}

function isAsKnown(known: Delivery, now: Delivery): boolean {
  return known.phase === now.phase && known.updatedAt === now.updatedAt;
}

/** Adds the first outcome of each, and returns of how many it was the first. */
function addOutcomes(
  sql: Sql,
  { seq }: KeptBulk,
  outcomes: readonly { of: Claimed; event: Event; after: Delivery }[],
): number {
  // Most stand alike. Those go as one text: each row, and each cell of it, would be a call of its own.
  const alike = new Map<string, { stand: ReturnType<typeof standing>; rows: [number, [Event]][] }>();
  for (const { of, event, after } of outcomes) {
    const stand = standing(after);
    const key = stand.join(' ');
    const known = alike.get(key);
    if (known) known.rows.push([of.row, [event]]);
    else alike.set(key, { stand, rows: [[of.row, [event]]] });
  }
  let added = 0;
  for (const { stand, rows } of alike.values())
    added += sql.run(
      `INSERT OR IGNORE INTO bulk_outcomes (bulk, row, phase, channel, status, final, events)
       SELECT ?, value ->> 0, ?, ?, ?, ?, value -> 1 FROM json_each(?)`,
      seq,
      ...stand,
      JSON.stringify(rows),
    );
  return added;
}

function isKept(sql: Sql, { seq }: KeptBulk, row: number, event: Event): boolean {
  const query = 'SELECT events FROM bulk_outcomes WHERE bulk = ? AND row = ?';
  const kept = sql.get<{ events: string }>(query, seq, row)?.events;
  return kept !== undefined && JSON.stringify(JSON.parse(kept)) === JSON.stringify([event]);
}
