import { exits } from '../errors.ts';
import { type Flag, type Flags, isRequired } from '../input/flag.ts';
import { globalFlags } from '../input/flags.ts';
import type { CommandNode } from './commands.ts';
import { topics } from './topics.ts';

/** Renders the help of a command and its subcommands as one JSON document, for other programs. */
export async function helpJson(path: readonly CommandNode[]): Promise<string> {
  const name = path.map((step) => step.name).join(' ');
  const document = {
    version: __VERSION__,
    ...(await describeCommand(path.at(-1) as CommandNode, name)),
    everywhere: describeFlags(globalFlags),
    topics,
    exitCodes: Object.entries(exits).map(([kind, { code, means }]) => ({ code, kind, means })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Renders a help topic as a JSON document. */
export async function topicJson(topic: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { topicTexts } = await import('./help-topics.ts');
  const { about, pairs } = topicTexts[topic]?.(env) ?? { about: '', pairs: [] };
  const entries = pairs.map(([name, summary]) => ({ name, summary }));
  return `${JSON.stringify({ version: __VERSION__, topic, about, entries }, null, 2)}\n`;
}

interface CommandHelp {
  command: string;
  summary: string;
  runs: boolean;
  [part: string]: unknown;
  commands: CommandHelp[];
}

async function describeCommand(node: CommandNode, name: string): Promise<CommandHelp> {
  const command = (await node.load?.())?.default;
  const { operands, columns = [], examples = [], notes = null, flags = {} } = command ?? {};
  const children = node.children ?? [];
  return {
    command: name,
    summary: node.summary,
    runs: command !== undefined,
    flags: describeFlags(flags),
    operands:
      operands === undefined || operands.unlisted
        ? null
        : {
            placeholder: operands.placeholder,
            summary: operands.summary,
            many: operands.many,
            needed: operands.required === true,
            choices: operands.choices ?? null,
          },
    columns: columns.map(({ key, summary }) => ({ key, summary })),
    examples: examples.map(([what, line]) => ({ what, line: `qlara ${line}` })),
    notes,
    commands: await Promise.all(children.map((child) => describeCommand(child, `${name} ${child.name}`))),
  };
}

function describeFlags(flags: Flags) {
  return Object.values<Flag<unknown>>(flags).map(
    ({ flag, short, summary, group, type, presence, defaultValue, many, negated }) => ({
      flag: `--${negated ? 'no-' : ''}${flag}`,
      short: short ? `-${short}` : null,
      summary,
      group,
      type: type === null ? 'switch' : 'value',
      placeholder: type?.placeholder ?? null,
      choices: type?.choices ?? null,
      needed: isRequired({ presence }),
      repeatable: many,
      default: presence === 'default' ? defaultValue : null,
    }),
  );
}
