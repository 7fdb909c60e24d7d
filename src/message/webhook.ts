import type { ChannelName } from './channels/channel.ts';
import type { Receipt } from './event.ts';
import type { Instant } from './time.ts';

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
export function readInboundNumber(text: string): string {
  const digits = text.replace(/^(?:\+|00)/, '').replace(/[\s().-]/g, '');
  return /^\d{8,15}$/.test(digits) ? `+${digits}` : text;
}

/** What a gateway told of its own accord, by a webhook. */
export type WebhookEvent =
  /** Of a message. `key` is the same each time it is told; `ids` are those it was called by that may be ours, `gatewayId`
   * is the gateway's. */
  | {
      kind: 'receipt';
      key: string;
      ids: readonly string[];
      gatewayId?: string | null;
      to: string | null;
      receipt: Receipt;
    }
  | { kind: 'inbound'; inbound: Inbound };

/** Why an address cannot be called back, in words that follow its name; null when it can. */
export function validateCallbackUrl(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:') return null;
  if (url?.protocol !== 'http:') return 'is not an http or https address';
  // The vendor takes https only. A receiver under test has no certificate, and what stays on a machine needs none.
  return isLoopback(url.hostname) ? null : 'must be https: http is only for this machine itself';
}

/** Whether a host, as the URL class writes it, can only be this machine (RFC 6761, 6.3; RFC 1122, 3.2.1.3). */
function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost$/.test(host) || /^127(?:\.\d+){3}$/.test(host) || host === '[::1]';
}

/** The two ways to register a webhook: the older generation's, which replaces, and the newer one's, which minds another. */
export const registrationForms = ['partner', 'platform'] as const;

export type RegistrationForm = (typeof registrationForms)[number];

/**
 * The forms in which the vendor's pages print a webhook call: that of the channel guide, that of the platform's guide,
 * that of the platform's reference.
 */
export const webhookShapes = ['partner', 'guide', 'platform'] as const;

export type WebhookShape = (typeof webhookShapes)[number];
