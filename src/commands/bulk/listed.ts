import type { Bulks } from '../../ledger/bulks.ts';
import type { Bulk, Count } from '../../message/bulk.ts';
import { isArrived, isFailed, type Status } from '../../message/status.ts';
import type { Column } from '../../output/columns.ts';
import { figure, minuteOf, sum } from './amounts.ts';

/** A bulk in one line. */
export interface Listed {
  bulk: Bulk;
  state: 'running' | 'stopped' | 'done';
  counts: readonly Count[];
}

const where = (wanted: (status: Status, final: boolean) => boolean) =>
  amount(({ counts }) => sum(counts.filter(({ status, final }) => wanted(status, final))));

function amount(value: (one: Listed) => number): Pick<Column<Listed>, 'value' | 'show' | 'align'> {
  return { value, show: (one) => figure(value(one)), align: 'right' };
}

export const listedColumns: readonly Column<Listed>[] = [
  { key: 'id', summary: 'id of the bulk', value: ({ bulk }) => bulk.id },
  { key: 'name', summary: 'what its sender calls it, or null', value: ({ bulk }) => bulk.name },
  {
    key: 'state',
    summary: 'running, stopped with messages left to send, or done',
    value: ({ state }) => state,
    show: ({ state }, style) => (state === 'done' ? state : style.yellow(state)),
  },
  { key: 'rows', summary: 'how many messages it has', ...amount(({ bulk }) => bulk.rows) },
  {
    key: 'queued',
    summary: 'how many wait to be sent',
    ...where((status) => status === 'queued'),
  },
  {
    key: 'open',
    summary: 'how many are on their way',
    ...where((status, final) => !final && status !== 'queued'),
  },
  { key: 'delivered', summary: 'how many arrived, read or not', ...where(isArrived) },
  {
    key: 'failed',
    summary: 'how many were rejected, undelivered or expired',
    ...where((status, final) => final && isFailed(status)),
  },
  { key: 'source', summary: 'where its rows came from', value: ({ bulk }) => bulk.source },
  {
    key: 'retryOf',
    summary: 'the bulk whose failed messages it repeats, or null',
    value: ({ bulk }) => bulk.retryOf,
    inTable: false,
  },
  {
    key: 'createdAt',
    summary: 'when it was made, ISO 8601 in UTC',
    value: ({ bulk }) => new Date(bulk.createdAt).toISOString(),
    show: ({ bulk }) => minuteOf(bulk.createdAt),
  },
];

export async function listed(bulk: Bulk, bulks: Bulks): Promise<Listed> {
  const counts = await bulks.counts(bulk.id);
  const { queued, doubt } = await bulks.left(bulk.id);
  const state = (await bulks.isRunning(bulk.id)) ? 'running' : queued + doubt > 0 ? 'stopped' : 'done';
  return { bulk, state, counts };
}
