import type { Conversation, Utterance } from '../../message/conversation.ts';
import type { Instant } from '../../message/event.ts';
import type { Column } from '../../output/columns.ts';
import { clockTime } from '../delivery-columns.ts';

/** A conversation with what this machine knows of its window. */
export interface Chat extends Conversation {
  /** When the customer-service window closes; null where there is none, it is closed, or nobody knows. */
  windowUntil: Instant | null;
}

const iso = (at: Instant | null) => (at === null ? null : new Date(at).toISOString());

/** Today a time says enough. */
function moment(at: Instant | null): string {
  if (at === null) return '';
  const day = new Date(at).toDateString();
  return day === new Date().toDateString() ? clockTime(at) : new Date(at).toLocaleDateString('en-CA');
}

export const chatColumns: readonly Column<Chat>[] = [
  { key: 'id', summary: 'id of the conversation', value: ({ chat }) => chat },
  { key: 'channel', summary: 'its channel', value: ({ channel }) => channel },
  { key: 'phone', summary: 'with whom', value: ({ phone }) => phone },
  {
    key: 'unread',
    summary: 'messages nobody has read, or null',
    value: ({ unread }) => unread,
    align: 'right',
  },
  { key: 'last', summary: 'the beginning of the last message, or null', value: ({ last }) => last },
  {
    key: 'at',
    summary: 'when it was, ISO 8601 in UTC',
    value: ({ at }) => iso(at),
    show: ({ at }) => moment(at),
  },
  {
    key: 'windowUntil',
    summary: 'until when WhatsApp takes free-form messages, as far as is known here; or null',
    value: ({ windowUntil }) => iso(windowUntil),
    inTable: false,
  },
];

/** The columns of a table that fit a screen so many cells wide: the number names a conversation, too. */
export function chatKeys(width: number): string[] {
  if (width < 50) return ['phone', 'unread', 'last'];
  return width < 80 ? ['channel', 'phone', 'unread', 'last', 'at'] : ['id', 'phone', 'unread', 'last', 'at'];
}

/** A message of a conversation, with whom and where. */
export interface Said extends Utterance {
  channel: string;
  phone: string;
}

export const saidColumns: readonly Column<Said>[] = [
  { key: 'at', summary: 'when, ISO 8601 in UTC', value: ({ at }) => iso(at), show: ({ at }) => moment(at) },
  {
    key: 'direction',
    summary: 'in: they wrote it; out: it was sent to them',
    value: ({ direction }) => direction,
  },
  { key: 'channel', summary: 'the channel', value: ({ channel }) => channel },
  { key: 'phone', summary: 'with whom', value: ({ phone }) => phone },
  { key: 'text', summary: 'what was said', value: ({ text }) => text },
  { key: 'status', summary: 'where one of ours stands, or null', value: ({ status }) => status },
  { key: 'id', summary: 'id of one of ours, or the gateway’s of theirs; or null', value: ({ id }) => id },
];
