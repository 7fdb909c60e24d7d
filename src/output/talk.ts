import type { Stream } from './io.ts';
import { type Spinner, spinner } from './progress.ts';

/** What is said besides the data: lines, and that one is waiting. The two never mix on one line. */
export interface Talk {
  /** A line; nothing when quiet. */
  note(text: string): void;
  /** Says what is being waited for, until `still` is called. */
  busy(text: string): void;
  still(): void;
}

/** What is over sooner needs no word; what takes longer must say so before one wonders. Milliseconds. */
const soon = 80;

export function openTalk(stream: Stream, quiet: boolean): Talk {
  if (quiet) return { note() {}, busy() {}, still() {} };
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let turning: Spinner | undefined;

  async function turn(): Promise<void> {
    const text = waiting;
    if (text === undefined) return;
    const started = await spinner(stream, text);
    // It may have ended while the spinner was being loaded.
    if (waiting === undefined || turning) started.stop();
    else turning = started;
  }
  function wipe(): void {
    clearTimeout(timer);
    turning?.stop();
    turning = undefined;
  }
  return {
    note(text) {
      wipe();
      stream.write(`${text}\n`);
      if (waiting !== undefined) timer = setTimeout(turn, soon);
    },
    busy(text) {
      waiting = text;
      wipe();
      timer = setTimeout(turn, soon);
    },
    still() {
      waiting = undefined;
      wipe();
    },
  };
}
