import type { Talk } from '../../output/talk.ts';
import { many } from '../bulk/amounts.ts';
import type { Line } from './lines.ts';

/** Counts what was heard and what was not taken. */
export interface Tally {
  count(lines: readonly Line[]): void;
  /** The first of a kind is said at once, all are counted. */
  refuse(why: string): void;
  /** Says what it came to. */
  sum(): void;
}

export function openTally({ note }: Talk): Tally {
  let receipts = 0;
  let messages = 0;
  const refused = new Map<string, number>();
  return {
    count(lines) {
      for (const { kind } of lines)
        if (kind === 'inbound') messages++;
        else receipts++;
    },
    refuse(why) {
      const times = (refused.get(why) ?? 0) + 1;
      refused.set(why, times);
      if (times === 1) note(`a call was not taken: ${why}`);
    },
    sum() {
      const calls = [...refused].map(([why, times]) => `${times} not taken: ${why}`);
      note([`${many(receipts, 'receipt')}, ${many(messages, 'message')}`, ...calls].join('; '));
    },
  };
}
