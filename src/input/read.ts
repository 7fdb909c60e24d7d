import { fail } from '../errors.ts';
import type { Field, Fields, Values } from './field.ts';

/** What was said, by the names of the fields: text, texts, or whether a switch was given. Absent: not said. */
export type Said = Record<string, string | readonly string[] | boolean | undefined>;

/**
 * Reads what was said into values.
 * @throws Failure `NAME.missing` for a needed field, and what the kinds throw, with the flag in front
 */
export async function readFields<F extends Fields>(fields: F, said: Said): Promise<Values<F>> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) values[name] = await readField(name, field, said[name]);
  return values as Values<F>;
}

async function readField(name: string, field: Field<unknown>, said: Said[string]): Promise<unknown> {
  const { kind, flag } = field;
  if (said === undefined) {
    if (field.presence === 'needed')
      fail(
        'usage',
        `${name}.missing`,
        `--${flag} is missing`,
        `give it as --${flag} ${kind?.placeholder ?? ''}`,
      );
    return field.absent;
  }
  if (kind === null) return said;
  if (!field.many) return kind.read(String(said));
  const values = await Promise.all([said].flat().map((one) => kind.read(String(one))));
  return field.flat ? values.flat() : values;
}
