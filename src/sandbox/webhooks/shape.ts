import type { Accepted } from '../accepted.ts';
import type { SandboxInbound } from '../inbox/inbound-state.ts';
import type { TimelineStep } from '../timeline.ts';

/** A form of the vendor's webhook calls; each body becomes JSON. */
export interface Shape {
  /** One body a call; none where the form has no word for the step. `parts`: of the message as an SMS. */
  step(message: Accepted, step: TimelineStep, parts: () => number): object[];
  /** What somebody wrote on a channel other than SMS. */
  inbound(inbound: SandboxInbound): object;
}

export const iso = (instant: number): string => new Date(instant).toISOString();

/**
 * The numeric codes of generation B, as far as its pages show them: 3 delivered, 6 not delivered. What has none is not
 * told.
 */
export const codes: Partial<Record<TimelineStep['status'], 3 | 6>> = {
  delivered: 3,
  undelivered: 6,
  expired: 6,
};
