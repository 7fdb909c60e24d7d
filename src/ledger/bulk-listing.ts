import type { Delivery } from '../message/delivery.ts';
import type { Status } from '../message/status.ts';
import type { Sql } from '../storage/database.ts';
import { deliveryOf, type Joined, stretchOfRows } from './bulk-rows.ts';
import { type KeptBulk, keptBulk, keptBulks } from './bulk-table.ts';
import type { Placed, RowFilter } from './bulks.ts';
import type { Filter } from './ledger.ts';

/** Rows read at once. */
export const stretch = 500;

/** Messages of bulks, the newest first. */
export function listRows(sql: Sql, filter: Filter): Delivery[] {
  const found: Delivery[] = [];
  const left = () => (filter.limit ?? Infinity) - found.length;
  for (const kept of bulksIn(sql, filter))
    for (let last = kept.bulk.rows; last > 0 && left() > 0; last -= stretch) {
      const rows = rowsBetween(sql, kept, filter, Math.max(last - stretch + 1, 1), last).reverse();
      for (const { delivery } of rows.slice(0, left())) found.push(delivery);
    }
  return found;
}

function bulksIn(sql: Sql, { bulk, since }: Filter): KeptBulk[] {
  const one = bulk === undefined ? undefined : keptBulk(sql, bulk);
  const among = bulk === undefined ? keptBulks(sql) : one ? [one] : [];
  return among.filter(
    ({ bulk, fingerprint }) => fingerprint !== null && (since === undefined || bulk.createdAt >= since),
  );
}

/** The messages in a stretch of a bulk, in their order. */
export function rowsBetween(
  sql: Sql,
  kept: KeptBulk,
  filter: Filter & RowFilter,
  first: number,
  last: number,
): Placed[] {
  const { where, values } = conditions(kept, filter);
  return sql
    .all<Joined>(`${stretchOfRows}${where} ORDER BY r.row`, kept.seq, first, last, ...values)
    .map((found) => ({ row: found.row, delivery: deliveryOf(kept.bulk, found) }));
}

/** Where a row stands that has no outcome of its own. */
const untold = ['queued', 'submitted'] as const satisfies readonly Status[];

function conditions(
  { bulk }: KeptBulk,
  { channel, statuses, orOpen, open, begun }: Filter & RowFilter,
): { where: string; values: string[] } {
  const where: string[] = [];
  const values: string[] = [];
  // A row without an outcome of its own is on the channel it enters at.
  if (channel !== undefined) {
    where.push('coalesce(o.channel, ?) = ?');
    values.push(bulk.common.chain[0] ?? '', channel);
  }
  const isOpen = 'coalesce(o.final, 0) = 0';
  if (open) where.push(isOpen);
  if (begun) where.push('coalesce(o.events, t.entry) IS NOT NULL');
  if (statuses !== undefined) {
    const standing = `coalesce(o.status, iif(t.entry IS NULL, '${untold[0]}', '${untold[1]}'))`;
    const named = `${standing} IN (${statuses.map(() => '?').join(', ')})`;
    const wantsDoubts = statuses.includes('in-doubt');
    const doubt = "o.phase IN ('sending', 'doubt') OR c.owner IS NOT NULL";
    const among = wantsDoubts ? `(${named} OR ${doubt})` : named;
    // To look into the claims takes longer.
    if (!orOpen && !wantsDoubts && !untold.some((status) => statuses.includes(status)))
      where.push('o.row IS NOT NULL');
    where.push(orOpen ? `(${among} OR ${isOpen})` : among);
    values.push(...statuses);
  }
  return { where: where.map((one) => ` AND ${one}`).join(''), values };
}
