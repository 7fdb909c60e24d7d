/** A field of the newer generation's bodies. */
const newerField = String.raw`["'\x60]?\b(?:destination|sender|body|agentId|phoneNumberId)\b["'\x60]?`;

/**
 * Says that such a field is missing: in words, or as the only content of a violation. That the body of the request is
 * missing is another thing.
 */
const newerFieldMissing = new RegExp(
  [
    String.raw`(?<!request )${newerField}(?: field| property| parameter)?[\s:]*(?:must not be|may not be|should not be|can(?:no|')t be|cannot be|must be|is|was|field|value is)? ?(?:null|blank|empty|required|missing|mandatory|present|not (?:provided|set|present|null)|obbligatori[oa])\b(?! to\b)`,
    String.raw`\b(?:missing|required|mandatory)(?: (?:a|the|value|for|request|required|field|property|parameter))*:? (?<!request )${newerField}(?! (?:of|to|in|is)\b)`,
    String.raw`\b(?:field|fieldName|property|propertyPath|parameter): (?:\w+\.)*${newerField}$`,
  ].join('|'),
  'i',
);

/** A field of this generation for the same value. */
const olderField = /\b(?:phoneNumber|senderName|templateId)\b/;

/**
 * Returns a hint where the reason of a refusal says that a field of the newer generation is missing; undefined for any
 * other reason, such as one about the value of a field.
 */
export function hintFor(refusal: string): string | undefined {
  return newerFieldMissing.test(refusal) && !olderField.test(refusal)
    ? 'this gateway seems to expect the newer dialect, which this version of qlara does not support; check --base-url'
    : undefined;
}
