import { canRepaint, hideCursor } from './cursor.ts';
import type { Stream } from './io.ts';
import { showsUnicode } from './style.ts';

/** A region of the screen that is redrawn in place. */
export interface Live {
  /** Draws a frame, at once or after the minimum interval; of several frames in between the last one is drawn. */
  paint(frame: () => string): void;
  /** Removes the frame, so that other output can be written in its place; the next frame is drawn below it. */
  clear(): void;
  /** Keeps the last frame on the screen and shows the cursor again. */
  done(): void;
  /** Removes the frame and shows the cursor again. */
  discard(): void;
}

/** Minimum milliseconds between two frames. */
const minFrameIntervalMs = 100;

/** Opens a live region at the cursor. Without a terminal, only the last frame is written at the end. */
export async function openLive(stream: Stream, env: NodeJS.ProcessEnv = process.env): Promise<Live> {
  if (!canRepaint(stream, env)) return openLastOnly(stream);
  const [{ createLogUpdate }, { Terminal }, { shorten }] = await Promise.all([
    import('log-update'),
    import('./terminal.ts'),
    import('./width.ts'),
  ]);
  // The library's own way of hiding the cursor always uses stderr.
  const update = createLogUpdate(new Terminal(stream), { showCursor: true });
  const showCursor = hideCursor(stream);
  const more = showsUnicode(env) ? '…' : '...';
  let next: (() => string) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let height = 0;
  let open = true;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (next === undefined) return;
    const lines = cutLines(next(), stream.rows - 1, more);
    next = undefined;
    // The library leaves an unchanged last line in place even if lines above it came or went.
    if (lines.length !== height) update.clear();
    height = lines.length;
    update(lines.map((line) => shorten(line, stream.columns, more)).join('\n'));
    last = performance.now();
  }

  return {
    paint(frame) {
      if (!open) return;
      next = frame;
      const waitMs = last + minFrameIntervalMs - performance.now();
      if (waitMs <= 0) flush();
      else timer ??= setTimeout(flush, waitMs);
    },
    clear() {
      if (!open) return;
      update.clear();
      // The next frame is drawn at once, or the region would flicker.
      last = Number.NEGATIVE_INFINITY;
    },
    done() {
      if (!open) return;
      open = false;
      flush();
      update.done();
      showCursor();
    },
    discard() {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      update.clear();
      showCursor();
    },
  };
}

/** Cuts a frame to `maxLines`: lines that have scrolled away cannot be redrawn. */
function cutLines(frame: string, maxLines: number, more: string): string[] {
  const lines = frame.replace(/\n$/, '').split('\n');
  if (lines.length <= maxLines) return lines;
  const shown = Math.max(maxLines - 1, 0);
  return [...lines.slice(0, shown), `${more} ${lines.length - shown} more`];
}

function openLastOnly(stream: Stream): Live {
  let last: (() => string) | undefined;
  return {
    paint(frame) {
      last = frame;
    },
    clear() {},
    done() {
      const text = last?.() ?? '';
      last = undefined;
      if (text !== '') stream.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    discard() {
      last = undefined;
    },
  };
}
