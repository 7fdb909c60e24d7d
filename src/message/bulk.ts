import type { Status } from './event.ts';
import type { Message, Overrides } from './message.ts';
import type { Phone } from './phone.ts';
import type { Instant } from './time.ts';

/** Settings of a bulk: one send of many rows. */
export interface BulkSpec {
  id: string;
  /** Label that the user gave it. */
  name: string | null;
  /** Source of its rows for display: a path, or `standard input`. */
  source: string;
  createdAt: Instant;
  /** Common message; a row holds only what differs from it. */
  common: Message;
  /** Bulk whose failed messages this one sends again. */
  retryOf: string | null;
  /** Requests a second, if the user set it. */
  rate: number | null;
  /** Maximum number of concurrent requests. */
  concurrency: number;
  /** Reasons for also sending to recipients who opted out or whose window is closed; absent if they are left out. */
  overrides?: Overrides;
}

export interface Bulk extends BulkSpec {
  /** Number of messages; they are numbered from 1. */
  rows: number;
  /** True if a stop was requested and not revoked, and until it is sent for the first time. */
  stopped: boolean;
}

/** One message of a bulk that is being created. */
export interface BulkRow {
  to: Phone;
  message: Message;
  /** Id chosen by the user; null if it is derived from bulk and row. */
  id: string | null;
  /** In a retry: its row in the original bulk. */
  origin?: number;
}

/** Number of messages of a bulk with one channel and status. */
export interface StatusCount {
  channel: string;
  status: Status;
  final: boolean;
  count: number;
}

const prefixLength = 24;
const rowDigits = 12;

/** Builds the id of a bulk from a UUID, whose last group is reserved for rows. */
export function bulkId(uuid: string): string {
  return rowId(uuid, 0);
}

/** Builds the id of a row, from 1: a UUID too, which `parseRowId` reverses. */
export function rowId(bulk: string, row: number): string {
  return bulk.slice(0, prefixLength) + String(row).padStart(rowDigits, '0');
}

/** Parses an id into bulk and row, whether or not that bulk exists; undefined if it has another form. */
export function parseRowId(id: string): { bulk: string; row: number } | undefined {
  const row = Number(/^[\da-f]{8}(?:-[\da-f]{4}){3}-(\d{12})$/.exec(id)?.[1]);
  return row > 0 ? { bulk: bulkId(id), row } : undefined;
}
