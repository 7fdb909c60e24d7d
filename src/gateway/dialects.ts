import type { Dialect } from './dialect.ts';
import { partner } from './partner/send.ts';

/** Every dialect there is. A new one is a file and a line here. */
export const dialects = { partner } satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;

export const dialectNames = Object.keys(dialects) as DialectName[];
