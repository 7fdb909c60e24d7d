import { readdirSync } from 'node:fs';

/**
 * Which of its builds libsql is to load: what the packages `@neon-rs/load` and `detect-libc` tell it, for which
 * this file stands in when the program is bundled. They have Node write a whole diagnostic report or start a
 * process to learn the C library, which takes longer than opening the ledger.
 */
export const GLIBC = 'glibc';
export const MUSL = 'musl';

/** The C library of this system, null where there is no choice. */
export function familySync(): string | null {
  if (process.platform !== 'linux') return null;
  // musl's dynamic loader is /lib/ld-musl-ARCH.so.1 everywhere; glibc's has another name.
  return readdirSync('/lib').some((name) => name.startsWith('ld-musl-')) ? MUSL : GLIBC;
}

/** The suffix of the package that holds the build for this system. */
export function currentTarget(): string {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  if (arch === 'arm') return 'linux-arm-gnueabihf';
  return `linux-${arch}-${familySync() === MUSL ? 'musl' : 'gnu'}`;
}

/** Only libsql's own developers load a build from its folder. */
export function load(): null {
  return null;
}
