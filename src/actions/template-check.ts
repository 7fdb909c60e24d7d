import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import { hasTemplates, type TemplateChannel } from '../message/channels/channel.ts';
import type { Message } from '../message/message.ts';
import { findNearest } from '../message/nearest.ts';
import { compareValues } from '../message/template.ts';
import type { TemplateCache } from '../storage/template-cache.ts';
import type { TemplateFacts, TemplateList } from '../storage/template-file.ts';
import { maxRemembered, openTemplateCache, toTemplateFacts } from './remembered-templates.ts';

/** What a channel of the chain knows of the template. */
interface Finding {
  channel: TemplateChannel;
  /** Undefined where the channel has none of this id, as far as is known. */
  facts: TemplateFacts | undefined;
  list: TemplateList;
}

/**
 * Holds a template and its values against what the gateway knows of it, before anything is recorded or sent.
 * `elsewhere` names placeholders of the text. What cannot be found out is said, and hinders nothing. Resolves to the
 * placeholders of the template on all channels, where all are known.
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
  // What is remembered may be over: a complaint is only made on what the gateway says now.
  for (let trusting = true; ; trusting = false) {
    const findings: Finding[] = [];
    for (const channel of channels) {
      const known = fresh.get(channel) ?? (trusting ? remembered.get(channel) : undefined);
      const list = known ?? (await templateList(channel, cache, context));
      if (known === undefined) fresh.set(channel, list);
      findings.push({ channel, list, facts: list.templates.find((one) => one.id === id) });
    }
    const complaint = complaintOf(id, findings, variables, elsewhere, context);
    if (complaint === undefined) {
      remark(id, findings, context);
      return wantedBy(findings);
    }
    if (fresh.size === channels.length) throw complaint;
  }
}

/** Says what could not be found out. */
function remark(id: string, findings: readonly Finding[], { notices }: Context): void {
  const [first] = findings;
  if (first === undefined || first.facts) return;
  const { list } = first;
  const why = list.problem ?? `it is not among the first ${list.templates.length}`;
  notices.info(`note: template ${id} is not checked on ${first.channel}: ${why}`);
}

function complaintOf(
  id: string,
  findings: readonly Finding[],
  values: Message['variables'],
  elsewhere: ReadonlySet<string>,
  context: Context,
): Failure | undefined {
  try {
    const [first] = findings;
    if (first && first.facts === undefined && first.list.whole) unknown(id, first, context);
    for (const { channel, facts } of findings) if (facts) approved(id, channel, facts);
    matching(id, findings, values, elsewhere);
    return undefined;
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
}

const anyway = '--no-template-check sends it anyway';

function unknown(id: string, { channel, list }: Finding, context: Context): never {
  const meant = findNearest(
    id,
    list.templates.map((one) => one.id),
  );
  fail(
    'usage',
    'template.unknown',
    `the gateway has no template ${id} on ${channel}`,
    meant
      ? `did you mean ${meant}?`
      : `\`qlara templates list${repeatFlags(context)}\` lists the templates; ${anyway}`,
  );
}

function approved(id: string, channel: TemplateChannel, { status }: TemplateFacts): void {
  if (status === 'pending' || status === 'rejected')
    fail('usage', 'template.not-approved', `template ${id} is ${status} on ${channel}`, anyway);
}

/** The placeholders of the template on any channel; undefined where one of them does not tell. */
function wantedBy(findings: readonly Finding[]): ReadonlySet<string> | undefined {
  const isTold = findings.every(({ facts, list }) => (facts ? facts.placeholders : list.whole));
  if (!isTold || findings.every(({ facts }) => facts === undefined)) return undefined;
  return new Set(findings.flatMap(({ facts }) => facts?.placeholders ?? []));
}

/** The values against the placeholders of all channels together: one set of values serves them all. */
function matching(
  id: string,
  findings: readonly Finding[],
  values: Message['variables'],
  elsewhere: ReadonlySet<string>,
): void {
  const told = findings.flatMap(({ facts }) =>
    facts?.placeholders ? [{ ...facts, placeholders: facts.placeholders }] : [],
  );
  const missing = new Set(told.flatMap((facts) => compareValues(facts, values).missing));
  const wanted = wantedBy(findings);
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

/** A send does not wait longer for it than this, in milliseconds. */
const patience = 5_000;

/** The templates of a channel, asked for once and remembered; with a problem where the gateway does not tell. */
export async function templateList(
  channel: TemplateChannel,
  cache: TemplateCache,
  context: Context,
): Promise<TemplateList> {
  const at = context.clock.now();
  const untold = (problem: string): TemplateList => ({ at, whole: false, problem, templates: [] });
  try {
    const asking = (await context.templates()).page(channel, maxRemembered);
    const over = context.clock.sleep(patience).then(() => undefined);
    // Whichever of them comes second, nobody is there to hear of it.
    asking.catch(() => {});
    over.catch(() => {});
    const page = await Promise.race([asking, over]);
    if (page === undefined) return untold('the gateway takes too long to list its templates');
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
    const list = untold(cause.message);
    // A gateway without such a call will not have one a moment later.
    if (cause.code === 'gateway.not-found' || cause.code === 'gateway.unreadable') cache.write(channel, list);
    return list;
  }
}
