import { Failure, fail } from '../../errors.ts';
import type { Value } from '../../storage/engine.ts';
import type { Sql } from '../database.ts';
import { SerialQueue } from '../serial-queue.ts';
import { newWorkerId } from '../worker-id.ts';
import { type Answer, ConnectionLost, isPassing, type PostgresConnection, sqlState } from './client.ts';
import { grammar, numberParameters } from './grammar.ts';
import { Retries, type RetryOptions } from './retries.ts';
import { steps } from './schema.ts';
import { ledgerLock, lockNumber, openSession, type ReadySession } from './server.ts';
import { ServerClock } from './server-clock.ts';
import type { PostgresTarget } from './target.ts';
import { enterWorker, type WorkerEntry } from './worker-entry.ts';

/** How long a worker counts as alive, in milliseconds. */
export interface Lease {
  /** From a renewal by the clock of the server. */
  durationMs: number;
  /** How much earlier the worker itself stops sending. */
  marginMs: number;
  /** Between two renewals. */
  beatMs: number;
  /** After the end of its lease, before the session of a frozen worker is ended. */
  frozenMs: number;
}

export const usualLease: Lease = { durationMs: 10_000, marginMs: 2_000, beatMs: 2_000, frozenMs: 60_000 };

export interface DoorOptions extends RetryOptions {
  lease?: Lease;
}

/** A worker that was marked as gone, or whose session another one follows. */
class Fenced extends Error {}

/** Milliseconds for a statement that the server answers at once. */
const quickTimeoutMs = 5_000;

/** SQLSTATE of transactions that failed for another one, and can be repeated. */
const repeatableStates = new Set(['40001', '40P01', '55P03']);

/**
 * The way to the database: one session at a time, one piece of work after another. Opens a new session when one is lost,
 * and finds out whether the last commit of the old one took effect.
 */
export class Door {
  readonly target: PostgresTarget;
  readonly lease: Lease;
  readonly #retries: Retries;
  readonly #lock: bigint;
  #ready: ReadySession | undefined;
  /** The worker that this process is, in its present session. */
  #worker: WorkerEntry | undefined;
  /** Id of the worker that this process is, or will be in its first transaction. */
  #id: string | undefined;
  readonly clock = new ServerClock();
  /** End of the lease, by the monotonic clock and by the wall clock: the first stands still while a machine sleeps. */
  #leaseEnd = { monotonic: 0, wall: 0 };
  #beat: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #queue = new SerialQueue();

  private constructor(target: PostgresTarget, options: DoorOptions) {
    this.target = target;
    this.#retries = new Retries(options, () => void this.#ready?.connection.end('at once'));
    this.lease = options.lease ?? usualLease;
    this.#lock = ledgerLock(target.schema);
  }

  /** Opens the first session. @throws as `openSession` */
  static async open(target: PostgresTarget, options: DoorOptions): Promise<Door> {
    const door = new Door(target, options);
    await door.#queue.run(() => door.#attempt(async () => {}));
    return door;
  }

