import { Failure } from '../../errors.ts';
import type { ChannelName, TemplateChannel } from '../../message/channels/channel.ts';
import { describeTooLong, type LimitedPart } from '../../message/channels/template-limits.ts';
import type { Message } from '../../message/message.ts';
import { findPlaceholders, matchName, pickValues, type Variables } from '../../message/placeholders.ts';
import type { MessageRules } from '../../message/rules.ts';
import { compareValues } from '../../message/template.ts';

/** Known facts of a template on the channels of a message. */
export interface KnownTemplate {
  /** Channels that have it, as far as known. */
  channels: readonly TemplateChannel[];
  /** All of its placeholders; undefined if they are not known. */
  placeholders: ReadonlySet<string> | undefined;
  /** Placeholders without a default value. */
  needed: readonly string[];
  /** The templates by their ids, with the names of their placeholders; two where each channel has its own. */
  owners: readonly { id: string; names: readonly string[] }[];
  /** True if it has an SMS of its own, for phones without RCS; undefined if that is not known. */
  hasSms: boolean | undefined;
  /** Parts whose length is limited. */
  limited: readonly LimitedPart[];
  /** Why it cannot be sent at all. */
  problems: readonly Failure[];
  /** Why it could not be checked; undefined if it was. */
  unchecked: string | undefined;
}

/** Combines the facts of two templates that carry one message, each on a channel of its own. */
export function mergeKnownTemplates(one: KnownTemplate, other: KnownTemplate): KnownTemplate {
  return {
    channels: [...one.channels, ...other.channels],
    placeholders:
      one.placeholders && other.placeholders && new Set([...one.placeholders, ...other.placeholders]),
    needed: [...new Set([...one.needed, ...other.needed])],
    owners: [...one.owners, ...other.owners],
    hasSms: one.hasSms,
    limited: [...one.limited, ...other.limited],
    problems: [...one.problems, ...other.problems],
    unchecked: one.unchecked ?? other.unchecked,
  };
}

/**
 * Finds a template by its id. `accepts` rejects what was only remembered, so that an error comes from the gateway.
 * @throws Failure as the gateway does
 */
export type FindTemplate = (
  id: string,
  accepts?: (known: KnownTemplate) => boolean,
) => Promise<KnownTemplate>;

/**
 * Compares the values of one message with its template: all must have one, none may be left over, except those that
 * `text` needs, and no part may become too long.
 */
export function findValueProblems(
  { placeholders, needed, limited, problems, owners }: KnownTemplate,
  values: Variables,
  text: string | undefined,
  { isReservedValue }: Pick<MessageRules, 'isReservedValue'>,
): Failure[] {
  if (problems.length > 0) return [...problems];
  const given = Object.keys(values);
  const ambiguous = [...(placeholders ?? needed)].filter((name) => matchName(name, given).length > 1);
  const { missing } = compareValues({ placeholders: needed, presets: {} }, values);
  const surplus =
    placeholders === undefined
      ? []
      : compareValues(
          { placeholders: [...placeholders], presets: {} },
          values,
          findPlaceholders(text ?? ''),
        ).surplus.filter(({ name }) => !isReservedValue(name));
  const [first] = ambiguous;
  if (first !== undefined)
    return [
      new Failure(
        'usage',
        'placeholder.missing',
        `${nameOwner(owners, [first])} has no value for {${first}}; it could be ${matchName(first, given).join(' or ')}`,
        'give the value under the name of the placeholder',
        undefined,
        { names: [first] },
      ),
    ];
  const braced = (names: Iterable<string>) => [...names].map((name) => `{${name}}`).join(', ');
  const meant = surplus.find((one) => one.meant !== undefined)?.meant;
  const others = surplus.map(({ name }) => name);
  if (missing.length > 0)
    return [
      new Failure(
        'usage',
        'placeholder.missing',
        `${nameOwner(owners, missing)} has no value for ${braced(missing)}${others.length > 0 ? `, and no placeholder ${braced(others)}` : ''}`,
        meant === undefined ? undefined : `did you mean --var ${meant}=... instead of ${others.join(', ')}?`,
        undefined,
        { names: missing },
      ),
    ];
  if (surplus.length > 0)
    return [
      new Failure(
        'usage',
        'placeholder.unknown',
        `${nameOwner(owners, [])} has no placeholder ${braced(others)}`,
        undefined,
        undefined,
        { known: [...(placeholders ?? [])], ...(meant !== undefined && { meant }) },
      ),
    ];
  return findTooLong(owners[0]?.id ?? '', limited, values);
}

/** Reports whether RCS falls back to the SMS of its template, and not to the text of the message. */
export function usesTemplateSms(
  chain: readonly ChannelName[],
  template: string | null | undefined,
  { sharesTemplate }: Pick<MessageRules, 'sharesTemplate'>,
): boolean {
  return !sharesTemplate && template != null && chain[0] === 'rcs' && chain.length > 1;
}

/** Returns the failure of a template without an SMS in a message that falls back to it. */
export function describeNoSms({ owners }: KnownTemplate): Failure {
  return new Failure(
    'usage',
    'template.no-sms',
    `${nameOwner(owners, [])} has no SMS of its own to fall back to`,
    'remove --fallback, or send a text without a template: RCS and SMS carry it',
  );
}

/** Names the template that has these placeholders: `template 42`. */
export function nameOwner(owners: KnownTemplate['owners'], names: readonly string[]): string {
  const own = owners.filter((owner) => owner.names.some((name) => names.includes(name)));
  const ids = (own.length > 0 ? own : owners).map(({ id }) => id);
  return `template ${[...new Set(ids)].join(' or ')}`;
}

/** Returns a message in which each template has its own values only, as far as their placeholders are known. */
export function assignValues(
  message: Message,
  { placeholders, owners }: KnownTemplate,
  { isReservedValue }: Pick<MessageRules, 'isReservedValue'>,
): Message {
  if (placeholders === undefined) return message;
  const { variables, template, rcsTemplate } = message;
  const reserved = Object.entries(variables).filter(([name]) => isReservedValue(name));
  const pick = (names: Iterable<string>) => ({
    ...pickValues(names, variables),
    ...Object.fromEntries(reserved),
  });
  if (rcsTemplate == null) return { ...message, variables: pick(placeholders) };
  const [first, second] = owners;
  const own = template === null ? first : second;
  return {
    ...message,
    variables: template === null ? {} : pick(first?.names ?? []),
    rcsVariables: pickValues(own?.names ?? [], variables),
  };
}

/** Returns a failure for each part of a template that is too long with these values. */
export function findTooLong(id: string, limited: readonly LimitedPart[], values: Variables): Failure[] {
  return describeTooLong(limited, values).map(
    (what) => new Failure('usage', 'template.too-long', `template ${id}: ${what}`, 'shorten the values'),
  );
}
