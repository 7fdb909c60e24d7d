import type { ChannelName } from './channels/channel.ts';
import type { Receipt } from './event.ts';
import type { Instant } from './time.ts';

/** An inbound message (MO). */
export interface Inbound {
  /** Key that is the same each time the gateway reports the message. */
  key: string;
  /** Gateway's id; null if not reported. */
  id: string | null;
  channel: ChannelName;
  /** Sender: a number in E.164, or a name. */
  from: string;
  /** Our number; null if not reported. */
  to: string | null;
  /** Text; null if the message has none. */
  text: string | null;
  /** Type by the gateway's word in lower case: `text`, `image`, `audio`. */
  type: string;
  /** Gateway's key of an image or other media; null if there is none. */
  media: string | null;
  at: Instant;
  /** See `ConversationMessage.isInconclusive`. */
  isInconclusive?: boolean;
}

/** An event that a gateway reported by a webhook. */
export type WebhookEvent =
  /**
   * A receipt. `key` is the same each time it is reported; `ids` are the ids that may be ours, `gatewayId` is the
   * gateway's.
   */
  | {
      kind: 'receipt';
      key: string;
      ids: readonly string[];
      gatewayId?: string | null;
      to: string | null;
      receipt: Receipt;
    }
  | { kind: 'inbound'; inbound: Inbound };

/** Returns why a URL cannot be called back, as the end of a sentence about it; null if it can. */
export function validateCallbackUrl(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:') return null;
  if (url?.protocol !== 'http:') return 'is not an http or https address';
  // The vendor takes https only. A receiver under test has no certificate, and traffic on one machine needs none.
  return isLoopback(url.hostname) ? null : 'must be https: http is only for this machine itself';
}

/** Reports whether a host, as the URL class writes it, can only be this machine (RFC 6761, 6.3; RFC 1122, 3.2.1.3). */
function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost$/.test(host) || /^127(?:\.\d+){3}$/.test(host) || host === '[::1]';
}

/**
 * Shapes of webhook calls in the vendor's pages: of the channel guide, the platform's guide, the platform's
 * reference.
 */
export const webhookShapes = ['partner', 'guide', 'platform'] as const;

export type WebhookShape = (typeof webhookShapes)[number];
