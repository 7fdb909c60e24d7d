import { isWindowOpen } from '../../message/channels/window.ts';
import { type Answer, refuse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { text } from '../fields.ts';
import { newMessageId, outsideWindow } from '../send.ts';
import { textIn } from '../text.ts';
import { chatId, chatOf } from './conversation.ts';

/**
 * Answers in a conversation, on its channel: a message as any other from then on. The vendor does not show the names
 * of the fields, so the likely ones are taken.
 * @throws Refusal 400, also outside WhatsApp's 24 hours; 404
 */
export async function reply(call: SandboxCall, tools: SandboxDeps): Promise<Answer> {
  const { state, now } = tools;
  const body = call.body();
  const id = text(body, 'conversationId') ?? text(body, 'chatId') ?? refuse(400, 'conversationId is missing');
  if (text({ text: textIn(body) }, 'text') === null) refuse(400, 'text is missing');
  const customerMessageId = text(body, 'customerMessageId');
  const chat = chatOf(id, tools);
  const { channel, phone } = chat;
  // Here it is known when they last wrote, whatever the sandbox lets pass in a send.
  if (channel === 'whatsapp' && !isWindowOpen(state.lastInbound(phone, channel), now()))
    refuse(400, outsideWindow);
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
  return { status: 202, body: { messageId, conversationId: chatId(chat) } };
}
