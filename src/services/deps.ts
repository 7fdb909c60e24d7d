import type { Gateway } from '../gateway/gateway.ts';
import type { Ledger } from '../ledger/api.ts';
import type { Instant } from '../message/time.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';

/** The clocks of a run; tests replace them. Waits use the monotonic clock, because the wall clock may step. */
export interface Clock extends MonotonicClock {
  /** Wall-clock time, for records and output. */
  now(): Instant;
  /** @throws Failure `interrupted` or `terminated` when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Throws as `sleep` does when the program is being stopped, else does nothing. */
  checkpoint(): void;
}

/** The dependencies of the services. */
export interface Deps {
  gateway: Gateway;
  ledger: Ledger;
  clock: Clock;
  /** The longest time until the gateway shows a message that it accepted, in milliseconds. */
  grace: number;
  /** When messages were first seen that another boot left in doubt, by the clock of the ledger. */
  firstSeen: Map<string, number>;
  /** The flags that a printed command needs to reach the same gateway and ledger: ` --profile NAME`. */
  flags: string;
  /** Writes a note to stderr. */
  note(text: string): void;
}
