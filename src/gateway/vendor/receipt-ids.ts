import type { Receipt } from '../../message/event.ts';
import { selectOwnIds } from '../../message/id.ts';
import type { ReadInboundNumber } from '../../message/phone.ts';
import { asId, firstId, type Json } from '../http/json.ts';
import type { ReportedReceipt } from '../webhook/reader.ts';

/** Adds the ids and the recipient of an event of any generation to its receipt; undefined if it names no message. */
export function readReceiptIds(
  event: Json,
  receipt: Receipt,
  readNumber: ReadInboundNumber,
): ReportedReceipt | undefined {
  const [customerMessageId, gatewayId] = [asId(event.customerMessageId), asId(event.messageId)];
  if ((customerMessageId ?? gatewayId) === null) return undefined;
  const to = firstId(event, 'phoneNumber', 'destination');
  return {
    kind: 'receipt',
    ids: selectOwnIds(customerMessageId, gatewayId),
    gatewayId,
    to: to === undefined ? null : readNumber(to),
    receipt,
  };
}
