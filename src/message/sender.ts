import { fail } from '../errors.ts';

declare const checked: unique symbol;
/** A sender ID: 1 to 11 letters and digits, or 1 to 16 digits (the vendor's `sms-universal` page). */
export type Sender = string & { readonly [checked]: true };

/** @throws Failure `sender.invalid` */
export function sender(text: string): Sender {
  const trimmed = text.trim();
  if (/^\+?\d{1,16}$/.test(trimmed) || /^[A-Za-z0-9]{1,11}$/.test(trimmed)) return trimmed as Sender;
  fail(
    'usage',
    'sender.invalid',
    `${JSON.stringify(trimmed)} is not a sender ID`,
    'use up to 11 letters and digits without blanks, or up to 16 digits',
  );
}
