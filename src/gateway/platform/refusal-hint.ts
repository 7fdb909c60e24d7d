import { matchField, matchMissingField } from '../vendor/missing-field.ts';

const olderFieldMissing = matchMissingField(['phoneNumber', 'message', 'senderName', 'templateId']);

/** A field of this generation for the same value. */
const ownField = matchField(['destination', 'sender', 'body', 'agentId', 'phoneNumberId', 'template']);

/**
 * Returns a hint where the reason of a refusal says that a field of the older generation is missing; undefined for any
 * other reason, such as one about the value of a field.
 */
export function hintFor(refusal: string): string | undefined {
  return olderFieldMissing.test(refusal) && !ownField.test(refusal)
    ? 'this gateway speaks the partner dialect: `qlara profile set dialect partner`'
    : undefined;
}
