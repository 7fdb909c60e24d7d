import type { SendOutcome } from '../../gateway/gateway.ts';
import type { ClaimedRow, RowEvent } from '../../ledger/api.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Plan } from '../../message/message.ts';
import type { Instant } from '../../message/time.ts';
import type { ReconcileResult } from '../reconcile.ts';
import type { PeerPort, PeerWatch } from './peers.ts';

/** Messages to send and the record of their outcomes: the rows of a bulk, or messages sent by themselves. */
export interface MessageSource {
  /**
   * Records events, in the deliveries too, and claims at most `max` messages to send, all durable before it resolves.
   * `settled` need no request: their recipient opted out, or another process sent them. `unsettled` may be under way in
   * another process.
   */
  commitAndClaim(
    events: readonly RowEvent[],
    max: number,
    now: Instant,
  ): Promise<{ claimed: ClaimedRow[]; settled: ClaimedRow[]; unsettled?: ClaimedRow[]; stopped: boolean }>;
  /** Messages whose outcome is not known, in pages. */
  listDoubts(): AsyncGenerator<ClaimedRow[]>;
  /** Reads messages again that other processes may settle too; undefined where there are none. */
  refresh?(rows: readonly ClaimedRow[]): Promise<void>;
  /** Opens a watch of the other processes that send these messages; undefined where there are none. */
  watchPeers?(port: PeerPort): PeerWatch;
  /** True if this process may have been suspended, and must `confirm` its claims before it sends. */
  isStale(): boolean;
  /** @throws Failure `ledger.unusable` where another machine has taken over the claims of this process */
  confirm(): Promise<void>;
}

/** The call that sends a message, and the question about one in doubt. */
export interface SendChannel {
  /**
   * Sends once; every outcome is a value. `mayLeave` is called right before the request is written; see `Gateway.send`.
   * `pause`: nothing more is allowed for so many milliseconds.
   */
  send(plan: Plan, mayLeave?: () => boolean): Promise<SendOutcome & { pause?: number }>;
  /** Asks about messages in doubt; the result is by id. */
  reconcile(doubts: readonly Delivery[]): Promise<Map<string, ReconcileResult>>;
}