  /** The session as it was opened last. */
  get session(): ReadySession {
    if (this.#ready === undefined) throw new Error('no session was opened');
    return this.#ready;
  }

  get lockName(): string {
    return String(this.#lock);
  }

  /** Returns the id of the worker that this process is now. */
  own(): string {
    this.#id ??= newWorkerId(this.clock);
    return this.#id;
  }

  /** Reports whether the lease of a worker of this process is over, or the worker was fenced. */
  isStale(own: string): boolean {
    return (
      own !== this.#id || performance.now() > this.#leaseEnd.monotonic || Date.now() > this.#leaseEnd.wall
    );
  }

  /** Renews the lease. @throws Failure `ledger.fenced` */
  async confirm(own: string): Promise<void> {
    await this.#queue.run(() => this.#attempt((ready) => this.#renew(ready)));
    if (own !== this.#id) refuseFenced();
  }

  read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#attempt(({ connection }) => work(this.#sql(connection))));
  }

  /** Runs one transaction while no other process writes. A worker that was fenced goes on as another one. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    let unclear: { id: string; turn: number; result: T } | undefined;
    return this.#queue.run(() =>
      this.#attempt(async (ready) => {
        const { connection } = ready;
        // Its lock is free only once the session before has ended, and with it the commit.
        const worker = await this.#register(ready);
        if (unclear && (await this.#hasCommitted(connection, unclear))) return unclear.result;
        unclear = undefined;
        const sentAt = { monotonic: performance.now(), wall: Date.now() };
        const turn = worker.turn + 1;
        const [renewed] = await connection.script<{ now: string }>(
          `BEGIN;SELECT pg_advisory_xact_lock(${this.#lock});${this.#renewal(worker)}`,
        );
        try {
          if (renewed === undefined) throw new Fenced();
          this.clock.adjust(sentAt.monotonic, performance.now(), Number(renewed.now));
          const result = await work(this.#sql(connection));
          unclear = { id: worker.id, turn, result };
          await connection.script('COMMIT');
          worker.turn = turn;
          this.#setLease(sentAt);
          return result;
        } catch (cause) {
          if (unclear === undefined && !connection.isLost()) await connection.script('ROLLBACK');
          throw cause;
        }
      }),
    );
  }

  /**
   * Calls a function that takes the next turn of the worker `owner`. If its answer was lost, and the turn was committed,
   * calls `recover` instead. Returns undefined, and changes nothing, if the worker was fenced.
   */
  takeTurn<T>(
    owner: string,
    call: (
      connection: PostgresConnection,
      identity: { session: string; turn: number; version: number },
    ) => Promise<T | undefined>,
    recover: (sql: Sql, turn: number) => Promise<T>,
  ): Promise<T | undefined> {
    let unclear: { id: string; turn: number } | undefined;
    return this.#queue.run(() =>
      this.#attempt(async (ready) => {
        const { connection } = ready;
        const worker = await this.#register(ready);
        if (unclear && (await this.#hasCommitted(connection, unclear)))
          return recover(this.#sql(connection), unclear.turn);
        unclear = undefined;
        if (worker.id !== owner) return undefined;
        const sentAt = { monotonic: performance.now(), wall: Date.now() };
        const turn = worker.turn + 1;
        unclear = { id: worker.id, turn };
        const result = await call(connection, { session: worker.session, turn, version: steps.length });
        unclear = undefined;
        if (result === undefined) {
          await this.#findOutWhy();
          return undefined;
        }
        worker.turn = turn;
        this.#setLease(sentAt);
        return result;
      }),
    );
  }

  /** Runs statements outside of a transaction, without a result; a failure is ignored. */
  async tell(script: string): Promise<void> {
    await this.#queue
      .run(() =>
        this.#retries.unlessStopped(async () => this.#ready?.connection.script(script, quickTimeoutMs)),
      )
      .catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#beat);
    const worker = this.#worker;
    const connection = this.#ready?.connection;
    if (connection === undefined || connection.isLost()) return;
    if (worker?.connection === connection)
      await this.tell(`DELETE FROM workers WHERE id = '${worker.id}' AND session = '${worker.session}'`);
    await connection.end('after queries');
  }

  /** Runs work that may be repeated until the server answers, or was waited for long enough. */
  #attempt<T>(work: (ready: ReadySession) => Promise<T>): Promise<T> {
    return this.#retries.run(
      async () => work(await this.#open()),
      async (cause) => {
        if (cause instanceof Fenced) await this.#findOutWhy();
        if (cause instanceof Fenced || repeatableStates.has(sqlState(cause) ?? '')) return 'repeat';
        return this.#mayPass(cause) ? 'wait' : 'fail';
      },
    );
  }

  /** A server that was never reached may be misspelt: only one that is starting is waited for. */
  #mayPass(cause: unknown): boolean {
    if (isPassing(cause)) return true;
    if (this.clock.boot === '') return false;
    return (
      cause instanceof ConnectionLost || (cause instanceof Error && 'code' in cause && 'syscall' in cause)
    );
  }

  async #open(): Promise<ReadySession> {
    if (this.#ready && !this.#ready.connection.isLost()) return this.#ready;
    this.#ready = undefined;
    this.#ready = await openSession(this.target);
    const { askedAt, answeredAt, serverMs } = this.#ready.clock;
    this.clock.adjust(askedAt, answeredAt, serverMs);
    this.clock.boot ||= nameServer(this.#ready.server.systemId, this.target.schema);
    return this.#ready;
  }

  /** Makes this process a worker in the present session: takes its lock, and enters it. */
  async #register({ connection }: ReadySession): Promise<WorkerEntry> {
    if (this.#worker?.connection === connection) return this.#worker;
    for (;;) {
      const entry = await enterWorker(connection, this.own(), this.lease.durationMs);
      if (entry === undefined) {
        this.#id = undefined;
        continue;
      }
      const known = this.#worker;
      if (known?.id === entry.id && entry.turn < known.turn) refuseOlder(this.target.display);
      this.#worker = entry;
      this.#beat ??= setInterval(() => this.#tryToRenew(), this.lease.beatMs).unref();
      return entry;
    }
  }

  /** SQL that renews the lease of a worker and takes its next turn; it changes no row if the worker was fenced. */
  #renewal({ id, session, turn }: WorkerEntry): string {
    return `UPDATE workers SET turn = turn + 1, until = clock_timestamp() + interval '${this.lease.durationMs} ms'
      WHERE id = '${id}' AND state = 'alive' AND session = '${session}' AND turn = ${turn}
        AND (SELECT version FROM meta) = ${steps.length} RETURNING ${readClock} AS now`;
  }

