import { readArguments } from '../../actions/find-template.ts';
import { openTemplateCache, toTemplateFacts } from '../../actions/remembered-templates.ts';
import { readTemplateFile } from '../../actions/template-file.ts';
import { command } from '../../app/command.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { phoneNumberId, templateChannel } from '../../input/flags.ts';
import { printRows } from '../../views/rows.ts';
import { templateColumns } from '../../views/template.ts';

export default command({
  flags: {
    channel: templateChannel,
    phoneNumberId: { ...phoneNumberId, summary: 'WhatsApp number of the template' },
  },
  operands: {
    placeholder: 'FILE',
    summary: 'JSON or YAML file in the format of the gateway; - reads standard input',
    many: false,
    required: true,
    files: true,
  },
  columns: templateColumns,
  examples: [
    ['Submit a template for approval', 'templates create offer.yaml'],
    [
      'Submit a template from standard input',
      `templates create - --channel whatsapp <<< '{"name": "greeting", "lang": "en", "category": "UTILITY", "body": "Hello {name}"}'`,
    ],
  ],
  notes:
    'RCS: name, description, type (TEXT, CARD, CAROUSEL) and body. WhatsApp: name, lang, category, body, and headerText, footer, buttons; phoneNumberId, or --phone-number-id, if the account has several numbers. The file is validated first: if it has errors, all of them are listed and nothing is sent.',
  async run(values, context, words) {
    const { FILE: path } = readArguments(words, ['FILE']);
    const document = await readTemplateFile(path, values.channel, 'create', context);
    const { channel, body } = document;
    const templates = await context.templates();
    context.setResumeHint(`\`qlara templates list${repeatFlags(context)}\` shows if it was created`);
    const created = await templates.create(channel, body, values.phoneNumberId ?? document.phoneNumberId);
    await (await openTemplateCache(context)).change(channel, created.id, toTemplateFacts(created));
    await printRows(templateColumns, [created], context);
    if (created.status === 'pending')
      context.notices.info(
        `\`qlara templates watch ${created.id}${repeatFlags(context)}\` waits for its approval`,
      );
    return 'ok';
  },
});
