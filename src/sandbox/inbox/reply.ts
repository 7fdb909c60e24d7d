import { isWindowOpen } from '../../message/channels/window.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { isObject, type RequestBody, readText } from '../fields.ts';
import { priceMessage } from '../price.ts';
import { insufficientCredit, outsideWindow } from '../send.ts';
import { findChat, toChatId } from './conversation.ts';

/** Fields that may hold the text of a reply. */
const textFields = ['message', 'text', 'body', 'content'] as const;

/** Returns the text of a reply, plain or as `{text}`; undefined if there is none. */
function findText(body: RequestBody): unknown {
  const found = textFields.map((name) => body[name]).find((value) => (value ?? null) !== null);
  return isObject(found) ? found.text : found;
}

/**
 * Replies in a conversation, on its channel; the reply is a message like any other. The vendor does not name the
 * fields, so the likely ones are accepted.
 * @throws HttpError 400, also outside WhatsApp's 24-hour window; 402 if the balance does not cover it; 404
 */
export async function postReply(call: SandboxCall, deps: SandboxDeps): Promise<SandboxResponse> {
  const { state, dialects, now } = deps;
  const dialect = dialects.strict ?? dialects.oldest;
  const body = call.body();
  const id =
    readText(body, 'conversationId') ?? readText(body, 'chatId') ?? refuse(400, 'conversationId is missing');
  const text = readText({ text: findText(body) }, 'text') ?? refuse(400, 'text is missing');
  const clientId = readText(body, 'customerMessageId');
  const chat = findChat(id, deps);
  const { channel, phone } = chat;
  // A reply, unlike a send, always enforces the window, since the conversation has a last inbound message.
  if (channel === 'whatsapp' && !isWindowOpen(state.lastInbound(phone, channel), now()))
    refuse(400, dialect.outsideWindowMessage ?? outsideWindow.reason);
  const ids = dialect.assignIds(clientId);
  const isAccepted = await state.accept({
    ...ids,
    phoneNumber: phone,
    channel,
    chain: [{ channel, text, template: null, variables: {}, obstacle: null }],
    simulation: false,
    acceptedAt: now(),
    scheduledAt: null,
    sender: null,
    notifies: true,
    priceCents: priceMessage(channel, text),
    body,
  });
  if (!isAccepted) refuse(insufficientCredit.statusCode, insufficientCredit.reason);
  return { status: 202, body: { messageId: ids.messageId, conversationId: toChatId(chat) } };
}
