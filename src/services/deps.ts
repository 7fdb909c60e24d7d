import type { Gateway } from '../gateway/gateway.ts';
import type { Ledger } from '../ledger/api.ts';
import type { Instant } from '../message/time.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';

/** Time, as far as the flows need it; a test steps it. What waits, waits by the monotonic clock: the other one may step. */
export interface Clock extends MonotonicClock {
  /** For what is recorded and shown. */
  now(): Instant;
  /** @throws Failure `interrupted` or `terminated` when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Throws as `sleep` does when the program is being stopped, else does nothing. */
  checkpoint(): void;
}

/** What the flows work with. */
export interface Deps {
  gateway: Gateway;
  ledger: Ledger;
  clock: Clock;
  /** How late the gateway may show a message that it took, in milliseconds. */
  grace: number;
  /** When messages were first seen that another boot left in doubt, by the monotonic clock. */
  firstSeen: Map<string, number>;
  /** The flags that a printed command needs to reach the same gateway and ledger: ` --profile NAME`. */
  flags: string;
  /** Says something to the person who waits. */
  note(text: string): void;
}
