import { readdirSync } from 'node:fs';

/**
 * Chooses the build of libsql to load. Replaces the packages `@neon-rs/load` and `detect-libc` in the bundle, which
 * write a diagnostic report or start a process to detect the C library; that takes longer than opening the ledger.
 */
export const GLIBC = 'glibc';
export const MUSL = 'musl';

/** Returns the C library of this system; null if there is only one. */
export function familySync(): string | null {
  if (process.platform !== 'linux') return null;
  // musl's dynamic loader is /lib/ld-musl-ARCH.so.1 everywhere; glibc's has another name.
  return readdirSync('/lib').some((name) => name.startsWith('ld-musl-')) ? MUSL : GLIBC;
}

/** Returns the suffix of the package with the build for this system. */
export function currentTarget(): string {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  if (arch === 'arm') return 'linux-arm-gnueabihf';
  return `linux-${arch}-${familySync() === MUSL ? 'musl' : 'gnu'}`;
}

/** Returns null: only the developers of libsql load a build from its folder. */
export function load(): null {
  return null;
}
