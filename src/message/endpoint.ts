import type { Plan } from './message.ts';

/**
 * Returns a text for the way in which a message is sent: its first channel, and whether it is planned for later. Only a
 * message that was sent the same way shows whether the gateway would list another one it had accepted.
 */
export function toEndpoint({ message: { chain, scheduledAt } }: Pick<Plan, 'message'>): string {
  const [channel = ''] = chain;
  return scheduledAt == null ? channel : `${channel} scheduled`;
}
