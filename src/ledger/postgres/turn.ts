import { applyEvent, currentChannel, isFinal, statusOf } from '../../message/delivery.ts';
import type { ClaimedRow, RowEvent } from '../api.ts';
import { getBulk } from '../bulk-table.ts';
import { encodeAcceptances, isPlainAcceptance } from '../claims.ts';
import { maxControls } from '../controls.ts';
import type { Claim, LedgerDatabase, Settled, Sql, Turn, TurnResult } from '../database.ts';
import {
  claimReturned,
  findControls,
  groupByClaim,
  type Intent,
  readStretch,
  refuse,
  saveEvent,
  toSettled,
} from '../turn.ts';
import { type Door, refuseFenced } from './door.ts';

/** Answer of the function `take_turn`. */
interface TurnAnswer {
  stopped: boolean;
  /** Rows with an outcome of their own, whose acceptances are not stored. */
  known: number[];
  claims: { first: number; last: number }[];
  /** True if rows were given back and may be claimed. */
  returned: boolean;
}

/** Milliseconds for a turn, which the server takes at once. */
const turnTimeoutMs = 5_000;

/**
 * Runs a turn: outcomes of their own one by one; then plain acceptances and the claim in one statement; then what was
 * given back. Facts are kept from a worker that was fenced too; it may claim nothing.
 * @throws Failure `ledger.fenced`
 */
export async function commitTurn(turn: Turn, door: Door, database: LedgerDatabase): Promise<TurnResult> {
  const { events, limit, owner, at, route } = turn;
  const isPlain = (one: RowEvent) => one.target.claim !== null && isPlainAcceptance(one);
  const isFenced = door.own() !== owner;
  const plain = isFenced ? [] : events.filter(isPlain);
  const others = isFenced ? events : events.filter((one) => !isPlain(one));
  const settled = await saveOneByOne(others, turn, database);
  const { boot } = door.clock;
  const intent: Intent = { kind: 'intent', at, owner, since: { boot, ms: door.clock.monotonic() }, route };
  const before = countLeft(turn);
  const answer = isFenced ? undefined : await takeTurn(turn, plain, before, intent, door);
  if (answer === undefined) {
    settled.push(...(await saveOneByOne(plain, turn, database)));
    if (limit > 0) refuseFenced();
    return { claimed: [], refused: [], stopped: false, settled, claims: [] };
  }
  const known = new Set(answer.known);
  settled.push(...plain.filter(({ target }) => !known.has(target.row)).map(toSettled));
  const overtaken = plain.filter(({ target }) => known.has(target.row));
  settled.push(...(await saveOneByOne(overtaken, turn, database)));
  const { claimed, refused, claims } = await readClaims(answer, turn, intent, database);
  const missing = limit - claimed.length - refused.length;
  if (answer.returned && !answer.stopped && missing > 0) {
    const returned = await database.write(async (sql) => {
      if (door.own() !== owner) refuseFenced();
      return claimReturned(sql, await getBulk(sql, turn.bulk), missing, intent);
    });
    claimed.push(...returned.claimed);
    refused.push(...returned.refused);
  }
  return { claimed, refused, stopped: answer.stopped, settled, claims: [...before, ...claims] };
}

/** Saves each event as an outcome of its own. */
async function saveOneByOne(
  events: readonly RowEvent[],
  { bulk }: Turn,
  { write }: LedgerDatabase,
): Promise<Settled[]> {
  if (events.length === 0) return [];
  return write(async (sql) => {
    const storedBulk = await getBulk(sql, bulk);
    const settled: Settled[] = [];
    for (const { target, event } of events)
      settled.push({ target, after: await saveEvent(sql, storedBulk, target, event) });
    return settled;
  });
}

/** Returns the claims of the events with the number of rows that are left once these are saved. */
function countLeft({ events, open }: Turn): Claim[] {
  return [...groupByClaim(events)].flatMap(([first, claimEvents]) => {
    const claim = first === null ? undefined : open.get(first);
    return claim === undefined ? [] : [{ ...claim, left: claim.left - claimEvents.length }];
  });
}

