import type { BulkSpec } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Inbound, WebhookEvent } from '../message/webhook.ts';

/**
 * Readers of what the ledger stores as JSON. Its version is that of the schema, whose migrations rewrite stored words, so
 * a record of another shape is damaged. Only what the program relies on is checked: a bulk may have a million rows.
 * @throws Error, which the ledger reports as `ledger.unusable`
 */

const phases: ReadonlySet<unknown> = new Set(['queued', 'sending', 'doubt', 'accepted', 'refused']);

const kinds: ReadonlySet<unknown> = new Set([
  ...['replaced', 'intent', 'accepted', 'refused', 'unsent', 'doubt', 'resolved', 'receipt'],
]);

/** Reads the state of a message. */
export function readDelivery(text: string): Delivery {
  return read(text, 'message', (state: Delivery) => {
    const { plan, phase, attempts, createdAt, updatedAt } = state;
    return (
      phases.has(phase) &&
      typeof plan.id === 'string' &&
      typeof plan.to === 'string' &&
      Array.isArray(plan.message.chain) &&
      Array.isArray(attempts) &&
      isTime(createdAt) &&
      isTime(updatedAt)
    );
  });
}

/** Reads an event of a message. */
export function readEvent(text: string): Event {
  return read(text, 'event', isEvent);
}

/** Reads all events of a row. */
export function readEvents(text: string): Event[] {
  return read(text, 'history of a row', (events: Event[]) => events.every(isEvent));
}

/** Reads the settings of a bulk. */
export function readBulkSpec(text: string): BulkSpec {
  return read(
    text,
    'bulk',
    ({ id, common, createdAt, concurrency }: BulkSpec) =>
      typeof id === 'string' && Array.isArray(common.chain) && isTime(createdAt) && isTime(concurrency),
  );
}

/** Reads an inbound message. */
export function readInbound(text: string): Inbound {
  return read(
    text,
    'inbound message',
    ({ from, at, channel }: Inbound) => typeof from === 'string' && isTime(at) && typeof channel === 'string',
  );
}

/** Reads a receipt of a message that is not known. */
export function readOrphan(text: string): Extract<WebhookEvent, { kind: 'receipt' }> {
  return read(
    text,
    'receipt',
    ({ kind, ids, receipt }: Extract<WebhookEvent, { kind: 'receipt' }>) =>
      kind === 'receipt' && Array.isArray(ids) && isTime(receipt.at),
  );
}

/** Reads the rows of a page or a range, each with a recipient. */
export function readBodies<Row extends { to: string }>(text: string): Row[] {
  return read(text, 'row', (rows: Row[]) => rows.every(({ to }) => typeof to === 'string'));
}

/** Time of acceptance and gateway id. All other fields follow from the message. */
type StoredAcceptance = [at: number, gatewayId: string | null];

/** Reads acceptances by row. */
export function readAcceptances(text: string): Record<number, StoredAcceptance> {
  return read(
    text,
    'claim',
    (entries: Record<number, StoredAcceptance>) =>
      entries.constructor === Object && Object.values(entries).every(isAcceptance),
  );
}

/** Reads the acceptance of one row. */
export function readAcceptance(text: string): StoredAcceptance {
  return read<StoredAcceptance>(text, 'acceptance', isAcceptance);
}

function isAcceptance(entry: unknown): boolean {
  return Array.isArray(entry) && isTime(entry[0]) && (entry[1] === null || typeof entry[1] === 'string');
}

function isEvent({ kind, at }: Event): boolean {
  return kinds.has(kind) && isTime(at);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number';
}

/** Parses a record and checks it; `isValid` may throw for one of another shape. */
function read<T>(text: string, what: string, isValid: (value: T) => boolean): T {
  let found: T | undefined;
  try {
    const value = JSON.parse(text) as T;
    if (isValid(value)) found = value;
  } catch {
    // Reported below, without its content.
  }
  if (found === undefined) throw new Error(`a stored ${what} is damaged`);
  return found;
}
