import { fail } from '../../errors.ts';
import { findNearest } from '../../message/nearest.ts';
import { normalizeName } from '../../message/placeholders.ts';
import type { OptionalField } from '../../message/rules.ts';
import { quote } from '../quote.ts';
import type { Sheet } from './row.ts';

/** Fields of a row, besides the values of placeholders. */
const firstFieldNames = ['to', 'message', 'template', 'from', 'id'] as const;

/** Fields that not every generation of the gateway carries. */
export const optionalRowFields = [
  'rcsTemplate',
  'agentId',
  'phoneNumberId',
  'campaign',
] as const satisfies readonly OptionalField[];

export const rowFieldNames = [...firstFieldNames, ...optionalRowFields] as const;
export type RowFieldName = (typeof rowFieldNames)[number];

/** `--map FIELD=COLUMN`; any name that is not a field is the name of a placeholder. */
export type Mapping = readonly [field: string, column: string];

/** Reports whether a name is that of a field; case does not count. */
export function findRowField(name: string): RowFieldName | undefined {
  return rowFieldNames.find((field) => field.toLowerCase() === name.trim().toLowerCase());
}

export function isOptionalField(name: RowFieldName): name is (typeof optionalRowFields)[number] {
  return (optionalRowFields as readonly string[]).includes(name);
}

/** Column indexes of the fields. */
export interface RowFields extends Readonly<Partial<Record<RowFieldName, number>>> {
  /** Placeholder values, by name: the columns of no field, by their header or by `--map`. */
  readonly variables: readonly (readonly [name: string, place: number])[];
  /** All columns by the names that a placeholder may have: those of `--map` first, then every header. */
  readonly named: readonly (readonly [name: string, place: number])[];
  /** Names of placeholders from `--map`. */
  readonly mapped: readonly string[];
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
  rcsTemplate: ['rcstemplateid'],
  agentId: ['rcsagentid'],
  phoneNumberId: ['whatsappnumberid'],
  campaign: ['campaignid'],
};

type Named = Pick<Sheet, 'name' | 'columns'>;

/**
 * Finds the columns of the fields: by `--map`, else by the name of the field, else by another usual name. A column named
 * like one of `others` is a placeholder value: a flag gives that field for all rows, or the gateway does not carry it.
 * @throws Failure `map.unknown`, `map.twice`, `file.ambiguous`
 */
export function rowFields(
  sheet: Named,
  mappings: readonly Mapping[],
  others: readonly RowFieldName[] = [],
): RowFields {
  const { columns } = sheet;
  const found: Partial<Record<RowFieldName, number>> = {};
  const mapped = new Map<string, number>();
  for (const [name, column] of mappings) {
    const named = findRowField(name);
    const field = named !== undefined && others.includes(named) && isOptionalField(named) ? undefined : named;
    const isTwice = field === undefined ? mapped.has(name) : found[field] !== undefined;
    if (isTwice) fail('usage', 'map.twice', `--map ${field ?? name}=... is given twice`, 'use it once');
    const place = findMapped(name, column, sheet);
    if (field === undefined) mapped.set(name, place);
    else found[field] = place;
  }
  const taken = new Set(Object.values(found));
  const free = columns.map((column, place) => (taken.has(place) ? '' : plain(column)));
  for (const field of rowFieldNames) {
    if (found[field] !== undefined || others.includes(field)) continue;
    const exact = placesOf(free, [plain(field)]);
    const [place, ...more] = exact.length > 0 ? exact : placesOf(free, aliases[field]);
    if (place === undefined) continue;
    if (more.length > 0) refuseSeveral(field, [place, ...more], sheet);
    found[field] = place;
    taken.add(place);
  }
  const headers = columns.flatMap((column, place) => (column === '' ? [] : [[column, place] as const]));
  const places = new Set([...taken, ...mapped.values()]);
  return {
    ...found,
    variables: [...mapped, ...headers.filter(([name, place]) => !places.has(place) && !mapped.has(name))],
    named: [...mapped, ...headers.filter(([name]) => !mapped.has(normalizeName(name)))],
    mapped: [...mapped.keys()],
  };
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

function findMapped(field: string, column: string, { name, columns }: Named): number {
  const exact = columns.findIndex((one) => normalizeName(one) === normalizeName(column));
  if (exact >= 0) return exact;
  const [place] = placesOf(columns.map(plain), [plain(column)]);
  if (place !== undefined) return place;
  const meant = findNearest(column, columns);
  fail(
    'usage',
    'map.unknown',
    `${name} has no column ${JSON.stringify(column)}`,
    meant ? `did you mean --map ${quote(`${field}=${meant}`)}?` : `it has ${listed(columns)}`,
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

function placesOf(names: readonly string[], wanted: readonly string[]): number[] {
  return names.flatMap((name, place) => (wanted.includes(name) ? [place] : []));
}

/** Normalizes a name: ignores case, spaces, dashes and underscores. */
function plain(name: string): string {
  return normalizeName(name)
    .toLowerCase()
    .replace(/[\s_-]/g, '');
}
