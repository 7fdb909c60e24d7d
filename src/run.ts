import { everywhere } from './cli/everywhere.ts';
import { resolve } from './cli/resolve.ts';
import type { OpenContext } from './context.ts';
import type { ExitKind } from './errors.ts';
import { Failure } from './errors.ts';
import { readFields } from './input/read.ts';
import type { Format } from './output/format.ts';
import { type Io, openIo } from './output/io.ts';
import { styleFor } from './output/style.ts';

/** The sentence of the program: find the command, read what was said, do it, say how it ended. */
export async function run(
  argv: readonly string[],
  process: NodeJS.Process,
  stop: AbortSignal,
): Promise<ExitKind> {
  const io = openIo(process, colorIn(argv));
  let context: OpenContext | undefined;
  try {
    const { path, rest, help, topic } = resolve(argv);
    const node = path.at(-1);
    if (help || node?.load === undefined) {
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
    const settings = await settingsFrom(await readFields(everywhere, said), process.env);
    context = openContext(settings, io, stop);
    return await command.run(await readFields(command.fields, said), context, operands);
  } catch (cause) {
    return await report(cause, { io, argv, context });
  } finally {
    await context?.close();
  }
}

/** The one place where an error becomes words. */
async function report(
  cause: unknown,
  { io, argv, context }: { io: Io; argv: readonly string[]; context: OpenContext | undefined },
): Promise<ExitKind> {
  const failure = cause instanceof Failure ? cause : bug(cause);
  const { renderFailure } = await import('./output/failure.ts');
  const hint =
    failure.kind === 'interrupted' || failure.kind === 'terminated' ? context?.hint() : failure.hint;
  const { code, message } = failure;
  const format = context?.settings.format ?? formatIn(argv, io.env);
  io.stderr.write(renderFailure({ code, message, hint }, format, await styleFor(io.stderr)));
  const trace = failure.kind === 'bug' && argv.some((word) => word === '--verbose' || word === '-v');
  if (trace && cause instanceof Error) io.stderr.write(`${cause.stack}\n`);
  return failure.kind;
}

function bug(cause: unknown): Failure {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Failure(
    'bug',
    'bug',
    `this should not have happened: ${message}`,
    'run it again with --verbose and report what it prints',
    cause,
  );
}

/** An error in the line itself is also told in the form and colour that the line asks for. */
function formatIn(argv: readonly string[], env: NodeJS.ProcessEnv): Format {
  if (argv.includes('--json')) return 'json';
  const said = argv.find(
    (word, at) => argv[at - 1] === '--output' || argv[at - 1] === '-o' || word.startsWith('--output='),
  );
  const word = said?.replace('--output=', '') ?? env.QLARA_OUTPUT;
  return word === 'json' || word === 'ndjson' ? word : 'table';
}

function colorIn(argv: readonly string[]): 'auto' | 'always' | 'never' {
  const said = argv
    .find((word, at) => argv[at - 1] === '--color' || word.startsWith('--color='))
    ?.replace('--color=', '');
  return said === 'always' || said === 'never' ? said : 'auto';
}
