import { fail } from '../../errors.ts';
import { findNearest } from '../../message/nearest.ts';
import type { Sheet } from './row.ts';

/** What a row can say of a message besides the values of its placeholders. */
export const rowFieldNames = ['to', 'message', 'template', 'from', 'id'] as const;
export type RowFieldName = (typeof rowFieldNames)[number];

/** `--map FIELD=COLUMN`. */
export type Mapping = readonly [field: RowFieldName, column: string];

/** Which column holds what, by its place. */
export interface RowFields extends Readonly<Partial<Record<RowFieldName, number>>> {
  /** Every other column is the value of a placeholder, under the name in the header. */
  readonly variables: readonly (readonly [name: string, place: number])[];
}

/** What people call the columns that a field can be read from, as `plain` leaves it. */
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
 * Reads out of their names which columns are fields. What `--map` says comes first, then a column that is called
 * like the field, then one of the other names people give it. For a field of `given`, which the line says for all
 * rows, no column is looked for, so that one of that name is a placeholder's.
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
 * The place of the column with the destinations.
 * @throws Failure `file.no-destination` when there is none
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

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w=.-]+$/.test(word) ? word : JSON.stringify(word);
}

function placesOf(names: readonly string[], wanted: readonly string[]): number[] {
  return names.flatMap((name, place) => (wanted.includes(name) ? [place] : []));
}

/** A name without what makes no difference: capital letters, blanks, dashes. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}
