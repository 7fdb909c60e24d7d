import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Connect } from '../../storage/engine.ts';
import { acquireLock, type HeldLock, type LockProbe, openProbe } from '../../storage/lock.ts';
import type { MonotonicClock } from '../../storage/monotonic.ts';
import type { LiveWorker, Sql, Workers } from '../database.ts';
import { newWorkerId, parseWorkerId } from '../worker-id.ts';

/** Milliseconds between heartbeats. */
const heartbeatIntervalMs = 10_000;

/** Milliseconds of our own clock without a heartbeat after which a worker of another machine counts as dead. */
export const goneAfterMs = 60_000;

/** Milliseconds since its last heartbeat after which a worker must beat before it sends: it may count as dead. */
const staleAfterMs = 30_000;

/** The workers of a file. */
export interface FileWorkers extends Workers {
  /** Lists the workers that are alive, or may be; without this process. */
  list(sql: Sql): Promise<LiveWorker[]>;
  /** @throws Error if this worker was marked as dead and its messages were taken over */
  assertCurrent(sql: Sql): Promise<void>;
  close(): void;
}

/**
 * Opens the workers of the ledger at `path`; each worker has a file beside it. One of this machine or boot is alive while
 * the kernel holds its lock; one of another machine until it has had no heartbeat for a minute. A worker's id contains
 * its machine and boot, so it cannot be mistaken for another process with the same process number, in another container
 * or after a restart. `schedule` starts the heartbeat and returns a function that stops it.
 */
export function openWorkers(
  path: string,
  connectTo: Connect,
  clock: MonotonicClock,
  schedule: (beat: () => Promise<void>, intervalMs: number) => () => void,
  write: (work: (sql: Sql) => Promise<void>) => Promise<void>,
): FileWorkers {
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

  async function beat(sql: Sql): Promise<void> {
    if (self === undefined) return;
    await assertCurrent(sql);
    await sql.run(
      'INSERT INTO workers (id, beats) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET beats = workers.beats + 1',
      self.id,
    );
    lastBeat = clock.monotonic();
  }

  async function assertCurrent(sql: Sql): Promise<void> {
    if (self === undefined) return;
    const known = await sql.get<{ gone: number }>('SELECT gone FROM workers WHERE id = ?', self.id);
    if (known?.gone === 1)
      throw new Error(
        'this process was suspended for so long that another machine has taken over its messages',
      );
  }

  function own(): string {
    if (self === undefined) {
      const id = newWorkerId(clock);
      const lock = acquireLock(connectTo, lockPath(id));
      // A failed heartbeat is made up for by the next one.
      const tryBeat = () => write(beat).catch(() => {});
      self = { id, lock, stop: schedule(tryBeat, heartbeatIntervalMs) };
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

  async function isBeating(sql: Sql, id: string): Promise<boolean> {
    const known = await sql.get<{ beats: number }>('SELECT beats FROM workers WHERE id = ?', id);
    const beats = known?.beats ?? 0;
    const seen = sightings.get(id);
    if (seen?.beats === beats) return clock.monotonic() - seen.since < goneAfterMs;
    sightings.set(id, { beats, since: clock.monotonic() });
    return true;
  }

  async function isAlive(sql: Sql, id: string): Promise<boolean> {
    if (id === self?.id) return true;
    if (parseWorkerId(id) === undefined) return false;
    return isRemote(id) ? isBeating(sql, id) : isHeld(id);
  }

  /** A worker has a file from its first moment on, a heartbeat later, and is known by name if it sends a bulk. */
  async function list(sql: Sql): Promise<LiveWorker[]> {
    const prefix = basename(lockPath(''));
    const files = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
    const known = await sql.all<{ id: string }>('SELECT id FROM workers WHERE gone = 0');
    const named = await sql.all<Omit<LiveWorker, 'isUncertain'>>(
      'SELECT worker AS id, min(host) AS host, min(pid) AS pid, min(since) AS since FROM bulk_workers GROUP BY worker',
    );
    const ids = [...files.map((name) => name.slice(prefix.length)), ...known.map(({ id }) => id)];
    const alive: LiveWorker[] = [];
    for (const id of new Set([...ids, ...named.map(({ id }) => id)])) {
      if (id === self?.id || !(await isAlive(sql, id))) continue;
      const { host = null, pid = null, since = null } = named.find((one) => one.id === id) ?? {};
      alive.push({ id, host, pid, since, isUncertain: isRemote(id) });
    }
    return alive;
  }

  return {
    list,
    own,
    isAlive,
    isUncertain: async (sql, id) => isRemote(id) && isAlive(sql, id),
    // A lock tells nothing about it, and another machine's heartbeat only after a while.
    isSilent: async () => false,
    // The kernel has closed its connections; a worker of another machine has been silent for longer than a request lasts.
    lastRequest: async () => ({ boot: clock.boot, ms: clock.monotonic() }),
    async markGone(sql, id) {
      if (!isRemote(id)) return;
      await sql.run(
        'INSERT INTO workers (id, beats, gone) VALUES (?, 0, 1) ON CONFLICT (id) DO UPDATE SET gone = 1',
        id,
      );
    },
    assertCurrent,
    isStale: () => self !== undefined && clock.monotonic() - lastBeat > staleAfterMs,
    confirm: () => write(beat),
    close() {
      for (const probe of probes.values()) probe.close();
      self?.stop();
      self?.lock.release();
      self = undefined;
    },
  };
}
