import type { PostgresConnection } from './client.ts';
import { openConnection } from './client.ts';
import type { Door } from './door.ts';

/** Changes of messages, told from process to process by NOTIFY. */
export interface Announcements {
  /** Tells other processes soon. */
  announce(): void;
  /** Resolves when another process has told so, and when this one begins to listen. */
  next(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Milliseconds in which all changes are announced together: each NOTIFY takes a lock of the whole cluster
 * (https://www.postgresql.org/docs/current/sql-notify.html).
 */
const intervalMs = 50;

/** Milliseconds after which a session for listening that was lost is opened again. */
const retryMs = 1_000;

export function openAnnouncements(door: Door): Announcements {
  const channel = `qlara_${door.target.schema}`.slice(0, 63);
  let timer: NodeJS.Timeout | undefined;
  let listening: Promise<PostgresConnection | undefined> | undefined;
  let isClosed = false;
  let announced: { promise: Promise<void>; wake: () => void } | undefined;

  const wake = () => {
    announced?.wake();
    announced = undefined;
  };

  /** Opens a session for listening; the next wait opens another one if it is lost. */
  async function listen(): Promise<PostgresConnection | undefined> {
    for (const route of door.target.routes)
      try {
        const connection = await openConnection(route, wake);
        await connection.script(`LISTEN "${channel}"`);
        // Earlier changes are not announced.
        wake();
        return connection;
      } catch {}
    return undefined;
  }

  async function ensureListening(): Promise<void> {
    if (isClosed) return;
    listening ??= listen();
    const connection = await listening;
    if (connection !== undefined && !connection.isLost()) return;
    await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
    listening = undefined;
  }

  return {
    announce() {
      if (timer !== undefined || isClosed) return;
      timer = setTimeout(() => {
        timer = undefined;
        door.tell(`NOTIFY "${channel}"`);
      }, intervalMs);
    },
    next() {
      ensureListening();
      if (announced === undefined) {
        let wake = () => {};
        const promise = new Promise<void>((resolve) => {
          wake = resolve;
        });
        announced = { promise, wake };
      }
      return announced.promise;
    },
    async close() {
      isClosed = true;
      if (timer !== undefined) {
        clearTimeout(timer);
        await door.tell(`NOTIFY "${channel}"`);
      }
      // Not awaited: it may be opening a session with a server that is silent.
      listening?.then((connection) => connection?.end('at once'));
    },
  };
}
