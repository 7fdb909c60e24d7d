import { dialect as partner } from '../../src/gateway/partner/dialect.ts';
import { type BulkRow, type BulkSpec, bulkId } from '../../src/message/bulk.ts';
import { composeMessage, type MessageInput } from '../../src/message/compose.ts';
import type { Event } from '../../src/message/event.ts';
import type { Plan } from '../../src/message/message.ts';
import type { Phone } from '../../src/message/phone.ts';

/** Composes a message by the rules of the partner dialect. */
export const compose = (input: MessageInput) => composeMessage(input, partner.rules);

/** Builds a message input; defaults are those of `qlara send sms`. */
export function messageInput(part: Partial<MessageInput> = {}): MessageInput {
  return {
    channel: 'sms',
    fallback: false,
    text: undefined,
    template: undefined,
    variables: {},
    sender: undefined,
    simulation: false,
    ...part,
  };
}

/** An SMS that says "hi". */
export const message = compose(messageInput({ text: 'hi' }));

/** A message that starts on WhatsApp and falls back to an SMS that says "hi". */
export const chainMessage = compose(
  messageInput({ channel: 'whatsapp', fallback: true, text: 'hi', template: 'template_123' }),
);

export const phone = '+393901234567' as Phone;

export function plan(id: string, part: Partial<Plan> = {}): Plan {
  return { id, to: phone, message, ...part };
}

export function bulkSpec(part: Partial<BulkSpec> = {}): BulkSpec {
  return {
    id: bulkId('0193b2c4-7f1e-7c3a-9d20-5e8f1a2b3c4d'),
    name: null,
    source: 'rows.csv',
    createdAt: 5,
    common: message,
    retryOf: null,
    rate: null,
    concurrency: 8,
    ...part,
  };
}

/** Builds bulk rows, each with its own number; `change` overrides properties by index. */
export function bulkRows(count: number, change: (index: number) => Partial<BulkRow> = () => ({})): BulkRow[] {
  return Array.from({ length: count }, (_, index) => ({
    to: `+39347100${1000 + index}` as Phone,
    message,
    id: null,
    ...change(index),
  }));
}

/** The event of a message that the gateway accepted by SMS. */
export const smsAccepted = (gatewayId: string, at = 10): Event => ({
  kind: 'accepted',
  at,
  channel: 'sms',
  gatewayId,
  simulation: false,
});
