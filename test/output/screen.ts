import type { Stream } from '../../src/output/io.ts';
import { type Style, styleFor } from '../../src/output/style.ts';

/** Creates a stream that records what is written to it. */
export function fakeStream(
  part: Partial<Stream> = {},
): Stream & { written: string; columns: number; rows: number } {
  return {
    written: '',
    write(text) {
      this.written += text;
    },
    isTTY: true,
    columns: 80,
    rows: 24,
    color: false,
    isClosed: false,
    flush: async () => {},
    ...part,
  };
}

export const utf8 = { LANG: 'en_US.UTF-8' };

export function styleOf(part: Partial<Stream> = {}, env: NodeJS.ProcessEnv = utf8): Promise<Style> {
  return styleFor(fakeStream(part), env);
}

/** Renders what a terminal of 24 lines shows after `written`, for the sequences that our libraries use. */
export function screenAfter(written: string): { lines: string[]; cursor: boolean } {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  let cursor = true;
  for (const [token] of written.matchAll(/\u001B\[\??[\d;]*[A-Za-z]|\n|[^\u001B\n]+/g)) {
    const [, count = '', kind] = /^\u001B\[(\??[\d;]*)([A-Za-z])$/.exec(token) ?? [];
    const line = lines[row] ?? '';
    if (token === '\n') {
      row++;
      column = 0;
      lines[row] ??= '';
    } else if (kind === undefined) {
      lines[row] = line.slice(0, column).padEnd(column) + token + line.slice(column + token.length);
      column += token.length;
    } else if (kind === 'A') row = Math.max(row - Number(count || 1), 0);
    else if (kind === 'B') row += Number(count || 1);
    else if (kind === 'G') column = Number(count || 1) - 1;
    else if (kind === 'K') lines[row] = count === '2' ? '' : line.slice(0, column);
    else if (count === '?25') cursor = kind === 'h';
    else if (kind !== 'm' && count !== '?2026') throw new Error(`unknown sequence ${JSON.stringify(token)}`);
  }
  return { lines, cursor };
}
