import { type Shape, statusCodes, toIso } from '../webhooks/shape.ts';

/** Events of the guide to the vendor's platform. */
export const guideEvents: Shape = {
  step({ messageId, customerMessageId, phoneNumber: destination }, step) {
    const channel = step.channel.toUpperCase();
    const timestamp = toIso(step.at);
    if (step.status === 'read') return [{ eventType: 'READ', messageId, destination, channel, timestamp }];
    const statusCode = statusCodes[step.status];
    if (statusCode === undefined) return [];
    const description = step.reason ?? 'Message delivered';
    return [
      {
        eventType: 'DELIVERY',
        messageId,
        customerMessageId,
        destination,
        statusCode,
        description,
        channel,
        timestamp,
      },
    ];
  },
  inbound: ({ messageId, from, destination, text, channel, at }) => ({
    eventType: 'INBOUND',
    messageId,
    source: from,
    destination,
    text,
    channel: channel.toUpperCase(),
    messageType: 'TEXT',
    timestamp: toIso(at),
  }),
};
