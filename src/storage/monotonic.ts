import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A clock that never steps. */
export interface MonotonicClock {
  /** Identifies the machine across boots, in hex digits. */
  readonly machine: string;
  /** Identifies the boot, in hex digits; readings of different boots cannot be compared. */
  readonly boot: string;
  /** Returns the milliseconds since the machine was started. */
  monotonic(): number;
}

/** The machine's monotonic clock, which all its processes share. */
export const systemClock: MonotonicClock = {
  get machine() {
    machine ??= digest(`${hostname()}\n${tryRead(() => readFileSync('/etc/machine-id', 'utf8')) ?? ''}`);
    return machine;
  },
  get boot() {
    boot ??= readBoot();
    return boot;
  },
  monotonic: () => performance.now() + processStartMs,
};

/**
 * Start of this process by the machine's clock, in milliseconds; `performance.now()`, which is faster, adds the rest.
 */
const processStartMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

let machine: string | undefined;
let boot: string | undefined;

/**
 * Identifies this boot. Linux has an id (proc_sys_kernel(5), `random/boot_id`), and a time namespace has a clock of its
 * own (time_namespaces(7)). Elsewhere the host name is used: a reading of an earlier boot then only seems more recent
 * than it is.
 */
function readBoot(): string {
  const name = tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? hostname();
  const namespace = tryRead(() => readlinkSync('/proc/self/ns/time')) ?? '';
  return digest(`${name}${namespace}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function tryRead(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
