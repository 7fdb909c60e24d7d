import type { Stream } from './io.ts';

/** Whether what was written there can be painted over. */
export function repaints(stream: Stream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && env.TERM !== 'dumb';
}

/** Hides the cursor. Returns what shows it again; should the program end before, it is shown all the same. */
export function hideCursor(stream: Stream): () => void {
  const show = () => {
    process.off('exit', show);
    stream.write('\u001B[?25h');
  };
  stream.write('\u001B[?25l');
  process.once('exit', show);
  return show;
}
