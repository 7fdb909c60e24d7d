import { clean } from './clean.ts';
import { canRepaint, hideCursor } from './cursor.ts';
import type { Stream } from './io.ts';
import { showsUnicode } from './style.ts';

/** A line that shows what the program is waiting for. */
export interface Spinner {
  setText(text: string): void;
  /** Removes the line. */
  stop(): void;
}

/** Starts a spinner on a terminal; does nothing elsewhere, and in CI. */
export async function startSpinner(
  stream: Stream,
  text: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Spinner> {
  if (!canRepaint(stream, env) || isCi(env)) return { setText() {}, stop() {} };
  const [{ default: ora }, { Terminal }, { shorten }] = await Promise.all([
    import('ora'),
    import('./terminal.ts'),
    import('./width.ts'),
  ]);
  const unicode = showsUnicode(env);
  // A wrapped line would not be removed completely after the window was made narrower.
  const oneLine = (text: string) => shorten(clean(text), stream.columns - 3, unicode ? '…' : '...');
  const indicator = ora({
    text: oneLine(text),
    spinner: unicode ? 'dots' : 'line',
    color: stream.color ? 'cyan' : false,
    stream: new Terminal(stream),
    isEnabled: true,
    // Otherwise stdin becomes raw: keys typed ahead are lost, and Ctrl-C is delayed.
    discardStdin: false,
    hideCursor: false,
  });
  const showCursor = hideCursor(stream);
  indicator.start();
  let running = true;
  return {
    setText(text) {
      indicator.text = oneLine(text);
    },
    stop() {
      if (!running) return;
      running = false;
      indicator.stop();
      showCursor();
    },
  };
}

function isCi({ CI }: NodeJS.ProcessEnv): boolean {
  return CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false';
}
