import type { Dialect } from './dialect.ts';
import { partner } from './partner/send.ts';

/** All dialects. To add one, write a file and add a line here. */
export const dialects = { partner } satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;

export const dialectNames = Object.keys(dialects) as DialectName[];
