import { fail } from '../errors.ts';
import { type Flag, flagNames } from '../input/flag.ts';
import * as declared from '../input/flags.ts';
import { findNearest } from '../message/nearest.ts';
import { type CommandNode, commands } from './commands.ts';
import { topics } from './topics.ts';

/** The command that a line names, and the rest of the line. */
export interface ResolvedCommand {
  /** Nodes from the program to the command. */
  path: readonly CommandNode[];
  rest: readonly string[];
  /** True if help was requested, anywhere on the line. */
  help: boolean;
  /** True if the version was requested, anywhere on the line. */
  version: boolean;
  /** The topic of `help`, if it is not a command. */
  topic: string | undefined;
}

/** Long and short names of the flags that take a value, since a command word may follow the value. */
const { globalFlags, sendFlags, ...commandFlags } = declared;
const takesValue = new Set(
  Object.values<Flag<never>>({ ...commandFlags, ...globalFlags } as never).flatMap((flag) =>
    flag.type === null ? [] : flagNames(flag).map((name) => name.replace(/^--?/, '')),
  ),
);

/**
 * Finds the command among the words, wherever flags are.
 * @throws Failure `command.unknown`
 */
export function resolve(argv: readonly string[]): ResolvedCommand {
  const path: [CommandNode, ...CommandNode[]] = [commands];
  const rest: string[] = [];
  let help = false;
  let version = false;
  /** True after the word `help`, which topics may follow. */
  let hasHelpWord = false;
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
    // `help sandbox inbound` names the command, not the topic.
    const named = topic === undefined ? undefined : commands.children?.find(({ name }) => name === topic);
    if (named?.children?.some(({ name }) => name === word)) {
      path.push(named);
      topic = undefined;
    }
    const last = path.at(-1) as CommandNode;
    // `help sandbox` shows the topic; `sandbox --help` shows the command.
    if (hasHelpWord && path.length === 1 && topics.includes(word)) {
      topic = word;
      continue;
    }
    const child = operands ? undefined : last.children?.find(({ name }) => name === word);
    if (child) path.push(child);
    else if (word === 'help' && path.length === 1 && !hasHelpWord) hasHelpWord = true;
    else if (hasHelpWord && (topic !== undefined || !last.children))
      fail(
        'usage',
        'operand.unexpected',
        `unexpected argument ${JSON.stringify(word)}`,
        '`qlara help` takes a command or a topic',
      );
    else if (!operands && last.children) failUnknown(word, path, hasHelpWord);
    else {
      operands = true;
      rest.push(word);
    }
  }
  return { path, rest, help: help || hasHelpWord, version, topic };
}

/** Returns true if the flag's value is the next word: `--to N`, `-t N`, `-wt N`; not `--to=N`, `-tN`. */
function wantsNext(word: string): boolean {
  if (word.startsWith('--')) return takesValue.has(word.slice(2));
  const at = [...word.slice(1)].findIndex((letter) => takesValue.has(letter));
  return at >= 0 && at === word.length - 2;
}

function failUnknown(word: string, path: readonly CommandNode[], isHelp: boolean): never {
  const typed = [...path.map(({ name }) => name)];
  if (isHelp) typed.splice(1, 0, 'help');
  const children = path.at(-1)?.children?.map(({ name }) => name) ?? [];
  const atRoot = path.length === 1;
  const meant = findNearest(word, [...children, ...(atRoot ? (isHelp ? topics : ['help']) : [])]);
  const line = typed.join(' ');
  const listing = isHelp
    ? '`qlara help` lists the commands and topics'
    : `\`${line} --help\` lists the commands`;
  fail(
    'usage',
    'command.unknown',
    `unknown command ${isHelp && atRoot ? 'or topic ' : ''}${JSON.stringify(word)} for \`${line}\``,
    meant ? `did you mean \`${line} ${meant}\`?` : listing,
  );
}
