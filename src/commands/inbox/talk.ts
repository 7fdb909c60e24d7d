import { clean } from '../../output/clean.ts';
import { type Style, styleFor } from '../../output/style.ts';
import { shorten, widthOf } from '../../output/width.ts';
import type { Context } from '../context.ts';
import { clockTime } from '../delivery-columns.ts';
import { sign } from '../story.ts';
import type { Chat, Said } from './columns.ts';

/** A conversation as two people would read it. */
export interface TalkView {
  print(text: string): void;
  tell(said: Said): void;
}

export async function talkView({ io, out }: Context): Promise<TalkView> {
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
export function head({ channel, phone, windowUntil }: Chat, now: number): string {
  const window =
    windowUntil === null
      ? 'the 24-hour window is closed, or nobody knows: a template is needed'
      : `free-form messages for ${duration(windowUntil - now)} more`;
  return `${channel} with ${clean(phone)}${channel === 'whatsapp' ? `; ${window}` : ''}`;
}

function duration(milliseconds: number): string {
  const minutes = Math.max(Math.floor(milliseconds / 60_000), 1);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** One of ours has come further. */
function again({ status, text, at }: Said, style: Style): string {
  const word = status ? `${sign(status, style)} ${status}` : '';
  return style.dim(`    ${word}  ${clockTime(at)} ${clean(text)}`);
}

/** Theirs at the left, ours set in; a long text goes on below itself. */
function drawn({ direction, text, status, at }: Said, width: number, style: Style): string {
  const indent = direction === 'in' ? '' : '    ';
  const arrow = style.unicode ? { in: '←', out: '→' } : { in: '<', out: '>' };
  const begin = `${indent}${arrow[direction]} `;
  const end = `${status ? `${sign(status, style)} ` : ''}${style.dim(clockTime(at))}`;
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
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
