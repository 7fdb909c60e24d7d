import type { Context } from '../app/context.ts';
import { channelTitles } from '../message/channels/channel.ts';
import type { Conversation, ConversationMessage } from '../message/conversation.ts';
import type { Instant } from '../message/time.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import { type Style, styleFor } from '../output/style.ts';
import { measureWidth, shorten } from '../output/width.ts';
import { formatClockTime } from './delivery-columns.ts';
import { statusIcon } from './delivery-timeline.ts';

/** A conversation and its customer-service window. */
export interface ConversationRow extends Conversation {
  /** When the customer-service window closes; null if there is none, or it is closed or unknown. */
  windowUntil: Instant | null;
}

const iso = (at: Instant | null) => (at === null ? null : new Date(at).toISOString());

/** Formats an instant: the time if it was today, else the date. */
function formatMoment(at: Instant | null): string {
  if (at === null) return '';
  const day = new Date(at).toDateString();
  return day === new Date().toDateString() ? formatClockTime(at) : new Date(at).toLocaleDateString('en-CA');
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
    show: ({ at }) => formatMoment(at),
  },
  {
    key: 'windowUntil',
    summary: 'time until which WhatsApp accepts free-form messages, if known; or null',
    value: ({ windowUntil }) => iso(windowUntil),
    inTable: false,
  },
];

/** Returns the columns of a table that fit in `width` cells. The number identifies a conversation too. */
export function chatKeys(width: number): string[] {
  if (width < 50) return ['phone', 'unread', 'last'];
  return width < 80 ? ['channel', 'phone', 'unread', 'last', 'at'] : ['id', 'phone', 'unread', 'last', 'at'];
}

/** A message of a conversation, with its channel and the number of the other person. */
export interface ConversationEntry extends ConversationMessage {
  channel: string;
  phone: string;
}

export const messageColumns: readonly Column<ConversationEntry>[] = [
  {
    key: 'at',
    summary: 'time, ISO 8601 in UTC',
    value: ({ at }) => iso(at),
    show: ({ at }) => formatMoment(at),
  },
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

/** Prints a conversation in a terminal. */
export interface ConversationView {
  print(text: string): void;
  add(entry: ConversationEntry): void;
}

export async function conversationView({ io, out }: Context): Promise<ConversationView> {
  const style = await styleFor(io.stdout);
  let day = '';
  /** Ids of the messages printed in full. */
  const printed = new Set<string>();
  return {
    print: (text) => out(`${style.bold(text)}\n`),
    add(entry) {
      const { id, status } = entry;
      if (id !== null && status !== null && printed.has(id))
        return out(`${shorten(drawStatusChange(entry, style), io.stdout.columns, style.symbols.more)}\n`);
      if (id !== null) printed.add(id);
      const today = new Date(entry.at).toLocaleDateString('en-CA');
      if (today !== day) out(`\n${style.dim(today)}\n`);
      day = today;
      out(`${drawEntry(entry, io.stdout.columns, style)}\n`);
    },
  };
}

/** Returns the heading of a conversation: the number, and how long WhatsApp still accepts free-form text. */
export function formatHeading({ channel, phone, windowUntil }: ConversationRow, now: number): string {
  const window =
    windowUntil === null
      ? 'the 24-hour window is closed or unknown: send a template'
      : `free-form messages for ${duration(windowUntil - now)} more`;
  return `${channelTitles[channel]} with ${clean(phone)}${channel === 'whatsapp' ? `; ${window}` : ''}`;
}

function duration(milliseconds: number): string {
  const minutes = Math.max(Math.floor(milliseconds / 60_000), 1);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Draws the new status of an outbound message. */
function drawStatusChange({ status, text, at }: ConversationEntry, style: Style): string {
  const word = status ? `${statusIcon(status, style)} ${status}` : '';
  return style.dim(`    ${word}  ${formatClockTime(at)} ${clean(text)}`);
}

/** Draws a message: inbound ones at the left, outbound ones indented, long texts wrapped. */
function drawEntry({ direction, text, status, at }: ConversationEntry, width: number, style: Style): string {
  const indent = direction === 'in' ? '' : '    ';
  const arrow = style.unicode ? { in: '←', out: '→' } : { in: '<', out: '>' };
  const begin = `${indent}${arrow[direction]} `;
  const end = `${status ? `${statusIcon(status, style)} ` : ''}${style.dim(formatClockTime(at))}`;
  const lines = wrap(clean(text), Math.max(width - begin.length - 12, 12));
  return lines
    .map((line, index) => {
      const head = index === 0 ? begin : ' '.repeat(begin.length);
      return `${head}${line}${index === lines.length - 1 ? `  ${end}` : ''}`;
    })
    .join('\n');
}

function wrap(text: string, room: number): string[] {
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
