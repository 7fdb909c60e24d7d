import { fail } from '../../errors.ts';
import { findNearest } from '../../message/nearest.ts';
import type { Sheet } from './row.ts';

/** Fields of a row, besides the values of placeholders. */
export const rowFieldNames = ['to', 'message', 'template', 'from', 'id'] as const;
export type RowFieldName = (typeof rowFieldNames)[number];

/** `--map FIELD=COLUMN`. */
export type Mapping = readonly [field: RowFieldName, column: string];

/** Column indexes of the fields. */
export interface RowFields extends Readonly<Partial<Record<RowFieldName, number>>> {
  /** All other columns: placeholder values, by the name in the header. */
  readonly variables: readonly (readonly [name: string, place: number])[];
}

/** Other usual column names of each field, normalized by `plain`. */
const aliases: Readonly<Record<RowFieldName, readonly string[]>> = {
  to: [
    'phone',
    'phonenumber',
    'number',
    'mobile',
    'destination',
    'recipient',
    'msisdn',
    'telefono',
    'cellulare',
    'numero',
  ],
  message: ['text', 'body', 'messaggio', 'testo'],
  template: ['templateid'],
  from: ['sender', 'senderid', 'mittente'],
  id: ['messageid', 'customermessageid'],
};

type Named = Pick<Sheet, 'name' | 'columns'>;

/**
 * Finds the columns of the fields: by `--map`, else by the name of the field, else by another usual name. Fields in `given`
 * have a flag for all rows, so a column of that name is a placeholder value.
 * @throws Failure `map.unknown`, `map.twice`, `file.ambiguous`
 */
export function rowFields(
  sheet: Named,
  mappings: readonly Mapping[],
  given: readonly RowFieldName[] = [],
): RowFields {
  const { columns } = sheet;
  const found: Partial<Record<RowFieldName, number>> = {};
  for (const [field, column] of mappings) {
    if (found[field] !== undefined)
      fail('usage', 'map.twice', `--map ${field}=... is given twice`, 'use it once');
    found[field] = mapped(field, column, sheet);
  }
  const taken = new Set(Object.values(found));
  const free = columns.map((column, place) => (taken.has(place) ? '' : plain(column)));
  for (const field of rowFieldNames) {
    if (found[field] !== undefined || given.includes(field)) continue;
    const exact = placesOf(free, [field]);
    const [place, ...more] = exact.length > 0 ? exact : placesOf(free, aliases[field]);
    if (place === undefined) continue;
    if (more.length > 0) refuseSeveral(field, [place, ...more], sheet);
    found[field] = place;
    taken.add(place);
  }
  const variables = columns.flatMap((column, place) =>
    column === '' || taken.has(place) ? [] : [[column, place] as const],
  );
  return { ...found, variables };
}

/**
 * Returns the index of the column with the destinations.
 * @throws Failure `file.no-destination` if there is none
 */
export function destinationPlace({ to }: RowFields, { name, columns }: Named): number {
  if (to !== undefined) return to;
  fail(
    'usage',
    'file.no-destination',
    `${name} has no column \`to\`, only ${listed(columns)}`,
    columns.some((column) => /^\+?[\d .-]{6,}$/.test(column))
      ? 'the first line must name the columns: to,name,...'
      : 'choose the column with the numbers: --map to=COLUMN',
  );
}

function mapped(field: RowFieldName, column: string, { name, columns }: Named): number {
  const exact = columns.indexOf(column);
  if (exact >= 0) return exact;
  const [place] = placesOf(columns.map(plain), [plain(column)]);
  if (place !== undefined) return place;
  const meant = findNearest(column, columns);
  fail(
    'usage',
    'map.unknown',
    `${name} has no column ${JSON.stringify(column)}`,
    meant ? `did you mean --map ${quoted(`${field}=${meant}`)}?` : `it has ${listed(columns)}`,
  );
}

function refuseSeveral(field: RowFieldName, places: readonly number[], { name, columns }: Named): never {
  fail(
    'usage',
    'file.ambiguous',
    `${name} has several columns for \`${field}\`: ${listed(places.map((place) => columns[place] ?? ''))}`,
    `choose one: --map ${field}=COLUMN`,
  );
}

function listed(columns: readonly string[]): string {
  return columns.map((column) => JSON.stringify(column)).join(', ');
}

/** Quotes a word for a shell. */
function quoted(word: string): string {
  return /^[\w=.-]+$/.test(word) ? word : JSON.stringify(word);
}

function placesOf(names: readonly string[], wanted: readonly string[]): number[] {
  return names.flatMap((name, place) => (wanted.includes(name) ? [place] : []));
}

/** Normalizes a name: ignores case, spaces, dashes and underscores. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}
