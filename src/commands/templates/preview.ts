import { findTemplates, readArguments } from '../../actions/find-template.ts';
import { command } from '../../app/command.ts';
import { fail } from '../../errors.ts';
import { templateChannel, variables, variablesFile } from '../../input/flags.ts';
import { readVariables } from '../../input/text.ts';
import type { Variables } from '../../message/placeholders.ts';
import { compareValues, renderContent, type Template } from '../../message/template.ts';
import type { Column } from '../../output/columns.ts';
import { printRows } from '../../views/rows.ts';
import { renderTemplate } from '../../views/template.ts';

/** A template and the values to render it with. */
interface Preview {
  template: Template;
  values: Variables;
  missing: readonly string[];
}

const rendered = ({ template: { content }, values }: Preview) => content && renderContent(content, values);

const columns: readonly Column<Preview>[] = [
  { key: 'id', summary: 'id of the template', value: ({ template }) => template.id },
  { key: 'channel', summary: 'rcs or whatsapp', value: ({ template }) => template.channel },
  { key: 'missing', summary: 'placeholders without a value', value: ({ missing }) => missing },
  { key: 'header', summary: 'header with values, or null', value: (row) => rendered(row)?.header ?? null },
  { key: 'media', summary: 'image above the text, or null', value: (row) => rendered(row)?.media ?? null },
  { key: 'text', summary: 'text with values, or null', value: (row) => rendered(row)?.text ?? null },
  { key: 'footer', summary: 'footer with values, or null', value: (row) => rendered(row)?.footer ?? null },
  { key: 'cards', summary: 'cards with values', value: (row) => rendered(row)?.cards ?? [] },
  { key: 'buttons', summary: 'buttons and suggestions', value: (row) => rendered(row)?.buttons ?? [] },
  {
    key: 'fallbackSms',
    summary: 'SMS text used where there is no RCS, or null',
    value: (row) => rendered(row)?.fallbackSms ?? null,
  },
];

export default command({
  flags: { channel: templateChannel, variables, variablesFile },
  operands: {
    placeholder: 'ID',
    summary: 'id of a template',
    many: false,
    required: true,
    known: 'templates',
  },
  columns,
  examples: [
    ['Preview a template with values', 'templates preview template_456 --var name=Mario --var code=123456'],
    ['Get the rendered parts as JSON', 'templates preview template_456 --var name=Mario --json'],
  ],
  notes: 'Values are underlined, or in brackets without color; placeholders without a value stay in braces.',
  async run(given, context, words) {
    const { ID: id } = readArguments(words, ['ID']);
    const values = await readVariables(given.variables, given.variablesFile, context.io);
    const found = await findTemplates(id, given.channel, context);
    const previews = found.map((template): Preview => {
      const { missing } = compareValues(template, values);
      return { template, values: { ...template.presets, ...values }, missing };
    });
    refuseSurplus(found, values);
    const { settings, out } = context;
    if (settings.format !== 'table' || settings.columns) {
      await printRows(columns, previews, context);
      return 'ok';
    }
    for (const [index, { template, values }] of previews.entries()) {
      if (previews.length > 1) out(`${index > 0 ? '\n' : ''}${template.channel}\n`);
      out(await renderTemplate(template, values, context));
    }
    return 'ok';
  },
});

/** @throws Failure `placeholder.unknown` for a value that no template has a placeholder for */
function refuseSurplus(templates: readonly Template[], values: Variables): void {
  const placeholders = templates.flatMap((template) => template.placeholders);
  const [first] = compareValues({ placeholders, presets: {} }, values).surplus;
  if (first && templates.every(({ content }) => content !== null))
    fail(
      'usage',
      'placeholder.unknown',
      `the template has no placeholder {${first.name}}`,
      first.meant
        ? `did you mean --var ${first.meant}=...?`
        : placeholders.length > 0
          ? `it has ${[...new Set(placeholders)].map((name) => `{${name}}`).join(', ')}`
          : 'remove --var',
    );
}
