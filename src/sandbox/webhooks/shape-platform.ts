import { price } from '../credit.ts';
import { codes, iso, type Shape } from './shape.ts';

/**
 * The events of the reference of the vendor's platform: an SMS in an event a part and without its destination, the
 * other channels with other names for the same. A send of this generation has one id, which is the caller's.
 */
export const platform: Shape = {
  step({ customerMessageId: messageId, phoneNumber: destination }, step, parts) {
    const channel = step.channel.toUpperCase();
    const eventDate = iso(step.at);
    if (step.status === 'read') return [{ channel, eventType: 'READ', messageId, destination, eventDate }];
    const statusCode = codes[step.status];
    if (statusCode === undefined) return [];
    const description = step.reason ?? 'Message delivered';
    const event = { channel, eventType: 'DELIVERY', messageId };
    if (step.channel !== 'sms') return [{ ...event, destination, statusCode, description, eventDate }];
    const totalParts = parts();
    return Array.from({ length: totalParts }, (_, index) => ({
      ...event,
      statusCode,
      statusDescription: description,
      // The sandbox charges a message, however many parts it has: so that the events of one add up to it.
      price: index === 0 ? price.sms / 100 : 0,
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
    receivedDate: iso(at),
    messageType: 'TEXT',
    text,
  }),
};
