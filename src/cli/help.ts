import type { Command } from '../app/command.ts';
import { exits } from '../errors.ts';
import { type Flag, type Flags, flagText, type Group } from '../input/flag.ts';
import { globalFlags } from '../input/flags.ts';
import type { CommandNode } from './commands.ts';
import { topics } from './topics.ts';

/** Maximum width of help, in cells; longer lines are hard to read. */
const maxWidth = 100;

/** Renders the help of a command or a group of commands for a screen `columns` wide. */
export async function help(path: readonly CommandNode[], columns: number): Promise<string> {
  const node = path.at(-1) as CommandNode;
  const command = (await node.load?.())?.default;
  const width = Math.min(columns, maxWidth);
  const name = path.map((step) => step.name).join(' ');
  const fields = command ? { ...command.flags, ...globalFlags } : globalFlags;
  return `${[
    sentence(node.summary),
    section('Usage', usage(name, node, command)),
    command &&
      section(
        'Examples',
        command.examples.flatMap(([title, line]) => [`# ${title}`, `qlara ${line}`]),
      ),
    node.children &&
      section(
        'Commands',
        entries(
          [...node.children.map((child) => [child.name, child.summary] as const), ...helpEntry(path)],
          width,
        ),
      ),
    command?.operands &&
      !command.operands.unlisted &&
      section('Arguments', entries([[command.operands.placeholder, command.operands.summary]], width)),
    ...flagSections(fields, width),
    command?.columns && section('Columns', wrap(command.columns.map(({ key }) => key).join(', '), width, 2)),
    command?.notes && section('Notes', wrap(command.notes, width, 2)),
    section(
      'Exit codes',
      wrap(
        Object.entries(exits)
          .map(([kind, { code }]) => `${code} ${kind}`)
          .join(', '),
        width,
        2,
      ),
    ),
  ]
    .filter((part) => part)
    .join('\n\n')}\n`;
}

/** Renders a help topic for a screen `columns` wide. */
export async function topicHelp(topic: string, columns: number, env: NodeJS.ProcessEnv): Promise<string> {
  const { topicTexts } = await import('./help-topics.ts');
  const { about, pairs } = topicTexts[topic]?.(env) ?? { about: '', pairs: [] };
  const width = Math.min(columns, maxWidth);
  return `${wrap(about, width, 0).join('\n')}\n\n${entries(pairs, width).join('\n')}\n`;
}

function helpEntry(path: readonly CommandNode[]): [string, string][] {
  return path.length === 1
    ? [['help', `show help for a command or a topic: ${topics.join(', ')}; --json prints all of it as JSON`]]
    : [];
}

function usage(name: string, node: CommandNode, command: Command<Flags> | undefined): string[] {
  const lines = command ? [`${name}${operandText(command)} [flags]`] : [];
  return node.children ? [...lines, `${name} COMMAND [flags]`] : lines;
}

function operandText({ operands }: Command<Flags>): string {
  if (operands === undefined || operands.unlisted) return '';
  return operands.required
    ? ` ${operands.placeholder}`
    : ` [${operands.placeholder}]${operands.many ? '...' : ''}`;
}

const groupOrder: readonly Group[] = [
  'Message',
  'Bulk',
  'Delivery',
  'Filter',
  'Server',
  'Output',
  'Gateway',
  'General',
];

function flagSections(fields: Flags, width: number): string[] {
  const groups = new Map<Group, Flag<unknown>[]>(groupOrder.map((group) => [group, []]));
  for (const field of Object.values(fields))
    groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  return [...groups]
    .filter(([, members]) => members.length > 0)
    .map(([group, members]) =>
      section(
        `${group} flags`,
        entries(
          members.map((field) => [
            flagText(field),
            field.presence === 'required' ? `${field.summary} (required)` : field.summary,
          ]),
          width,
        ),
      ),
    );
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => (line.startsWith(' ') ? line : `  ${line}`)).join('\n')}`;
}

/** Lays out two columns and wraps the second; on a narrow screen it goes below the first. */
function entries(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.max(...pairs.map(([name]) => name.length)) + 4;
  const narrow = width - left < 24;
  return pairs.flatMap(([name, summary]) => {
    if (narrow) return [`  ${name}`, ...wrap(summary, width, 6)];
    const [first = '', ...more] = wrap(summary, width, left);
    return [`  ${name.padEnd(left - 2)}${first.trim()}`, ...more];
  });
}

function wrap(text: string, width: number, indent: number): string[] {
  const room = Math.max(width - indent, 16);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
