import {
  currentChannel,
  type Delivery,
  displayAttempts,
  isFinal,
  isInDoubt,
  reasonOf,
  statusOf,
} from '../message/delivery.ts';
import { isArrived, isFailed } from '../message/event.ts';
import { countSmsParts } from '../message/message.ts';
import type { Column } from '../output/columns.ts';
import { type Style, unstyled } from '../output/style.ts';

const iso = (instant: number) => new Date(instant).toISOString();

/** The row of a message, as the contract with scripts lays it down and in its order. */
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
    value: ({ plan }) => countSmsParts(plan.message)?.parts ?? null,
    align: 'right',
  },
  {
    key: 'encoding',
    summary: 'encoding of the SMS, gsm7 or ucs2; or null',
    value: ({ plan }) => countSmsParts(plan.message)?.encoding ?? null,
  },
  {
    key: 'simulation',
    summary: 'true if the gateway only validated it',
    value: ({ simulation }) => simulation,
  },
  { key: 'bulk', summary: 'id of the bulk, or null', value: ({ bulk }) => bulk },
  {
    key: 'createdAt',
    summary: 'time of creation, ISO 8601 in UTC',
    value: ({ createdAt }) => iso(createdAt),
    show: ({ createdAt }) => clockTime(createdAt),
  },
  {
    key: 'updatedAt',
    summary: 'time of the last change, ISO 8601 in UTC',
    value: ({ updatedAt }) => iso(updatedAt),
    show: ({ updatedAt }) => clockTime(updatedAt),
  },
];

/** What a table shows when no columns are named. */
export const tableKeys = ['to', 'channel', 'status', 'reason', 'parts', 'updatedAt', 'id'] as const;

/** What a table gives up first where the line is too short for all. */
const dispensable: readonly string[] = ['parts', 'updatedAt', 'reason'];

/** The keys of `tableKeys` that say something of these rows and fit into a line of `width` cells. */
export function fittingKeys(rows: readonly Delivery[], width: number): string[] {
  const cells = new Map<string, number>(
    deliveryColumns.map(({ key, value, show }) => {
      const lengths = rows.map((row) => (show ? show(row, unstyled) : String(value(row) ?? '')).length);
      return [key, Math.max(...lengths, 0)];
    }),
  );
  let keys: string[] = tableKeys.filter((key) => cells.get(key) !== 0);
  const needed = () => keys.reduce((sum, key) => sum + Math.max(cells.get(key) ?? 0, key.length) + 2, -2);
  for (const key of dispensable) if (needed() > width) keys = keys.filter((kept) => kept !== key);
  return keys;
}

/**
 * Where a message stands, with its sign; the sign and the word tell the same as the colour. A failure that
 * another channel may still mend is not marked as one.
 */
export function renderStatus(delivery: Delivery, style: Style): string {
  const status = statusOf(delivery);
  if (delivery.phase === 'doubt') return style.yellow(`${style.symbols.wait} in doubt`);
  if (isArrived(status)) return style.green(`${style.symbols.ok} ${status}`);
  if (isFailed(status) && isFinal(delivery)) return style.red(`${style.symbols.bad} ${status}`);
  return style.yellow(`${style.symbols.wait} ${isFailed(status) ? 'falling back' : status}`);
}

/** The time of day on this machine's clock, which is the one a person looks at. */
export function clockTime(instant: number): string {
  return new Date(instant).toTimeString().slice(0, 8);
}
