import { fail } from '../errors.ts';

/** Ids travel in URL paths and in comma-separated lists, so they keep to characters that mean nothing there. */
const allowed = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** @throws Failure `id.invalid` */
export function messageId(text: string): string {
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
