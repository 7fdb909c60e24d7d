import { Failure } from '../../errors.ts';
import type { RowFields } from '../../input/rows/columns.ts';
import { matchName } from '../../message/placeholders.ts';

/** Finds the columns that a placeholder may mean: one, none, or several that differ from it in case. */
export function findColumns(
  placeholder: string,
  { named }: Pick<RowFields, 'named'>,
): (readonly [name: string, place: number])[] {
  const names = matchName(
    placeholder,
    named.map(([name]) => name),
  );
  return names.flatMap((name) => named.filter(([column]) => column === name).slice(0, 1));
}

/** Maximum number of columns named in an error. */
const maxColumnsShown = 20;

/** Returns the failure of a placeholder of `owner`, a text or a template, that no column or value fills. */
export function describeMissing(name: string, owner: string, fields: Pick<RowFields, 'named'>): Failure {
  const found = findColumns(name, fields).map(([header]) => header);
  const columns = fields.named.map(([header]) => header);
  const more = columns.length > maxColumnsShown ? ', ...' : '';
  const why =
    found.length === 0
      ? `; the columns are ${columns.slice(0, maxColumnsShown).join(', ')}${more}`
      : found.length > 1
        ? `; it could be ${found.join(' or ')}`
        : '';
  return new Failure(
    'usage',
    'placeholder.missing',
    `${owner} has no value for {${name}}${why}`,
    undefined,
    undefined,
    { names: [name], ...(found.length === 0 && { columns }) },
  );
}
