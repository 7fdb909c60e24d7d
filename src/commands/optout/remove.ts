import { phoneOperands, readPhoneArguments } from '../../actions/phone-arguments.ts';
import { command } from '../../app/command.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { fail } from '../../errors.ts';
import { country } from '../../input/flags.ts';
import { toPersonKey } from '../../message/person.ts';
import { numberSeparator } from '../../message/phone.ts';
import { pickColumns } from '../../output/columns.ts';
import { optOutColumns } from '../../views/opt-outs.ts';
import { printRows } from '../../views/rows.ts';

export default command({
  flags: { country },
  operands: phoneOperands,
  columns: optOutColumns,
  examples: [['Opt a number in again', 'optout remove +393901234567']],
  notes:
    'Prints the removed opt-outs. Exits with 2 if a number had not opted out, since it may be mistyped; the others are still removed.',
  async run(values, context, words) {
    const { optOuts } = await context.ledger();
    const asListed = words.flatMap((word) => [word, ...word.split(numberSeparator)]);
    const listed = new Set((await optOuts.findByPhone(asListed)).keys());
    const numbers = await readPhoneArguments(words, values.country, context, listed);
    pickColumns(optOutColumns, context.settings.columns);
    const removed = await optOuts.remove(numbers, context.clock.now());
    await printRows(optOutColumns, removed, context);
    const known = new Set(removed.map(({ phone }) => toPersonKey(phone)));
    const unknown = numbers.filter((number) => !known.has(toPersonKey(number)));
    if (unknown.length > 0)
      fail(
        'usage',
        'optout.unknown',
        `${unknown.join(', ')} ${unknown.length === 1 ? 'has' : 'have'} not opted out`,
        `\`qlara optout list${repeatFlags(context)}\` lists the opt-outs`,
      );
    return 'ok';
  },
});
