import { loadEventReaders } from '../../src/gateway/dialects.ts';
import { type ParsedWebhook, parseWebhook as parse } from '../../src/gateway/webhook/events.ts';

const readers = await loadEventReaders();

/** Parses a webhook call with the readers of all dialects, as the listener does. */
export function parseWebhook(type: string, text: string, now: number): ParsedWebhook | undefined {
  return parse(type, text, now, readers);
}
