import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refuseSandbox } from '../../actions/find-profile.ts';
import { command } from '../../app/command.ts';
import { ledgerUrlWithoutPassword } from '../../app/ledger-url.ts';
import { repeatProfile } from '../../app/repeat-flags.ts';
import { fail } from '../../errors.ts';
import { quote } from '../../input/quote.ts';
import { type Column, pickColumns } from '../../output/columns.ts';
import { formatNumber, pluralize, sumCounts } from '../../output/units.ts';
import { isInteractive, printRecord } from '../../views/rows.ts';

interface Copied {
  from: string;
  to: string;
  tables: Readonly<Record<string, number>>;
}

const countRows = ({ tables }: Copied) => sumCounts(Object.values(tables).map((count) => ({ count })));

const columns: readonly Column<Copied>[] = [
  { key: 'from', summary: 'file of the old ledger', value: ({ from }) => from },
  { key: 'to', summary: 'URL of the new ledger', value: ({ to }) => to },
  { key: 'rows', summary: 'rows that were copied and compared', value: countRows, align: 'right' },
  {
    key: 'tables',
    summary: 'rows of each table',
    inTable: false,
    value: ({ tables }) => tables,
    show: ({ tables }) =>
      Object.entries(tables)
        .filter(([, rows]) => rows > 0)
        .map(([name, rows]) => `${name} ${formatNumber(rows)}`)
        .join(', '),
  },
];

export default command({
  flags: {},
  operands: {
    placeholder: 'URL',
    summary: 'PostgreSQL database, without a password: postgres://user@host/database?schema=NAME',
    many: false,
    required: true,
  },
  columns,
  examples: [
    [
      'Move the ledger to a database that several machines share',
      'ledger copy postgres://ada@db.example/qlara',
    ],
  ],
  notes:
    'Copies everything, compares both sides, and marks the old ledger as moved: nothing can be sent from it any more. Nothing else may use the ledger meanwhile, and the schema must be empty or new. A copy that is interrupted changes nothing; run it again. To use the new ledger, set it in the profile of each machine: `qlara profile set ledger URL`.',
  async run(_, context, [given = '']) {
    const { settings, notices, clock } = context;
    if (given === '')
      fail('usage', 'operand.missing', 'URL is missing', 'write it as postgres://user@host/database');
    refuseSandbox(context, 'always has a ledger of its own');
    const url = await ledgerUrlWithoutPassword.read(given);
    pickColumns(columns, settings.columns);
    const path = join(settings.stateFolder, `${settings.profile}.db`);
    const [{ copyLedger }, { readTarget }, { readMove }] = await Promise.all([
      import('../../ledger/copy/copy.ts'),
      import('../../ledger/postgres/target.ts'),
      import('../../ledger/sqlite/moved.ts'),
    ]);
    const target = readTarget(url, context.io.env);
    const exists = existsSync(path);
    const isMoved = exists && (await readMove(path)) !== undefined;
    if (settings.ledgerUrl !== undefined && !isMoved)
      await refuseDatabase(settings.ledgerUrl, settings.profile);
    if (!exists)
      fail(
        'setup',
        'ledger.missing',
        `profile ${settings.profile} has no ledger to copy yet`,
        `\`qlara profile set ledger ${quote(url)}\` creates one there`,
      );
    context.setStopResult('nothing was copied');
    const { isNew, tables } = await copyLedger({
      ...{ path, target, markers: join(settings.configFolder, 'ledgers') },
      ...{
        baseUrl: settings.baseUrl,
        machine: clock.machine,
        sleep: clock.sleep,
        checkpoint: clock.checkpoint,
      },
      onProgress: (step, done, total) =>
        notices.startSpinner(total === 0 ? step : `${step}: ${formatNumber(done)} of ${formatNumber(total)}`),
    }).finally(() => notices.stopSpinner());
    if (!isNew) notices.info('the ledger had been copied before');
    const copied = { from: path, to: target.display, tables };
    if (isNew && Object.keys(tables).length > 0)
      notices.info(`copied and compared ${pluralize(countRows(copied), 'row')}`);
    if (settings.ledgerUrl === undefined)
      notices.info(`next: qlara profile set ledger ${quote(url)}${repeatProfile(context)}`);
    const shown = columns.filter(({ inTable = true }) => inTable || !isInteractive(context));
    await printRecord(shown, copied, context);
    return 'ok';
  },
});

async function refuseDatabase(url: string, profile: string): Promise<never> {
  const { showLedgerUrl } = await import('../../ledger/postgres/url.ts');
  fail(
    'setup',
    'ledger.not-a-file',
    `the ledger of profile ${profile} is a database already: ${showLedgerUrl(url)}`,
    'copy a database with pg_dump and psql; to copy the file of the profile, remove QLARA_LEDGER and the setting ledger first',
  );
}
