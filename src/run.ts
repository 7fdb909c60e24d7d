import { peekColor, wantsJson } from './cli/peek.ts';
import { resolve } from './cli/resolve.ts';
import type { OpenContext } from './context.ts';
import { type ExitKind, isSignal } from './errors.ts';
import { readFlags } from './input/flag.ts';
import { globalFlags } from './input/flags.ts';
import { openIo } from './output/io.ts';

/**
 * Runs a command line: finds the command, reads the flags, runs it and reports a failure. `breakdown` returns a promise
 * that rejects once the work cannot end by itself any more.
 */
export async function run(
  argv: readonly string[],
  process: NodeJS.Process,
  stop: AbortSignal,
  breakdown: () => Promise<never>,
): Promise<ExitKind> {
  const io = openIo(process, peekColor(argv));
  let context: OpenContext | undefined;

  async function perform(): Promise<ExitKind> {
    const { path, rest, help, version, topic } = resolve(argv);
    if (version && !help) {
      io.stdout.write(`${__VERSION__}\n`);
      return 'ok';
    }
    const node = path.at(-1);
    if (help || node?.load === undefined) {
      if (!help) (await import('./cli/parse.ts')).parse(rest, globalFlags, undefined);
      if (help && wantsJson(rest, {})) {
        const { helpJson, topicJson } = await import('./cli/help-json.ts');
        io.stdout.write(topic ? await topicJson(topic, process.env) : await helpJson(path));
        return 'ok';
      }
      const { help: helpOn, topicHelp } = await import('./cli/help.ts');
      const { columns } = io.stdout;
      io.stdout.write(topic ? await topicHelp(topic, columns, process.env) : await helpOn(path, columns));
      return 'ok';
    }
    const { default: command } = await node.load();
    const { parse } = await import('./cli/parse.ts');
    const { given, operands } = parse(rest, { ...command.flags, ...globalFlags }, command.operands);
    const [{ readSettings }, { openContext }] = await Promise.all([
      import('./cli/settings.ts'),
      import('./context.ts'),
    ]);
    const settings = await readSettings(
      await readFlags(globalFlags, given),
      process.env,
      command.allowInvalidConfig,
    );
    context = openContext(settings, io, stop);
    return command.run(await readFlags(command.flags, given), context, operands);
  }

  /** Runs one step and reports its failure. Resolves to the exit kind. */
  async function attempt(part: () => Promise<ExitKind>): Promise<ExitKind> {
    try {
      return await Promise.race([part(), breakdown()]);
    } catch (cause) {
      const { report } = await import('./cli/report.ts');
      // When a signal interrupts a step, the signal is the cause, not the error of the step.
      return report(stop.aborted ? stop.reason : cause, argv, io, context);
    }
  }

  const performed = await attempt(perform);
  // A result that cannot be written outweighs all but a signal and a bug.
  const end =
    isSignal(performed) || performed === 'bug'
      ? performed
      : await attempt(async () => {
          await io.stdout.flush();
          return performed;
        });
  const close = async () => {
    await context?.close();
    return end;
  };
  // An error while closing must not hide an earlier failure.
  return end === 'ok' ? attempt(close) : Promise.race([close(), breakdown()]).catch(() => end);
}
