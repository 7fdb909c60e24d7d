import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A clock that never steps. */
export interface MonotonicClock {
  /** Names the machine, in hex digits, from one boot to the next. */
  readonly machine: string;
  /** Names the boot whose clock this is, in hex digits: readings of another boot cannot be compared with it. */
  readonly boot: string;
  /** Milliseconds since the machine was started. */
  monotonic(): number;
}

/** Reads the machine's monotonic clock, which all of its processes share. */
export const systemClock: MonotonicClock = {
  get machine() {
    machine ??= digest(`${hostname()}\n${firstOf(() => readFileSync('/etc/machine-id', 'utf8')) ?? ''}`);
    return machine;
  },
  get boot() {
    boot ??= readBoot();
    return boot;
  },
  monotonic: () => performance.now() + startedAtMs,
};

/** When this process was started, by the machine's clock: what `performance.now()` leaves out, and tells the fastest. */
const startedAtMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

let machine: string | undefined;
let boot: string | undefined;

/**
 * Names this boot. Linux tells it (proc_sys_kernel(5), `random/boot_id`), and a time namespace has a clock of its own
 * (time_namespaces(7)). Elsewhere the host name has to do: a reading of an earlier boot then only seems more recent than
 * it is.
 */
function readBoot(): string {
  const name = firstOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? hostname();
  const namespace = firstOf(() => readlinkSync('/proc/self/ns/time')) ?? '';
  return digest(`${name}${namespace}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function firstOf(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
