import { asText } from '../http/json.ts';
import { readReceiptIds } from '../vendor/receipt-ids.ts';
import { parseReceipt } from '../vendor/vocabulary.ts';
import type { EventReader } from '../webhook/reader.ts';

/** Reads the flat events of this generation, which have a status word and no type (vendor: `guides/webhooks`). */
export const eventReader: EventReader = {
  kindFields: ['status', 'deliveryStatus'],
  readEvent(event, now, readNumber) {
    if (asText(event.eventType) !== null) return undefined;
    const receipt = parseReceipt(event, now);
    return receipt && readReceiptIds(event, receipt, readNumber);
  },
};
