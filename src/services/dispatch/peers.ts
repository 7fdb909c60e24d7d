import type { ClaimedRow } from '../../ledger/api.ts';
import type { Clock } from '../deps.ts';

/** One look of a process at the others that send the same messages. */
export interface PeerLook {
  /** Messages in doubt that this process is to settle; it may know them already. */
  doubts: ClaimedRow[];
  /** True while others hold messages that they may leave to this process. */
  others: boolean;
  /** True if messages wait to be claimed. */
  more: boolean;
  /** True if a stop was requested. */
  stopped: boolean;
}

/** State of the process that looks at the others. */
export interface OwnState {
  /** True if nothing but messages in doubt is left to it. */
  isIdle: boolean;
  /** Messages in doubt that it settles. */
  doubts: number;
}

/** The view that a peer watch has of its dispatcher. */
export interface PeerPort {
  state(): OwnState;
  isDone(): boolean;
  /** Told of each look, after `isAlone` has changed. */
  onLook(look: PeerLook): void;
  /** Resolves when the dispatcher ends. */
  readonly ended: Promise<void>;
}

/** Time between two looks at the others, in milliseconds. */
const lookIntervalMs = 1_000;

/** Pause after messages to claim were seen: claiming them comes first, in milliseconds. */
const claimPauseMs = 100;

/**
 * Watches the other processes that send the same messages, about once a second: takes over what those leave that die, and
 * keeps a dispatcher from ending while others hold messages.
 */
export class PeerWatch {
  /** True once a look during idleness has found no message in other hands; false again after a claim. */
  isAlone = false;
  /** How often the last of the others has left: what they had accepted may prove doubts. */
  departures = 0;
  readonly #look: (own: OwnState) => Promise<PeerLook>;
  readonly #port: PeerPort;
  readonly #clock: Clock;
  #wake = () => {};

  constructor(look: (own: OwnState) => Promise<PeerLook>, port: PeerPort, clock: Clock) {
    this.#look = look;
    this.#port = port;
    this.#clock = clock;
  }

  /** Runs until the dispatcher is done. @throws as `look` and `Clock.sleep` */
  async run(): Promise<void> {
    const { state, isDone, onLook, ended } = this.#port;
    for (let hadOthers = false; !isDone(); ) {
      const own = state();
      const seen = await this.#look(own);
      this.isAlone = own.isIdle && state().isIdle && !seen.others && !seen.more;
      if (this.isAlone && hadOthers) this.departures++;
      hadOthers = own.isIdle && seen.others;
      onLook(seen);
      if (seen.more) await Promise.race([this.#clock.sleep(claimPauseMs), ended]);
      // It became idle during the look: only another look tells whether it may end.
      if (!own.isIdle && state().isIdle) continue;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([this.#clock.sleep(lookIntervalMs), ended, woken]);
    }
  }

  /** Looks at once, since the dispatcher became idle. */
  wake(): void {
    if (!this.isAlone) this.#wake();
  }

  /** To be called when messages were claimed: until the next look, others may have messages too. */
  expectOthers(): void {
    this.isAlone = false;
  }
}
