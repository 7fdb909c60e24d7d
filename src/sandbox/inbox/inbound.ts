import { randomUUID } from 'node:crypto';
import { isChannelName } from '../../message/channels/channel.ts';
import { type Answer, refuse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { neededText, phoneNumber, text } from '../fields.ts';
import { ownNumber } from './inbound-state.ts';

/**
 * Plays a person's message `{from, message, channel?, destination?}`. On WhatsApp, the default, it opens the 24-hour
 * window. It reaches the inbox, and whoever is registered to be told.
 */
export function inbound(call: SandboxCall, { state, now }: SandboxDeps): Answer {
  const body = call.body();
  const from = phoneNumber(body, 'from');
  const message = neededText(body, 'message');
  const channel = (text(body, 'channel') ?? 'whatsapp').toLowerCase();
  if (!isChannelName(channel)) refuse(400, 'channel must be whatsapp, rcs or sms');
  const destination = (body.destination ?? null) === null ? ownNumber : phoneNumber(body, 'destination');
  const at = now();
  const messageId = `in_${randomUUID().replaceAll('-', '')}`;
  state.receive({ messageId, from, destination, channel, text: message, at });
  return {
    status: 200,
    body: { messageId, from, channel, message, receivedAt: new Date(at).toISOString() },
  };
}
