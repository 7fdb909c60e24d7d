import type { LedgerDescription, LedgerWorker } from '../ledger/description-api.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import type { Style } from '../output/style.ts';
import { formatBytes, formatMinute, formatNumber, pluralize } from '../output/units.ts';
import { shorten } from '../output/width.ts';

/** A ledger and what should be known about it. */
export interface ShownLedger extends LedgerDescription {
  warnings: LedgerWarning[];
}

interface LedgerWarning {
  code: string;
  message: string;
}

/** Returns what is wrong with a ledger; `doubted` messages were put in doubt as it was opened. */
export function findWarnings({ isUnsafe }: LedgerDescription, doubted: number): LedgerWarning[] {
  return [
    ...(isUnsafe
      ? [
          {
            code: 'ledger.fsync-off',
            message:
              'fsync is off: after a power cut of the server the ledger may be lost, and messages sent twice',
          },
        ]
      : []),
    ...(doubted > 0
      ? [
          {
            code: 'ledger.copy',
            message: `it was a copy or restored from a backup: ${pluralize(doubted, 'message')} may have been sent`,
          },
        ]
      : []),
  ];
}

const engines = { sqlite: 'SQLite', postgresql: 'PostgreSQL' } as const;

/** Renders a ledger for a screen `width` cells wide. Each line ends with a newline. */
export function ledgerPage(ledger: ShownLedger, width: number, style: Style): string {
  const { engine, version, schemaVersion, place, schema, bytes, workers, warnings } = ledger;
  const { more } = style.symbols;
  const counts: [what: string, count: number, detail?: string][] = [
    ['messages sent individually', ledger.messages],
    ['bulks', ledger.bulks, ledger.rows > 0 ? `with ${pluralize(ledger.rows, 'message')}` : ''],
    ['in doubt', ledger.inDoubt],
    ['opt-outs', ledger.optOuts],
    ['inbound messages', ledger.inbound],
  ];
  const label = Math.max(...counts.map(([what]) => what.length));
  const figures = Math.max(...counts.map(([, count]) => formatNumber(count).length));
  const lines = [
    `${style.bold(`${engines[engine]} ${version}`)}  ${style.dim(`schema version ${schemaVersion}, ${formatBytes(bytes)}`)}`,
    clean(place),
    ...(schema === null ? [] : [style.dim(`schema ${schema}`)]),
    '',
    ...counts.map(([what, count, detail = '']) => {
      const figure = formatNumber(count).padStart(figures);
      const isBad = what === 'in doubt' && count > 0;
      return `  ${what.padEnd(label)}  ${isBad ? style.yellow(figure) : figure}  ${style.dim(detail)}`.trimEnd();
    }),
    '',
    style.bold('connected'),
    ...(workers.length === 0 ? [style.dim('  no process that sends or listens')] : []),
    ...workers.flatMap(describeWorker).map((line) => `  ${line}`),
    ...(warnings.length > 0 ? [''] : []),
    ...warnings.map(({ message }) => style.yellow(`warning: ${message}`)),
  ];
  return lines.map((line) => `${shorten(line, width, more)}\n`).join('');
}

function describeWorker({ host, pid, since, listens, bulks, isUncertain }: LedgerWorker): string[] {
  const name = pid === null ? 'a process' : `${clean(host ?? '')} pid ${pid}`;
  const work = [...(listens ? ['listens'] : []), ...(bulks.length > 0 ? ['sends:'] : [])];
  const facts = [
    since === null ? '' : `since ${formatMinute(since)}`,
    isUncertain ? 'may have ended' : '',
    work.length === 0 ? 'sends single messages' : work.join(', '),
  ];
  return [[name, ...facts.filter(Boolean)].join(', '), ...bulks.map((bulk) => `  ${bulk}`)];
}

/** Columns of a ledger for scripts. */
export const ledgerColumns: readonly Column<ShownLedger>[] = [
  { key: 'engine', summary: 'sqlite or postgresql', value: ({ engine }) => engine },
  { key: 'version', summary: 'version of the engine', value: ({ version }) => version },
  {
    key: 'schemaVersion',
    summary: 'version of the tables',
    value: ({ schemaVersion }) => schemaVersion,
    align: 'right',
  },
  { key: 'place', summary: 'path of the file, or URL without its password', value: ({ place }) => place },
  { key: 'schema', summary: 'schema in PostgreSQL, or null', value: ({ schema }) => schema },
  {
    key: 'bytes',
    summary: 'size in bytes',
    value: ({ bytes }) => bytes,
    show: ({ bytes }) => formatBytes(bytes),
    align: 'right',
  },
  {
    key: 'messages',
    summary: 'messages sent individually',
    value: ({ messages }) => messages,
    align: 'right',
  },
  { key: 'bulks', summary: 'bulks', value: ({ bulks }) => bulks, align: 'right' },
  { key: 'rows', summary: 'messages of all bulks', value: ({ rows }) => rows, align: 'right' },
  {
    key: 'inDoubt',
    summary: 'messages that may have been sent, without proof either way',
    value: ({ inDoubt }) => inDoubt,
    align: 'right',
  },
  { key: 'optOuts', summary: 'people who opted out', value: ({ optOuts }) => optOuts, align: 'right' },
  { key: 'inbound', summary: 'inbound messages', value: ({ inbound }) => inbound, align: 'right' },
  {
    key: 'workers',
    summary: 'processes that send or listen: host, pid, since, listens, bulks, uncertain',
    value: ({ workers }) =>
      workers.map(({ host, pid, since, listens, bulks, isUncertain }) => ({
        ...{ host, pid, since: since === null ? null : new Date(since).toISOString(), listens, bulks },
        uncertain: isUncertain,
      })),
    show: ({ workers }) => workers.flatMap(describeWorker).join('; '),
  },
  {
    key: 'warnings',
    summary: 'what is wrong: code and message',
    value: ({ warnings }) => warnings,
    show: ({ warnings }) => warnings.map(({ message }) => message).join('; '),
  },
];
