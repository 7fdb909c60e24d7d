import { PassThrough } from 'node:stream';
import type { Context } from '../app/context.ts';
import type { RecordedEvent } from '../ledger/webhook-api.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { currentChannel, isFinal } from '../message/delivery.ts';
import { isArrived, isFailed, type Status } from '../message/event.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import type { Notices } from '../output/notices.ts';
import { type Style, styleFor } from '../output/style.ts';
import { pluralize } from '../output/units.ts';
import { shorten } from '../output/width.ts';
import { formatClockTime } from './delivery-columns.ts';
import { statusIcon } from './delivery-timeline.ts';
import { isInteractive } from './rows.ts';
import { streamRows } from './rows-stream.ts';

/** A received event, as it is printed. */
export interface EventLine {
  /** `unknown`: a receipt of a message that is not in the ledger. */
  kind: 'receipt' | 'inbound' | 'unknown';
  at: number;
  /** Message id; null for inbound messages. */
  id: string | null;
  /** The recipient, or the sender of an inbound message. */
  phone: string | null;
  channel: ChannelName | null;
  status: Status | null;
  final: boolean | null;
  reason: string | null;
  text: string | null;
  /** Set if the message opted the person out or in again. */
  consentChange: 'out' | 'in' | null;
}

export const lineColumns: readonly Column<EventLine>[] = [
  {
    key: 'kind',
    summary: 'receipt, inbound, or unknown (receipt of a message not in the ledger)',
    value: ({ kind }) => kind,
  },
  { key: 'at', summary: 'time of the event, ISO 8601 in UTC', value: ({ at }) => new Date(at).toISOString() },
  { key: 'id', summary: 'id of the message of a receipt, or null', value: ({ id }) => id },
  {
    key: 'phone',
    summary: 'recipient of the message, or sender of an inbound one',
    value: ({ phone }) => phone,
  },
  { key: 'channel', summary: 'channel of the message', value: ({ channel }) => channel },
  { key: 'status', summary: 'status in the receipt, or null', value: ({ status }) => status },
  {
    key: 'final',
    summary: 'true if the status will not change any more, or null',
    value: ({ final }) => final,
  },
  { key: 'reason', summary: 'reason, or null', value: ({ reason }) => reason },
  { key: 'text', summary: 'text of an inbound message, or null', value: ({ text }) => text },
  {
    key: 'optout',
    summary: 'out or in if the message opted them out or in again; else null',
    value: ({ consentChange }) => consentChange,
  },
];

/** Returns lines for the events that are new; repeated ones have none. */
export function buildEventLines(events: readonly RecordedEvent[]): EventLine[] {
  return events.filter(({ isNew }) => isNew).map(buildEventLine);
}

const emptyLine = { id: null, status: null, final: null, reason: null, text: null, consentChange: null };

function buildEventLine(recorded: RecordedEvent): EventLine {
  switch (recorded.kind) {
    case 'receipt': {
      const { delivery, receipt } = recorded;
      const { plan } = delivery;
      const { at, channel, status, reason, part } = receipt;
      return {
        ...emptyLine,
        kind: 'receipt',
        at,
        id: plan.id,
        phone: plan.to,
        channel: channel ?? currentChannel(delivery),
        status,
        final: isFinal(delivery),
        reason: reason ?? (part ? `part ${part.number} of ${part.of}` : null),
      };
    }
    case 'inbound': {
      const { inbound, consentChange } = recorded;
      const { at, from, channel, type } = inbound;
      return {
        ...emptyLine,
        kind: 'inbound',
        at,
        phone: from,
        channel,
        text: inbound.text ?? `[${type}]`,
        consentChange,
      };
    }
    case 'orphan': {
      const { ids, gatewayId = null, to, receipt } = recorded.event;
      const { at, channel, status, reason } = receipt;
      const id = ids[0] ?? gatewayId;
      return { ...emptyLine, kind: 'unknown', at, id, phone: to, channel, status, reason };
    }
  }
}

/** Prints events as they are received. */
export interface Feed {
  /** Prints the URL first, since a program may wait for it, and then the events received meanwhile. */
  open(url: string): void;
  add(lines: readonly EventLine[]): void;
  /** Resolves once everything is printed. */
  end(): Promise<void>;
}

