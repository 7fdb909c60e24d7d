import { type Mapping, type RowFieldName, type RowFields, rowFields } from '../../input/rows/columns.ts';
import type { Sheet } from '../../input/rows/row.ts';
import type { Sender } from '../../message/id.ts';
import type { Country } from '../../message/phone.ts';
import type { Variables } from '../../message/placeholders.ts';

/** What the line says for all rows. */
export interface CommonInput {
  text: string | undefined;
  template: string | undefined;
  /** For placeholders that no column is called like. */
  values: Variables;
  sender: Sender | undefined;
  home: Country | undefined;
}

/** Where a row has what. */
export interface Layout {
  columns: readonly string[];
  fields: RowFields;
  /** The column of a placeholder's value. */
  places: ReadonlyMap<string, number>;
}

/** @throws Failure as `rowFields` */
export function openLayout(
  sheet: Sheet,
  map: readonly Mapping[],
  { text, template, sender }: CommonInput,
): Layout {
  const given: RowFieldName[] = [];
  if (text !== undefined) given.push('message');
  if (template !== undefined) given.push('template');
  if (sender !== undefined) given.push('from');
  const fields = rowFields(sheet, map, given);
  return { columns: [...sheet.columns], fields, places: new Map(fields.variables) };
}
