import type { AsyncEntry } from '@napi-rs/keyring';

/**
 * One secret in the system's keychain. Methods throw where there is no keychain: the native library, or the service it
 * uses, may be missing.
 */
export interface Keychain {
  get(): Promise<string | null>;
  set(secret: string): Promise<void>;
  remove(): Promise<void>;
}

export async function openKeychain(account: string): Promise<Keychain> {
  const entry = await openEntry(account);
  return {
    // The library returns null for a missing entry, and undefined on some systems.
    get: async () => (await entry.getPassword()) ?? null,
    set: (secret) => entry.setPassword(secret),
    remove: async () => void (await entry.deletePassword()),
  };
}

async function openEntry(account: string): Promise<AsyncEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Without this service, the library on Linux would use the kernel's keyring, which is lost on restart.
  return new AsyncEntry('qlara', account, { linux: { store: 'secret-service' } });
}
