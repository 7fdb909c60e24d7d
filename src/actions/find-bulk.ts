import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { fail } from '../errors.ts';
import { type Bulk, parseRowId } from '../message/bulk.ts';
import { findNearest } from '../message/nearest.ts';

export const bulkOperand = {
  placeholder: 'ID',
  summary: 'id or label of the bulk, or a unique prefix of its id',
  many: false,
  required: true,
  known: 'bulks',
} as const;

/**
 * Finds a bulk by its id, its label or a unique prefix of its id.
 * @throws Failure `operand.missing`, `bulk.unknown`, `bulk.ambiguous`
 */
export async function findBulk(given: string, context: Context): Promise<Bulk> {
  const listing = `\`qlara bulk list${repeatFlags(context)}\` lists the bulks`;
  if (given.trim() === '') fail('usage', 'operand.missing', 'ID is missing', listing);
  const { bulks } = await context.ledger();
  const all = await bulks.list();
  const whole = all.find(({ id, name }) => id === given || name === given);
  if (whole) return whole;
  const like = given.length >= 4 ? all.filter(({ id }) => id.startsWith(given)) : [];
  const [only, ...others] = like;
  if (only && others.length === 0) return only;
  if (only)
    fail('usage', 'bulk.ambiguous', `${like.length} bulks begin with ${given}`, 'use a longer prefix');
  const place = parseRowId(given);
  const meant =
    place?.bulk ??
    findNearest(
      given,
      all.flatMap(({ id, name }) => [id, ...(name ? [name] : [])]),
    );
  return fail('usage', 'bulk.unknown', `no bulk ${given}`, meant ? `did you mean ${meant}?` : listing);
}
