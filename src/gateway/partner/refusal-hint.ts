import { matchField, matchMissingField } from '../vendor/missing-field.ts';

const newerFieldMissing = matchMissingField(['destination', 'sender', 'body', 'agentId', 'phoneNumberId']);

/** A field of this generation for the same value. */
const ownField = matchField(['phoneNumber', 'senderName', 'templateId']);

/**
 * Returns a hint where the reason of a refusal says that a field of the newer generation is missing; undefined for any
 * other reason, such as one about the value of a field.
 */
export function hintFor(refusal: string): string | undefined {
  return newerFieldMissing.test(refusal) && !ownField.test(refusal)
    ? 'this gateway speaks the platform dialect: `qlara profile set dialect platform`'
    : undefined;
}
