import { PassThrough } from 'node:stream';
import type { Context } from '../app/context.ts';
import type { RecordedEvent } from '../ledger/api.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { currentChannel, isFinal } from '../message/delivery.ts';
import { isArrived, isFailed, type Status } from '../message/event.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import type { Notices } from '../output/notices.ts';
import { type Style, styleFor } from '../output/style.ts';
import { pluralize } from '../output/units.ts';
import { shorten } from '../output/width.ts';
import { clockTime } from './delivery-columns.ts';
import { statusIcon } from './delivery-timeline.ts';
import { isInteractive } from './rows.ts';
import { streamRows } from './rows-stream.ts';

/** Something that was heard, as it is told. */
export interface Line {
  /** `unknown`: a receipt of a message that nobody here knows. */
  kind: 'receipt' | 'inbound' | 'unknown';
  at: number;
  /** Of the message it is about; null for what people write. */
  id: string | null;
  /** The other side: who it was sent to, or who writes. */
  phone: string | null;
  channel: ChannelName | null;
  status: Status | null;
  final: boolean | null;
  reason: string | null;
  text: string | null;
  /** Whether they are opted out since, or in again. */
  wish: 'out' | 'in' | null;
}

export const lineColumns: readonly Column<Line>[] = [
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
    value: ({ wish }) => wish,
  },
];

/** What is new in what was heard; nothing of what told nothing new. */
export function linesOf(noted: readonly RecordedEvent[]): Line[] {
  return noted.filter(({ isNew }) => isNew).map(lineOf);
}

const nothing = { id: null, status: null, final: null, reason: null, text: null, wish: null };

function lineOf(noted: RecordedEvent): Line {
  switch (noted.kind) {
    case 'receipt': {
      const { delivery, receipt } = noted;
      const { plan } = delivery;
      const { at, channel, status, reason, part } = receipt;
      return {
        ...nothing,
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
      const { inbound, consentChange } = noted;
      const { at, from, channel, type } = inbound;
      return {
        ...nothing,
        kind: 'inbound',
        at,
        phone: from,
        channel,
        text: inbound.text ?? `[${type}]`,
        wish: consentChange,
      };
    }
    case 'orphan': {
      const { ids, to, receipt } = noted.event;
      const { at, channel, status, reason } = receipt;
      return { ...nothing, kind: 'unknown', at, id: ids[0] ?? null, phone: to, channel, status, reason };
    }
  }
}

/** Prints what is heard as it comes. */
export interface Feed {
  /** Says first of all where it listens, for something may wait for that, and then what was heard meanwhile. */
  open(url: string): void;
  tell(lines: readonly Line[]): void;
  /** Resolves once all is printed. */
  end(): Promise<void>;
}

/** A feed in the form that was asked for. On a terminal each line is fitted into its width. */
export async function makeFeed(context: Context): Promise<Feed> {
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
          ? draw(lines, (line) => out(`${drawn(line, io.stdout.columns, style)}\n`))
          : streamRows(lineColumns, lines, context)
      ).then(() => {});
    },
    tell(told) {
      for (const line of told) lines.write(line);
    },
    end() {
      lines.end();
      return printed;
    },
  };
}

async function draw(lines: AsyncIterable<Line>, print: (line: Line) => void): Promise<void> {
  for await (const line of lines) print(line);
}

/** Below this many cells what was said goes on a line of its own. */
const roomy = 64;

/** One line on a terminal: when, what, on which channel, with whom, and what was said; two where it is narrow. */
function drawn(line: Line, width: number, style: Style): string {
  const { kind, at, channel, phone } = line;
  const what =
    kind === 'inbound' ? style.cyan(`${style.unicode ? '✉' : '>'} message     `) : standing(line, style);
  const fitted = (text: string) => shorten(text, width, style.symbols.more).trimEnd();
  const time = style.dim(clockTime(at));
  const [on, who, said] = [channel ?? '', clean(phone ?? ''), tail(line, style)];
  if (width < roomy) return `${fitted(`${time}  ${what} ${on}`)}\n${fitted(`  ${who}  ${said}`)}`;
  return fitted(`${time}  ${what} ${on.padEnd(8)} ${who.padEnd(14)} ${said}`);
}

/** A failure that another channel may still mend is not marked as one. */
function standing({ status, final }: Line, style: Style): string {
  if (status === null) return ' '.repeat(14);
  if (isFailed(status) && final === false) return style.yellow(`${style.symbols.wait} falling back`);
  const paint = isArrived(status) ? style.green : isFailed(status) ? style.red : (text: string) => text;
  return `${statusIcon(status, style)} ${paint(status.padEnd(12))}`;
}

function tail({ kind, id, reason, text, wish }: Line, style: Style): string {
  switch (kind) {
    case 'inbound': {
      const opted = wish === null ? '' : style.yellow(`opted ${wish}: `);
      return opted + clean(text ?? '');
    }
    case 'unknown':
      return style.dim(`not in the ledger: ${clean(id ?? '')}`);
    case 'receipt':
      return reason ? clean(reason) : style.dim(id ?? '');
  }
}

/** Counts what was heard and what was not taken. */
export interface Tally {
  count(lines: readonly Line[]): void;
  /** The first of a kind is said at once, all are counted. */
  refuse(why: string): void;
  /** Says what it came to. */
  sum(): void;
}

export function openTally({ info }: Notices): Tally {
  let receipts = 0;
  let messages = 0;
  const refused = new Map<string, number>();
  return {
    count(lines) {
      for (const { kind } of lines)
        if (kind === 'inbound') messages++;
        else receipts++;
    },
    refuse(why) {
      const times = (refused.get(why) ?? 0) + 1;
      refused.set(why, times);
      if (times === 1) info(`call refused: ${why}`);
    },
    sum() {
      const calls = [...refused].map(([why, times]) => `${times} refused: ${why}`);
      info([`${pluralize(receipts, 'receipt')}, ${pluralize(messages, 'message')}`, ...calls].join('; '));
    },
  };
}
