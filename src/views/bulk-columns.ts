import { isArrived, isFailed, type Status } from '../message/event.ts';
import { clean } from '../output/clean.ts';
import { type Column, formatCell, pickColumns, selectTableColumns } from '../output/columns.ts';
import { unstyled } from '../output/style.ts';
import { formatMinute, formatNumber, sumCounts } from '../output/units.ts';
import { measureWidth } from '../output/width.ts';
import type { BulkSummary } from '../services/bulk/report.ts';

const where = (wanted: (status: Status, final: boolean) => boolean) =>
  amount(({ counts }) => sumCounts(counts.filter(({ status, final }) => wanted(status, final))));

function amount(value: (one: BulkSummary) => number): Pick<Column<BulkSummary>, 'value' | 'show' | 'align'> {
  return { value, show: (one) => formatNumber(value(one)), align: 'right' };
}

export const listedColumns: readonly Column<BulkSummary>[] = [
  { key: 'id', summary: 'id of the bulk', value: ({ bulk }) => bulk.id },
  { key: 'name', summary: 'label, or null', value: ({ bulk }) => bulk.name },
  {
    key: 'state',
    summary: 'running, stopped (with messages left to send) or done',
    value: ({ state }) => state,
    show: ({ state }, style) => (state === 'done' ? state : style.yellow(state)),
  },
  { key: 'rows', summary: 'number of messages', ...amount(({ bulk }) => bulk.rows) },
  {
    key: 'queued',
    summary: 'messages waiting to be sent',
    ...where((status) => status === 'queued'),
  },
  {
    key: 'open',
    summary: 'messages submitted and not final',
    ...where((status, final) => !final && status !== 'queued'),
  },
  { key: 'delivered', summary: 'messages delivered or read', ...where(isArrived) },
  {
    key: 'failed',
    summary: 'messages rejected, undelivered or expired',
    ...where((status, final) => final && isFailed(status)),
  },
  { key: 'source', summary: 'source of the rows', value: ({ bulk }) => bulk.source },
  {
    key: 'retryOf',
    summary: 'id of the bulk whose failed messages it retries, or null',
    value: ({ bulk }) => bulk.retryOf,
    inTable: false,
  },
  {
    key: 'createdAt',
    summary: 'time of creation, ISO 8601 in UTC',
    value: ({ bulk }) => new Date(bulk.createdAt).toISOString(),
    show: ({ bulk }) => formatMinute(bulk.createdAt),
  },
];
/** What a line gives up, one after the other, until it is short enough. */
const dispensable: readonly (readonly string[])[] = [
  ['source'],
  ['createdAt'],
  ['queued', 'open'],
  ['name'],
  ['delivered'],
];

/** The part of an id that tells when it was made, to the millisecond: enough to name a bulk by. */
const telling = 13;

/** The widest that a name or a source gets before something else has to go. */
const longest = 24;

/** Columns for a line of `width` cells that say whole what they say; ids are the first to be shortened. */
export function fittingColumns(rows: readonly BulkSummary[], width: number): Column<BulkSummary>[] {
  const all = selectTableColumns(listedColumns).filter(
    ({ key }) => key !== 'name' || rows.some(({ bulk }) => bulk.name),
  );
  const short = all.map((column) =>
    column.key === 'id'
      ? { ...column, key: 'id', show: ({ bulk }: BulkSummary) => bulk.id.slice(0, telling) }
      : column,
  );
  const isShort = isUnique(rows.map(({ bulk }) => bulk.id.slice(0, telling)));
  const steps = dispensable.map((_, index) => dispensable.slice(0, index + 1).flat());
  const ways = [
    all,
    without(all, dispensable[0] ?? []),
    ...(isShort ? [short, ...steps.map((keys) => without(short, keys))] : []),
  ];
  return (
    ways.find((columns) => needed(columns, rows) <= width) ??
    ways.at(-1) ??
    pickColumns(listedColumns, undefined)
  );
}

function without(columns: readonly Column<BulkSummary>[], keys: readonly string[]): Column<BulkSummary>[] {
  return columns.filter(({ key }) => !keys.includes(key));
}

function needed(columns: readonly Column<BulkSummary>[], rows: readonly BulkSummary[]): number {
  const widths = columns.map(({ key, value, show }) => {
    const cells = rows.map((row) => measureWidth(show ? show(row, unstyled) : clean(formatCell(value(row)))));
    const most = key === 'name' || key === 'source' ? longest : Number.POSITIVE_INFINITY;
    return Math.min(Math.max(key.length, ...cells), most);
  });
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function isUnique(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
