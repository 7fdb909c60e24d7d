import type { Dialect } from './dialect.ts';
import type { EventReader } from './webhook/reader.ts';

/** All dialects, the oldest first; each is loaded when a profile speaks it. To add one, write its folder and add a line here. */
const loaders = {
  partner: async () => (await import('./partner/dialect.ts')).dialect,
  platform: async () => (await import('./platform/dialect.ts')).dialect,
} satisfies Record<string, () => Promise<Dialect>>;

export type DialectName = keyof typeof loaders;

export const dialectNames = Object.keys(loaders) as DialectName[];

/** The dialect of a profile that names none. */
export const defaultDialect: DialectName = 'partner';

export function loadDialect(name: DialectName): Promise<Dialect> {
  return loaders[name]();
}

/** Loads the readers of webhook events of every dialect, the newest first: a gateway may call in any of them. */
export function loadEventReaders(): Promise<EventReader[]> {
  return Promise.all(
    dialectNames.toReversed().map(async (name) => (await loadDialect(name)).loadEventReader()),
  );
}
