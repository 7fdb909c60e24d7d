import type { Delivery } from '../message/delivery.ts';
import type { Sql } from '../storage/database.ts';
import { deliveryOf, type Joined, joined } from './bulk-rows.ts';
import { type KeptBulk, keptBulk, keptBulks } from './bulk-table.ts';
import type { RowFilter } from './bulks.ts';
import type { Filter } from './ledger.ts';

/** Messages of bulks, the newest first. */
export function listRows(sql: Sql, filter: Filter): Delivery[] {
  const found: Delivery[] = [];
  for (const kept of bulksIn(sql, filter)) {
    if (found.length === filter.limit) break;
    const left = filter.limit === undefined ? -1 : filter.limit - found.length;
    const { where, values } = conditions(kept, filter);
    const newest = sql.all<Joined>(
      `${joined} WHERE r.bulk = ?${where} ORDER BY r.row DESC LIMIT ?`,
      kept.seq,
      ...values,
      left,
    );
    found.push(...newest.map((row) => deliveryOf(kept.bulk, row)));
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

/** The messages of a bulk after a row, in their order. */
export function pageOfRows(
  sql: Sql,
  kept: KeptBulk,
  { statuses, open }: RowFilter,
  after: number,
  size: number,
): { row: number; delivery: Delivery }[] {
  const { where, values } = conditions(kept, { statuses, ...(open && { open }) });
  return sql
    .all<Joined>(
      `${joined} WHERE r.bulk = ? AND r.row > ?${where}${open ? ' AND o.row IS NOT NULL' : ''} ORDER BY r.row LIMIT ?`,
      kept.seq,
      after,
      ...values,
      size,
    )
    .map((found) => ({ row: found.row, delivery: deliveryOf(kept.bulk, found) }));
}

function conditions(
  { bulk }: KeptBulk,
  { channel, statuses, orOpen, open }: Filter,
): { where: string; values: string[] } {
  const where: string[] = [];
  const values: string[] = [];
  // A row without an outcome is queued, on the channel it enters at.
  if (channel !== undefined) {
    where.push('coalesce(o.channel, ?) = ?');
    values.push(bulk.common.chain[0] ?? '', channel);
  }
  const isOpen = 'coalesce(o.final, 0) = 0';
  if (open) where.push(isOpen);
  if (statuses !== undefined) {
    const among = `coalesce(o.status, 'queued') IN (${statuses.map(() => '?').join(', ')})`;
    where.push(orOpen ? `(${among} OR ${isOpen})` : among);
    values.push(...statuses);
  }
  return { where: where.map((one) => ` AND ${one}`).join(''), values };
}
