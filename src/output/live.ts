import { hideCursor, repaints } from './cursor.ts';
import type { Stream } from './io.ts';
import { showsUnicode } from './style.ts';

/** A part of the screen that is painted over and over in the same place. */
export interface Live {
  /** Shows what `frame` makes, at once or as soon as the pace allows; of frames that come faster the last counts. */
  paint(frame: () => string): void;
  /** Takes the frame off the screen, so that something can be written where it was; the next one comes below. */
  wipe(): void;
  /** Leaves the last frame on the screen and gives the cursor back. */
  done(): void;
  /** As `done`, but nothing stays. */
  drop(): void;
}

/** Milliseconds between two paintings. */
const pace = 100;

/** Opens a live region at the cursor. Off a terminal only the last frame is written, when it is done. */
export async function openLive(stream: Stream, env: NodeJS.ProcessEnv = process.env): Promise<Live> {
  if (!repaints(stream, env)) return onlyLast(stream);
  const [{ createLogUpdate }, { Terminal }, { shorten }] = await Promise.all([
    import('log-update'),
    import('./terminal.ts'),
    import('./width.ts'),
  ]);
  // Its own way to hide the cursor would always take stderr.
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
    // The library leaves a last line in its place that stays the same, though others above it came or went.
    if (lines.length !== height) update.clear();
    height = lines.length;
    update(lines.map((line) => shorten(line, stream.columns, more)).join('\n'));
    last = performance.now();
  }

  return {
    paint(frame) {
      if (!open) return;
      next = frame;
      const wait = last + pace - performance.now();
      if (wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    },
    wipe() {
      if (!open) return;
      update.clear();
      // What was there before comes back at once, or it would flicker.
      last = Number.NEGATIVE_INFINITY;
    },
    done() {
      if (!open) return;
      open = false;
      flush();
      update.done();
      showCursor();
    },
    drop() {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      update.clear();
      showCursor();
    },
  };
}

/** The lines of a frame, at most so many: painting over works only where nothing has scrolled away. */
function cutLines(frame: string, most: number, more: string): string[] {
  const lines = frame.replace(/\n$/, '').split('\n');
  if (lines.length <= most) return lines;
  const kept = Math.max(most - 1, 0);
  return [...lines.slice(0, kept), `${more} ${lines.length - kept} more`];
}

function onlyLast(stream: Stream): Live {
  let last: (() => string) | undefined;
  return {
    paint(frame) {
      last = frame;
    },
    wipe() {},
    done() {
      const text = last?.() ?? '';
      last = undefined;
      if (text !== '') stream.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    drop() {
      last = undefined;
    },
  };
}
