import { isWindowOpen } from '../../message/channels/window.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { readText } from '../fields.ts';
import { newMessageId, outsideWindowMessage } from '../send.ts';
import { findText } from '../text.ts';
import { findChat, toChatId } from './conversation.ts';

/**
 * Replies in a conversation, on its channel; the reply is a message like any other. The vendor does not name the
 * fields, so the likely ones are accepted.
 * @throws HttpError 400, also outside WhatsApp's 24-hour window; 404
 */
export async function postReply(call: SandboxCall, deps: SandboxDeps): Promise<SandboxResponse> {
  const { state, now } = deps;
  const body = call.body();
  const id =
    readText(body, 'conversationId') ?? readText(body, 'chatId') ?? refuse(400, 'conversationId is missing');
  if (readText({ text: findText(body) }, 'text') === null) refuse(400, 'text is missing');
  const customerMessageId = readText(body, 'customerMessageId');
  const chat = findChat(id, deps);
  const { channel, phone } = chat;
  // A reply, unlike a send, always enforces the window, since the conversation has a last inbound message.
  if (channel === 'whatsapp' && !isWindowOpen(state.lastInbound(phone, channel), now()))
    refuse(400, outsideWindowMessage);
  const messageId = newMessageId();
  await state.accept({
    messageId,
    customerMessageId: customerMessageId ?? messageId,
    phoneNumber: phone,
    channel,
    chain: [{ channel, obstacle: null }],
    simulation: false,
    acceptedAt: now(),
    body,
  });
  return { status: 202, body: { messageId, conversationId: toChatId(chat) } };
}
