import { command } from '../app/command.ts';
import type { Credit } from '../gateway/partner/credit.ts';
import type { Column } from '../output/columns.ts';
import { printRows } from '../views/rows.ts';

const columns: readonly Column<Credit>[] = [
  { key: 'credit', summary: 'balance of the account', value: ({ credit }) => credit, align: 'right' },
  {
    key: 'availableCredit',
    summary: 'balance less what is put aside, or null where the gateway does not tell',
    value: ({ availableCredit }) => availableCredit,
    align: 'right',
  },
];

export default command({
  flags: {},
  columns,
  examples: [
    ['What is left', 'credit'],
    ['The number alone', 'credit --json --columns credit'],
    ['Of the sandbox, which starts with 100', 'credit --sandbox'],
  ],
  async run(_, context) {
    context.notices.startSpinner('asking the gateway');
    const credit = await context.credit();
    context.notices.stopSpinner();
    await printRows(columns, [credit], context);
    return 'ok';
  },
});
