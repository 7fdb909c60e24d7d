import { randomBytes } from 'node:crypto';
import type { MonotonicClock } from '../storage/monotonic.ts';

/** Returns a new id of a worker, which holds the machine and the boot of its clock. */
export function newWorkerId({ machine, boot }: MonotonicClock): string {
  return `${machine}.${boot}.${randomBytes(6).toString('hex')}`;
}

/** Reads the id of a worker; undefined for ids of earlier versions. */
export function parseWorkerId(worker: string): { machine: string; boot: string } | undefined {
  const [, machine, boot] = /^([\da-f]{12})\.([\da-f]{12})\.[\da-f]{12}$/.exec(worker) ?? [];
  return machine === undefined || boot === undefined ? undefined : { machine, boot };
}
