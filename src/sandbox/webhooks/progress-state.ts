import type { Database } from '../../storage/database.ts';
import { bestEngine } from '../../storage/engine.ts';
import { takeLock } from '../../storage/lock.ts';
import { type Accepted, type AcceptedRow, acceptedOf } from '../accepted.ts';
import { type InboundRow, inboundOf, type SandboxInbound } from '../inbox/inbound-state.ts';

/** Something the registered URL may have to be told about. */
export type Subject =
  | { kind: 'message'; n: number; message: Accepted; told: number }
  | { kind: 'inbound'; n: number; inbound: SandboxInbound; told: number };

/** How many of a subject's steps are told; null: all there were. */
export interface WebhookProgress {
  kind: Subject['kind'];
  n: number;
  told: number | null;
}

/** How far the telling has come. It belongs to the registration: with another one it begins anew. */
export interface ProgressState {
  /** Resolves to what gives the turn back; undefined while another process has it. The kernel frees a dead one's. */
  turn(): Promise<(() => void) | undefined>;
  /** What was seen and is not told to the end. */
  open(): Subject[];
  /** What nobody has seen yet, the oldest first, at most so many of each kind. */
  unseen(most: number): Subject[];
  /** Keeps `progress`, and that `seen`, in their order, were seen. Nothing where the registration is another one by now. */
  keep(registration: string, seen: readonly Subject[], progress: Iterable<WebhookProgress>): void;
}

/** `path`: that of the database. */
export function progressIn(path: string, { read, write }: Pick<Database, 'read' | 'write'>): ProgressState {
  const messages = (rows: readonly (AcceptedRow & { told: number })[]): Subject[] =>
    rows.map((row) => ({ kind: 'message', n: row.n, message: acceptedOf(row), told: row.told }));
  const inbound = (rows: readonly (InboundRow & { told: number })[]): Subject[] =>
    rows.map((row) => ({ kind: 'inbound', n: row.n, inbound: inboundOf(row), told: row.told }));
  return {
    turn: () => takeLock(bestEngine(), `${path}.telling`),
    open: () => [
      ...messages(
        read.all(
          `SELECT messages.*, told FROM untold JOIN messages USING (n) WHERE kind = 'message' ORDER BY n`,
        ),
      ),
      ...inbound(
        read.all(
          `SELECT inbound.*, told FROM untold JOIN inbound USING (n) WHERE kind = 'inbound' ORDER BY n`,
        ),
      ),
    ],
    unseen: (most) => [
      ...messages(
        read.all(
          `SELECT *, 0 AS told FROM messages
           WHERE n > (SELECT seen_messages FROM webhook) ORDER BY n LIMIT ?`,
          most,
        ),
      ),
      ...inbound(
        read.all(
          'SELECT *, 0 AS told FROM inbound WHERE n > (SELECT seen_inbound FROM webhook) ORDER BY n LIMIT ?',
          most,
        ),
      ),
    ],
    keep: (registration, seen, progress) =>
      write((sql) => {
        if (sql.get('SELECT 1 FROM webhook WHERE id = ?', registration) === undefined) return;
        const last = (kind: Subject['kind']) => seen.findLast((subject) => subject.kind === kind)?.n ?? 0;
        sql.run(
          'UPDATE webhook SET seen_messages = MAX(seen_messages, ?), seen_inbound = MAX(seen_inbound, ?)',
          last('message'),
          last('inbound'),
        );
        for (const { kind, n, told } of progress)
          if (told === null) sql.run('DELETE FROM untold WHERE kind = ? AND n = ?', kind, n);
          else sql.run('INSERT OR REPLACE INTO untold VALUES (?, ?, ?)', kind, n, told);
      }),
  };
}
