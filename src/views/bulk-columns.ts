import { isArrived, isFailed, type Status } from '../message/event.ts';
import { clean } from '../output/clean.ts';
import { type Column, formatCell, pickColumns, selectTableColumns } from '../output/columns.ts';
import { unstyled } from '../output/style.ts';
import { formatMinute, formatNumber, sumCounts } from '../output/units.ts';
import { measureWidth } from '../output/width.ts';
import type { BulkSummary } from '../services/bulk/report.ts';

const countWhere = (wanted: (status: Status, final: boolean) => boolean) =>
  countColumn(({ counts }) => sumCounts(counts.filter(({ status, final }) => wanted(status, final))));

function countColumn(
  value: (one: BulkSummary) => number,
): Pick<Column<BulkSummary>, 'value' | 'show' | 'align'> {
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
  { key: 'rows', summary: 'number of messages', ...countColumn(({ bulk }) => bulk.rows) },
  {
    key: 'queued',
    summary: 'messages waiting to be sent',
    ...countWhere((status) => status === 'queued'),
  },
  {
    key: 'open',
    summary: 'messages submitted and not final',
    ...countWhere((status, final) => !final && status !== 'queued'),
  },
  { key: 'delivered', summary: 'messages delivered or read', ...countWhere(isArrived) },
  {
    key: 'failed',
    summary: 'messages rejected, undelivered or expired',
    ...countWhere((status, final) => final && isFailed(status)),
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
/** Columns to drop, one group after the other, until the line fits. */
const dispensable: readonly (readonly string[])[] = [
  ['source'],
  ['createdAt'],
  ['queued', 'open'],
  ['name'],
  ['delivered'],
];

/** Length of the part of an id that holds the time of creation in milliseconds, which identifies a bulk. */
const shortIdLength = 13;

/** Maximum width of a name or a source before other columns are dropped, in cells. */
const maxTextWidth = 24;

/** Returns columns that fit in a line of `width` cells without truncation; ids are the first to be shortened. */
export function fittingColumns(rows: readonly BulkSummary[], width: number): Column<BulkSummary>[] {
  const all = selectTableColumns(listedColumns).filter(
    ({ key }) => key !== 'name' || rows.some(({ bulk }) => bulk.name),
  );
  const short = all.map((column) =>
    column.key === 'id'
      ? { ...column, key: 'id', show: ({ bulk }: BulkSummary) => bulk.id.slice(0, shortIdLength) }
      : column,
  );
  const isShort = isUnique(rows.map(({ bulk }) => bulk.id.slice(0, shortIdLength)));
  const steps = dispensable.map((_, index) => dispensable.slice(0, index + 1).flat());
  const candidates = [
    all,
    without(all, dispensable[0] ?? []),
    ...(isShort ? [short, ...steps.map((keys) => without(short, keys))] : []),
  ];
  return (
    candidates.find((columns) => measureColumns(columns, rows) <= width) ??
    candidates.at(-1) ??
    pickColumns(listedColumns, undefined)
  );
}

function without(columns: readonly Column<BulkSummary>[], keys: readonly string[]): Column<BulkSummary>[] {
  return columns.filter(({ key }) => !keys.includes(key));
}

function measureColumns(columns: readonly Column<BulkSummary>[], rows: readonly BulkSummary[]): number {
  const widths = columns.map(({ key, value, show }) => {
    const cells = rows.map((row) => measureWidth(show ? show(row, unstyled) : clean(formatCell(value(row)))));
    const maxWidth = key === 'name' || key === 'source' ? maxTextWidth : Number.POSITIVE_INFINITY;
    return Math.min(Math.max(key.length, ...cells), maxWidth);
  });
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function isUnique(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
