import type { Context } from '../app/context.ts';
import type { Conversation, ConversationMessage } from '../message/conversation.ts';
import type { Instant } from '../message/time.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import { type Style, styleFor } from '../output/style.ts';
import { measureWidth, shorten } from '../output/width.ts';
import { clockTime } from './delivery-columns.ts';
import { statusIcon } from './delivery-timeline.ts';

/** A conversation with what this machine knows of its window. */
export interface ConversationRow extends Conversation {
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

export const chatColumns: readonly Column<ConversationRow>[] = [
  { key: 'id', summary: 'id of the conversation', value: ({ chat }) => chat },
  { key: 'channel', summary: 'channel of the conversation', value: ({ channel }) => channel },
  { key: 'phone', summary: 'number of the other person', value: ({ phone }) => phone },
  {
    key: 'unread',
    summary: 'number of unread messages, or null',
    value: ({ unread }) => unread,
    align: 'right',
  },
  { key: 'last', summary: 'beginning of the last message, or null', value: ({ last }) => last },
  {
    key: 'at',
    summary: 'time of the last message, ISO 8601 in UTC',
    value: ({ at }) => iso(at),
    show: ({ at }) => moment(at),
  },
  {
    key: 'windowUntil',
    summary: 'time until which WhatsApp accepts free-form messages, if known; or null',
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
export interface ConversationEntry extends ConversationMessage {
  channel: string;
  phone: string;
}

export const messageColumns: readonly Column<ConversationEntry>[] = [
  { key: 'at', summary: 'time, ISO 8601 in UTC', value: ({ at }) => iso(at), show: ({ at }) => moment(at) },
  {
    key: 'direction',
    summary: 'in: received from them; out: sent to them',
    value: ({ direction }) => direction,
  },
  { key: 'channel', summary: 'channel of the conversation', value: ({ channel }) => channel },
  { key: 'phone', summary: 'number of the other person', value: ({ phone }) => phone },
  { key: 'text', summary: 'text of the message', value: ({ text }) => text },
  { key: 'status', summary: 'status of an outbound message, or null', value: ({ status }) => status },
  {
    key: 'id',
    summary: 'id of an outbound message, gateway id of an inbound one, or null',
    value: ({ id }) => id,
  },
];

/** A conversation as two people would read it. */
export interface ConversationView {
  print(text: string): void;
  tell(said: ConversationEntry): void;
}

export async function conversationView({ io, out }: Context): Promise<ConversationView> {
  const style = await styleFor(io.stdout);
  let day = '';
  /** Those that were told whole. */
  const told = new Set<string>();
  return {
    print: (text) => out(`${style.bold(text)}\n`),
    tell(said) {
      const { id, status } = said;
      if (id !== null && status !== null && told.has(id))
        return out(`${shorten(again(said, style), io.stdout.columns, style.symbols.more)}\n`);
      if (id !== null) told.add(id);
      const today = new Date(said.at).toLocaleDateString('en-CA');
      if (today !== day) out(`\n${style.dim(today)}\n`);
      day = today;
      out(`${drawn(said, io.stdout.columns, style)}\n`);
    },
  };
}

/** With whom, and how long WhatsApp still takes any text. */
export function head({ channel, phone, windowUntil }: ConversationRow, now: number): string {
  const window =
    windowUntil === null
      ? 'the 24-hour window is closed or unknown: send a template'
      : `free-form messages for ${duration(windowUntil - now)} more`;
  return `${channel} with ${clean(phone)}${channel === 'whatsapp' ? `; ${window}` : ''}`;
}

function duration(milliseconds: number): string {
  const minutes = Math.max(Math.floor(milliseconds / 60_000), 1);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** One of ours has come further. */
function again({ status, text, at }: ConversationEntry, style: Style): string {
  const word = status ? `${statusIcon(status, style)} ${status}` : '';
  return style.dim(`    ${word}  ${clockTime(at)} ${clean(text)}`);
}

/** Theirs at the left, ours set in; a long text goes on below itself. */
function drawn({ direction, text, status, at }: ConversationEntry, width: number, style: Style): string {
  const indent = direction === 'in' ? '' : '    ';
  const arrow = style.unicode ? { in: '←', out: '→' } : { in: '<', out: '>' };
  const begin = `${indent}${arrow[direction]} `;
  const end = `${status ? `${statusIcon(status, style)} ` : ''}${style.dim(clockTime(at))}`;
  const lines = wrapped(clean(text), Math.max(width - begin.length - 12, 12));
  return lines
    .map((line, index) => {
      const head = index === 0 ? begin : ' '.repeat(begin.length);
      return `${head}${line}${index === lines.length - 1 ? `  ${end}` : ''}`;
    })
    .join('\n');
}

function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && measureWidth(line) + 1 + measureWidth(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