/** Opens a feed in the chosen format. On a terminal, each line is truncated to its width. */
export async function openFeed(context: Context): Promise<Feed> {
  const { io, settings, out, notices } = context;
  const style = await styleFor(io.stdout);
  const lines = new PassThrough({ objectMode: true, highWaterMark: 1_000 });
  let printed = Promise.resolve();
  return {
    open(url) {
      if (settings.format === 'ndjson') out(`${JSON.stringify({ kind: 'listening', url })}\n`);
      else if (settings.format === 'table') out(`listening: ${url}\n`);
      else notices.info(`listening: ${url}`);
      printed = (
        isInteractive(context)
          ? draw(lines, (line) => out(`${drawLine(line, io.stdout.columns, style)}\n`))
          : streamRows(lineColumns, lines, context)
      ).then(() => {});
    },
    add(added) {
      for (const line of added) lines.write(line);
    },
    end() {
      lines.end();
      return printed;
    },
  };
}

async function draw(lines: AsyncIterable<EventLine>, print: (line: EventLine) => void): Promise<void> {
  for await (const line of lines) print(line);
}

/** Width below which the text goes on a line of its own, in cells. */
const minSingleLineWidth = 64;

/** Draws an event on a terminal in one line: time, status, channel, number and text; in two lines if it is narrow. */
function drawLine(line: EventLine, width: number, style: Style): string {
  const { kind, at, channel, phone } = line;
  const what =
    kind === 'inbound' ? style.cyan(`${style.unicode ? '✉' : '>'} message     `) : drawStatus(line, style);
  const fitted = (text: string) => shorten(text, width, style.symbols.more).trimEnd();
  const time = style.dim(formatClockTime(at));
  const [on, who, details] = [channel ?? '', clean(phone ?? ''), tail(line, style)];
  if (width < minSingleLineWidth)
    return `${fitted(`${time}  ${what} ${on}`)}\n${fitted(`  ${who}  ${details}`)}`;
  return fitted(`${time}  ${what} ${on.padEnd(8)} ${who.padEnd(14)} ${details}`);
}

/** Draws the status. A failure that another channel may still fix is shown as falling back. */
function drawStatus({ status, final }: EventLine, style: Style): string {
  if (status === null) return ' '.repeat(14);
  if (isFailed(status) && final === false) return style.yellow(`${style.symbols.wait} falling back`);
  const paint = isArrived(status) ? style.green : isFailed(status) ? style.red : (text: string) => text;
  return `${statusIcon(status, style)} ${paint(status.padEnd(12))}`;
}

function tail({ kind, id, reason, text, consentChange }: EventLine, style: Style): string {
  switch (kind) {
    case 'inbound': {
      const opted = consentChange === null ? '' : style.yellow(`opted ${consentChange}: `);
      return opted + clean(text ?? '');
    }
    case 'unknown':
      return style.dim(`not in the ledger: ${clean(id ?? '')}`);
    case 'receipt':
      return reason ? clean(reason) : style.dim(id ?? '');
  }
}

/** Counts received events and refused calls. */
export interface Tally {
  count(lines: readonly EventLine[]): void;
  /** Counts an event of no documented shape. Prints the first one with each description at once, up to a limit. */
  countUnknown(description: string): void;
  /** Counts a refused call. Prints the first one with each reason at once. */
  refuse(why: string): void;
  /** Prints the totals. */
  printTotals(): void;
}

/** Descriptions of unknown events that are printed, at most: each may be another one. */
const maxDescriptions = 20;

export function openTally({ info }: Notices): Tally {
  let receipts = 0;
  let messages = 0;
  let unknown = 0;
  const described = new Set<string>();
  const refused = new Map<string, number>();
  return {
    count(lines) {
      for (const { kind } of lines)
        if (kind === 'inbound') messages++;
        else receipts++;
    },
    countUnknown(description) {
      unknown++;
      if (described.size >= maxDescriptions || described.has(description)) return;
      described.add(description);
      info(`note: a call with an event that qlara does not know: ${description}`);
    },
    refuse(why) {
      const times = (refused.get(why) ?? 0) + 1;
      refused.set(why, times);
      if (times === 1) info(`call refused: ${why}`);
    },
    printTotals() {
      const calls = [...refused].map(([why, times]) => `${times} refused: ${why}`);
      const others = unknown > 0 ? [pluralize(unknown, 'unknown event')] : [];
      info(
        [`${pluralize(receipts, 'receipt')}, ${pluralize(messages, 'message')}`, ...others, ...calls].join(
          '; ',
        ),
      );
    },
  };
}
