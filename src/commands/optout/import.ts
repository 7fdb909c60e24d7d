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
  { key: 'rows', summary: 'rows of the file', value: ({ rows }) => rows, align: 'right' },
  { key: 'added', summary: 'opted out from now on', value: ({ added }) => added, align: 'right' },
  {
    key: 'known',
    summary: 'opted out before, or several times in the file',
    value: ({ known }) => known,
    align: 'right',
  },
  {
    key: 'invalid',
    summary: 'rows without a number, left out',
    value: ({ invalid }) => invalid,
    align: 'right',
  },
];

export default command({
  flags: { map, skipInvalid: skipNumbers, country, note },
  operands: {
    placeholder: 'FILE',
    summary: 'rows of CSV, TSV or JSON Lines, or a number a line; - reads standard input',
    many: false,
    needed: true,
    files: true,
  },
  columns,
  examples: [
    ['What another system knows', 'optout import optouts.csv'],
    ['Numbers in a column of another name', 'optout import people.csv --map to=Casa --country IT'],
    ['What another program tells', 'optout import - < numbers.txt'],
  ],
  notes:
    'The numbers are in the column `to`, or phone, number, telefono and the like; a file of one column needs no line that names it. Nothing is kept where a row holds no number, unless --skip-invalid says so.',
  async run(values, context, [path = '']) {
    if (path === '') fail('usage', 'operand.missing', 'no file is named', 'write it behind the command');
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
      // Not waited for: where it waits itself for the rest of a pipe, that may never come.
      steps.return(undefined).catch(() => {});
    }
    for (const line of wrong.lines()) notices.info(line);
    if (imported === undefined)
      fail(
        'usage',
        'file.invalid',
        `${name}: ${formatNumber(invalid)} of ${pluralize(rows, 'row')} hold${invalid === 1 ? 's' : ''} no number; nothing is imported`,
        invalid < rows ? '--skip-invalid imports the others' : undefined,
      );
    await printRecord(columns, imported, context);
    return 'ok';
  },
});
