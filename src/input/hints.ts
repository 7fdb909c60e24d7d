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
  'ledger.unfinished-copy': ({ place }) =>
    `\`qlara ledger copy ${quote(String(place))}\` finishes it, from the machine that has the old ledger`,
  'ledger.moved': ({ place }) => `\`qlara profile set ledger ${quote(String(place))}\` uses it there`,
  'template.not-sms': () => 'add --message TEXT',
  'template.missing': () => 'add --template ID',
  'text.twice': () => 'use only one, or add --fallback to send the text if the template cannot be delivered',
  'text.missing': ({ channel }) =>
    channel === 'whatsapp'
      ? 'add --template ID, or --message TEXT within 24 hours of their last message'
      : channel === 'rcs'
        ? 'add --template ID or --message TEXT'
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

/** Returns the hint of a failure: its own, else one that names the flags. */
export function findHint({
  code,
  hint,
  facts,
}: Pick<Failure, 'code' | 'hint' | 'facts'>): string | undefined {
  if (hint !== undefined) return hint;
  const { also = [] } = facts;
  if (also.length > 0) return hintMissing([code, ...also], facts);
  return Object.hasOwn(hints, code) ? hints[code]?.(facts) : undefined;
}

/** The flag that gives each value that a message may lack, and the setting that gives it to every message. */
const missingValues: Readonly<Record<string, (facts: Facts) => { flag: string; setting?: string }>> = {
  'text.missing': () => ({ flag: '--message TEXT' }),
  'template.missing': () => ({ flag: '--template ID' }),
  'placeholder.missing': ({ names = [] }) => ({
    flag: [...names].map((name) => `--var ${quote(`${name}=VALUE`)}`).join(' '),
  }),
  'sender.missing': () => ({ flag: '--from NAME', setting: 'from NAME' }),
  'agent.missing': () => ({ flag: '--agent-id N', setting: 'agentId N' }),
  'phone-number.missing': () => ({ flag: '--phone-number-id ID', setting: 'phoneNumberId ID' }),
};

/** Returns one hint for several missing values. */
function hintMissing(codes: readonly string[], facts: Facts): string {
  const values = codes.flatMap((code) =>
    Object.hasOwn(missingValues, code) ? (missingValues[code]?.(facts) ?? []) : [],
  );
  const settings = values.flatMap(({ setting }) => (setting ? `\`qlara profile set ${setting}\`` : []));
  const flags = joinWords(values.map(({ flag }) => flag));
  return settings.length === 0
    ? `add ${flags}`
    : `add ${flags}; ${joinWords(settings)} ${settings.length === 1 ? 'keeps it' : 'keep them'} for every send`;
}

function joinWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
}
