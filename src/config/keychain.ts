import type { AsyncEntry } from '@napi-rs/keyring';

/**
 * One secret in the keychain of the system. Throws where there is no keychain: the library is native and may not
 * be there, and neither may what it talks to.
 */
export interface Keychain {
  get(): Promise<string | null>;
  set(secret: string): Promise<void>;
  remove(): Promise<void>;
}

export async function keychain(account: string): Promise<Keychain> {
  const entry = await entryOf(account);
  return {
    // The library says null for what is not there, and leaves it undefined on some systems.
    get: async () => (await entry.getPassword()) ?? null,
    set: (secret) => entry.setPassword(secret),
    remove: async () => void (await entry.deletePassword()),
  };
}

async function entryOf(account: string): Promise<AsyncEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Where Linux has no such service the library would fall back on the kernel, which forgets at the next start.
  return new AsyncEntry('qlara', account, { linux: { store: 'secret-service' } });
}
