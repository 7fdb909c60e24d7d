import type { Receipt } from './event.ts';
import type { Inbound } from './inbound.ts';

/** What a gateway told of its own accord, by a webhook. */
export type Heard =
  /** Of a message. `key` is the same each time it is told; `ids` are those it was called by that may be ours, `gatewayId`
   * is the gateway's. */
  | {
      kind: 'receipt';
      key: string;
      ids: readonly string[];
      gatewayId?: string | null;
      to: string | null;
      receipt: Receipt;
    }
  | { kind: 'inbound'; inbound: Inbound };
