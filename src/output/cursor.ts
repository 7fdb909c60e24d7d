import type { Stream } from './io.ts';

/** Reports whether output on a stream can be overwritten. */
export function canRepaint(stream: Stream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && env.TERM !== 'dumb';
}

/** Hides the cursor; returns a function that shows it again, which also runs at the end of the process. */
export function hideCursor(stream: Stream): () => void {
  const show = () => {
    process.off('exit', show);
    stream.write('\u001B[?25h');
  };
  stream.write('\u001B[?25l');
  process.once('exit', show);
  return show;
}
