import { isChannelFailure } from '../../actions/find-template.ts';
import { maxRemembered, openTemplateCache, toTemplateFacts } from '../../actions/remembered-templates.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { Failure } from '../../errors.ts';
import type { Templates } from '../../gateway/templates.ts';
import { limit, phoneNumberId, templateChannel, templateStatus } from '../../input/flags.ts';
import {
  channelTitles,
  type TemplateChannel,
  type TemplateStatus,
  templateChannels,
} from '../../message/channels/channel.ts';
import type { Template } from '../../message/template.ts';
import { pickColumns } from '../../output/columns.ts';
import type { TemplateFacts } from '../../storage/template-file.ts';
import { streamRows } from '../../views/rows-stream.ts';
import { templateColumns, templateKeys } from '../../views/template.ts';

export default command({
  flags: {
    channel: {
      ...templateChannel,
      summary: 'filter by channel: rcs or whatsapp',
      group: 'Filter',
    },
    status: templateStatus,
    limit: { ...limit, summary: 'maximum number of templates' },
    phoneNumberId: {
      ...phoneNumberId,
      summary: 'list the WhatsApp templates of this number (platform)',
      group: 'Filter',
    },
  },
  columns: templateColumns,
  examples: [
    ['List all templates', 'templates list'],
    ['List approved WhatsApp templates', 'templates list --channel whatsapp --status approved'],
    ['Get the ids of pending templates', 'templates list --status pending --json | jq -r ".[].id"'],
  ],
  async run({ channel, status, limit = Number.POSITIVE_INFINITY, phoneNumberId: number }, context) {
    const { io, settings, notices } = context;
    notices.startSpinner('asking the gateway');
    const templates = await context.templates(number);
    const rows = listTemplates(templates, { channel, status, limit }, context);
    const drawn = settings.format === 'table' && io.stdout.isTTY && settings.columns === undefined;
    let count: number;
    try {
      // A table on a terminal holds all rows in memory, so their content is left out.
      count = await (drawn
        ? streamRows(
            pickColumns(templateColumns, templateKeys(io.stdout.columns)),
            withoutContent(rows),
            context,
          )
        : streamRows(templateColumns, rows, context));
    } finally {
      notices.stopSpinner();
    }
    if (count === 0) notices.info('no templates');
    return 'ok';
  },
});

interface TemplateSelection {
  channel: TemplateChannel | undefined;
  status: TemplateStatus | undefined;
  limit: number;
}

/** Yields the templates channel by channel. If only one of the channels fails, notes that and continues. */
async function* listTemplates(
  templates: Templates,
  { channel, status, limit }: TemplateSelection,
  context: Context,
): AsyncGenerator<Template> {
  const problems: Failure[] = [];
  let count = 0;
  for (const one of channel ? [channel] : templateChannels)
    try {
      const facts: TemplateFacts[] = [];
      for await (const template of templates.list(one, { status })) {
        if (facts.length < maxRemembered) facts.push(toTemplateFacts(template));
        if (count++ === 0) context.notices.stopSpinner();
        yield template;
        if (count === limit) return;
      }
      if (status === undefined) await remember(one, facts, context);
    } catch (cause) {
      if (!(cause instanceof Failure) || channel || !isChannelFailure(cause)) throw cause;
      problems.push(cause);
      if (problems.length === templateChannels.length) throw problems[0];
      context.notices.info(`note: cannot list ${channelTitles[one]} templates: ${cause.message}`);
    }
}

async function* withoutContent(rows: AsyncIterable<Template>): AsyncGenerator<Template> {
  for await (const row of rows) yield { ...row, content: null };
}

/**
 * Caches the templates of a channel for shell completion. Does not mark the list as complete, since some gateways return
 * fewer at once than requested; a send finds that out.
 */
async function remember(
  channel: TemplateChannel,
  templates: readonly TemplateFacts[],
  context: Context,
): Promise<void> {
  const cache = await openTemplateCache(context);
  const fresh = cache.read(channel, context.clock.now());
  const unsure = { at: 0, whole: false, problem: null };
  await cache.write(channel, { ...(fresh?.problem === null ? fresh : unsure), templates });
}
