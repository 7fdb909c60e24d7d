import { exits, Failure } from './errors.ts';
import { run } from './run.ts';

/** Runs a command, stops it on a signal and sets the exit code; the only place that sets it. */
export async function program(process: NodeJS.Process): Promise<void> {
  // Until the run has ended, any end of the process is a bug.
  process.exitCode = exits.bug.code;
  const stop = new AbortController();
  // The first signal stops the work, a second one ends the program at once. The settings library sends each signal to
  // this process again, so a signal within 300 ms does not count as a second one.
  let since = 0;
  for (const [signal, kind] of [
    ['SIGHUP', 'hangup'],
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ] as const)
    process.on(signal, () => {
      if (stop.signal.aborted && Date.now() - since < 300) return;
      if (stop.signal.aborted) process.exit(exits[kind].code);
      since = Date.now();
      stop.abort(new Failure(kind, `run.${kind}`, kind));
      // Work that ignores the signal must not keep the program running.
      setTimeout(() => process.exit(exits[kind].code), 3_000).unref();
    });
  const end = await run(process.argv.slice(2), process, stop.signal, watchForBreakdown(process, stop));
  process.exitCode = exits[end].code;
  // A normal exit of Node is slow because it frees memory piece by piece. Flush the output, then exit directly.
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0 && !stop.signal.aborted)
      await new Promise((resolve) => stream.write('', resolve));
  process.exit();
}

/**
 * Watches for failures that the work itself cannot notice: an empty event loop, or an error that nothing awaits. Then stops
 * the rest of the work. Returns a function that returns a promise, which rejects with the cause of the next such failure.
 */
function watchForBreakdown(process: NodeJS.Process, stop: AbortController): () => Promise<never> {
  let reject: (cause: unknown) => void = () => {};
  const breakDown = (cause: unknown) => {
    reject(cause);
    stop.abort(cause);
  };
  process.on('beforeExit', () =>
    breakDown(new Failure('bug', 'run.unfinished', 'the program stopped before it had finished')),
  );
  process.on('uncaughtException', breakDown);
  return () =>
    new Promise((_, rejectNext) => {
      reject = rejectNext;
    });
}
