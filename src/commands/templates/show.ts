import { findTemplates, templateWords } from '../../actions/find-template.ts';
import { command } from '../../app/command.ts';
import { templateChannel } from '../../input/flags.ts';
import { selectTableColumns } from '../../output/columns.ts';
import { printRecord, printRows } from '../../views/rows.ts';
import { renderTemplate, templateColumns } from '../../views/template.ts';

export default command({
  flags: { channel: templateChannel },
  operands: { placeholder: 'ID', summary: 'id of a template', many: false, needed: true, known: 'templates' },
  columns: templateColumns,
  examples: [
    ['What a template is, and what it asks for', 'templates show template_123'],
    [
      'Its text, for a script',
      'templates show template_123 --channel rcs --json | jq -r ".[0].content.text"',
    ],
  ],
  notes: 'An id may stand for a template on each channel; then both are shown.',
  async run({ channel }, context, words) {
    const { ID: id } = templateWords(words, ['ID']);
    const found = await findTemplates(id, channel, context);
    const { io, settings, out } = context;
    if (settings.format !== 'table' || settings.columns || !io.stdout.isTTY) {
      await printRows(templateColumns, found, context);
      return 'ok';
    }
    const told = [
      ...selectTableColumns(templateColumns),
      ...templateColumns.filter(({ key }) => key === 'description'),
    ];
    for (const [index, template] of found.entries()) {
      if (index > 0) out('\n');
      await printRecord(told, template, context);
      out(`\n${await renderTemplate(template, template.presets, context)}`);
    }
    return 'ok';
  },
});
