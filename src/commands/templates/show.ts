import { findTemplates, readArguments } from '../../actions/find-template.ts';
import { command } from '../../app/command.ts';
import { templateChannel } from '../../input/flags.ts';
import { selectTableColumns } from '../../output/columns.ts';
import { printRecord, printRows } from '../../views/rows.ts';
import { renderTemplate, templateColumns } from '../../views/template.ts';

export default command({
  flags: { channel: templateChannel },
  operands: {
    placeholder: 'ID',
    summary: 'id of a template',
    many: false,
    required: true,
    known: 'templates',
  },
  columns: templateColumns,
  examples: [
    ['Show a template and its placeholders', 'templates show template_123'],
    [
      'Get the text of a template',
      'templates show template_123 --channel rcs --json | jq -r ".[0].content.text"',
    ],
  ],
  notes: 'If both channels have a template with this id, both are shown.',
  async run({ channel }, context, words) {
    const { ID: id } = readArguments(words, ['ID']);
    const found = await findTemplates(id, channel, context);
    const { io, settings, out } = context;
    if (settings.format !== 'table' || settings.columns || !io.stdout.isTTY) {
      await printRows(templateColumns, found, context);
      return 'ok';
    }
    const shown = [
      ...selectTableColumns(templateColumns),
      ...templateColumns.filter(({ key }) => key === 'description'),
    ];
    for (const [index, template] of found.entries()) {
      if (index > 0) out('\n');
      await printRecord(shown, template, context);
      out(`\n${await renderTemplate(template, template.presets, context)}`);
    }
    return 'ok';
  },
});
