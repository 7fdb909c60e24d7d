import { fail } from '../errors.ts';
import { type Flag, flagNames } from '../input/flag.ts';
import * as declared from '../input/flags.ts';
import { findNearest } from '../message/nearest.ts';
import { type CommandNode, commands } from './commands.ts';
import { topics } from './topics.ts';

/** Which command a line names, and the rest of the line. */
export interface Resolved {
  /** From the program to the command. */
  path: readonly CommandNode[];
  rest: readonly string[];
  /** Whether help was asked for, anywhere on the line. */
  help: boolean;
  /** Whether the version was asked for, likewise. */
  version: boolean;
  /** The topic that `help` was asked about, if it is not a command. */
  topic: string | undefined;
}

/** Flags that take a value, long and short: a command's word may stand behind such a pair. */
const { globalFlags, sendFlags, ...commandFlags } = declared;
const takesValue = new Set(
  Object.values<Flag<never>>({ ...commandFlags, ...globalFlags } as never).flatMap((flag) =>
    flag.type === null ? [] : flagNames(flag).map((name) => name.replace(/^--?/, '')),
  ),
);

/**
 * Finds the command among the words, wherever the flags stand.
 * @throws Failure `command.unknown`
 */
export function resolve(argv: readonly string[]): Resolved {
  const path: [CommandNode, ...CommandNode[]] = [commands];
  const rest: string[] = [];
  let help = false;
  let version = false;
  /** Whether the word `help` was there, behind which topics count. */
  let asked = false;
  let topic: string | undefined;
  let operands = false;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') {
      rest.push(...argv.slice(i));
      break;
    }
    if (word.startsWith('-') && word !== '-') {
      if (word === '-h' || word === '--help') help = true;
      else if (word === '-V' || word === '--version') version = true;
      else rest.push(word);
      if (wantsNext(word) && i + 1 < argv.length) rest.push(argv[++i] as string);
      continue;
    }
    // `help sandbox inbound` is about the command after all.
    const named = topic === undefined ? undefined : commands.children?.find(({ name }) => name === topic);
    if (named?.children?.some(({ name }) => name === word)) {
      path.push(named);
      topic = undefined;
    }
    const last = path.at(-1) as CommandNode;
    // `help sandbox` is about the topic; the command of that name tells of itself with --help.
    if (asked && path.length === 1 && topics.includes(word)) {
      topic = word;
      continue;
    }
    const child = operands ? undefined : last.children?.find(({ name }) => name === word);
    if (child) path.push(child);
    else if (word === 'help' && path.length === 1 && !asked) asked = true;
    else if (!operands && last.children) unknown(word, path);
    else {
      operands = true;
      rest.push(word);
    }
  }
  return { path, rest, help: help || asked, version, topic };
}

/** Whether the flag's value is the next word: `--to N`, `-t N`, `-wt N`; not `--to=N`, `-tN`. */
function wantsNext(word: string): boolean {
  if (word.startsWith('--')) return takesValue.has(word.slice(2));
  const at = [...word.slice(1)].findIndex((letter) => takesValue.has(letter));
  return at >= 0 && at === word.length - 2;
}

function unknown(word: string, path: readonly CommandNode[]): never {
  const typed = path.map(({ name }) => name).join(' ');
  const meant = findNearest(word, [
    ...(path.at(-1)?.children?.map(({ name }) => name) ?? []),
    ...(path.length === 1 ? ['help'] : []),
  ]);
  fail(
    'usage',
    'command.unknown',
    `unknown command ${JSON.stringify(word)} for \`${typed}\``,
    meant ? `did you mean \`${typed} ${meant}\`?` : `\`${typed} --help\` lists the commands`,
  );
}
