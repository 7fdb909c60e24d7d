import { clean } from './clean.ts';
import { hideCursor, repaints } from './cursor.ts';
import type { Stream } from './io.ts';
import { showsUnicode } from './style.ts';

/** A line that says what is being waited for. */
export interface Spinner {
  text(text: string): void;
  /** Wipes the line. */
  stop(): void;
}

/** A spinner on a terminal; elsewhere, and where a CI job is the only reader, nothing at all. */
export async function spinner(
  stream: Stream,
  text: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Spinner> {
  if (!repaints(stream, env) || isCi(env)) return { text() {}, stop() {} };
  const [{ default: ora }, { Terminal }, { shorten }] = await Promise.all([
    import('ora'),
    import('./terminal.ts'),
    import('./width.ts'),
  ]);
  const unicode = showsUnicode(env);
  // A wrapped line would not be wiped in whole once the window is made narrower.
  const oneLine = (text: string) => shorten(clean(text), stream.columns - 3, unicode ? '…' : '...');
  const turning = ora({
    text: oneLine(text),
    spinner: unicode ? 'dots' : 'line',
    color: stream.colour ? 'cyan' : false,
    stream: new Terminal(stream),
    isEnabled: true,
    // Otherwise stdin goes raw: keys typed ahead are lost, and Ctrl-C comes late.
    discardStdin: false,
    hideCursor: false,
  });
  const showCursor = hideCursor(stream);
  turning.start();
  let running = true;
  return {
    text(text) {
      turning.text = oneLine(text);
    },
    stop() {
      if (!running) return;
      running = false;
      turning.stop();
      showCursor();
    },
  };
}

function isCi({ CI }: NodeJS.ProcessEnv): boolean {
  return CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false';
}
