import type { Facts, Failure } from '../errors.ts';

/** Says which flag mends what the domain refuses, by the code of the failure. */
const hints: Readonly<Record<string, (facts: Facts) => string | undefined>> = {
  'fallback.last': () => 'leave out --fallback',
  'template.not-sms': () => 'write the text with --message',
  'template.missing': () => 'add --template ID',
  'text.twice': () =>
    'use one of them, or add --fallback to send the text where the template cannot be delivered',
  'text.missing': ({ channel }) =>
    channel === 'whatsapp'
      ? 'add --template ID, or --message TEXT within 24 hours of their last message'
      : 'write the text with --message',
  'text.empty': () => 'write the text with --message',
  'phone.not-e164': () => 'write it as +393901234567, or name the country of national numbers: --country IT',
  'placeholder.missing': ({ names = [] }) =>
    `add ${[...names].map((name) => `--var ${name}=VALUE`).join(' ')}`,
  'placeholder.unknown': ({ meant, known = [] }) => {
    if (meant) return `did you mean --var ${meant}=...?`;
    return known.length > 0
      ? `it has ${[...known].map((name) => `{${name}}`).join(', ')}`
      : 'leave out --var';
  },
};

/** Returns the next step for a failure: its own hint, else one that names the flag. */
export function hintOf({ code, hint, facts }: Pick<Failure, 'code' | 'hint' | 'facts'>): string | undefined {
  return hint ?? (Object.hasOwn(hints, code) ? hints[code]?.(facts) : undefined);
}
