import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure } from '../errors.ts';
import {
  type ChannelName,
  channelTitles,
  hasTemplates,
  type TemplateChannel,
} from '../message/channels/channel.ts';
import type { Message } from '../message/message.ts';
import { findNearest } from '../message/nearest.ts';
import type { MessageRules } from '../message/rules.ts';
import {
  assignValues,
  describeNoSms,
  type FindTemplate,
  findValueProblems,
  type KnownTemplate,
  mergeKnownTemplates,
  usesTemplateSms,
} from '../services/validate/template.ts';
import type { TemplateFacts, TemplateList } from '../storage/template-file.ts';
import {
  maxRemembered,
  openTemplateCache,
  type SharedTemplateCache,
  toTemplateFacts,
} from './remembered-templates.ts';

/** Facts about the template on one channel. */
interface ChannelFacts {
  channel: TemplateChannel;
  list: TemplateList;
  /** Undefined if the channel has no template with this id, as far as known. */
  facts: TemplateFacts | undefined;
}

/**
 * Returns a lookup of templates on these channels, in the order in which a message tries them. Sends and checks use it
 * alike. A message is sent on its first channel, so the template must exist there; with `any`, one channel suffices. Each
 * id is looked up once, in the lists of the last five minutes or at the gateway. `phoneNumberId`: the WhatsApp number to
 * send from, where it is not that of the profile.
 */
export function openTemplates(
  channels: readonly TemplateChannel[],
  any: boolean,
  context: Context,
  phoneNumberId?: string,
): FindTemplate {
  const opening = openTemplateCache(context);
  const remembered = opening.then(
    (cache) => new Map(channels.map((channel) => [channel, cache.read(channel, context.clock.now())])),
  );
  // A lookup reports it.
  remembered.catch(() => {});
  const fresh = new Map<TemplateChannel, Promise<TemplateList>>();
  const known = new Map<string, Promise<KnownTemplate>>();

  async function list(channel: TemplateChannel, usesCache: boolean): Promise<TemplateList> {
    const before = usesCache ? (await remembered).get(channel) : undefined;
    const found = fresh.get(channel);
    if (found) return found;
    if (before) return before;
    const fetched = opening.then((cache) => fetchList(channel, phoneNumberId, cache, context));
    fresh.set(channel, fetched);
    return fetched;
  }

  async function look(id: string, usesCache: boolean): Promise<KnownTemplate> {
    const findings: ChannelFacts[] = [];
    for (const channel of channels) {
      const found = await list(channel, usesCache);
      findings.push({ channel, list: found, facts: found.templates.find((one) => one.id === id) });
    }
    return any ? summarizeAny(id, findings, context) : summarize(id, findings, context);
  }

  // The cache may be out of date: an error is only raised from fresh data.
  async function find(id: string, accepts: (known: KnownTemplate) => boolean): Promise<KnownTemplate> {
    const first = await look(id, true);
    if ((first.problems.length === 0 && accepts(first)) || fresh.size === channels.length) return first;
    return look(id, false);
  }

  /** Notes that were printed, each once. */
  const noted = new Set<string>();
  function note({ unchecked }: KnownTemplate): void {
    if (unchecked === undefined || noted.has(unchecked)) return;
    noted.add(unchecked);
    context.notices.info(`note: ${unchecked}`);
  }

  return (id, accepts = () => true) => {
    const before = known.get(id);
    if (before) return before;
    const found = find(id, accepts);
    known.set(id, found);
    found.then(note, () => {});
    return found;
  };
}

/** The note about a text that RCS does not fall back to. */
export const templateSmsNote =
  'note: a template of RCS falls back to its own SMS; --message is not sent, and only limits its parts';

/** The channels on which the templates of a message must exist. */
export interface TemplateChannels {
  /** Those of its template. */
  main: readonly TemplateChannel[];
  /** RCS, where it has a template of its own there; else none. */
  rcs: readonly TemplateChannel[];
}

/** Returns the channels of the templates of a message that tries `chain`. */
export function findTemplateChannels(
  chain: readonly ChannelName[],
  { sharesTemplate }: Pick<MessageRules, 'sharesTemplate'>,
): TemplateChannels {
  const all = chain.filter(hasTemplates);
  return sharesTemplate ? { main: all, rcs: [] } : { main: all.slice(0, 1), rcs: all.slice(1) };
}

