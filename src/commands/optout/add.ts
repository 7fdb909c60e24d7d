import { phoneOperands, readPhoneArguments } from '../../actions/phone-arguments.ts';
import { command } from '../../app/command.ts';
import { country, note } from '../../input/flags.ts';
import { pickColumns } from '../../output/columns.ts';
import { formatMinute } from '../../output/units.ts';
import { optOutColumns } from '../../views/opt-outs.ts';
import { printRows } from '../../views/rows.ts';

export default command({
  flags: { note, country },
  operands: phoneOperands,
  columns: optOutColumns,
  examples: [
    ['Opt out a number, with a note', 'optout add +393901234567 --note "by phone"'],
    ['Opt out two national numbers', 'optout add 3901234567,3901234568 --country IT'],
  ],
  notes: 'A number that had opted out before keeps its first record.',
  async run(values, context, words) {
    const numbers = await readPhoneArguments(words, values.country, context);
    // Reports an unknown column before anything is recorded.
    pickColumns(optOutColumns, context.settings.columns);
    const { optOuts } = await context.ledger();
    const at = context.clock.now();
    const added = await optOuts.add(
      numbers.map((phone) => ({ phone, at, source: 'told', note: values.note ?? null })),
    );
    const all = await optOuts.findByPhone(numbers);
    const isNew = new Set(added.map(({ phone }) => phone));
    // Two numbers may be forms of one.
    const rows = [...new Map([...all.values()].map((optOut) => [optOut.phone, optOut])).values()];
    for (const { phone, at } of rows)
      if (!isNew.has(phone))
        context.notices.info(`note: ${phone} had already opted out on ${formatMinute(at)}`);
    await printRows(optOutColumns, rows, context);
    return 'ok';
  },
});
