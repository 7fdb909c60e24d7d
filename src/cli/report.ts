import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, Failure } from '../errors.ts';
import { findHint } from '../input/hints.ts';
import { renderFailure } from '../output/failure.ts';
import type { Io } from '../output/io.ts';
import { styleFor } from '../output/style.ts';
import { wantsJson } from './peek.ts';

/** Prints a failure to stderr; the only place that does. Resolves to the exit kind. */
export async function report(
  cause: unknown,
  argv: readonly string[],
  { stderr, env }: Io,
  context: (Context & { hint(): string | undefined }) | undefined,
): Promise<ExitKind> {
  const failure = cause instanceof Failure ? cause : bug(cause);
  const { kind, code, message } = failure;
  const stopped = kind === 'interrupted' || kind === 'terminated';
  const unfinished = code === 'run.unfinished';
  const resumeHint = stopped || unfinished ? context?.hint() : undefined;
  const recorded = `\`qlara status${context ? repeatFlags(context) : ''}\` shows what is recorded`;
  const hint = resumeHint ?? (unfinished ? recorded : findHint(failure));
  const format = context?.settings.format ?? (wantsJson(argv, env) ? 'json' : 'table');
  stderr.write(renderFailure({ code, message, hint }, format, await styleFor(stderr)));
  const verbose = argv.includes('--verbose') || argv.includes('-v');
  if (kind === 'bug' && verbose && cause instanceof Error) stderr.write(`${cause.stack}\n`);
  return kind;
}

function bug(cause: unknown): Failure {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint = 'run it again with --verbose and report the output';
  return new Failure('bug', 'bug', `internal error: ${message}`, hint, cause);
}
