import { fail } from '../errors.ts';

/** Ids travel in URL paths and in comma-separated lists, so they keep to characters that mean nothing there. */
const allowed = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** @throws Failure `id.invalid` */
export function parseMessageId(text: string): string {
  if (allowed.test(text)) return text;
  fail(
    'usage',
    'id.invalid',
    `${JSON.stringify(text)} cannot be a message id`,
    'use up to 128 letters, digits, and . _ : - after the first',
  );
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Which of the two ids that a gateway names may be ours, the likelier first. Its own id is taken for ours only where that
 * is no coincidence: it is a UUID, or nothing else is named and it is more than a number.
 */
export function possibleOwnIds(customerMessageId: string | null, messageId: string | null): string[] {
  const isOwn =
    messageId !== null && (uuid.test(messageId) || (customerMessageId === null && !/^\d+$/.test(messageId)));
  return [...new Set([customerMessageId, isOwn ? messageId : null])].filter((id) => id !== null);
}

declare const checked: unique symbol;
/** A sender ID: 1 to 11 letters and digits, or 1 to 16 digits (the vendor's `sms-universal` page). */
export type Sender = string & { readonly [checked]: true };

/** @throws Failure `sender.invalid` */
export function parseSender(text: string): Sender {
  const trimmed = text.trim();
  if (/^\+?\d{1,16}$/.test(trimmed) || /^[A-Za-z0-9]{1,11}$/.test(trimmed)) return trimmed as Sender;
  fail(
    'usage',
    'sender.invalid',
    `${JSON.stringify(trimmed)} is not a sender ID`,
    'use up to 11 letters and digits without blanks, or up to 16 digits',
  );
}
