/** The customer-service window: for 24 hours after a person writes on WhatsApp, free-form replies are allowed. */
const windowLength = 24 * 60 * 60 * 1000;

/** Whether the window is open at `now` for someone who last wrote at `inbound`. */
export function isWindowOpen(inbound: number | undefined, now: number): boolean {
  return inbound !== undefined && now - inbound < windowLength;
}
