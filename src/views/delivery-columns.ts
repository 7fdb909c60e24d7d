import {
  currentChannel,
  type Delivery,
  displayAttempts,
  isFinal,
  isInDoubt,
  priceOf,
  reasonOf,
  sizeOf,
  statusOf,
} from '../message/delivery.ts';
import { isArrived, isFailed } from '../message/event.ts';
import type { Column } from '../output/columns.ts';
import { type Style, unstyled } from '../output/style.ts';

const iso = (instant: number) => new Date(instant).toISOString();

/** Columns of a message. Scripts rely on the keys and their order. */
export const deliveryColumns: readonly Column<Delivery>[] = [
  { key: 'id', summary: 'message id', value: ({ plan }) => plan.id },
  { key: 'gatewayId', summary: 'gateway id, or null', value: ({ gatewayId }) => gatewayId },
  { key: 'to', summary: 'destination, E.164', value: ({ plan }) => plan.to },
  { key: 'channel', summary: 'current channel', value: currentChannel },
  {
    key: 'status',
    summary: 'status of the message: see `qlara help statuses`',
    value: statusOf,
    show: renderStatus,
  },
  { key: 'final', summary: 'true if the status will not change any more', value: isFinal },
  { key: 'reason', summary: 'reason for the status, or null', value: reasonOf },
  {
    key: 'inDoubt',
    summary: 'true if it may have been accepted, without proof either way',
    value: isInDoubt,
  },
  {
    key: 'attempts',
    summary: 'channels tried: channel, status, reason, at',
    value: (delivery) =>
      displayAttempts(delivery).map(({ channel, status, reason, at }) => ({
        channel,
        status,
        reason,
        at: iso(at),
      })),
  },
  {
    key: 'parts',
    summary: 'parts of the SMS, or null',
    value: (delivery) => sizeOf(delivery)?.parts ?? null,
    align: 'right',
  },
  {
    key: 'encoding',
    summary: 'encoding of the SMS, gsm7 or ucs2; or null',
    value: (delivery) => sizeOf(delivery)?.encoding ?? null,
  },
  {
    key: 'simulation',
    summary: 'true if the gateway only validated it',
    value: ({ simulation }) => simulation,
  },
  { key: 'bulk', summary: 'id of the bulk, or null', value: ({ bulk }) => bulk },
  {
    key: 'campaign',
    summary: 'label under which the gateway groups it, or null',
    value: ({ plan }) => plan.message.campaign ?? null,
  },
  {
    key: 'scheduledAt',
    summary: 'when the gateway sends it, ISO 8601 in UTC; or null',
    value: ({ plan }) => (plan.message.scheduledAt == null ? null : iso(plan.message.scheduledAt)),
  },
  {
    key: 'price',
    summary: 'price in EUR that the gateway reported, or null',
    value: priceOf,
    align: 'right',
  },
  {
    key: 'createdAt',
    summary: 'time of creation, ISO 8601 in UTC',
    value: ({ createdAt }) => iso(createdAt),
    show: ({ createdAt }) => formatClockTime(createdAt),
  },
  {
    key: 'updatedAt',
    summary: 'time of the last change, ISO 8601 in UTC',
    value: ({ updatedAt }) => iso(updatedAt),
    show: ({ updatedAt }) => formatClockTime(updatedAt),
  },
];

/** Columns of a table by default. */
export const tableKeys = ['to', 'channel', 'status', 'reason', 'parts', 'updatedAt', 'id'] as const;

/** Columns to drop, in this order, if a line is too short: those that answer the question stay. */
const dispensable: readonly string[] = ['parts', 'id'];

/** Width of a reason that is cut, in cells. */
const minReasonWidth = 20;

/**
 * Returns those of `tableKeys` that have values in these rows and fit in a line of `width` cells; a long reason is cut
 * when the table is drawn.
 */
export function fittingKeys(rows: readonly Delivery[], width: number): string[] {
  const cells = new Map<string, number>(
    deliveryColumns.map(({ key, value, show }) => {
      const lengths = rows.map((row) => (show ? show(row, unstyled) : String(value(row) ?? '')).length);
      const longest = Math.max(...lengths, 0);
      return [key, key === 'reason' ? Math.min(longest, minReasonWidth) : longest];
    }),
  );
  let keys: string[] = tableKeys.filter((key) => cells.get(key) !== 0);
  const needed = () => keys.reduce((sum, key) => sum + Math.max(cells.get(key) ?? 0, key.length) + 2, -2);
  for (const key of dispensable) if (needed() > width) keys = keys.filter((one) => one !== key);
  return keys;
}

/**
 * Renders the status of a message with its icon; icon and word carry the same information as the color. A failure that
 * another channel may still fix is shown as falling back.
 */
export function renderStatus(delivery: Delivery, style: Style): string {
  const status = statusOf(delivery);
  if (delivery.phase === 'doubt') return style.yellow(`${style.symbols.wait} in doubt`);
  if (isArrived(status)) return style.green(`${style.symbols.ok} ${status}`);
  if (isFailed(status) && isFinal(delivery)) return style.red(`${style.symbols.bad} ${status}`);
  return style.yellow(`${style.symbols.wait} ${isFailed(status) ? 'falling back' : status}`);
}

/** Formats the local time of day. */
export function formatClockTime(instant: number): string {
  return new Date(instant).toTimeString().slice(0, 8);
}
