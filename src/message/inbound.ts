import type { ChannelName } from './channel.ts';
import type { Instant } from './event.ts';

/** What a person wrote to us (an MO message). */
export interface Inbound {
  /** The same each time the same message is told. */
  key: string;
  /** The gateway's; null where it tells none. */
  id: string | null;
  channel: ChannelName;
  /** Who wrote: E.164 where it is a number. */
  from: string;
  /** The number of ours that it was written to; null where the gateway does not say. */
  to: string | null;
  /** Null where it is no text. */
  text: string | null;
  /** What it is, in the gateway's word and in lower case: `text`, `image`, `audio`. */
  type: string;
  /** Under which the gateway keeps an image or the like; null where there is none. */
  media: string | null;
  at: Instant;
}

/** A number as it comes from a gateway, in E.164 where it can be; what is no number, as it is. */
export function numberFrom(text: string): string {
  const digits = text.replace(/^(?:\+|00)/, '').replace(/[\s().-]/g, '');
  return /^\d{8,15}$/.test(digits) ? `+${digits}` : text;
}
