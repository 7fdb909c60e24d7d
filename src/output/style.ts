import type { Stream } from './io.ts';

type Paint = (text: string) => string;

/** Symbols before a word, so that no information is conveyed by color alone. */
interface Symbols {
  ok: string;
  bad: string;
  wait: string;
  skip: string;
  /** Mark for text that was cut. */
  more: string;
}

const colors = ['bold', 'dim', 'underline', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const;

/** Style functions for one output. Without color, each returns its text unchanged. */
export interface Style extends Record<(typeof colors)[number], Paint> {
  /** True if the terminal is known to support more than ASCII. */
  readonly unicode: boolean;
  readonly symbols: Symbols;
}

/** Creates the style of an output. Chalk is loaded only if there is color, so that a pipe does not wait for it. */
export async function styleFor(stream: Stream, env: NodeJS.ProcessEnv = process.env): Promise<Style> {
  const unicode = showsUnicode(env);
  if (!stream.color) return createStyle(unicode, () => (text) => text);
  const { Chalk } = await import('chalk');
  // The stream has decided about color; chalk would decide by stdout for all streams.
  const chalk = new Chalk({ level: 1 });
  return createStyle(unicode, (color) => (text) => chalk[color](text));
}

/** Style without color, for measuring. */
export const unstyled: Style = createStyle(true, () => (text) => text);

function createStyle(unicode: boolean, paint: (color: (typeof colors)[number]) => Paint): Style {
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    underline: paint('underline'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    blue: paint('blue'),
    magenta: paint('magenta'),
    cyan: paint('cyan'),
    unicode,
    symbols: unicode
      ? { ok: '✔', bad: '✖', wait: '•', skip: '–', more: '…' }
      : { ok: '+', bad: 'x', wait: '.', skip: '-', more: '...' },
  };
}

/**
 * Reports whether a terminal in this environment supports more than ASCII. The locale decides; no locale, as in most
 * containers, means UTF-8.
 */
export function showsUnicode(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean {
  if (env.TERM === 'linux' || env.TERM === 'dumb') return false;
  if (platform === 'win32') return Boolean(env.WT_SESSION || env.TERM_PROGRAM || env.ConEmuTask || env.TERM);
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8';
  return /utf-?8/i.test(locale);
}
