import { command } from '../app/command.ts';
import type { Credit } from '../gateway/credit.ts';
import type { Column } from '../output/columns.ts';
import { printRows } from '../views/rows.ts';

const columns: readonly Column<Credit>[] = [
  { key: 'credit', summary: 'balance of the account', value: ({ credit }) => credit, align: 'right' },
  {
    key: 'frozenCredit',
    summary: 'credit reserved for planned messages; null if the gateway does not report it',
    value: ({ frozenCredit }) => frozenCredit,
    align: 'right',
  },
  {
    key: 'availableCredit',
    summary: 'balance minus reserved credit; null if the gateway does not report it',
    value: ({ availableCredit }) => availableCredit,
    align: 'right',
  },
  { key: 'currency', summary: 'currency of the amounts: EUR', value: () => 'EUR' },
];

export default command({
  flags: {},
  columns,
  examples: [
    ['Show the balance', 'credit'],
    ['Get only the number', 'credit --json --columns credit'],
    ['Show the balance of the sandbox, which starts at 100', 'credit --sandbox'],
  ],
  async run(_, context) {
    context.notices.startSpinner('asking the gateway');
    const credit = await context.credit();
    context.notices.stopSpinner();
    await printRows(columns, [credit], context);
    return 'ok';
  },
});
