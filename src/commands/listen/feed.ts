import { PassThrough } from 'node:stream';
import { isArrived, isFailed } from '../../message/status.ts';
import { clean } from '../../output/clean.ts';
import { type Style, styleFor } from '../../output/style.ts';
import { shorten } from '../../output/width.ts';
import type { Context } from '../context.ts';
import { clockTime } from '../delivery-columns.ts';
import { isForEyes } from '../rows.ts';
import { streamRows } from '../rows-stream.ts';
import { sign } from '../story.ts';
import { type Line, lineColumns } from './lines.ts';

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
  const { io, settings, out, talk } = context;
  const style = await styleFor(io.stdout);
  const lines = new PassThrough({ objectMode: true, highWaterMark: 1_000 });
  let printed = Promise.resolve();
  return {
    open(url) {
      if (settings.format === 'ndjson') out(`${JSON.stringify({ kind: 'listening', url })}\n`);
      else if (settings.format === 'table') out(`listening: ${url}\n`);
      else talk.note(`listening: ${url}`);
      printed = (
        isForEyes(context)
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

/** One line on a terminal: when, what, on which channel, with whom, and what was said. */
export function drawn(
  { kind, at, id, phone, channel, status, reason, text, wish }: Line,
  width: number,
  style: Style,
): string {
  const time = style.dim(clockTime(at));
  const who = `${(channel ?? '').padEnd(8)} ${clean(phone ?? '').padEnd(14)}`;
  const opted =
    wish === 'out' ? style.yellow('opted out: ') : wish === 'in' ? style.yellow('opted in: ') : '';
  const line =
    kind === 'inbound'
      ? `${time}  ${style.cyan(style.unicode ? '✉ message     ' : '> message     ')} ${who} ${opted}${clean(text ?? '')}`
      : `${time}  ${status ? sign(status, style) : ' '} ${paint(status, style)((status ?? '').padEnd(12))} ${who} ${tail(reason, id, kind === 'unknown', style)}`;
  return shorten(line, width, style.symbols.more).trimEnd();
}

function tail(reason: string | null, id: string | null, isUnknown: boolean, style: Style): string {
  if (isUnknown) return style.dim(`not sent from here: ${clean(id ?? '')}`);
  return reason ? clean(reason) : style.dim(id ?? '');
}

function paint(status: Line['status'], style: Style): (text: string) => string {
  if (status === null) return (text) => text;
  if (isArrived(status)) return style.green;
  return isFailed(status) ? style.red : (text) => text;
}
