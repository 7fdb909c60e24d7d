import type { Plan } from '../../message/message.ts';
import type { SendCall } from '../dialect.ts';

/**
 * Writes the body of a send: `phoneNumber`, `message`, `templateId`, `variables`, and for a chain `fallback` (vendor:
 * `guides/quick-start`, `guides/channels`). The vendor does not name the endpoint of a fallback request; qlara uses the
 * endpoint of the chain's first channel.
 */
export function send({ id, to, message }: Plan): SendCall {
  const { chain, text, template, variables, sender, simulation } = message;
  return {
    path: `/message-server/${chain[0]}/send`,
    body: {
      phoneNumber: to,
      ...(text !== null && { message: text }),
      ...(sender !== null && { senderName: sender }),
      ...(chain.length > 1 && { fallback: true }),
      ...(template !== null && { templateId: template }),
      ...(Object.keys(variables).length > 0 && { variables }),
      ...(simulation && { simulation }),
      customerMessageId: id,
    },
  };
}
