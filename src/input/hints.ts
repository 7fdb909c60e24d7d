import type { Facts, Failure } from '../errors.ts';
import { findNearest } from '../message/nearest.ts';
import { quote } from './quote.ts';

function hintUnknown({ meant, known = [], flag = '--var' }: Facts): string {
  if (meant) return `did you mean ${flag} ${quote(`${meant}=...`)}?`;
  return known.length > 0 ? `it has ${[...known].map((name) => `{${name}}`).join(', ')}` : `remove ${flag}`;
}

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
  'sender.missing': () => 'add --from NAME, or `qlara profile set from NAME`',
  'agent.missing': () => 'add --agent-id N, or `qlara profile set agentId N`',
  'phone-number.missing': () =>
    'add --phone-number-id ID, or `qlara profile set phoneNumberId ID`; `qlara numbers` lists them',
  'template.not-number': () => '`qlara templates list` shows the numbers',
  'content.not-sms': () => 'remove --content and --media, or send by RCS or WhatsApp',
  'content.twice': () => 'use only one, or add --fallback',
  'phone.not-e164': () => 'write it as +393901234567, or add the country of national numbers: --country IT',
  'placeholder.missing': ({ names = [], columns }) => {
    const [first = ''] = names;
    if (columns === undefined)
      return `add ${[...names].map((name) => `--var ${quote(`${name}=VALUE`)}`).join(' ')}`;
    const meant = findNearest(first, columns);
    return meant === undefined
      ? `name a column ${first}, or add --map ${quote(`${first}=COLUMN`)} or --var ${quote(`${first}=VALUE`)}`
      : `did you mean {${meant}}?`;
  },
  'placeholder.malformed': () => 'write \\{ and \\} for literal braces, or {name} for a placeholder',
  'placeholder.unknown': hintUnknown,
  'map.invalid': hintUnknown,
};

/**
 * Returns the hint of a failure: its own, else one that names the flag; a failure with several problems has a line for
 * each.
 */
export function findHint({
  code,
  hint,
  facts,
}: Pick<Failure, 'code' | 'hint' | 'facts'>): string | undefined {
  if (hint !== undefined) return hint;
  const codes = [code, ...(facts.also ?? [])];
  const found = codes.flatMap((one) => (Object.hasOwn(hints, one) ? (hints[one]?.(facts) ?? []) : []));
  return found.length > 0 ? [...new Set(found)].join('\n') : undefined;
}
