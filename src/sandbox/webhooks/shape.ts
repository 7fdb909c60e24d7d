import type { Accepted } from '../accepted.ts';
import type { SandboxInbound } from '../inbox/inbound-state.ts';
import type { TimelineStep } from '../timeline.ts';

/** A shape of the vendor's webhook calls; each body becomes JSON. */
export interface Shape {
  /**
   * Builds one body for each call; none if the shape has no event for the step. `parts` counts the parts of the SMS.
   */
  step(message: Accepted, step: TimelineStep, parts: () => number): object[];
  /** Builds the body for an inbound message on a channel other than SMS. */
  inbound(inbound: SandboxInbound): object;
}

export const toIso = (instant: number): string => new Date(instant).toISOString();

/**
 * Numeric codes of the newer generation, as far as its pages document them: 3 delivered, 6 not delivered. A status
 * without a code is not sent.
 */
export const statusCodes: Partial<Record<TimelineStep['status'], 3 | 6>> = {
  delivered: 3,
  undelivered: 6,
  expired: 6,
};
