import type { Receipt } from './event.ts';
import type { Inbound } from './inbound.ts';

/** What a gateway told of its own accord, by a webhook. */
export type Heard =
  /** Of a message. `key` is the same each time it is told; `ids` are those it was called by, the likelier to be ours first. */
  | { kind: 'receipt'; key: string; ids: readonly string[]; to: string | null; receipt: Receipt }
  | { kind: 'inbound'; inbound: Inbound };
