import type { Dialect } from './dialect.ts';

/** All dialects; each is loaded when a profile speaks it. To add one, write its folder and add a line here. */
const loaders = {
  partner: async () => (await import('./partner/dialect.ts')).dialect,
  platform: async () => (await import('./platform/dialect.ts')).dialect,
} satisfies Record<string, () => Promise<Dialect>>;

export type DialectName = keyof typeof loaders;

export const dialectNames = Object.keys(loaders) as DialectName[];

export function loadDialect(name: DialectName): Promise<Dialect> {
  return loaders[name]();
}
