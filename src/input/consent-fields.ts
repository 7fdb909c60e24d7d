import { optional, toggle } from './field.ts';
import { read, reason, text } from './kinds.ts';

/** The flags about who wants no messages. */

export const note = optional(text('TEXT'), {
  flag: 'note',
  summary: 'what is to be remembered about it',
  group: 'General',
});
export const force = optional(read('REASON', reason), {
  flag: 'force',
  summary: 'send also to those who have opted out, or past the 24 hours; the reason is kept here',
  group: 'Delivery',
});
export const skipNumbers = toggle({
  flag: 'skip-invalid',
  summary: 'import the rest where rows hold no number',
  group: 'Bulk',
});
