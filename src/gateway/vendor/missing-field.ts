/**
 * Returns a pattern for a reason that says that one of `fields` is missing from a request: in words, or as the only content
 * of a violation. That the body of the request is missing is another thing.
 */
export function matchMissingField(fields: readonly string[]): RegExp {
  const field = String.raw`["'\x60]?\b(?:${fields.join('|')})\b["'\x60]?`;
  return new RegExp(
    [
      String.raw`(?<!request )${field}(?: field| property| parameter)?[\s:]*(?:must not be|may not be|should not be|can(?:no|')t be|cannot be|must be|is|was|field|value is)? ?(?:null|blank|empty|required|missing|mandatory|present|not (?:provided|set|present|null)|obbligatori[oa])\b(?! to\b)`,
      String.raw`\b(?:missing|required|mandatory)(?: (?:a|the|value|for|request|required|field|property|parameter))*:? (?<!request )${field}(?! (?:of|to|in|is)\b)`,
      String.raw`\b(?:field|fieldName|property|propertyPath|parameter): (?:\w+\.)*${field}$`,
    ].join('|'),
    'i',
  );
}

/** Returns a pattern for a reason that names one of `fields`. */
export function matchField(fields: readonly string[]): RegExp {
  return new RegExp(String.raw`\b(?:${fields.join('|')})\b`);
}
