import type { Instant } from './event.ts';

/** Somebody who wants no messages. */
export interface OptOut {
  /** E.164. */
  phone: string;
  at: Instant;
  /** How it became known: by a message of theirs, from a list, or told by a person. */
  source: 'inbound' | 'import' | 'told';
  /** The word they wrote, or what whoever told it said of it; null for nothing. */
  note: string | null;
}

/** What a message of somebody's says about being written to. */
export type Wish = 'out' | 'in';
