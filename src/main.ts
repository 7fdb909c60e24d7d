import { type ExitKind, exits, Failure } from './errors.ts';

/**
 * Runs the program on the words of its process and sets the exit code. Answers the version before anything
 * else is loaded, since scripts ask for it often.
 */
export async function main(process: NodeJS.Process): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${__VERSION__}\n`);
    return;
  }
  const stop = new AbortController();
  // Listening to the signals tells when the work should end; a second one ends the program at once.
  for (const [signal, kind] of [
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exits[kind].code);
      stop.abort(new Failure(kind, `run.${kind}`, kind));
      // Something that does not hear of it may not hold the program up.
      setTimeout(() => process.exit(exits[kind].code), 3_000).unref();
    });
  const { run } = await import('./run.ts');
  const end: ExitKind = await run(argv, process, stop.signal);
  process.exitCode = exits[end].code;
  // What Node does at an end of its own accord, giving back memory piece by piece, takes longer than it is worth.
  const written = process.stdout.writableLength === 0 && process.stderr.writableLength === 0;
  if (stop.signal.aborted || written) process.exit();
}