/**
 * Checks the templates of a message and their values, as far as the gateway tells. Resolves to the message without values
 * that only its text needed.
 * @throws Failure `template.unknown`, `template.not-approved`, `template.too-long`, `placeholder.missing`, `placeholder.unknown`
 */
export async function checkTemplate(
  message: Message,
  text: string | undefined,
  context: Context,
): Promise<Message> {
  const { template, rcsTemplate = null, variables, chain, phoneNumberId } = message;
  const rules = await context.messageRules();
  const channels = findTemplateChannels(chain, rules);
  const lookups = [
    { id: template, channels: channels.main },
    { id: rcsTemplate, channels: channels.rcs },
  ].flatMap(({ id, channels }) => (id === null || channels.length === 0 ? [] : [{ id, channels }]));
  const found: KnownTemplate[] = [];
  for (const { id, channels } of lookups) {
    const find = openTemplates(channels, false, context, phoneNumberId ?? undefined);
    // Another template may have the placeholders that this one lacks.
    const hasValues = (known: KnownTemplate) => findValueProblems(known, variables, text, rules).length === 0;
    found.push(await find(id, lookups.length > 1 ? () => true : hasValues));
  }
  const [first, ...others] = found;
  if (first === undefined) return message;
  const known = others.reduce(mergeKnownTemplates, first);
  const [problem] = findValueProblems(known, variables, text, rules);
  if (problem) throw problem;
  if (usesTemplateSms(chain, template, rules)) {
    if (known.hasSms === false) throw describeNoSms(known);
    if (text !== undefined) context.notices.info(templateSmsNote);
  }
  return assignValues(message, known, rules);
}

/**
 * Returns the id of the WhatsApp template with this name, or name and language as in `order_shipped:it`; undefined if the
 * gateway does not list its templates.
 * @throws Failure `template.unknown`, `template.ambiguous`
 */
export async function findTemplateId(
  name: string,
  phoneNumberId: string | undefined,
  context: Context,
): Promise<string | undefined> {
  const { templates, whole, problem } = await fetchList(
    'whatsapp',
    phoneNumberId,
    await openTemplateCache(context),
    context,
  );
  // Only a template with a number can be sent.
  const numbered = templates.filter(({ id }) => /^\d+$/.test(id));
  const matches = numbered.filter(
    (one) => one.name === name || (one.language && `${one.name}:${one.language}` === name),
  );
  const [first, ...others] = matches;
  if (others.length > 0)
    throw new Failure(
      'usage',
      'template.ambiguous',
      `the gateway has ${matches.length} templates called ${name}`,
      `use one of ${matches.map(({ id, language }) => `${id} (${language ?? 'no language'})`).join(', ')}`,
    );
  if (first !== undefined) {
    context.notices.info(`note: template ${name} is ${first.id}`);
    return first.id;
  }
  if (problem !== null)
    throw new Failure(
      'gateway',
      'template.unlisted',
      `cannot look up the template ${name}: ${problem}`,
      'use the number of the template',
    );
  if (!whole || templates.length === 0) return undefined;
  const names = numbered.flatMap((one) => one.name ?? []);
  const meant = findNearest(name, names);
  throw new Failure(
    'usage',
    'template.unknown',
    `the gateway has no WhatsApp template called ${name}`,
    meant ? `did you mean ${meant}?` : '`qlara templates list` lists the templates',
  );
}

/** Summarizes the template for a message that enters at the first of these channels. */
function summarize(id: string, findings: readonly ChannelFacts[], context: Context): KnownTemplate {
  const present = findings.flatMap(({ channel, facts }) => (facts ? [{ channel, facts }] : []));
  const [first] = findings;
  const isListed = first?.list.whole === true && first.list.templates.length > 0;
  const unchecked =
    first === undefined || first.facts !== undefined || isListed ? undefined : describeUnchecked(id, first);
  const problems = [
    ...(first && first.facts === undefined && isListed ? [describeUnknown(id, [first], context)] : []),
    ...present.flatMap(({ channel, facts }) => describeRejected(id, channel, facts)),
  ];
  return { ...collect(id, findings), problems, unchecked };
}

