import { clean } from './clean.ts';
import type { Stream } from './io.ts';
import { type Spinner, spinner } from './spinner.ts';

/** What is said besides the data: lines, and that one is waiting. The two never mix on one line. */
export interface Notices {
  /** A line, made harmless; nothing when quiet. */
  info(text: string): void;
  /** Says what is being waited for, until `still` is called. */
  startSpinner(text: string): void;
  stopSpinner(): void;
  /** A region painted in place, before which notes are to be written; undefined when it is done. */
  above(region: Region | undefined): void;
}

interface Region {
  wipe(): void;
  restore(): void;
}

/** What is over sooner needs no word; what takes longer must say so before one wonders. Milliseconds. */
const soon = 80;

export function openNotices(stream: Stream, quiet: boolean): Notices {
  if (quiet) return { info() {}, startSpinner() {}, stopSpinner() {}, above() {} };
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let turning: Spinner | undefined;
  let painted: Region | undefined;

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
    info(text) {
      wipe();
      painted?.wipe();
      stream.write(`${clean(text)}\n`);
      painted?.restore();
      if (waiting !== undefined) timer = setTimeout(turn, soon);
    },
    startSpinner(text) {
      waiting = text;
      wipe();
      timer = setTimeout(turn, soon);
    },
    stopSpinner() {
      waiting = undefined;
      wipe();
    },
    above(region) {
      painted = region;
    },
  };
}
