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
  return `${sign(status, style)} ${paint(status.padEnd(12))}`;
}

function tail({ kind, id, reason, text, wish }: Line, style: Style): string {
  switch (kind) {
    case 'inbound': {
      const opted = wish === null ? '' : style.yellow(`opted ${wish}: `);
      return opted + clean(text ?? '');
    }
    case 'unknown':
      return style.dim(`not sent from here: ${clean(id ?? '')}`);
    case 'receipt':
      return reason ? clean(reason) : style.dim(id ?? '');
  }
}
