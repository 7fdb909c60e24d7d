import type { Gateway } from '../gateway/gateway.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Instant } from '../message/event.ts';

/** Time, as far as the flows need it; a test steps it. */
export interface Clock {
  now(): Instant;
  /** @throws Failure `interrupted` or `terminated` when the program is being stopped */
  sleep(milliseconds: number): Promise<void>;
  /** Throws as `sleep` does when the program is being stopped, else does nothing. */
  checkpoint(): void;
}

/** What the flows work with. */
export interface Tools {
  gateway: Gateway;
  ledger: Ledger;
  clock: Clock;
  /** Names this process in the ledger. */
  owner: string;
  /** Whether the process that an intent names is still at work. */
  isAtWork(owner: string): boolean;
  /** How late the gateway may show a message that it took, in milliseconds. */
  grace: number;
  /** Says something to the person who waits. */
  note(text: string): void;
}
