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
