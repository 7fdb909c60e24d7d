import type { Instant } from './event.ts';

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
