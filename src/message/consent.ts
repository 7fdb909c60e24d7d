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

/** Words that say by themselves that somebody wants no messages, or wants them again. */
export interface Words {
  stop: readonly string[];
  start: readonly string[];
}

export const defaultWords: Words = { stop: ['stop'], start: ['start'] };

/** What a whole message says about being written to; null for nothing. */
export function wishIn(text: string, { stop, start }: Words): { wish: Wish; word: string } | null {
  const word = text.trim().toLowerCase();
  if (stop.includes(word)) return { wish: 'out', word };
  return start.includes(word) ? { wish: 'in', word } : null;
}
