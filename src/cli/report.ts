import type { Context } from '../app/context.ts';
import { repeatFlags, repeatInCommands } from '../app/repeat-flags.ts';
import { type ExitKind, Failure, isSignal } from '../errors.ts';
import { flagNames } from '../input/flag.ts';
import { findHint } from '../input/hints.ts';
import { renderFailure } from '../output/failure.ts';
import type { Io } from '../output/io.ts';
import { styleFor } from '../output/style.ts';
import { wantsJson } from './peek.ts';
import { resolve } from './resolve.ts';

/** Prints a failure to stderr; the only place that does. Resolves to the exit kind. */
export async function report(
  cause: unknown,
  argv: readonly string[],
  { stderr, env }: Io,
  context: (Context & { hint(): string | undefined; stopResult(): string | undefined }) | undefined,
): Promise<ExitKind> {
  const failure = cause instanceof Failure ? cause : bug(cause);
  const { kind, code } = failure;
  const stopped = isSignal(kind);
  const result = stopped ? context?.stopResult() : undefined;
  const message = result === undefined ? failure.message : `${failure.message}; ${result}`;
  const unfinished = code === 'run.unfinished';
  const resumeHint = stopped || unfinished ? context?.hint() : undefined;
  const recorded = `\`qlara status${context ? repeatFlags(context) : ''}\` shows what is recorded`;
  const hint =
    resumeHint ??
    (unfinished ? recorded : code === 'flag.unknown' ? await hintFlag(failure, argv) : findHint(failure));
  const format = context?.settings.format ?? (wantsJson(argv, env) ? 'json' : 'table');
  const whole = hint && context ? repeatInCommands(hint, context) : hint;
  const style = await styleFor(stderr);
  context?.notices.end();
  stderr.write(renderFailure({ kind, code, message, hint: whole }, format, style));
  const verbose = argv.includes('--verbose') || argv.includes('-v');
  if (kind === 'bug' && verbose && cause instanceof Error) stderr.write(`${cause.stack}\n`);
  return kind;
}

/** Names the neighboring commands that have the flag, else the nearest flag of this command. */
async function hintFlag({ facts: { flag, meant } }: Failure, argv: readonly string[]): Promise<string> {
  const { path } = resolve(argv);
  const names = path.map(({ name }) => name);
  // Commands of the root have no flags in common but the global ones.
  const parent = path.length > 2 ? path.at(-2) : undefined;
  const owners: string[] = [];
  for (const neighbor of parent ? [parent, ...(parent.children ?? [])] : []) {
    const flags = Object.values((await neighbor.load?.())?.default.flags ?? {});
    const words = [...names.slice(0, -1), ...(neighbor === parent ? [] : [neighbor.name])];
    if (flags.flatMap(flagNames).some((name) => name === flag)) owners.push(`\`${words.join(' ')}\``);
  }
  if (owners.length > 0) return `${flag} is a flag of ${owners.join(', ').replace(/, (?=[^,]*$)/, ' and ')}`;
  return meant ? `did you mean ${meant}?` : `\`${names.join(' ')} --help\` lists the flags`;
}

function bug(cause: unknown): Failure {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint = 'run it again with --verbose and report the output';
  return new Failure('bug', 'bug', `internal error: ${message}`, hint, cause);
}
