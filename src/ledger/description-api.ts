import type { Instant } from '../message/time.ts';

/** A ledger, its database, and the processes that use it. */
export interface LedgerDescription extends DatabaseDescription {
  /** Messages sent individually. */
  messages: number;
  bulks: number;
  /** Messages of all bulks. */
  rows: number;
  /** Messages that may have been sent: in doubt, or being sent. */
  inDoubt: number;
  optOuts: number;
  /** Inbound messages. */
  inbound: number;
  workers: LedgerWorker[];
}

/** A database of a ledger. */
export interface DatabaseDescription {
  engine: 'sqlite' | 'postgresql';
  /** Version of the engine, such as `15.18`. */
  version: string;
  schemaVersion: number;
  /** Path of the file, or URL without a password. */
  place: string;
  /** Schema of PostgreSQL; null for a file. */
  schema: string | null;
  bytes: number;
  /** True if the database confirms before it has written to the disk. */
  isUnsafe: boolean;
}

/** A process that uses a ledger. */
export interface LedgerWorker extends WorkerDescription {
  /** True if it receives webhooks. */
  listens: boolean;
  /** Ids of the bulks that it sends or creates. */
  bulks: string[];
}

/** A worker that is alive. A file knows no more than the id of one that sends no bulk. */
export interface WorkerDescription {
  host: string | null;
  pid: number | null;
  since: Instant | null;
  /** True if it may be dead, which will be known within a minute. */
  isUncertain: boolean;
}
