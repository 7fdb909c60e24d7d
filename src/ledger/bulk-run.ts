import { fail } from '../errors.ts';
import type { Instant } from '../message/time.ts';
import type { BulkRun, ClaimedRow } from './api.ts';
import { findBulk, getBulk, setStopped } from './bulk-table.ts';
import { isLed, isOwned, joinBulk, leaveBulk, listOwners } from './bulk-workers.ts';
import type { Claim, LedgerDatabase, Sql } from './database.ts';
import { findUnsettledRows, recoverDeadClaims } from './recovery.ts';
import { readClaimedRows } from './turn.ts';

/** Messages in doubt read at once: as many as one status request can name. */
const doubtsPerPage = 100;

/** Takes a bulk for sending; see `Bulks.take`. @throws Failure `bulk.running`, `bulk.stopped` */
export async function takeBulk(
  id: string,
  route: string,
  now: Instant,
  joins: boolean,
  database: LedgerDatabase,
): Promise<BulkRun> {
  const { write, workers } = database;
  const recovered = await write(async (sql) => {
    const storedBulk = await getBulk(sql, id);
    if (joins && storedBulk.bulk.stopped)
      fail('setup', 'bulk.stopped', `bulk ${id} is stopped, or was never confirmed`);
    if (!joins && (await isLed(sql, storedBulk, workers, workers.own())))
      fail('setup', 'bulk.running', `bulk ${id} is being sent by another process`);
    const lost = await recoverDeadClaims(sql, storedBulk, database, now, workers.own());
    if (!joins) await setStopped(sql, id, false);
    await joinBulk(sql, storedBulk, { workers, now, leads: !joins });
    return readClaimedRows(sql, storedBulk, lost);
  });
  return openRun(id, route, database, recovered);
}

/** Opens a bulk that this worker has joined. `recovered`: messages that it put in doubt when it joined. */
function openRun(id: string, route: string, database: LedgerDatabase, recovered: ClaimedRow[]): BulkRun {
  const { write, read, workers } = database;
  const owner = workers.own();
  const open = new Map<number, Claim>();

  async function recover(sql: Sql, now: Instant): Promise<ClaimedRow[]> {
    const storedBulk = await getBulk(sql, id);
    const lost = await recoverDeadClaims(sql, storedBulk, database, now);
    for (const one of await listOwners(sql, storedBulk))
      if (!(await workers.isAlive(sql, one))) await leaveBulk(sql, storedBulk, one);
    return readClaimedRows(sql, storedBulk, lost);
  }

  return {
    async commitAndClaim(events, limit, now) {
      const turn = { bulk: id, owner, route, events, limit, at: now, open };
      const { claimed, refused, stopped, settled, claims } = await database.commitTurn(turn);
      for (const { target, after } of settled) {
        target.delivery = after;
        target.claim = null;
      }
      for (const claim of claims)
        if (claim.left > 0) open.set(claim.first, claim);
        else open.delete(claim.first);
      return { claimed, settled: refused, stopped };
    },
    isStale: () => workers.isStale(owner),
    confirm: () => workers.confirm(owner),
    async *listDoubts() {
      for (let after = 0; ; ) {
        const rows = await read(async (sql) => {
          const storedBulk = await getBulk(sql, id);
          const found = await findUnsettledRows(sql, storedBulk, 'doubt', after, doubtsPerPage);
          return readClaimedRows(sql, storedBulk, found);
        });
        if (rows.length > 0) yield rows;
        if (rows.length < doubtsPerPage) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    refresh: (rows) =>
      read(async (sql) => {
        const storedBulk = await getBulk(sql, id);
        for (const target of rows) {
          const [current] = await readClaimedRows(sql, storedBulk, [target.row]);
          if (current) target.delivery = current.delivery;
        }
      }),
    async takeOver(now, { thorough = false } = {}) {
      const hasDead = await read(async (sql) => {
        const owners = await listOwners(sql, await getBulk(sql, id));
        for (const one of owners) if (!(await workers.isAlive(sql, one))) return true;
        return false;
      });
      const lost = hasDead || thorough ? await write((sql) => recover(sql, now)) : [];
      const { others, stopped } = await read(async (sql) => {
        const storedBulk = await getBulk(sql, id);
        return {
          others: await isOwned(sql, storedBulk, workers, owner),
          stopped: storedBulk.bulk.stopped,
        };
      });
      return { doubts: [...recovered.splice(0), ...lost], others, stopped };
    },
    release: () =>
      write(async (sql) => {
        const storedBulk = await findBulk(sql, id);
        if (storedBulk) await leaveBulk(sql, storedBulk, owner);
      }),
  };
}
