import type { Context } from '../../app/context.ts';
import { Failure } from '../../errors.ts';
import type { Ask } from '../../input/prompt.ts';
import type { TemplateChannel } from '../../message/channels/channel.ts';
import type { Template } from '../../message/template.ts';
import { clean } from '../../output/clean.ts';
import { drawMessage } from '../../output/phone/preview.ts';
import { styleFor } from '../../output/style.ts';

/** Maximum number of templates offered; `qlara templates list` lists all. */
const maxOffered = 1_000;

/** Asks for a template by search, with a preview of the selected one; asks for an id if templates cannot be listed. */
export async function pickTemplate(
  channel: TemplateChannel,
  ask: Ask,
  context: Context,
): Promise<{ id: string; template: Template | undefined }> {
  const known = await listApproved(channel, context);
  if (known.length === 0) {
    const complaint = async (typed: string) => (typed.trim() === '' ? 'an id is required' : undefined);
    return { id: (await ask.text('Template id?', { complaint })).trim(), template: undefined };
  }
  const style = await styleFor(context.io.stderr);
  const preview = ({ channel, content, presets }: Template) =>
    content
      ? drawMessage(channel, content, presets, context.io.stderr.columns, style).join('\n')
      : 'the gateway does not report its content';
  const template = await ask.search('Which template? (type to search)', async (term) => {
    const word = (term ?? '').toLowerCase();
    return known
      .filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(word))
      .slice(0, 50)
      .map((template) => ({
        name: `${clean(template.id)}  ${clean(template.name)}`,
        short: clean(template.id),
        value: template,
        description: preview(template),
      }));
  });
  return { id: template.id, template };
}

async function listApproved(channel: TemplateChannel, context: Context): Promise<Template[]> {
  const found: Template[] = [];
  const { numbersTemplates } = await context.messageRules();
  try {
    const templates = await context.templates();
    for await (const template of templates.list(channel)) {
      const isReviewed = template.status === 'approved' || template.status === 'unknown';
      if (isReviewed && (!numbersTemplates || /^\d+$/.test(template.id))) found.push(template);
      if (found.length === maxOffered) break;
    }
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.code !== 'gateway.not-found'))
      throw cause;
    context.notices.info(`note: cannot list the templates: ${cause.message}`);
  }
  return found;
}
