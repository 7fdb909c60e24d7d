import { findTemplate, readArguments } from '../../actions/find-template.ts';
import { openTemplateCache } from '../../actions/remembered-templates.ts';
import { command } from '../../app/command.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { fail } from '../../errors.ts';
import { templateChannel, yes } from '../../input/flags.ts';
import { channelTitles, type TemplateChannel } from '../../message/channels/channel.ts';
import type { Column } from '../../output/columns.ts';
import { printRows } from '../../views/rows.ts';

interface Deleted {
  id: string;
  channel: TemplateChannel;
}

const columns: readonly Column<Deleted>[] = [
  { key: 'id', summary: 'id of the template', value: ({ id }) => id },
  { key: 'channel', summary: 'rcs or whatsapp', value: ({ channel }) => channel },
  { key: 'deleted', summary: 'always true', value: () => true },
];

export default command({
  flags: { channel: templateChannel, yes },
  operands: {
    placeholder: 'ID',
    summary: 'id of a template',
    many: false,
    required: true,
    known: 'templates',
  },
  columns,
  examples: [
    ['Delete a template', 'templates delete template_9f2c'],
    ['Delete a template without confirmation', 'templates delete template_9f2c --channel rcs --yes'],
  ],
  notes: 'Cannot be undone. A template that you create again has to be approved again.',
  async run(values, context, words) {
    const { ID: given } = readArguments(words, ['ID']);
    const { io, settings, notices } = context;
    if (!values.yes && !(io.stdin.isTTY && io.stderr.isTTY && settings.input))
      fail('usage', 'confirm.missing', `deleting template ${given} needs confirmation`, 'add --yes');
    const { id, channel, name } =
      values.channel && values.yes
        ? { id: given, channel: values.channel, name: '' }
        : await findTemplate(given, values.channel, context);
    if (
      !values.yes &&
      !(await (await context.ask()).confirm(`Delete ${channelTitles[channel]} template ${id} (${name})?`))
    ) {
      notices.info('nothing was deleted');
      return 'declined';
    }
    context.setResumeHint(`\`qlara templates show ${id}${repeatFlags(context)}\` shows if it still exists`);
    await (await context.templates()).delete(channel, id);
    await (await openTemplateCache(context)).change(channel, id, undefined);
    await printRows(columns, [{ id, channel }], context);
    return 'ok';
  },
});
