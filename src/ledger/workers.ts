import { randomBytes } from 'node:crypto';
import type { Sql } from '../storage/database.ts';
import type { Connect } from '../storage/engine.ts';
import { acquireLock, type HeldLock, type LockProbe, openProbe } from '../storage/lock.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';

/** Milliseconds between two heartbeats. */
const heartbeatIntervalMs = 10_000;

/** A worker of another machine is gone once its heartbeat has not moved for so many milliseconds of our own clock. */
export const goneAfterMs = 60_000;

/** Past this age of its last heartbeat, in milliseconds, a worker must beat before it sends: it may count as gone. */
const staleAfterMs = 30_000;

/**
 * The processes that use a ledger. A worker's id holds its machine and boot, and is never given out again, so it cannot be mistaken
 * for another one with the same process number: in another container, or after a restart.
 */
export interface Workers {
  /** The id of this process; from the first call on it counts as alive. */
  own(): string;
  /**
   * Tells whether a worker may still send. One of this machine or boot is alive as long as the kernel holds its lock. One of
   * another machine is, until its heartbeat has not moved for a minute.
   */
  isAlive(sql: Sql, id: string): boolean;
  /** Tells whether a worker is one of another machine. */
  isRemote(id: string): boolean;
  /** Tells a worker of another machine, should it wake up, that its messages were taken from it. */
  markGone(sql: Sql, id: string): void;
  /** @throws where another machine took this worker for gone and has its messages now */
  assertCurrent(sql: Sql): void;
  /** Tells whether `beat` is due before anything is sent. */
  isStale(): boolean;
  beat(sql: Sql): void;
  close(): void;
}

/** The boot that a worker's id names; empty for ids of earlier versions. */
export function bootOf(worker: string): string {
  return partsOf(worker)?.boot ?? '';
}

function partsOf(worker: string): { machine: string; boot: string } | undefined {
  const [, machine, boot] = /^([\da-f]{12})\.([\da-f]{12})\.[\da-f]{12}$/.exec(worker) ?? [];
  return machine === undefined || boot === undefined ? undefined : { machine, boot };
}

/**
 * `path` is that of the ledger, beside which each worker has a file. `schedule` starts the heartbeat and returns what
 * stops it.
 */
export function openWorkers(
  path: string,
  connectTo: Connect,
  clock: MonotonicClock,
  schedule: (beat: () => void, intervalMs: number) => () => void,
  write: (work: (sql: Sql) => void) => void,
): Workers {
  const fileOf = (id: string) => `${path}.worker.${id}`;
  const probes = new Map<string, LockProbe>();
  /** The heartbeats of other machines: which beat was seen, and since when. */
  const sightings = new Map<string, { beats: number; since: number }>();
  let self: { id: string; lock: HeldLock; stop: () => void } | undefined;
  let lastBeat = 0;

  /** Tells whether another kernel has the lock of a worker: that of another machine. Containers share a boot, not a machine. */
  function isRemote(id: string): boolean {
    const parts = partsOf(id);
    return parts !== undefined && parts.machine !== clock.machine && parts.boot !== clock.boot;
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
      const lock = acquireLock(connectTo, fileOf(id));
      self = { id, lock, stop: schedule(() => write(beat), heartbeatIntervalMs) };
      lastBeat = clock.monotonic();
    }
    return self.id;
  }

  function isHeld(id: string): boolean {
    const probe = probes.get(id) ?? openProbe(connectTo, fileOf(id));
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
      if (partsOf(id) === undefined) return false;
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