  async #renew(ready: ReadySession): Promise<void> {
    const worker = await this.#register(ready);
    const sentAt = { monotonic: performance.now(), wall: Date.now() };
    const [renewed] = await ready.connection.script<{ now: string }>(
      `UPDATE workers SET until = clock_timestamp() + interval '${this.lease.durationMs} ms'
       WHERE id = '${worker.id}' AND state = 'alive' AND session = '${worker.session}' RETURNING ${readClock} AS now`,
      quickTimeoutMs,
    );
    if (renewed === undefined) throw new Fenced();
    this.clock.adjust(sentAt.monotonic, performance.now(), Number(renewed.now));
    this.#setLease(sentAt);
  }

  /** Keeps the worker alive while there is nothing to do, also in a new session if its own was lost. */
  #tryToRenew(): void {
    // Work under way renews it too, or shows that the server is gone.
    if (this.#queue.isBusy || this.#worker === undefined) return;
    this.#queue
      .run(async () => {
        const ready = await this.#open();
        if (this.#isClosed) await ready.connection.end('at once');
        else await this.#renew(ready);
      })
      .catch(() => {});
  }

  #setLease({ monotonic, wall }: { monotonic: number; wall: number }): void {
    const usableMs = this.lease.durationMs - this.lease.marginMs;
    this.#leaseEnd = { monotonic: monotonic + usableMs, wall: wall + usableMs };
  }

  /** Goes on as another worker: what this one had claimed is no longer its own. */
  #fence(): void {
    this.#id = undefined;
    this.#worker = undefined;
    this.#leaseEnd = { monotonic: 0, wall: 0 };
  }

  /** @throws Failure if the ledger belongs to a newer version of the program by now */
  async #findOutWhy(): Promise<void> {
    const connection = this.#ready?.connection;
    if (connection === undefined || connection.isLost()) return;
    const [meta] = await connection.script<{ version: number }>('SELECT version FROM meta');
    if (meta?.version !== steps.length)
      fail(
        'setup',
        'ledger.unusable',
        `the ledger ${this.target.display} was brought up to date by a newer version of qlara meanwhile`,
        'install the newest version of qlara; nothing more was sent',
      );
    this.#fence();
  }

  async #hasCommitted(
    connection: PostgresConnection,
    { id, turn }: { id: string; turn: number },
  ): Promise<boolean> {
    const { rows } = await connection.query<{ turn: number }>('SELECT turn FROM workers WHERE id = $1', [id]);
    return rows[0] !== undefined && rows[0].turn >= turn;
  }

  #sql(connection: PostgresConnection): Sql {
    const ask = <Row extends object>(text: string, values: readonly Value[]): Promise<Answer<Row>> =>
      connection.query<Row>(translate(text), values.map(withoutNul));
    return {
      grammar,
      run: async (text, ...values) => (await ask(text, values)).count,
      get: async <Row extends object>(text: string, ...values: Value[]) =>
        (await ask<Row>(text, values)).rows[0],
      all: async <Row extends object>(text: string, ...values: Value[]) =>
        (await ask<Row>(text, values)).rows,
    };
  }
}

/** SQL of the time by the clock of the server, in milliseconds since 1970. */
const readClock = 'extract(epoch FROM clock_timestamp()) * 1000';

/** Names the clock of a server: 12 hex digits, as the boot of a machine has. */
function nameServer(systemId: string | null, schema: string): string {
  const digits = lockNumber(`clock ${systemId} ${schema}`).toString(16).replace('-', '');
  return digits.padStart(12, '0').slice(0, 12);
}

const translated = new Map<string, string>();

function translate(text: string): string {
  const known = translated.get(text);
  if (known !== undefined) return known;
  const result = numberParameters(text);
  translated.set(text, result);
  return result;
}

/** PostgreSQL stores no NUL in a text. */
function withoutNul(value: Value): Value {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}

export function refuseFenced(): never {
  throw new Failure(
    'setup',
    'ledger.fenced',
    'this process was cut off from the ledger, or suspended, for so long that another took over its messages',
    'run the command again: nothing is sent twice',
  );
}

function refuseOlder(display: string): never {
  fail(
    'setup',
    'ledger.unusable',
    `the ledger ${display} is older than what it confirmed before: it was restored from a backup or a replica`,
    'run the command again: the gateway is asked about unsettled messages before they are sent',
  );
}
