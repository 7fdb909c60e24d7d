import { findTemplate, readArguments } from '../../actions/find-template.ts';
import { openTemplateCache, toTemplateFacts } from '../../actions/remembered-templates.ts';
import { readTemplateFile } from '../../actions/template-file.ts';
import { command } from '../../app/command.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { fail } from '../../errors.ts';
import { templateChannel } from '../../input/flags.ts';
import { channelTitles } from '../../message/channels/channel.ts';
import { printRows } from '../../views/rows.ts';
import { templateColumns } from '../../views/template.ts';

export default command({
  flags: { channel: templateChannel },
  operands: {
    placeholder: 'ID FILE',
    summary: 'id of the template, and a JSON or YAML file; - reads standard input',
    many: true,
    required: true,
    known: 'templates',
    next: { files: true },
  },
  columns: templateColumns,
  examples: [
    ['Replace an RCS template', 'templates update template_9f2c --channel rcs offer.yaml'],
    [
      'Change the footer of a WhatsApp template',
      `templates update 42 - --channel whatsapp <<< 'footer: Reply STOP to opt out'`,
    ],
  ],
  notes:
    'An RCS template is replaced as a whole. A WhatsApp template keeps the fields that the file leaves out.',
  async run(values, context, words) {
    const { ID: id, FILE: path } = readArguments(words, ['ID', 'FILE']);
    const { channel, body } = await readTemplateFile(path, values.channel, 'update', context);
    if (values.channel === undefined) {
      const known = await findTemplate(id, undefined, context);
      if (known.channel !== channel)
        fail(
          'usage',
          'template.channel',
          `${id} is a template on ${channelTitles[known.channel]}, but the file is for ${channelTitles[channel]}`,
        );
    }
    context.setResumeHint(`\`qlara templates show ${id}${repeatFlags(context)}\` shows if it was updated`);
    const changed = await (await context.templates()).update(channel, id, body);
    await (await openTemplateCache(context)).change(channel, changed.id, toTemplateFacts(changed));
    await printRows(templateColumns, [changed], context);
    return 'ok';
  },
});
