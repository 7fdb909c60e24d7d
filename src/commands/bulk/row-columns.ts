import type { Delivery } from '../../message/delivery.ts';
import { type Column, pick } from '../../output/columns.ts';
import type { Context } from '../context.ts';
import { deliveryColumns, tableKeys } from '../delivery-columns.ts';

/** As for messages sent by themselves: a table has fewer columns than the other forms. */
export function rowColumns({ settings }: Context): readonly Column<Delivery>[] {
  return settings.format === 'table' && settings.columns === undefined
    ? pick(deliveryColumns, tableKeys)
    : deliveryColumns;
}
