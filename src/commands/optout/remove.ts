import { fail } from '../../errors.ts';
import { country } from '../../input/fields.ts';
import { pick } from '../../output/columns.ts';
import { command } from '../command.ts';
import { contextFlags } from '../context-flags.ts';
import { printRows } from '../rows.ts';
import { optOutColumns } from './columns.ts';
import { numberOperands, numbersOf } from './numbers.ts';

export default command({
  fields: { country },
  operands: numberOperands,
  columns: optOutColumns,
  examples: [['Somebody wants messages again', 'optout remove +393901234567']],
  notes:
    'Prints those that are removed. Ends with 2 where a number had not opted out, since it may be mistyped; the others are removed all the same.',
  async run(values, context, words) {
    const numbers = await numbersOf(words, values.country, context);
    pick(optOutColumns, context.settings.columns);
    const removed = await (await context.ledger()).optOuts.remove(numbers);
    await printRows(optOutColumns, removed, context);
    const known = new Set(removed.map(({ phone }) => phone));
    const unknown = numbers.filter((number) => !known.has(number));
    if (unknown.length > 0)
      fail(
        'usage',
        'optout.unknown',
        `${unknown.join(', ')} ${unknown.length === 1 ? 'has' : 'have'} not opted out`,
        `\`qlara optout list${contextFlags(context)}\` shows who has`,
      );
    return 'ok';
  },
});
