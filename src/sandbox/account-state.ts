import type { Database, SyncSql } from '../storage/database.ts';

/** Balance of the account, in cents. */
export interface Balance {
  /** The balance left for messages to come. */
  available: number;
  /** Price of the scheduled messages whose time has not come. */
  frozen: number;
}

/** Storage of the balance, which all processes on one file share. */
export interface AccountState {
  /** Returns the balance at `now`. */
  balance(now: number): Balance;
  /** Sets the balance that the account began with, in cents. */
  setStartingBalance(cents: number): void;
}

/** Starting balance in cents, enough for a trial of a million messages. */
const startingCents = 10_000_000;

/** Lowest id of the templates that clients create. */
const firstTemplateId = 1000;

/**
 * Migration that adds the account: its balance as a running sum, so that a send need not add up all messages, and the
 * id of the next template.
 */
export const accountSchema = `CREATE TABLE account (
   one INTEGER PRIMARY KEY CHECK (one = 1), starting INTEGER NOT NULL, spent INTEGER NOT NULL,
   next_template INTEGER NOT NULL);
 INSERT INTO account
   VALUES (1, ${startingCents}, COALESCE((SELECT SUM(price) FROM messages), 0), ${firstTemplateId});`;

export function openAccountState({ read, write }: Pick<Database, 'read' | 'write'>): AccountState {
  return {
    balance: (now) => ({
      available: readAvailable(read),
      // Few messages are scheduled at a time, and the index has their times and prices.
      frozen:
        read.get<{ sum: number | null }>('SELECT SUM(price) AS sum FROM messages WHERE starts_at > ?', now)
          ?.sum ?? 0,
    }),
    setStartingBalance: (cents) => {
      write((sql) => sql.run('UPDATE account SET starting = ?', cents));
    },
  };
}

/** Returns the balance without what scheduled messages will cost, in cents. */
export function readAvailable(sql: SyncSql): number {
  return sql.get<{ left: number }>('SELECT starting - spent AS left FROM account')?.left ?? 0;
}

/** Charges an amount in cents. */
export function spend(sql: SyncSql, cents: number): void {
  sql.run('UPDATE account SET spent = spent + ?', cents);
}

/** Returns an unused id for a template. */
export function takeTemplateId(sql: SyncSql): string {
  sql.run('UPDATE account SET next_template = next_template + 1');
  const next = sql.get<{ id: number }>('SELECT next_template - 1 AS id FROM account');
  return String(next?.id ?? firstTemplateId);
}
