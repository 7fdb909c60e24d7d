import type { Status } from './event.ts';
import type { Message, Overrides } from './message.ts';
import type { Phone } from './phone.ts';
import type { Instant } from './time.ts';

/** What holds for all rows of a bulk: one send of many rows. */
export interface BulkSpec {
  id: string;
  /** What its sender calls it. */
  name: string | null;
  /** Where its rows come from, for a person to read: a path, `standard input`. */
  source: string;
  createdAt: Instant;
  /** What most rows say; a row holds only what it says otherwise. */
  common: Message;
  /** The bulk whose failed messages it sends once more. */
  retryOf: string | null;
  /** Requests a second, where its sender said how many. */
  rate: number | null;
  /** Requests under way at once, at most. */
  concurrency: number;
  overrides?: Overrides;
}

export interface Bulk extends BulkSpec {
  /** How many messages it has; they are numbered from 1. */
  rows: number;
  /** Whether somebody asked for it to be stopped, and nobody to go on since. */
  stopped: boolean;
}

/** One message of a bulk that is being made. */
export interface BulkRow {
  to: Phone;
  message: Message;
  /** Chosen by the sender; null: it follows from bulk and row. */
  id: string | null;
  /** Of a retry: its row in the bulk that is retried. */
  origin?: number;
}

/** So many messages of a bulk stand alike. */
export interface StatusCount {
  channel: string;
  status: Status;
  final: boolean;
  count: number;
}

const prefix = 24;
const digits = 12;

/** The id of a bulk, made of a UUID: its last group is left to the rows. */
export function bulkId(uuid: string): string {
  return rowId(uuid, 0);
}

/** The id of a row, from 1: a UUID too, which anybody can take apart again. */
export function rowId(bulk: string, row: number): string {
  return bulk.slice(0, prefix) + String(row).padStart(digits, '0');
}

/** Bulk and row that an id would be of, if that bulk exists; undefined when it is of no row's form. */
export function parseRowId(id: string): { bulk: string; row: number } | undefined {
  const row = Number(/^[\da-f]{8}(?:-[\da-f]{4}){3}-(\d{12})$/.exec(id)?.[1]);
  return row > 0 ? { bulk: bulkId(id), row } : undefined;
}
