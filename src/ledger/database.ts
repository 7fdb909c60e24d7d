import type { Delivery } from '../message/delivery.ts';
import type { Instant } from '../message/time.ts';
import type { Value } from '../storage/engine.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import type { ClaimedRow, RowEvent } from './api.ts';
import type { DatabaseDescription, WorkerDescription } from './description-api.ts';

/** Access by SQL text, in the part of the language that all engines have; parameters are `?` or numbered, `?1`. */
export interface Sql {
  /** Runs a statement; resolves to the number of changed rows. */
  run(sql: string, ...values: Value[]): Promise<number>;
  get<Row extends object>(sql: string, ...values: Value[]): Promise<Row | undefined>;
  all<Row extends object>(sql: string, ...values: Value[]): Promise<Row[]>;
  readonly grammar: Grammar;
}

/** The expressions that engines write in different ways. Arguments are SQL, results too. */
export interface Grammar {
  /** A table of the texts in a JSON array of texts: `value`, and `place` from 0. A list is passed as one text. */
  list(json: string): string;
  /** A table of the members of a JSON object: `key` and `value`, each as text, in alias `e`. */
  members(json: string): string;
  /** A table of the elements of a JSON array: `value`, each as text, in alias `e`. */
  elements(json: string): string;
  /** The text of the member `key`, a number, of a JSON object. */
  member(json: string, key: string): string;
  /** The text at a path of a JSON document; null where there is none. */
  at(json: string, ...path: readonly (string | number)[]): string;
  /** True where a text contains another. */
  contains(text: string, part: string): string;
  /** An aggregate: texts joined by commas, in the order of the rows. */
  join(text: string): string;
  /** Follows a table: tells an engine that would not find this index by itself. */
  usingIndex(name: string): string;
}

/** A range of rows that one process has claimed for sending. */
export interface Claim {
  first: number;
  last: number;
  /** Number of rows without a known outcome. */
  left: number;
  /** JSON object of plain acceptances by row. */
  taken: string;
}

/** A step of sending a bulk: what happened since the last one, and how many rows to claim. */
export interface Turn {
  bulk: string;
  /** The worker of this process that claimed the rows. */
  owner: string;
  route: string;
  events: readonly RowEvent[];
  limit: number;
  at: Instant;
  /** Open claims of this run by their first rows. */
  open: ReadonlyMap<number, Claim>;
}

/** Result of a turn, to be applied once it is committed. */
export interface TurnResult {
  claimed: ClaimedRow[];
  refused: ClaimedRow[];
  stopped: boolean;
  /** Rows with their new deliveries. */
  settled: readonly Settled[];
  /** New states of the claims. */
  claims: readonly Claim[];
}

export interface Settled {
  target: ClaimedRow;
  after: Delivery;
}

/** A LIMIT that no number of rows reaches. */
export const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * Access to a ledger's database, the only part in which engines differ. Every method throws Failure `ledger.unusable`.
 */
export interface LedgerDatabase {
  /**
   * Runs one transaction, serialized with all others: all or nothing, durable when it resolves; with `written`, it
   * may survive this process only. `work` may run twice, so it changes nothing but the database; it awaits nothing but
   * `sql`, since other processes wait meanwhile.
   */
  write<T>(work: (sql: Sql) => Promise<T>, written?: 'written'): Promise<T>;
  /**
   * Saves the events of a bulk and claims rows, as `BulkRun.commitAndClaim` says. What is claimed is durable when it
   * resolves.
   */
  commitTurn(turn: Turn): Promise<TurnResult>;
  /** Reads what is committed. Statements may see different states. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  workers: Workers;
  marker: Marker;
  /** How many rows of a bulk are claimed at most in one piece: processes do not wait for each other's piece. */
  stretchRows: number;
  /** The clock by which the processes that share the ledger measure time together. */
  clock: MonotonicClock;
  /** The clock of this machine, by which it waits. */
  localClock: MonotonicClock;
  /** True if machines share it, and with it the rate of the account. */
  isShared: boolean;
  /** Tells other processes soon that webhook events changed messages. */
  announceChanges(): void;
  /** Resolves when another process has told so, or may have; an engine that cannot tell never does. */
  nextAnnouncement(): Promise<void>;
  /** Milliseconds after which to look for changes without an announcement. */
  pollIntervalMs: number;
  /** Describes the database and the processes that use it. */
  describe(): Promise<EngineDescription>;
  close(): Promise<void>;
}

/** The part of a description that the engine knows. */
export interface EngineDescription extends DatabaseDescription {
  workers: LiveWorker[];
}

export interface LiveWorker extends WorkerDescription {
  id: string;
}

/** The processes that use a ledger. The id of a worker is never reused. */
export interface Workers {
  /** Returns the id of this process, which counts as alive from the first call on. */
  own(): string;
  /** Reports whether a worker may still send. */
  isAlive(sql: Sql, id: string): Promise<boolean>;
  /** Reports whether a worker counts as alive, but may be dead, which will be known within a minute. */
  isUncertain(sql: Sql, id: string): Promise<boolean>;
  /** Reports whether a worker that is alive does not respond; false where the engine cannot tell. */
  isSilent(sql: Sql, id: string): Promise<boolean>;
  /** Returns the time from which a question to the gateway covers every request of a dead worker. */
  lastRequest(sql: Sql, id: string): Promise<{ boot: string; ms: number }>;
  /** Marks a dead worker, so that it learns on waking up that its messages were taken over. */
  markGone(sql: Sql, id: string): Promise<void>;
  /**
   * Reports whether `confirm` must be called before anything is sent that this process claimed as the worker `own`:
   * another may have taken it over.
   */
  isStale(own: string): boolean;
  /** Renews what keeps the worker `own` alive. @throws Failure if another has taken over its messages */
  confirm(own: string): Promise<void>;
}

/** Tells a ledger from its copies, whose queued messages the original may have sent. */
export interface Marker {
  /** Resolves to `copy` for a copied or restored ledger. */
  getState(sql: Sql): Promise<'current' | 'new' | 'copy'>;
  /** Gives a ledger that is new or a copy an identity of its own. */
  reset(sql: Sql): Promise<void>;
  /**
   * Must be called in each transaction that claims messages.
   * @throws Error if a copy of this ledger has claimed messages meanwhile
   */
  advance(sql: Sql): Promise<void>;
}
