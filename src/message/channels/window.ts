import type { Message } from '../message.ts';
import type { Instant } from '../time.ts';

/**
 * The customer-service window: for 24 hours after a person writes on WhatsApp, free-form messages to them are
 * allowed; after it an approved template is needed (vendor: `guides/channels`).
 */
export const windowLength = 24 * 60 * 60 * 1000;

/** Whether the window is open at `now` for someone who last wrote at `inbound`. */
export function isWindowOpen(inbound: Instant | undefined, now: Instant): boolean {
  return windowLeft(inbound, now) > 0;
}

/** Milliseconds until the window closes for someone who last wrote at `inbound`; 0 when it is closed. */
export function windowLeft(inbound: Instant | undefined, now: Instant): number {
  return inbound === undefined ? 0 : Math.max(inbound + windowLength - now, 0);
}

/** Whether a message reaches a person on WhatsApp only while their window is open. */
export function isFreeForm({ chain, template, simulation }: Message): boolean {
  return chain[0] === 'whatsapp' && template === null && !simulation;
}

/** Whether a gateway's reason speaks of the window. It has no code for it, and its words may change. */
export function isOfWindow(reason: string): boolean {
  return /24.?h|\bwindow\b|\boutside\b/i.test(reason);
}
