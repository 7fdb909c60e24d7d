import type { Postgres } from '../../support/postgres.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import type { Worker } from './worker.ts';

/** A worker, and the proxy between it and the database; none with SQLite. */
export interface Target {
  worker: Worker;
  proxy: TcpProxy | undefined;
}

export type FaultKind = 'kill' | 'freeze' | 'cut' | 'stall' | 'restart';

export interface FaultPlan {
  /** How many faults to inject. */
  count: number;
  /** Milliseconds from one to the next, on average. */
  intervalMs: number;
  /** Returns numbers from 0 to 1. */
  random: () => number;
  /** Told of each fault. */
  onFault(text: string): void;
}

const freezeMs = 10_000;

/** Milliseconds in which a proxy forwards nothing: the least and the most. */
const stallMs = [1_000, 8_000] as const;

/** The longest time that the database is down, in milliseconds. */
const maxDownMs = 3_000;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Injects faults of random kinds into random workers until all are injected or no worker is left, and waits until the last
 * is over. Faults overlap, but for a worker that is frozen or cut off, which is only killed. Without a database there are
 * kills and freezes only. Returns how many there were of each kind.
 */
export async function injectFaults(
  targets: readonly Target[],
  database: Postgres | undefined,
  { count, intervalMs, random, onFault }: FaultPlan,
): Promise<Map<FaultKind, number>> {
  const kinds: FaultKind[] = database
    ? ['kill', 'kill', 'freeze', 'freeze', 'cut', 'cut', 'stall', 'stall', 'restart']
    : ['kill', 'freeze'];
  const counts = new Map<FaultKind, number>();
  const underWay = new Set<Promise<void>>();
  const stalled = new Set<Target>();
  let isDown = false;
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];

  /** Starts a fault; returns undefined where it is not possible now. */
  function inject(kind: FaultKind): Promise<void> | undefined {
    if (kind === 'restart') return database && !isDown ? restart(database) : undefined;
    const target = pick(
      targets.filter(
        (one) => one.worker.isRunning && (kind === 'kill' || !(one.worker.isFrozen || stalled.has(one))),
      ),
    );
    if (target === undefined) return undefined;
    onFault(`${kind} ${target.worker.name}`);
    switch (kind) {
      case 'kill':
        target.worker.replace();
        return Promise.resolve();
      case 'freeze':
        return sleep(freezeMs).then(target.worker.freeze());
      case 'cut':
        target.proxy?.cut();
        return Promise.resolve();
      case 'stall':
        return stall(target);
    }
  }

  async function stall(target: Target): Promise<void> {
    const [least, most] = stallMs;
    stalled.add(target);
    target.proxy?.stall();
    await sleep(least + random() * (most - least));
    target.proxy?.go();
    stalled.delete(target);
  }

  async function restart(server: Postgres): Promise<void> {
    onFault('restart the database');
    isDown = true;
    await server.stop('immediate');
    await sleep(random() * maxDownMs);
    await server.start();
    isDown = false;
  }

  for (let injected = 0; injected < count && targets.some(({ worker }) => !worker.isDone); ) {
    await sleep(intervalMs * (0.5 + random()));
    const kind = pick(kinds) ?? 'kill';
    const fault = inject(kind);
    if (fault === undefined) continue;
    injected++;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    underWay.add(fault);
    fault.finally(() => underWay.delete(fault));
  }
  await Promise.all(underWay);
  return counts;
}
