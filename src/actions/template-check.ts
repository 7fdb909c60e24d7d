import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import { channelTitles, hasTemplates, type TemplateChannel } from '../message/channels/channel.ts';
import type { Message } from '../message/message.ts';
import { findNearest } from '../message/nearest.ts';
import { compareValues } from '../message/template.ts';
import type { TemplateCache } from '../storage/template-cache.ts';
import type { TemplateFacts, TemplateList } from '../storage/template-file.ts';
import { maxRemembered, openTemplateCache, toTemplateFacts } from './remembered-templates.ts';

/** Facts about the template on one channel of the chain. */
interface ChannelFacts {
  channel: TemplateChannel;
  /** Undefined if the channel has no template with this id, as far as known. */
  facts: TemplateFacts | undefined;
  list: TemplateList;
}

/**
 * Checks a template and its values against the gateway, before anything is recorded or sent. `elsewhere` holds the
 * placeholders of the text. What cannot be checked is only noted. Resolves to the placeholders of the template on all
 * channels, if all are known.
 * @throws Failure `template.unknown`, `template.not-approved`, `placeholder.missing`, `placeholder.unknown`
 */
export async function checkTemplate(
  id: string,
  { chain, variables }: Pick<Message, 'chain' | 'variables'>,
  elsewhere: ReadonlySet<string>,
  context: Context,
): Promise<ReadonlySet<string> | undefined> {
  const channels = chain.filter(hasTemplates);
  const cache = openTemplateCache(context);
  const remembered = new Map(channels.map((channel) => [channel, cache.read(channel, context.clock.now())]));
  const fresh = new Map<TemplateChannel, TemplateList>();
  // The cache may be out of date: an error is only raised from fresh data.
  for (let usesCache = true; ; usesCache = false) {
    const findings: ChannelFacts[] = [];
    for (const channel of channels) {
      const known = fresh.get(channel) ?? (usesCache ? remembered.get(channel) : undefined);
      const list = known ?? (await templateList(channel, cache, context));
      if (known === undefined) fresh.set(channel, list);
      findings.push({ channel, list, facts: list.templates.find((one) => one.id === id) });
    }
    const problem = findProblem(id, findings, variables, elsewhere, context);
    if (problem === undefined) {
      noteUnchecked(id, findings, context);
      return collectPlaceholders(findings);
    }
    if (fresh.size === channels.length) throw problem;
  }
}

/** Notes what could not be checked. */
function noteUnchecked(id: string, findings: readonly ChannelFacts[], { notices }: Context): void {
  const [first] = findings;
  if (first === undefined || first.facts) return;
  const { list } = first;
  const why = list.problem ?? `it is not among the first ${list.templates.length}`;
  notices.info(`note: template ${id} is not checked on ${channelTitles[first.channel]}: ${why}`);
}

function findProblem(
  id: string,
  findings: readonly ChannelFacts[],
  values: Message['variables'],
  elsewhere: ReadonlySet<string>,
  context: Context,
): Failure | undefined {
  try {
    const [first] = findings;
    if (first && first.facts === undefined && first.list.whole) failUnknown(id, first, context);
    for (const { channel, facts } of findings) if (facts) requireApproved(id, channel, facts);
    requireMatch(id, findings, values, elsewhere);
    return undefined;
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
}

const overrideHint = '--no-template-check sends it anyway';

function failUnknown(id: string, { channel, list }: ChannelFacts, context: Context): never {
  const meant = findNearest(
    id,
    list.templates.map((one) => one.id),
  );
  fail(
    'usage',
    'template.unknown',
    `the gateway has no template ${id} on ${channelTitles[channel]}`,
    meant
      ? `did you mean ${meant}?`
      : `\`qlara templates list${repeatFlags(context)}\` lists the templates; ${overrideHint}`,
  );
}

function requireApproved(id: string, channel: TemplateChannel, { status }: TemplateFacts): void {
  if (status === 'pending' || status === 'rejected')
    fail(
      'usage',
      'template.not-approved',
      `template ${id} is ${status} on ${channelTitles[channel]}`,
      overrideHint,
    );
}

/** Returns the placeholders of the template on all channels; undefined if those of one are not known. */
function collectPlaceholders(findings: readonly ChannelFacts[]): ReadonlySet<string> | undefined {
  const isKnown = findings.every(({ facts, list }) => (facts ? facts.placeholders : list.whole));
  if (!isKnown || findings.every(({ facts }) => facts === undefined)) return undefined;
  return new Set(findings.flatMap(({ facts }) => facts?.placeholders ?? []));
}

/** Compares the values with the placeholders of all channels together, since one set of values serves them all. */
function requireMatch(
  id: string,
  findings: readonly ChannelFacts[],
  values: Message['variables'],
  elsewhere: ReadonlySet<string>,
): void {
  const known = findings.flatMap(({ facts }) =>
    facts?.placeholders ? [{ ...facts, placeholders: facts.placeholders }] : [],
  );
  const missing = new Set(known.flatMap((facts) => compareValues(facts, values).missing));
  const wanted = collectPlaceholders(findings);
  const placeholders = [...(wanted ?? [])];
  const surplus = wanted ? compareValues({ placeholders, presets: {} }, values, elsewhere).surplus : [];
  const braced = (names: Iterable<string>) => [...names].map((name) => `{${name}}`).join(', ');
  const hints = surplus.flatMap(({ name, meant }) =>
    meant ? [`--var ${meant}=... instead of ${name}`] : [],
  );
  const meant = hints.length > 0 ? `did you mean ${hints.join(', ')}?` : undefined;
  if (missing.size > 0)
    fail(
      'usage',
      'placeholder.missing',
      `template ${id}: no value for ${braced(missing)}${surplus.length > 0 ? `, and no placeholder ${braced(surplus.map(({ name }) => name))}` : ''}`,
      meant ?? `add ${[...missing].map((name) => `--var ${name}=VALUE`).join(' ')}`,
    );
  if (surplus.length > 0)
    fail(
      'usage',
      'placeholder.unknown',
      `template ${id} has no placeholder ${braced(surplus.map(({ name }) => name))}`,
      meant ?? (placeholders.length > 0 ? `it has ${braced(new Set(placeholders))}` : 'remove --var'),
    );
}

/** Maximum time that a send waits for the list of templates, in milliseconds. */
const listTimeoutMs = 5_000;

/** Fetches and caches the templates of a channel. The list has a `problem` if the gateway does not provide it. */
export async function templateList(
  channel: TemplateChannel,
  cache: TemplateCache,
  context: Context,
): Promise<TemplateList> {
  const at = context.clock.now();
  const failedList = (problem: string): TemplateList => ({ at, whole: false, problem, templates: [] });
  try {
    const request = (await context.templates()).page(channel, maxRemembered);
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
    cache.write(channel, list);
    return list;
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    const list = failedList(cause.message);
    // A gateway without this endpoint will not have it a moment later, so that is cached too.
    if (cause.code === 'gateway.not-found' || cause.code === 'gateway.unreadable') cache.write(channel, list);
    return list;
  }
}
