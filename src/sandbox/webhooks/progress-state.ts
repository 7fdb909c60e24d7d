import type { Database } from '../../storage/database.ts';
import { bestEngine } from '../../storage/engine.ts';
import { tryLock } from '../../storage/lock.ts';
import { type Accepted, type AcceptedRow, decodeAccepted } from '../accepted.ts';
import { decodeInbound, type InboundRow, type SandboxInbound } from '../inbox/inbound-state.ts';

/** A message or inbound message that the registered URL may have to be called for. */
export type Subject =
  | { kind: 'message'; n: number; message: Accepted; stepsDone: number }
  | { kind: 'inbound'; n: number; inbound: SandboxInbound; stepsDone: number };

/** Number of steps of a subject that are done; null if all are. */
export interface WebhookProgress {
  kind: Subject['kind'];
  n: number;
  stepsDone: number | null;
}

/** Progress of webhook calls. It belongs to a registration and starts again with another one. */
export interface ProgressState {
  /** Resolves to a release function; undefined while another process has the lease. The kernel frees a dead one's. */
  acquireLease(): Promise<(() => void) | undefined>;
  /** Returns the subjects that were seen and are not done. */
  listUnfinished(): Subject[];
  /** Returns the subjects that were not seen yet, the oldest first, at most `limit` of each kind. */
  listUnseen(limit: number): Subject[];
  /** Saves `progress`, and that `seen`, in this order, were seen. Does nothing if the registration is another one. */
  save(registration: string, seen: readonly Subject[], progress: Iterable<WebhookProgress>): void;
}

/** Opens the progress of calls in the database at `path`. */
export function openProgressState(
  path: string,
  { read, write }: Pick<Database, 'read' | 'write'>,
): ProgressState {
  const messages = (rows: readonly (AcceptedRow & { told: number })[]): Subject[] =>
    rows.map((row) => ({ kind: 'message', n: row.n, message: decodeAccepted(row), stepsDone: row.told }));
  const inbound = (rows: readonly (InboundRow & { told: number })[]): Subject[] =>
    rows.map((row) => ({ kind: 'inbound', n: row.n, inbound: decodeInbound(row), stepsDone: row.told }));
  return {
    acquireLease: () => tryLock(bestEngine(), `${path}.telling`),
    listUnfinished: () => [
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
    listUnseen: (limit) => [
      ...messages(
        read.all(
          `SELECT *, 0 AS told FROM messages
           WHERE n > (SELECT seen_messages FROM webhook) ORDER BY n LIMIT ?`,
          limit,
        ),
      ),
      ...inbound(
        read.all(
          'SELECT *, 0 AS told FROM inbound WHERE n > (SELECT seen_inbound FROM webhook) ORDER BY n LIMIT ?',
          limit,
        ),
      ),
    ],
    save: (registration, seen, progress) =>
      write((sql) => {
        if (sql.get('SELECT 1 FROM webhook WHERE id = ?', registration) === undefined) return;
        const lastSeen = (kind: Subject['kind']) => seen.findLast((subject) => subject.kind === kind)?.n ?? 0;
        sql.run(
          'UPDATE webhook SET seen_messages = MAX(seen_messages, ?), seen_inbound = MAX(seen_inbound, ?)',
          lastSeen('message'),
          lastSeen('inbound'),
        );
        for (const { kind, n, stepsDone } of progress)
          if (stepsDone === null) sql.run('DELETE FROM untold WHERE kind = ? AND n = ?', kind, n);
          else sql.run('INSERT OR REPLACE INTO untold VALUES (?, ?, ?)', kind, n, stepsDone);
      }),
  };
}
