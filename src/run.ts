import { peekColor, wantsJson } from './cli/peek.ts';
import { resolve } from './cli/resolve.ts';
import type { OpenContext } from './context.ts';
import type { ExitKind } from './errors.ts';
import { readFlags } from './input/flag.ts';
import { globalFlags } from './input/flags.ts';
import { openIo } from './output/io.ts';

/**
 * The sentence of the program: find the command, read what was said, do it, say how it ended. `breakdown` gives a promise
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
      if (help && topic === undefined && wantsJson(rest, {})) {
        io.stdout.write(await (await import('./cli/help-json.ts')).helpJson(path));
        await io.stdout.flush();
        return 'ok';
      }
      const { help: helpOn, topicHelp } = await import('./cli/help.ts');
      const { columns } = io.stdout;
      io.stdout.write(topic ? await topicHelp(topic, columns, process.env) : await helpOn(path, columns));
      return 'ok';
    }
    const { default: command } = await node.load();
    const { parse } = await import('./cli/parse.ts');
    const { said, operands } = parse(rest, { ...command.flags, ...globalFlags }, command.operands);
    const [{ readSettings }, { openContext }] = await Promise.all([
      import('./cli/settings.ts'),
      import('./context.ts'),
    ]);
    const settings = await readSettings(
      await readFlags(globalFlags, said),
      process.env,
      command.allowInvalidConfig,
    );
    context = openContext(settings, io, stop);
    const end = await command.run(await readFlags(command.flags, said), context, operands);
    await io.stdout.flush();
    return end;
  }

  /** Does a part of the run. Resolves to how it ended, once what went wrong is reported. */
  async function attempt(part: () => Promise<ExitKind>): Promise<ExitKind> {
    try {
      return await Promise.race([part(), breakdown()]);
    } catch (cause) {
      const { report } = await import('./cli/report.ts');
      // A step that a signal cuts short is not the cause of the failure.
      return report(stop.aborted ? stop.reason : cause, argv, io, context);
    }
  }

  const end = await attempt(perform);
  const close = async () => {
    await context?.close();
    return end;
  };
  // An error while closing would hide the failure before it.
  return end === 'ok' ? attempt(close) : Promise.race([close(), breakdown()]).catch(() => end);
}
