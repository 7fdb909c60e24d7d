import type { SandboxDialect } from './dialect.ts';

/**
 * All dialects, the oldest first. To add one, write its folder and add a line here. A sandbox loads them when it starts;
 * the program needs only their names.
 */
export const dialectLoaders = {
  partner: () => import('./partner/dialect.ts'),
  platform: () => import('./platform/dialect.ts'),
} satisfies Record<string, () => Promise<{ dialect: SandboxDialect }>>;

export type SandboxDialectName = keyof typeof dialectLoaders;

export const sandboxDialectNames = Object.keys(dialectLoaders) as SandboxDialectName[];
