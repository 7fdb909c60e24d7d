import { clean } from '../../output/clean.ts';
import { type Column, pick, tabled, textOf } from '../../output/columns.ts';
import { unstyled } from '../../output/style.ts';
import { widthOf } from '../../output/width.ts';
import { type Listed, listedColumns } from './listed.ts';

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
export function fittingColumns(rows: readonly Listed[], width: number): Column<Listed>[] {
  const all = tabled(listedColumns).filter(({ key }) => key !== 'name' || rows.some(({ bulk }) => bulk.name));
  const short = all.map((column) =>
    column.key === 'id'
      ? { ...column, key: 'id', show: ({ bulk }: Listed) => bulk.id.slice(0, telling) }
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
    ways.find((columns) => needed(columns, rows) <= width) ?? ways.at(-1) ?? pick(listedColumns, undefined)
  );
}

function without(columns: readonly Column<Listed>[], keys: readonly string[]): Column<Listed>[] {
  return columns.filter(({ key }) => !keys.includes(key));
}

function needed(columns: readonly Column<Listed>[], rows: readonly Listed[]): number {
  const widths = columns.map(({ key, value, show }) => {
    const cells = rows.map((row) => widthOf(show ? show(row, unstyled) : clean(textOf(value(row)))));
    const most = key === 'name' || key === 'source' ? longest : Number.POSITIVE_INFINITY;
    return Math.min(Math.max(key.length, ...cells), most);
  });
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function isUnique(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
