import type { Delivery } from '../message/delivery.ts';

/** How to show deliveries while they change. */
export interface DisplayOptions {
  /** True if every change is shown, not only the last state of each message. */
  each: boolean;
  /** True if a terminal shows a frame that is redrawn in place. */
  live: boolean;
  /** True if a terminal shows each message with its whole chain. */
  detailed: boolean;
}

/** Shows deliveries in one format. */
export interface View {
  /** True if nothing is printed before the end, so that a spinner is needed. */
  silent?: boolean;
  change(changed: readonly Delivery[], all: readonly Delivery[]): void;
  end(all: readonly Delivery[]): void | Promise<void>;
}

/** Selects the messages to show, in order. */
export type Select = (deliveries: readonly Delivery[]) => readonly Delivery[];
