import { clean } from './clean.ts';
import type { Stream } from './io.ts';
import { type Spinner, startSpinner } from './spinner.ts';

/** Messages to the user besides the data: lines, and a spinner. They never mix on one line. */
export interface Notices {
  /** Writes a line, cleaned; nothing in quiet mode. */
  info(text: string): void;
  /** Writes a line that belongs to an error or changes what was sent; in quiet mode too. */
  problem(text: string): void;
  /** Shows a spinner with this text until `stopSpinner`. */
  startSpinner(text: string): void;
  stopSpinner(): void;
  /** Sets the live region above which lines are written; undefined when it is closed. */
  setRegion(region: Region | undefined): void;
  /** Removes the spinner and closes the live region, so that other output can follow. */
  end(): void;
}

interface Region {
  clear(): void;
  restore(): void;
  /** Keeps what is shown and draws nothing more. */
  done(): void;
}

/** Milliseconds before a spinner appears, so that short waits show none. */
const spinnerDelayMs = 80;

export function openNotices(stream: Stream, quiet: boolean): Notices {
  if (quiet) {
    const problem = (text: string) => void stream.write(`${clean(text)}\n`);
    return { info() {}, problem, startSpinner() {}, stopSpinner() {}, setRegion() {}, end() {} };
  }
  let pendingText: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Spinner | undefined;
  let region: Region | undefined;

  async function showSpinner(): Promise<void> {
    const text = pendingText;
    if (text === undefined) return;
    const started = await startSpinner(stream, text);
    // The wait may have ended while the spinner was being loaded.
    if (pendingText === undefined || running) started.stop();
    else running = started;
  }
  function removeSpinner(): void {
    clearTimeout(timer);
    running?.stop();
    running = undefined;
  }
  function info(text: string): void {
    removeSpinner();
    region?.clear();
    stream.write(`${clean(text)}\n`);
    region?.restore();
    if (pendingText !== undefined) timer = setTimeout(showSpinner, spinnerDelayMs);
  }
  function stopSpinner(): void {
    pendingText = undefined;
    removeSpinner();
  }
  return {
    info,
    problem: info,
    startSpinner(text) {
      pendingText = text;
      removeSpinner();
      timer = setTimeout(showSpinner, spinnerDelayMs);
    },
    stopSpinner,
    setRegion(next) {
      region = next;
    },
    end() {
      stopSpinner();
      // The terminal may have written ^C below the region.
      region?.clear();
      region?.restore();
      region?.done();
      region = undefined;
    },
  };
}
