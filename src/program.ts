import { exits, Failure } from './errors.ts';
import { run } from './run.ts';

/** Runs a command, stops it on a signal and sets the exit code; the only place that sets it. */
export async function program(process: NodeJS.Process): Promise<void> {
  // Until the run has ended, any end of the process is a bug.
  process.exitCode = exits.bug.code;
  const stop = new AbortController();
  const { breakdown, leave } = watchForBreakdown(process, stop);
  // The first signal stops the work, a second one leaves it, a third one ends the program at once. The settings library
  // sends each signal to this process again, so a signal within 300 ms does not count as another one.
  let since = 0;
  let hasLeft = false;
  for (const [signal, kind] of [
    ['SIGHUP', 'hangup'],
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ] as const)
    process.on(signal, () => {
      if (stop.signal.aborted && Date.now() - since < 300) return;
      since = Date.now();
      const exit = () => process.exit(exits[kind].code);
      if (hasLeft) exit();
      hasLeft = stop.signal.aborted;
      if (hasLeft) return leave();
      stop.abort(new Failure(kind, `run.${kind}`, kind));
      // Work that ignores the signal must not keep the program running.
      setTimeout(leave, 3_000).unref();
      setTimeout(exit, 4_000).unref();
    });
  const end = await run(process.argv.slice(2), process, stop.signal, breakdown);
  process.exitCode = exits[end].code;
  // A normal exit of Node is slow because it frees memory piece by piece. Flush the output, then exit directly.
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0 && !stop.signal.aborted)
      await new Promise((resolve) => stream.write('', resolve));
  process.exit();
}

/**
 * Watches for failures that the work itself cannot notice: an empty event loop, or an error that nothing awaits. Then stops
 * the rest of the work. `breakdown` returns a promise that rejects with the cause of the next such failure. After `leave`,
 * it rejects at once with the reason of the stop, so that nothing is waited for any more.
 */
function watchForBreakdown(
  process: NodeJS.Process,
  stop: AbortController,
): { breakdown: () => Promise<never>; leave: () => void } {
  let reject: (cause: unknown) => void = () => {};
  let hasLeft = false;
  const breakDown = (cause: unknown) => {
    reject(cause);
    stop.abort(cause);
  };
  process.on('beforeExit', () =>
    breakDown(new Failure('bug', 'run.unfinished', 'the program stopped before it had finished')),
  );
  process.on('uncaughtException', breakDown);
  return {
    breakdown: () =>
      new Promise((_, rejectNext) => {
        reject = rejectNext;
        if (hasLeft) reject(stop.signal.reason);
      }),
    leave() {
      hasLeft = true;
      reject(stop.signal.reason);
    },
  };
}
