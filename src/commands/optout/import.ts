import { rejectOnAbort } from '../../actions/import-bulk.ts';
import { command } from '../../app/command.ts';
import { fail } from '../../errors.ts';
import { country, map, note, skipNumbers } from '../../input/flags.ts';
import { openNumbers } from '../../input/rows/number-list.ts';
import { openFile } from '../../input/rows/source.ts';
import { openPhoneParser } from '../../message/phone.ts';
import { type Column, pickColumns } from '../../output/columns.ts';
import { formatNumber, pluralize } from '../../output/units.ts';
import { importOptOuts, type OptOutImport } from '../../services/import-opt-outs.ts';
import { RowErrors } from '../../views/row-errors.ts';
import { printRecord } from '../../views/rows.ts';

const columns: readonly Column<OptOutImport>[] = [
  { key: 'rows', summary: 'rows in the file', value: ({ rows }) => rows, align: 'right' },
  { key: 'added', summary: 'numbers newly opted out', value: ({ added }) => added, align: 'right' },
  {
    key: 'known',
    summary: 'numbers opted out before, or repeated in the file',
    value: ({ known }) => known,
    align: 'right',
  },
  {
    key: 'invalid',
    summary: 'rows without a number, skipped',
    value: ({ invalid }) => invalid,
    align: 'right',
  },
];

export default command({
  flags: { map, skipInvalid: skipNumbers, country, note },
  operands: {
    placeholder: 'FILE',
    summary: 'CSV, TSV or JSON Lines file, or one number per line; - reads standard input',
    many: false,
    required: true,
    files: true,
  },
  columns,
  examples: [
    ['Import opt-outs of another system', 'optout import optouts.csv'],
    ['Read the numbers from another column', 'optout import people.csv --map to=Casa --country IT'],
    ['Import numbers from standard input', 'optout import - < numbers.txt'],
  ],
  notes:
    'Reads the numbers from the column `to`, or phone, number, telefono or a similar name; a file with one column needs no header. If a row has no number, nothing is imported unless --skip-invalid is given.',
  async run(values, context, [path = '']) {
    if (path === '') fail('usage', 'operand.missing', 'no file given', 'add the file after the command');
    pickColumns(columns, context.settings.columns);
    const { notices, clock } = context;
    const phone = await openPhoneParser(values.country ?? context.settings.country);
    const { name, chunks } = openFile(path, context.io);
    const stopped = rejectOnAbort(context);
    const sheet = await Promise.race([openNumbers(chunks, name), stopped]);
    const { optOuts } = await context.ledger();
    const reading = { mappings: values.map, phone, skipInvalid: values.skipInvalid };
    const common = { at: clock.now(), source: 'import', note: values.note ?? null } as const;
    const steps = importOptOuts(sheet, reading, common, optOuts);
    const wrong = new RowErrors();
    let invalid = 0;
    let rows = 0;
    let imported: OptOutImport | undefined;
    try {
      for (;;) {
        const step = await Promise.race([steps.next(), stopped]);
        if (step.done) {
          imported = step.value;
          break;
        }
        wrong.add(step.value.rejected);
        invalid += step.value.rejected.length;
        ({ rows } = step.value);
        notices.startSpinner(`reading ${name}: ${pluralize(rows, 'row')}`);
      }
    } finally {
      notices.stopSpinner();
      // Not awaited: it may itself wait for the rest of a pipe, which may never come.
      steps.return(undefined).catch(() => {});
    }
    for (const line of wrong.lines()) notices.info(line);
    if (imported === undefined)
      fail(
        'usage',
        'file.invalid',
        `${name}: ${formatNumber(invalid)} of ${pluralize(rows, 'row')} ha${invalid === 1 ? 's' : 've'} no number; nothing was imported`,
        invalid < rows ? '--skip-invalid imports the others' : undefined,
      );
    await printRecord(columns, imported, context);
    return 'ok';
  },
});
