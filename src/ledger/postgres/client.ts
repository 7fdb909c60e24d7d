import postgres from 'postgres';
import type { Value } from '../../storage/engine.ts';
import type { PostgresRoute } from './target.ts';

/** One session with a server. Once it is lost, every query fails: it never goes on in another session. */
export interface PostgresConnection {
  /** Process of the server as told at the start of the session; behind a pool it may be another than the real one. */
  pid: number;
  /** Runs a statement with parameters `$1`. @throws ConnectionLost, or the error of the server */
  query<Row extends object>(
    text: string,
    values?: readonly Value[],
    timeoutMs?: number,
  ): Promise<Answer<Row>>;
  /**
   * Runs statements in one message, which must hold no parameters; resolves to the rows of the last one. The package does
   * not tell an UPDATE apart from the SELECT before it, so one whose effect counts needs RETURNING.
   */
  script<Row extends object>(text: string, timeoutMs?: number): Promise<Row[]>;
  isLost(): boolean;
  /** Ends the session: at once, or after the queries under way. */
  end(when: 'at once' | 'after queries'): Promise<void>;
}

export interface Answer<Row> {
  rows: Row[];
  /** Number of rows that the statement read or changed. */
  count: number;
}

/** A session that ended, or a server that does not answer: whether the last statement took effect is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Milliseconds after which a server that does not answer counts as lost. */
const defaultTimeoutMs = 30_000;

/** Milliseconds for a session to begin, once its socket is open. */
const startTimeoutMs = 10_000;

/**
 * SQLSTATE of a server that ends or refuses sessions for a while
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const passingStates = /^(?:08|57P0[1-5]|53300|25P03|25P04)/;

/** Reports whether the server refuses only for now: it starts, stops, or has no free session. */
export function isPassing(cause: unknown): boolean {
  return cause instanceof postgres.PostgresError && passingStates.test(cause.code);
}

/** Returns the SQLSTATE of an error of the server; undefined for any other. */
export function sqlState(cause: unknown): string | undefined {
  return cause instanceof postgres.PostgresError ? cause.code : undefined;
}

/** Opens a session; `onNotified` is called after each notification. @throws ConnectionLost, Failure as `RouteOptions.socket`, or the error of the server */
export async function openConnection(
  { options }: PostgresRoute,
  onNotified: () => void = () => {},
): Promise<PostgresConnection> {
  // The package reads this variable by itself, and fails for a usual value; the target has read it already.
  delete process.env.PGTARGETSESSIONATTRS;
  let lost: Error | undefined;
  let socketFailure: unknown;
  const lose = (reason: string): Error => {
    lost ??= new ConnectionLost(reason);
    // The package would open another session for what is queued.
    sql.end({ timeout: 0 }).catch(() => {});
    return lost;
  };
  const sql = postgres({
    ...options,
    async socket() {
      try {
        if (lost) throw lost;
        return await options.socket();
      } catch (cause) {
        socketFailure = cause;
        throw cause;
      }
    },
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: false,
    onnotice() {},
    onnotify: onNotified,
    onclose: () => void lose('the connection was closed'),
    types: { int8: { to: 20, from: [20], parse: Number, serialize: String } },
  } as postgres.Options<{ int8: postgres.PostgresType<number> }>);

  async function run<T>(start: () => Promise<T>, timeoutMs: number): Promise<T> {
    if (lost) throw lost;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(lose(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs);
    });
    try {
      return await Promise.race([start(), silence]);
    } catch (cause) {
      if (socketFailure !== undefined && !(cause instanceof ConnectionLost && lost !== cause)) {
        lose('no connection');
        throw socketFailure;
      }
      if (cause instanceof postgres.PostgresError) {
        if (isPassing(cause)) lose(cause.message);
        throw cause;
      }
      if (cause instanceof Error && 'code' in cause && !(cause instanceof ConnectionLost))
        throw lose(cause.message);
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  const { state } = await run(
    () => sql.unsafe('SELECT 1').simple(),
    startTimeoutMs + options.connect_timeout * 1_000,
  );
  return {
    pid: (state as { pid: number }).pid,
    async query<Row extends object>(
      text: string,
      values: readonly Value[] = [],
      timeoutMs = defaultTimeoutMs,
    ) {
      const start = () => sql.unsafe<Row[]>(text, [...values], { prepare: true });
      const rows = await run(start, timeoutMs);
      return { rows: [...rows], count: rows.count };
    },
    async script<Row extends object>(text: string, timeoutMs = defaultTimeoutMs) {
      const answers: (Row | Row[])[] = await run(() => sql.unsafe<Row[]>(text).simple(), timeoutMs);
      // Rows are a list; of several statements it is a list of lists.
      const last = answers.at(-1);
      return Array.isArray(last) ? [...last] : (answers as Row[]);
    },
    isLost: () => lost !== undefined,
    async end(when) {
      lost ??= new ConnectionLost('the connection was ended');
      await sql.end({ timeout: when === 'at once' ? 0 : 2 }).catch(() => {});
    },
  };
}