/** Summarizes the template for a check without a channel: of those that have it, none may refuse it. */
function summarizeAny(id: string, findings: readonly ChannelFacts[], context: Context): KnownTemplate {
  const present = findings.filter(({ facts }) => facts !== undefined);
  if (present.length > 0) return summarize(id, present, context);
  const unlisted = findings.find(({ list }) => !list.whole || list.templates.length === 0);
  return {
    ...collect(id, findings),
    problems: unlisted ? [] : [describeUnknown(id, findings, context)],
    unchecked: unlisted && describeUnchecked(id, unlisted),
  };
}

function collect(
  id: string,
  findings: readonly ChannelFacts[],
): Pick<KnownTemplate, 'channels' | 'placeholders' | 'needed' | 'owners' | 'hasSms' | 'limited'> {
  const present = findings.flatMap(({ channel, facts }) => (facts ? [{ channel, facts }] : []));
  const isKnown =
    present.length > 0 && findings.every((one) => (one.facts ? one.facts.placeholders : one.list.whole));
  const needed = present.flatMap(({ facts: { placeholders, presets } }) =>
    (placeholders ?? []).filter((name) => !Object.hasOwn(presets, name)),
  );
  return {
    channels: present.map(({ channel }) => channel),
    placeholders: isKnown ? new Set(present.flatMap(({ facts }) => facts.placeholders ?? [])) : undefined,
    needed: [...new Set(needed)],
    owners: [{ id, names: present.flatMap(({ facts }) => facts.placeholders ?? []) }],
    hasSms: present.find(({ channel }) => channel === 'rcs')?.facts.hasSms,
    limited: present.flatMap(({ facts }) => facts.limited ?? []),
  };
}

/** Describes why a template was not checked. */
function describeUnchecked(id: string, { channel, list }: ChannelFacts): string {
  const { templates, problem } = list;
  const why =
    problem ??
    (templates.length === 0
      ? 'the gateway lists no templates'
      : `it is not among the first ${templates.length}`);
  return `template ${id} is not checked on ${channelTitles[channel]}: ${why}`;
}

const overrideHint = '--no-template-check sends it anyway';

function describeUnknown(id: string, findings: readonly ChannelFacts[], context: Context): Failure {
  // Of numbers, the nearest is another template by chance.
  const isNumber = /^\d+$/.test(id);
  const known = findings.flatMap(({ list }) => list.templates.map((one) => one.id));
  const meant = isNumber ? undefined : findNearest(id, known);
  return new Failure(
    'usage',
    'template.unknown',
    `the gateway has no template ${id} on ${findings.map(({ channel }) => channelTitles[channel]).join(' or ')}`,
    meant
      ? `did you mean ${meant}?`
      : `\`qlara templates list${repeatFlags(context)}\` lists the templates; ${overrideHint}`,
  );
}

function describeRejected(id: string, channel: TemplateChannel, { status }: TemplateFacts): Failure[] {
  if (status !== 'pending' && status !== 'rejected') return [];
  const what = `template ${id} is ${status} on ${channelTitles[channel]}`;
  return [new Failure('usage', 'template.not-approved', what, overrideHint)];
}

/** Maximum time that a send waits for the list of templates, in milliseconds. */
const listTimeoutMs = 5_000;

/** Fetches and caches the templates of a channel. The list has a `problem` if the gateway does not provide it. */
async function fetchList(
  channel: TemplateChannel,
  phoneNumberId: string | undefined,
  cache: SharedTemplateCache,
  context: Context,
): Promise<TemplateList> {
  const at = context.clock.now();
  const failedList = (problem: string): TemplateList => ({ at, whole: false, problem, templates: [] });
  try {
    const request = (await context.templates(phoneNumberId)).page(channel, maxRemembered);
    const timeout = context.clock.sleep(listTimeoutMs).then(() => undefined);
    // The one that settles second must not cause an unhandled rejection.
    request.catch(() => {});
    timeout.catch(() => {});
    const page = await Promise.race([request, timeout]);
    if (page === undefined) return failedList('the gateway takes too long to list its templates');
    const list = {
      at,
      whole: page.isComplete,
      problem: null,
      templates: page.templates.map(toTemplateFacts),
    };
    await cache.write(channel, list);
    return list;
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    const list = failedList(cause.message);
    // A gateway without this endpoint will not have it a moment later, so that is cached too.
    if (cause.code === 'gateway.not-found' || cause.code === 'gateway.unreadable')
      await cache.write(channel, list);
    return list;
  }
}
