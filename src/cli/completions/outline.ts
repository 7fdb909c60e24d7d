import type { Flag, Offers } from '../../input/flag.ts';
import { globalFlags } from '../../input/flags.ts';
import type { CommandNode } from '../commands.ts';
import { topics } from '../topics.ts';

export interface OutlineFlag {
  long: string;
  short: string | undefined;
  summary: string;
  /** What it takes; null for a switch. */
  value: Offers | null;
}

/** What can be typed behind a command. */
export interface Outline {
  /** From the program on: `qlara send sms`. */
  path: string;
  children: readonly { name: string; summary: string }[];
  /** Its own, without those of every command. */
  flags: readonly OutlineFlag[];
  operand: Offers | undefined;
  /** For words behind the first one, where another matter is to be offered. */
  next: Offers | undefined;
}

/** All that can be typed. */
export interface Outlines {
  commands: readonly Outline[];
  /** The flags of every command. */
  common: readonly OutlineFlag[];
}

/** What every shell is told, read off the tree of commands and the fields of each. */
export async function buildOutlines(root: CommandNode): Promise<Outlines> {
  const help = { name: 'help', summary: 'show help for a command or a topic' };
  const commands = await outlineOf(root, root.name);
  const [first, ...others] = commands;
  if (first === undefined) return { commands, common: [] };
  const topic = (name: string) => ({ name, summary: 'help topic' });
  const isCommand = new Set(first.children.map(({ name }) => name));
  return {
    commands: [
      { ...first, children: [...first.children, help] },
      ...others,
      {
        path: `${root.name} help`,
        children: [...first.children, ...topics.filter((name) => !isCommand.has(name)).map(topic)],
        flags: [],
        operand: undefined,
        next: undefined,
      },
    ],
    common: Object.values<Flag<unknown>>(globalFlags).map(flagOf),
  };
}

async function outlineOf(node: CommandNode, path: string): Promise<Outline[]> {
  const command = (await node.load?.())?.default;
  const children = node.children ?? [];
  const below = await Promise.all(children.map((child) => outlineOf(child, `${path} ${child.name}`)));
  return [
    {
      path,
      children: children.map(({ name, summary }) => ({ name, summary })),
      flags: Object.values(command?.flags ?? {}).map(flagOf),
      operand: command?.operands?.unlisted ? undefined : command?.operands,
      next: command?.operands?.next,
    },
    ...below.flat(),
  ];
}

function flagOf({ flag, short, summary, type, negated }: Flag<unknown>): OutlineFlag {
  return { long: `--${negated ? 'no-' : ''}${flag}`, short: short && `-${short}`, summary, value: type };
}

/** Whether there is anything to offer. */
export function isOffered({ choices, files, known }: Offers): boolean {
  return Boolean(choices ?? files ?? known);
}

/** Every flag that takes a value, each once, with what any command that takes it may offer. */
export function flagsWithValues({ commands, common }: Outlines): (OutlineFlag & { value: Offers })[] {
  const found = new Map<string, OutlineFlag & { value: Offers }>();
  for (const flag of [...common, ...commands.flatMap(({ flags }) => flags)]) {
    if (!flag.value) continue;
    const before = found.get(flag.long)?.value.choices ?? [];
    const choices = [...new Set([...before, ...(flag.value.choices ?? [])])];
    found.set(flag.long, { ...flag, value: { ...flag.value, ...(choices.length > 0 && { choices }) } });
  }
  return [...found.values()];
}

export function spellings({ long, short }: OutlineFlag): string[] {
  return short ? [long, short] : [long];
}

/** A summary in letters that no shell and no console takes for anything else. */
export function toPlainText(summary: string): string {
  return summary.replaceAll('’', "'").replaceAll('`', '');
}

/** The first line of each script, behind the sign of a comment. */
export const banner = 'made by `npm run completions` from the commands: change those, not this file';
