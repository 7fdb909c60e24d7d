import { begun, fold } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';
import { type Joined, joined, type Kept, planOf, rowAt, standing, storedRow } from './bulk-rows.ts';
import type { Access } from './bulk-store.ts';
import { countAs, expectedBulk, type KeptBulk } from './bulk-table.ts';
import { insertMany } from './insert.ts';
import { happen } from './messages.ts';
import type { Claimed, Happened, Run } from './run.ts';

/** Messages in doubt read at once: as many as one question to the gateway can name. */
const page = 100;

/** `free` gives up the lock that this process holds on the bulk. */
export async function openRun(
  id: string,
  owner: string,
  now: Instant,
  { write, read }: Access,
  free: () => void,
): Promise<Run> {
  await write((sql) => adopt(sql, expectedBulk(sql, id), now));
  /** Of each claim of this run, how many rows have no outcome yet. */
  const left = new Map<number, number>();

  return {
    turn: (happened, most, now) =>
      write((sql) => {
        const kept = expectedBulk(sql, id);
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
        const { stopped } = kept.bulk;
        const claimed = stopped ? [] : claim(sql, kept, most, owner, now);
        for (const { claim } of claimed) if (claim !== null) left.set(claim, (left.get(claim) ?? 0) + 1);
        return { claimed, stopped };
      }),
    async *doubts() {
      for (let after = 0; ; ) {
        const rows = await read((sql) => unsettled(sql, expectedBulk(sql, id), 'doubt', after, page));
        if (rows.length > 0) yield rows;
        if (rows.length < page) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    end: free,
  };
}

/** What a process that is gone was busy with: nobody knows what became of it. */
function adopt(sql: Sql, kept: KeptBulk, at: Instant): void {
  const lost = sql.all<Joined>(`${joined} WHERE r.bulk = ? AND c.owner IS NOT NULL`, kept.seq);
  const begun = unsettled(sql, kept, 'sending', 0, -1).map(({ row }) => row);
  const stored = [
    ...lost.map((row) => storedRow(sql, kept, row)),
    ...begun.flatMap((row) => rowAt(sql, kept, row) ?? []),
  ];
  for (const one of stored) happen(one, { kind: 'doubt', at, reason: 'the process that sent it has ended' });
  sql.run('DELETE FROM bulk_claims WHERE bulk = ?', kept.seq);
}

function unsettled(
  sql: Sql,
  kept: KeptBulk,
  phase: 'queued' | 'sending' | 'doubt',
  after: number,
  most: number,
): Claimed[] {
  return sql
    .all<{ row: number }>(
      // The index is only for these three phases, and SQLite wants to be told in the same words.
      `SELECT row FROM bulk_outcomes WHERE phase IN ('queued', 'sending', 'doubt')
       AND bulk = ? AND phase = ? AND row > ? ORDER BY row LIMIT ?`,
      kept.seq,
      phase,
      after,
      most,
    )
    .flatMap(({ row }) => {
      const stored = rowAt(sql, kept, row);
      return stored ? [{ row, delivery: stored.delivery, claim: null }] : [];
    });
}

/** First those that were given back, then those that nobody has had. */
function claim(sql: Sql, kept: KeptBulk, most: number, owner: string, at: Instant): Claimed[] {
  const intent: Event = { kind: 'intent', at, owner };
  const back = most > 0 ? unsettled(sql, kept, 'queued', 0, most) : [];
  for (const one of back) {
    const stored = rowAt(sql, kept, one.row);
    if (stored) one.delivery = happen(stored, intent);
  }
  const claimed = [...back];
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
  const first = happened.filter(({ of }) => of.claim !== null);
  const outcomes = first.map(({ of, event }) => {
    const after = fold(of.delivery, event);
    return { of, event, after, events: JSON.stringify([event]) };
  });
  const added = insertMany(
    sql,
    'INSERT OR IGNORE INTO bulk_outcomes (bulk, row, phase, channel, status, final, events) VALUES',
    outcomes.map(({ of, after, events }) => [kept.seq, of.row, ...standing(after), events]),
  );
  // Somebody may have been quicker: a receipt, or the same id sent by itself.
  const later =
    added === outcomes.length ? [] : outcomes.filter(({ of, events }) => !isKept(sql, kept, of.row, events));
  for (const { of, after } of outcomes) of.delivery = after;
  const news = later.length === 0 ? outcomes : outcomes.filter((outcome) => !later.includes(outcome));
  countAs(
    sql,
    kept.seq,
    news.map(({ after }) => after),
    1,
  );
  for (const { of, event } of [...later, ...happened.filter(({ of }) => of.claim === null)]) {
    const stored = rowAt(sql, kept, of.row);
    if (stored) of.delivery = happen(stored, event);
  }
}

function isKept(sql: Sql, { seq }: KeptBulk, row: number, events: string): boolean {
  const sqlText = 'SELECT events FROM bulk_outcomes WHERE bulk = ? AND row = ?';
  return sql.get<{ events: string }>(sqlText, seq, row)?.events === events;
}