/** Stores plain acceptances and claims rows; resolves to undefined if the worker was fenced. */
function takeTurn(
  turn: Turn,
  plain: readonly RowEvent[],
  claims: readonly Claim[],
  { since }: Intent,
  door: Door,
): Promise<TurnAnswer | undefined> {
  const { bulk, owner, route, limit, at, events } = turn;
  const accepted = groupByClaim(plain);
  const groups = claims.map(({ first, last, left }) => {
    const group = (accepted.get(first) ?? []).filter(isPlainAcceptance);
    return { first, last, left, entries: group.length === 0 ? null : encodeAcceptances(group) };
  });
  const [sample] = plain;
  const after = sample && applyEvent(sample.target.delivery, sample.event);
  const request = {
    ...{ bulk, route, at, limit, groups, maxControls, worker: owner, ms: since?.ms, lock: door.lockName },
    lease: door.lease.durationMs / 1_000,
    accepted: events.filter(({ event }) => event.kind === 'accepted').length,
    controls: Object.fromEntries(
      [...findControls(events)].map(([endpoint, ids]) => [endpoint, ids.slice(-maxControls)]),
    ),
    // Plain acceptances all lead to the same status.
    counted: after && {
      channel: currentChannel(after),
      status: statusOf(after),
      final: isFinal(after) ? 1 : 0,
    },
  };
  return door.takeTurn(
    owner,
    async (connection, identity) => {
      const { rows } = await connection.query<{ answer: TurnAnswer & { fenced: boolean } }>(
        'SELECT take_turn(CAST(CAST($1 AS text) AS json)) AS answer',
        [JSON.stringify({ ...request, ...identity })],
        turnTimeoutMs,
      );
      const answer = rows[0]?.answer;
      return answer?.fenced === false ? answer : undefined;
    },
    (sql, number) => readTurn(sql, turn, plain, number),
  );
}

/** Reads the answer of a turn again that was lost. */
async function readTurn(
  sql: Sql,
  { bulk, owner }: Turn,
  plain: readonly RowEvent[],
  number: number,
): Promise<TurnAnswer> {
  const { seq, bulk: found } = await getBulk(sql, bulk);
  const claims = await sql.all<{ first: number; last: number }>(
    'SELECT first, last FROM bulk_claims WHERE bulk = ? AND owner = ? AND turn = ? ORDER BY first',
    seq,
    owner,
    number,
  );
  const known = await sql.all<{ row: number }>(
    `SELECT row FROM bulk_outcomes WHERE bulk = ?
     AND row IN (SELECT CAST(value AS BIGINT) FROM ${sql.grammar.list('?')} AS plain_rows)`,
    seq,
    JSON.stringify(plain.map(({ target }) => String(target.row))),
  );
  return { stopped: found.stopped, known: known.map(({ row }) => row), claims, returned: true };
}

/** Reads the rows of new claims, and refuses those whose recipients opted out. */
async function readClaims(
  { claims }: TurnAnswer,
  { bulk, at }: Turn,
  intent: Intent,
  { read, write }: LedgerDatabase,
): Promise<Pick<TurnResult, 'claimed' | 'refused' | 'claims'>> {
  if (claims.length === 0) return { claimed: [], refused: [], claims: [] };
  const stretches = await read(async (sql) => {
    const storedBulk = await getBulk(sql, bulk);
    const found: Awaited<ReturnType<typeof readStretch>>[] = [];
    for (const range of claims) found.push(await readStretch(sql, storedBulk, range, intent));
    return found;
  });
  const unwanted: ClaimedRow[] = stretches.flatMap((one) => one.unwanted);
  return {
    claimed: stretches.flatMap(({ claimed }) => claimed),
    refused:
      unwanted.length === 0
        ? []
        : await write(async (sql) => refuse(sql, await getBulk(sql, bulk), unwanted, at)),
    claims: stretches.map(({ claim }) => claim),
  };
}
