import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import { channelTitles, type TemplateChannel, templateChannels } from '../message/channels/channel.ts';
import type { Template } from '../message/template.ts';

/** Reads the arguments by name. @throws Failure `operand.missing`, `operand.unexpected` */
export function readArguments<N extends string>(
  words: readonly string[],
  names: readonly N[],
): Record<N, string> {
  const missing = names[words.filter((word) => word.trim() !== '').length];
  if (missing !== undefined)
    fail('usage', 'operand.missing', `${missing} is missing`, `add ${names.join(' ')} after the command`);
  if (words.length > names.length)
    fail('usage', 'operand.unexpected', 'too many arguments', `the command takes ${names.join(' ')}`);
  return Object.fromEntries(names.map((name, index) => [name, words[index] ?? ''])) as Record<N, string>;
}

/**
 * Finds the templates with this id, on `channel` or on every channel that has one.
 * @throws Failure `template.unknown`, and the failure of the gateway if every channel fails
 */
export async function findTemplates(
  id: string,
  channel: TemplateChannel | undefined,
  context: Context,
): Promise<[Template, ...Template[]]> {
  const templates = await context.templates();
  const problems: Failure[] = [];
  const found: Template[] = [];
  for (const one of channel ? [channel] : templateChannels)
    try {
      const template = await templates.get(one, id);
      if (template) found.push(template);
    } catch (cause) {
      // An account may have only one of the channels.
      if (!(cause instanceof Failure) || channel || !isChannelFailure(cause)) throw cause;
      problems.push(cause);
    }
  const [first, ...others] = found;
  if (first) return [first, ...others];
  const [problem] = problems;
  if (problem && problems.length === templateChannels.length) throw problem;
  if (problem)
    context.notices.info(`note: could not ask the gateway about one of the channels: ${problem.message}`);
  return fail(
    'usage',
    'template.unknown',
    `the gateway has no template ${id}${channel ? ` on ${channelTitles[channel]}` : ''}`,
    `\`qlara templates list${repeatFlags(context)}\` lists the templates`,
  );
}

/** Finds the only template with this id. @throws Failure `template.ambiguous`, and as `findTemplates` */
export async function findTemplate(
  id: string,
  channel: TemplateChannel | undefined,
  context: Context,
): Promise<Template> {
  const [first, ...others] = await findTemplates(id, channel, context);
  if (others.length > 0)
    fail(
      'usage',
      'template.ambiguous',
      `${id} is a template on ${[first, ...others].map((one) => channelTitles[one.channel]).join(' and on ')}`,
      `choose one: ${templateChannels.map((one) => `--channel ${one}`).join(' or ')}`,
    );
  return first;
}

const channelFailures = new Set([
  'gateway.not-found',
  'gateway.forbidden',
  'gateway.unreadable',
  'phone-number.missing',
]);

/** Returns true if a failure concerns one channel only, so that the other may work. */
export function isChannelFailure({ code }: Failure): boolean {
  return channelFailures.has(code);
}
