import type { Delivery } from '../message/delivery.ts';

/** How deliveries are shown while they change. */
export interface DisplayOptions {
  /** Whether every change is worth a line, or only where each message ends up. */
  each: boolean;
  /** Whether a terminal gets a picture that changes in place. */
  live: boolean;
  /** Whether a terminal gets each message with its whole chain, as where few were asked for by name. */
  detailed: boolean;
}

/** Shows deliveries in one form: is told of changes as they come, and of all when there are no more. */
export interface View {
  /** Whether nothing is printed before the end, so that one should be told to wait. */
  silent?: boolean;
  change(changed: readonly Delivery[], all: readonly Delivery[]): void;
  end(all: readonly Delivery[]): void | Promise<void>;
}

/** Which of all messages are shown, in order. */
export type Select = (deliveries: readonly Delivery[]) => readonly Delivery[];
