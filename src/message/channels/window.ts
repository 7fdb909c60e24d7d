import type { Message } from '../message.ts';
import type { Instant } from '../time.ts';

/**
 * Length of the customer-service window in milliseconds. For 24 hours after a person writes on WhatsApp, free-form
 * messages to them are allowed; later an approved template is required (vendor: `guides/channels`).
 */
export const windowLengthMs = 24 * 60 * 60 * 1000;

/** Reports whether the window is open at `now` for a number that last wrote at `inbound`. */
export function isWindowOpen(inbound: Instant | undefined, now: Instant): boolean {
  return remainingWindowMs(inbound, now) > 0;
}

/** Returns the milliseconds until the window closes for a number that last wrote at `inbound`; 0 if it is closed. */
export function remainingWindowMs(inbound: Instant | undefined, now: Instant): number {
  return inbound === undefined ? 0 : Math.max(inbound + windowLengthMs - now, 0);
}

/** Reports whether a message can be delivered on WhatsApp only while the window is open. */
export function isFreeForm({ chain, template, simulation }: Message): boolean {
  return chain[0] === 'whatsapp' && template === null && !simulation;
}

/** Reports whether a gateway's reason mentions the window. The gateway has no code for it, and its words may change. */
export function mentionsWindow(reason: string): boolean {
  return /24.?h|\bwindow\b|\boutside\b/i.test(reason);
}
