import { randomUUID } from 'node:crypto';
import { Failure, fail } from '../../errors.ts';
import type { LedgerWorker } from '../description-api.ts';
import type { PostgresTarget } from '../postgres/target.ts';
import { findMove, readMove, refuseMoved } from '../sqlite/moved.ts';
import { openLedger } from '../sqlite/open.ts';
import { type CopySource, openCopySource } from './source.ts';
import { copiedTables, Digest, type TableDigest } from './tables.ts';
import { type CopyTarget, openCopyTarget } from './target.ts';

export interface CopyOptions {
  /** Path of the ledger that is copied. */
  path: string;
  /** Folder of its markers. */
  markers: string;
  target: PostgresTarget;
  /** Base URL of the gateway: the new ledger belongs to this account. */
  baseUrl: string;
  /** Names the machine. */
  machine: string;
  /** Sleeps; rejects when the program is being stopped. */
  sleep(milliseconds: number): Promise<void>;
  /** Throws when the program is being stopped. */
  checkpoint(): void;
  onProgress(step: CopyStep, rows: number, total: number): void;
}

type CopyStep = 'waiting for another machine' | 'copying' | 'verifying';

export interface CopyResult {
  /** False if the ledger had been copied there before. */
  isNew: boolean;
  /** Rows of each table; empty if nothing was copied now. */
  tables: Readonly<Record<string, number>>;
}

/** Milliseconds in which a worker of another machine that has no heartbeat is known to be dead. */
const otherMachineTimeoutMs = 65_000;

/**
 * Copies a ledger from a file into a PostgreSQL database, compares both, and moves all programs to the new one:
 *
 * 1. The file is locked. The rows are copied in one transaction, whose commit makes a ledger that every program refuses.
 * 2. The file is marked as moved, in the transaction that locked it: from then on every program refuses the file.
 * 3. The new ledger is released.
 *
 * So at no moment is there a ledger twice. A copy that breaks off before step 2 has changed nothing, and the next one
 * replaces what it left; one that breaks off before step 3 is finished by the next one.
 * @throws Failure `ledger.in-use`, `ledger.moved`, `ledger.copying`, `ledger.not-empty`, `ledger.copy-differs`,
 *   `ledger.unusable`, and what opening either ledger throws
 */
export async function copyLedger(options: CopyOptions): Promise<CopyResult> {
  const { path, target } = options;
  let database: CopyTarget | undefined;
  try {
    database = await openCopyTarget(target);
    const move = await readMove(path);
    if (move === undefined) return { isNew: true, tables: await copyTo(database, options) };
    if (move.place !== target.display) refuseMoved(path, move);
    if (database.found?.id !== move.copy)
      fail(
        'setup',
        'ledger.copy-missing',
        `the ledger ${path} was moved to ${target.display}, but it is not there any more`,
        'restore that database from a backup',
      );
    const isNew = !database.found.isActive;
    if (isNew) await database.activate(move.copy);
    return { isNew, tables: {} };
  } catch (cause) {
    throw explain(cause, options);
  } finally {
    await database?.close();
  }
}

async function copyTo(database: CopyTarget, options: CopyOptions): Promise<Record<string, number>> {
  const { path, markers, baseUrl, machine, target } = options;
  const ledger = await openLedger(path, { markers });
  let source: CopySource | undefined;
  try {
    const listWorkers = async () => (await ledger.describe()).workers;
    await waitForOthers(listWorkers, options);
    source = await openCopySource(path, machine);
    // One may have begun since; from now on none can.
    refuseWorkers(await listWorkers());
    const file = source;
    const copy = { id: randomUUID(), source: source.name, baseUrl };
    let tables: Record<string, number> = {};
    await database.prepare(copy, async () => {
      tables = await fill(file, database, options);
    });
    source.moveTo({ place: target.display, copy: copy.id });
    await activate(database, copy.id);
    return tables;
  } finally {
    source?.close();
    await ledger.close();
  }
}

/** Waits until no worker is uncertain. @throws Failure `ledger.in-use` if one is alive */
async function waitForOthers(
  listWorkers: () => Promise<LedgerWorker[]>,
  { sleep, onProgress }: CopyOptions,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 1_000) {
    const workers = await listWorkers();
    if (workers.some(({ isUncertain }) => !isUncertain) || waitedMs > otherMachineTimeoutMs)
      refuseWorkers(workers);
    if (workers.length === 0) return;
    onProgress('waiting for another machine', 0, 0);
    await sleep(1_000);
  }
}

function refuseWorkers(workers: readonly LedgerWorker[]): void {
  const [first] = workers;
  if (first === undefined) return;
  const { host, pid, listens, bulks } = first;
  const work = listens ? 'listens' : bulks.length > 0 ? `sends bulk ${bulks[0]}` : 'sends with it';
  const name = pid === null ? 'another process' : `process ${pid} on ${host}`;
  fail(
    'setup',
    'ledger.in-use',
    `the ledger is in use: ${name} ${work}; nothing was copied`,
    'stop it, or wait until it has ended, and run the command again',
  );
}

/** Copies all rows and compares both sides. @throws Failure `ledger.copy-differs` */
async function fill(
  source: CopySource,
  database: CopyTarget,
  { checkpoint, onProgress }: CopyOptions,
): Promise<Record<string, number>> {
  const total = copiedTables.reduce((sum, table) => sum + source.count(table), 0);
  const digests: TableDigest[] = [];
  let done = 0;
  for (const table of copiedTables) {
    const digest = new Digest(table);
    for (const rows of source.pages(table)) {
      checkpoint();
      await database.add(table, rows);
      for (const row of rows) digest.add(row);
      done += rows.length;
      onProgress('copying', done, total);
    }
    digests.push(digest.result());
  }
  const tables: Record<string, number> = {};
  for (const [index, table] of copiedTables.entries()) {
    checkpoint();
    onProgress('verifying', index, copiedTables.length);
    const [wanted, stored] = [digests[index], await database.digest(table)];
    if (wanted?.rows !== stored.rows || wanted.digest !== stored.digest)
      fail(
        'setup',
        'ledger.copy-differs',
        `table ${table.name} has ${stored.rows} rows in the database, which differ from the ${wanted?.rows} of the file; nothing was copied`,
        'the encoding of the database must be UTF8',
      );
    tables[table.name] = stored.rows;
  }
  return tables;
}

/** @throws Failure `ledger.unfinished-copy` */
async function activate(database: CopyTarget, copy: string): Promise<void> {
  try {
    await database.activate(copy);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    fail(
      'setup',
      'ledger.unfinished-copy',
      `everything was copied, but the last step failed: ${reason}`,
      'run the same command again: it finishes the copy',
      cause,
    );
  }
}

function explain(cause: unknown, { path, target }: CopyOptions): unknown {
  if (cause instanceof TypeError || cause instanceof ReferenceError || !(cause instanceof Error))
    return cause;
  if (cause instanceof Failure) return cause;
  const move = findMove(cause.message);
  if (move) refuseMoved(path, move);
  return new Failure(
    'setup',
    'ledger.unusable',
    `cannot copy the ledger ${path} to ${target.display}: ${cause.message || cause.name}; nothing was copied`,
    'check that the server runs and can be reached, and run the command again',
    cause,
  );
}
