import type { Conversation, Utterance } from '../message/conversation.ts';
import type { Instant } from '../message/event.ts';
import { numberFrom } from '../message/inbound.ts';
import { asId, asList, asNumber, asObject, asText, firstId, firstText, type Json } from './json.ts';
import { channelOf, instantIn, receiptOf } from './words.ts';

/** The entries of a list that an answer holds, under `name` or one of the usual names. */
export function entriesOf(json: unknown, name: string): unknown[] | undefined {
  const told = asObject(json);
  return asList(json) ?? asList(told?.[name]) ?? asList(told?.data) ?? asList(told?.content);
}

/**
 * A conversation as the gateway tells of it. The vendor names few of its fields, so several are looked for; undefined
 * where there is no id, no channel of ours or nobody on the other side.
 */
export function conversationIn(json: unknown): Conversation | undefined {
  const entry = asObject(json);
  if (entry === undefined) return undefined;
  const chat = firstId(entry, 'chatId', 'conversationId', 'id');
  const channel = channelOf(firstText(entry, 'channel', 'channelId') ?? asObject(entry.channel)?.name);
  const phone = phoneIn(entry);
  if (chat === undefined || channel === null || phone === undefined) return undefined;
  const unread = asNumber(firstText(entry, 'unreadCount', 'unread', 'unreadMessages'));
  return {
    chat,
    channel,
    phone: numberFrom(phone),
    unread: unread !== undefined && Number.isInteger(unread) ? unread : null,
    last: previewIn(entry),
    at: momentIn(firstText(entry, 'lastMessageDate', 'lastMessageAt', 'updatedAt')),
  };
}

function phoneIn(entry: Json): string | undefined {
  const names = ['phoneNumber', 'phone', 'source', 'contactPhone'];
  const contact = asObject(entry.contact);
  return (contact && firstId(contact, ...names)) ?? firstId(entry, ...names, 'contact');
}

function previewIn(entry: Json): string | null {
  const message = asObject(entry.lastMessage);
  return (
    (message && firstText(message, 'text', 'body')) ?? firstText(entry, 'lastMessage', 'preview') ?? null
  );
}

/** A message of a conversation; undefined where neither a text nor its kind is told. */
export function utteranceIn(json: unknown, now: Instant): Utterance | undefined {
  const entry = asObject(json);
  if (entry === undefined) return undefined;
  const type = asId(entry.messageType)?.toLowerCase();
  const text = firstText(entry, 'text', 'body', 'message', 'content') ?? (type && `[${type}]`);
  if (text === undefined) return undefined;
  const direction = asText(entry.direction)?.toUpperCase().startsWith('IN') ? 'in' : 'out';
  return {
    id: firstId(entry, 'customerMessageId', 'messageId', 'id') ?? null,
    direction,
    text,
    status: direction === 'out' ? (receiptOf(entry, now)?.status ?? null) : null,
    at: instantIn(entry) ?? momentIn(firstText(entry, 'date', 'createdAt')) ?? now,
  };
}

function momentIn(text: string | undefined): Instant | null {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? null : instant;
}
