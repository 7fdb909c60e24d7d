import { exits, Failure } from './errors.ts';
import { run } from './run.ts';

/** Runs a command, ends it on a signal, and sets the exit code: the only place that does. */
export async function program(process: NodeJS.Process): Promise<void> {
  // Until the run has said how it ended, any end of the process is a failure of this program.
  process.exitCode = exits.bug.code;
  const stop = new AbortController();
  // A signal tells the work to end; a second one ends the program at once. The library that reads settings
  // passes each signal on to this process again, so that what follows at once is no second one.
  let since = 0;
  for (const [signal, kind] of [
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ] as const)
    process.on(signal, () => {
      if (stop.signal.aborted && Date.now() - since < 300) return;
      if (stop.signal.aborted) process.exit(exits[kind].code);
      since = Date.now();
      stop.abort(new Failure(kind, `run.${kind}`, kind));
      // Something that does not hear of it may not hold the program up.
      setTimeout(() => process.exit(exits[kind].code), 3_000).unref();
    });
  const end = await run(process.argv.slice(2), process, stop.signal, watchForBreakdown(process, stop));
  process.exitCode = exits[end].code;
  // What Node does at an end of its own accord, giving back memory piece by piece, takes longer than it is worth;
  // but what is written must first have left.
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0 && !stop.signal.aborted)
      await new Promise((resolve) => stream.write('', resolve));
  process.exit();
}

/**
 * Watches for ends that the work itself cannot notice: nothing is left that could wake it, or an error was thrown where
 * nobody awaits it. Then the rest of the work is told to stop. Returns a function that gives a promise of the next such
 * end, which rejects with its cause.
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
