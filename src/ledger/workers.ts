import { randomBytes } from 'node:crypto';
import type { Sql } from '../storage/database.ts';
import type { Connect } from '../storage/engine.ts';
import { acquireLock, type HeldLock, type LockProbe, openProbe } from '../storage/lock.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';

/** Milliseconds between heartbeats. */
const heartbeatIntervalMs = 10_000;

/** Milliseconds of our own clock without a heartbeat after which a worker of another machine counts as dead. */
export const goneAfterMs = 60_000;

/** Milliseconds since its last heartbeat after which a worker must beat before it sends: it may count as dead. */
const staleAfterMs = 30_000;

/**
 * The processes that use a ledger. A worker's id contains its machine and boot and is never reused, so it cannot be
 * mistaken for another process with the same process number, in another container or after a restart.
 */
export interface Workers {
  /** Returns the id of this process, which counts as alive from the first call on. */
  own(): string;
  /**
   * Reports whether a worker may still send. One of this machine or boot is alive while the kernel holds its lock;
   * one of another machine until it has had no heartbeat for a minute.
   */
  isAlive(sql: Sql, id: string): boolean;
  /** Reports whether a worker belongs to another machine. */
  isRemote(id: string): boolean;
  /** Marks a worker of another machine as dead, so that it learns on waking up that its messages were taken over. */
  markGone(sql: Sql, id: string): void;
  /** @throws Error if another machine marked this worker as dead and took over its messages */
  assertCurrent(sql: Sql): void;
  /** Reports whether `beat` must be called before anything is sent. */
  isStale(): boolean;
  beat(sql: Sql): void;
  close(): void;
}

/** Returns the boot in a worker's id; empty for ids of earlier versions. */
export function parseBoot(worker: string): string {
  return parseWorkerId(worker)?.boot ?? '';
}

function parseWorkerId(worker: string): { machine: string; boot: string } | undefined {
  const [, machine, boot] = /^([\da-f]{12})\.([\da-f]{12})\.[\da-f]{12}$/.exec(worker) ?? [];
  return machine === undefined || boot === undefined ? undefined : { machine, boot };
}

/**
 * Opens the workers of the ledger at `path`; each worker has a file beside it. `schedule` starts the heartbeat and
 * returns a function that stops it.
 */
export function openWorkers(
  path: string,
  connectTo: Connect,
  clock: MonotonicClock,
  schedule: (beat: () => void, intervalMs: number) => () => void,
  write: (work: (sql: Sql) => void) => void,
): Workers {
  const lockPath = (id: string) => `${path}.worker.${id}`;
  const probes = new Map<string, LockProbe>();
  /** Heartbeats of other machines: the last one seen, and when it was first seen. */
  const sightings = new Map<string, { beats: number; since: number }>();
  let self: { id: string; lock: HeldLock; stop: () => void } | undefined;
  let lastBeat = 0;

  /** Reports whether another kernel holds a worker's lock. Containers share a boot but not a machine. */
  function isRemote(id: string): boolean {
    const parsed = parseWorkerId(id);
    return parsed !== undefined && parsed.machine !== clock.machine && parsed.boot !== clock.boot;
  }

  function beat(sql: Sql): void {
    if (self === undefined) return;
    assertCurrent(sql);
    sql.run(
      'INSERT INTO workers (id, beats) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET beats = beats + 1',
      self.id,
    );
    lastBeat = clock.monotonic();
  }

  function assertCurrent(sql: Sql): void {
    if (self && sql.get<{ gone: number }>('SELECT gone FROM workers WHERE id = ?', self.id)?.gone === 1)
      throw new Error(
        'this process was suspended for so long that another machine has taken over its messages',
      );
  }

  function own(): string {
    if (self === undefined) {
      const id = `${clock.machine}.${clock.boot}.${randomBytes(6).toString('hex')}`;
      const lock = acquireLock(connectTo, lockPath(id));
      self = { id, lock, stop: schedule(() => write(beat), heartbeatIntervalMs) };
      lastBeat = clock.monotonic();
    }
    return self.id;
  }

  function isHeld(id: string): boolean {
    const probe = probes.get(id) ?? openProbe(connectTo, lockPath(id));
    probes.set(id, probe);
    const held = probe.isHeld();
    if (!held) probes.delete(id);
    return held;
  }

  function isBeating(sql: Sql, id: string): boolean {
    const { beats = 0 } = sql.get<{ beats: number }>('SELECT beats FROM workers WHERE id = ?', id) ?? {};
    const seen = sightings.get(id);
    if (seen?.beats === beats) return clock.monotonic() - seen.since < goneAfterMs;
    sightings.set(id, { beats, since: clock.monotonic() });
    return true;
  }

  return {
    own,
    isAlive(sql, id) {
      if (id === self?.id) return true;
      if (parseWorkerId(id) === undefined) return false;
      return isRemote(id) ? isBeating(sql, id) : isHeld(id);
    },
    isRemote,
    markGone(sql, id) {
      if (!isRemote(id)) return;
      sql.run(
        'INSERT INTO workers (id, beats, gone) VALUES (?, 0, 1) ON CONFLICT (id) DO UPDATE SET gone = 1',
        id,
      );
    },
    assertCurrent,
    isStale: () => self !== undefined && clock.monotonic() - lastBeat > staleAfterMs,
    beat,
    close() {
      for (const probe of probes.values()) probe.close();
      self?.stop();
      self?.lock.release();
      self = undefined;
    },
  };
}
