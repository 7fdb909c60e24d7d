import type { Facts, Failure } from '../errors.ts';

/** Hints that name flags, by the code of the failure. The domain does not know flags. */
const hints: Readonly<Record<string, (facts: Facts) => string | undefined>> = {
  'fallback.last': () => 'remove --fallback',
  'template.not-sms': () => 'add --message TEXT',
  'template.missing': () => 'add --template ID',
  'text.twice': () => 'use only one, or add --fallback to send the text if the template cannot be delivered',
  'text.missing': ({ channel }) =>
    channel === 'whatsapp'
      ? 'add --template ID, or --message TEXT within 24 hours of their last message'
      : 'add --message TEXT',
  'text.empty': () => 'add --message TEXT',
  'phone.not-e164': () => 'write it as +393901234567, or add the country of national numbers: --country IT',
  'placeholder.missing': ({ names = [] }) =>
    `add ${[...names].map((name) => `--var ${name}=VALUE`).join(' ')}`,
  'placeholder.unknown': ({ meant, known = [] }) => {
    if (meant) return `did you mean --var ${meant}=...?`;
    return known.length > 0 ? `it has ${[...known].map((name) => `{${name}}`).join(', ')}` : 'remove --var';
  },
};

/** Returns the hint of a failure: its own, else one that names the flag. */
export function findHint({
  code,
  hint,
  facts,
}: Pick<Failure, 'code' | 'hint' | 'facts'>): string | undefined {
  return hint ?? (Object.hasOwn(hints, code) ? hints[code]?.(facts) : undefined);
}
