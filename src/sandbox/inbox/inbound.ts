import { randomUUID } from 'node:crypto';
import { isChannelName } from '../../message/channels/channel.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { readText, requirePhoneNumber, requireText } from '../fields.ts';
import { ownNumber } from './inbound-state.ts';

/**
 * Simulates an inbound message `{from, message, channel?, destination?}`. On WhatsApp, the default, it opens the
 * 24-hour window. The message is added to the inbox and sent to the registered webhook.
 */
export function postInbound(call: SandboxCall, { state, now }: SandboxDeps): SandboxResponse {
  const body = call.body();
  const from = requirePhoneNumber(body, 'from');
  const message = requireText(body, 'message');
  const channel = (readText(body, 'channel') ?? 'whatsapp').toLowerCase();
  if (!isChannelName(channel)) refuse(400, 'channel must be whatsapp, rcs or sms');
  const destination =
    (body.destination ?? null) === null ? ownNumber : requirePhoneNumber(body, 'destination');
  const at = now();
  const messageId = `in_${randomUUID().replaceAll('-', '')}`;
  state.receive({ messageId, from, destination, channel, text: message, at });
  return {
    status: 200,
    body: { messageId, from, channel, message, receivedAt: new Date(at).toISOString() },
  };
}
