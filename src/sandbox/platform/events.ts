import { pricesInCents } from '../price.ts';
import { type Shape, statusCodes, toIso } from '../webhooks/shape.ts';

/**
 * Events of the reference of the vendor's platform: one event for each part of an SMS, without the recipient, and other
 * field names for the other channels. A send of this generation has one id, the client's.
 */
export const events: Shape = {
  step({ customerMessageId: messageId, phoneNumber: destination }, step, parts) {
    const channel = step.channel.toUpperCase();
    const eventDate = toIso(step.at);
    if (step.status === 'read') return [{ channel, eventType: 'READ', messageId, destination, eventDate }];
    const statusCode = statusCodes[step.status];
    if (statusCode === undefined) return [];
    const description = step.reason ?? 'Message delivered';
    const event = { channel, eventType: 'DELIVERY', messageId };
    if (step.channel !== 'sms') return [{ ...event, destination, statusCode, description, eventDate }];
    const totalParts = parts();
    return Array.from({ length: totalParts }, (_, index) => ({
      ...event,
      statusCode,
      statusDescription: description,
      price: pricesInCents.sms / 100,
      numPart: index + 1,
      totalParts,
      timestamp: eventDate,
    }));
  },
  inbound: ({ messageId, from, destination, text, channel, at }) => ({
    channel: channel.toUpperCase(),
    eventType: 'INBOUND',
    messageId,
    source: from,
    destination,
    receivedDate: toIso(at),
    messageType: 'TEXT',
    text,
  }),
};
