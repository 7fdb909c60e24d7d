import { CommanderError, Option, Command as Parser } from 'commander';
import type { Operands } from '../app/command.ts';
import { fail } from '../errors.ts';
import { type Flag, type Flags, flagNames, type RawFlags } from '../input/flag.ts';

/** What a line said: the flags by the names of their fields, and the words besides. */
export interface Parsed {
  said: RawFlags;
  operands: string[];
}

/**
 * Parses the words behind a command. Nothing is read yet, and nothing happens.
 * @throws Failure `flag.*`, `operand.unexpected`
 */
export function parse(words: readonly string[], fields: Flags, operands: Operands | undefined): Parsed {
  const parser = new Parser('qlara')
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const field of Object.values(fields)) for (const option of optionsOf(field)) parser.addOption(option);
  parser.argument(operands?.many ? '[operands...]' : '[operand]');
  try {
    parser.parse(withoutSigns(words, fields), { from: 'user' });
  } catch (cause) {
    if (cause instanceof CommanderError) refuse(cause, fields);
    throw cause;
  }
  if (!operands && parser.args.length > 0)
    fail(
      'usage',
      'operand.unexpected',
      `unexpected argument ${JSON.stringify(parser.args[0])}`,
      'put text with spaces in quotes',
    );
  refuseSwallowed(words, fields);
  const given = parser.opts();
  const said: RawFlags = {};
  for (const [name, field] of Object.entries(fields)) {
    for (const flag of [field.alias, field.flag]) {
      const key = flag?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      if (key !== undefined && parser.getOptionValueSource(key) === 'cli') said[name] = given[key];
    }
  }
  return { said, operands: parser.args };
}

/** `-m=hi` is `-m hi`, as people know it from elsewhere; the parser would take `=hi` for the value. */
function withoutSigns(words: readonly string[], fields: Flags): string[] {
  const shorts = new Set(
    Object.values(fields).flatMap(({ short, type }) => (short && type ? [`-${short}`] : [])),
  );
  const takers = new Set(Object.values(fields).flatMap((field) => (field.type ? flagNames(field) : [])));
  const end = words.indexOf('--');
  return words.flatMap((word, index) => {
    const isFlag = (end === -1 || index < end) && word[2] === '=' && shorts.has(word.slice(0, 2));
    // Behind a flag that takes a value it is one.
    if (takers.has(words[index - 1] ?? '')) return [word];
    return isFlag ? [word.slice(0, 2), word.slice(3)] : [word];
  });
}

/**
 * A flag where the value of another should be is a value that was forgotten: `--force --json`. Who means it writes
 * `--message=--json`.
 */
function refuseSwallowed(words: readonly string[], fields: Flags): void {
  const all = Object.values(fields);
  const flags = new Set(all.flatMap(flagNames));
  const end = words.indexOf('--');
  for (const [index, word] of words.slice(0, end === -1 ? undefined : end).entries()) {
    const field = all.find((one) => one.type !== null && flagNames(one).includes(word));
    const next = words[index + 1] ?? '';
    // A flag that is a value itself takes none: what stands behind it is another matter.
    const isValue =
      index > 0 && all.some((one) => one.type !== null && flagNames(one).includes(words[index - 1] ?? ''));
    if (field?.type && !isValue && flags.has(next))
      fail(
        'usage',
        'flag.no-value',
        `${word} has no value: ${next} is a flag`,
        `use ${word} ${field.type.placeholder}, or ${flagNames(field)[0]}=${next} if that is the value`,
      );
  }
}

function optionsOf({ alias, ...field }: Flag<unknown>): Option[] {
  const { flag, short, type, many, negated, summary } = field;
  const others = alias === undefined ? [] : optionsOf({ ...field, flag: alias, short: undefined });
  const long = `${short ? `-${short}, ` : ''}--${flag}${type ? ' <value>' : ''}`;
  const option = new Option(long, summary);
  if (many) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return negated ? [option, new Option(`--no-${flag}`), ...others] : [option, ...others];
}

function refuse(cause: CommanderError, fields: Flags): never {
  const [first = '', second] = cause.message.replace(/^error: /, '').split('\n');
  const meant = second?.match(/Did you mean (?:one of )?(.*)\?/)?.[1];
  const message = first.replaceAll("'", '').replace('<value>', '').trim();
  switch (cause.code) {
    case 'commander.unknownOption':
      return fail(
        'usage',
        'flag.unknown',
        // What stands behind it may be a secret that somebody took for a value.
        message.replace('option', 'flag').replace(/=.*/s, ''),
        meant ? `did you mean ${meant}?` : '--help lists the flags',
      );
    case 'commander.optionMissingArgument': {
      const flag = message.match(/--([\w-]+)/)?.[1];
      const placeholder = Object.values(fields).find((field) => field.flag === flag)?.type?.placeholder;
      return fail('usage', 'flag.no-value', `--${flag} has no value`, `use --${flag} ${placeholder}`);
    }
    case 'commander.excessArguments':
      return fail('usage', 'operand.unexpected', 'too many arguments', 'put text with spaces in quotes');
    default:
      return fail('usage', 'line.invalid', message);
  }
}
