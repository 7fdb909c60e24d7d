import { command } from '../../app/command.ts';
import { pickColumns } from '../../output/columns.ts';
import { styleFor } from '../../output/style.ts';
import { findWarnings, ledgerColumns, ledgerPage } from '../../views/ledger.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

export default command({
  flags: {},
  columns: ledgerColumns,
  examples: [
    ['Show the ledger of the profile', 'ledger show'],
    ['Print the number of messages in doubt', "ledger show --json | jq '.[0].inDoubt'"],
  ],
  notes: 'A process that only reads is not listed. Does not contact the gateway.',
  async run(_, context) {
    const { settings, io, out } = context;
    pickColumns(ledgerColumns, settings.columns);
    const ledger = await context.ledger();
    const description = await ledger.describe();
    const shown = { ...description, warnings: findWarnings(description, ledger.doubted) };
    if (isInteractive(context)) out(ledgerPage(shown, io.stdout.columns, await styleFor(io.stdout)));
    else await printRows(ledgerColumns, [shown], context);
    return 'ok';
  },
});
