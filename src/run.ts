import { colorIn, wantsJson } from './cli/early.ts';
import { everywhere } from './cli/everywhere.ts';
import { resolve } from './cli/resolve.ts';
import type { OpenContext } from './context.ts';
import type { ExitKind } from './errors.ts';
import { readFields } from './input/read.ts';
import { openIo } from './output/io.ts';

/** The sentence of the program: find the command, read what was said, do it, say how it ended. */
export async function run(
  argv: readonly string[],
  process: NodeJS.Process,
  stop: AbortSignal,
): Promise<ExitKind> {
  const io = openIo(process, colorIn(argv));
  let context: OpenContext | undefined;
  try {
    const { path, rest, help, version, topic } = resolve(argv);
    if (version && !help) {
      io.stdout.write(`${__VERSION__}\n`);
      return 'ok';
    }
    const node = path.at(-1);
    if (help || node?.load === undefined) {
      if (!help) (await import('./cli/parse.ts')).parse(rest, everywhere, undefined);
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
    const { said, operands } = parse(rest, { ...command.fields, ...everywhere }, command.operands);
    const [{ settingsFrom }, { openContext }] = await Promise.all([
      import('./cli/settings.ts'),
      import('./context.ts'),
    ]);
    const settings = await settingsFrom(await readFields(everywhere, said), process.env, command.mends);
    context = openContext(settings, io, stop);
    const end = await command.run(await readFields(command.fields, said), context, operands);
    await io.stdout.flush();
    return end;
  } catch (cause) {
    const { report } = await import('./cli/report.ts');
    // What breaks off because of a signal is not what went wrong.
    return await report(stop.aborted ? stop.reason : cause, argv, io, context);
  } finally {
    await context?.close();
  }
}
