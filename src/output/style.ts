import type { Stream } from './io.ts';

type Paint = (text: string) => string;

/** Marks that go before a word, so that nothing is told by colour alone. */
interface Symbols {
  ok: string;
  bad: string;
  wait: string;
  skip: string;
  /** Stands for what was cut off. */
  more: string;
}

const colours = ['bold', 'dim', 'underline', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const;

/** How text is dressed for one output. Without colour, each function returns its text as it is. */
export interface Style extends Record<(typeof colours)[number], Paint> {
  /** Whether the terminal is known to show more than ASCII. */
  readonly unicode: boolean;
  readonly symbols: Symbols;
}

/** The style for an output. Chalk is loaded only where there is colour: a pipe should not wait for it. */
export async function styleFor(stream: Stream, env: NodeJS.ProcessEnv = process.env): Promise<Style> {
  const unicode = showsUnicode(env);
  if (!stream.colour) return dressed(unicode, () => (text) => text);
  const { Chalk } = await import('chalk');
  // The stream has been judged already; chalk would judge stdout for all.
  const chalk = new Chalk({ level: 1 });
  return dressed(unicode, (colour) => (text) => chalk[colour](text));
}

/** Plain text, for measuring. */
export const unstyled: Style = dressed(true, () => (text) => text);

function dressed(unicode: boolean, paint: (colour: (typeof colours)[number]) => Paint): Style {
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
 * Whether a terminal in this environment shows more than ASCII. A locale that is named decides; none named says
 * nothing, as in most containers.
 */
export function showsUnicode(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean {
  if (env.TERM === 'linux' || env.TERM === 'dumb') return false;
  if (platform === 'win32') return Boolean(env.WT_SESSION || env.TERM_PROGRAM || env.ConEmuTask || env.TERM);
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8';
  return /utf-?8/i.test(locale);
}
