import { CommanderError, Option, Command as Parser } from 'commander';
import type { Operands } from '../app/command.ts';
import { Failure, fail } from '../errors.ts';
import { type Flag, type Flags, flagNames, type RawFlags } from '../input/flag.ts';

/** A parsed command line: the flags by the names of their fields, and the operands. */
export interface ParsedLine {
  given: RawFlags;
  operands: string[];
}

/**
 * Parses the words after a command, without reading the values of flags.
 * @throws Failure `flag.*`, `operand.unexpected`
 */
export function parse(words: readonly string[], fields: Flags, operands: Operands | undefined): ParsedLine {
  const parser = new Parser('qlara')
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const field of Object.values(fields))
    for (const option of buildOptions(field)) parser.addOption(option);
  parser.argument(operands?.many ? '[operands...]' : '[operand]');
  try {
    parser.parse(splitShortFlags(words, fields), { from: 'user' });
  } catch (cause) {
    if (cause instanceof CommanderError) failParse(cause, fields);
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
  const options = parser.opts();
  const given: RawFlags = {};
  for (const [name, field] of Object.entries(fields)) {
    const values = [field.alias, field.flag].flatMap((flag) => {
      const key = flag?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      return key !== undefined && parser.getOptionValueSource(key) === 'cli' ? [options[key]] : [];
    });
    if (values.length > 0) given[name] = field.many ? values.flat() : values.at(-1);
  }
  return { given, operands: parser.args };
}

/** Splits `-m=hi` into `-m hi`, as other programs do; the parser would take `=hi` for the value. */
function splitShortFlags(words: readonly string[], fields: Flags): string[] {
  const shorts = new Set(
    Object.values(fields).flatMap(({ short, type }) => (short && type ? [`-${short}`] : [])),
  );
  const takers = new Set(Object.values(fields).flatMap((field) => (field.type ? flagNames(field) : [])));
  const end = words.indexOf('--');
  return words.flatMap((word, index) => {
    const isFlag = (end === -1 || index < end) && word[2] === '=' && shorts.has(word.slice(0, 2));
    // After a flag that takes a value, the word is that value.
    if (takers.has(words[index - 1] ?? '')) return [word];
    return isFlag ? [word.slice(0, 2), word.slice(3)] : [word];
  });
}

/**
 * Refuses a flag in the place of a value, as in `--force --json`: the value was forgotten. A value like that can be
 * written as `--message=--json`.
 */
function refuseSwallowed(words: readonly string[], fields: Flags): void {
  const all = Object.values(fields);
  const flags = new Set(all.flatMap(flagNames));
  const end = words.indexOf('--');
  for (const [index, word] of words.slice(0, end === -1 ? undefined : end).entries()) {
    const field = all.find((one) => one.type !== null && flagNames(one).includes(word));
    const next = words[index + 1] ?? '';
    // A flag that is itself a value takes none.
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

function buildOptions({ alias, ...field }: Flag<unknown>): Option[] {
  const { flag, short, type, many, negated, summary } = field;
  const others = alias === undefined ? [] : buildOptions({ ...field, flag: alias, short: undefined });
  const long = `${short ? `-${short}, ` : ''}--${flag}${type ? ' <value>' : ''}`;
  const option = new Option(long, summary);
  if (many) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return negated ? [option, new Option(`--no-${flag}`), ...others] : [option, ...others];
}

function failParse(cause: CommanderError, fields: Flags): never {
  const [first = '', second] = cause.message.replace(/^error: /, '').split('\n');
  const meant = second?.match(/Did you mean (?:one of )?(.*)\?/)?.[1];
  const message = first.replaceAll("'", '').replace('<value>', '').trim();
  switch (cause.code) {
    case 'commander.unknownOption': {
      // The value after `=` may be a secret, so it is not quoted.
      const [, flag = ''] = message.match(/(--?[^\s=]+)/) ?? [];
      const isSwitch = Object.values(fields).some(
        (field) => field.type === null && flagNames(field).includes(flag),
      );
      if (isSwitch) return fail('usage', 'flag.value', `${flag} takes no value`, `use ${flag} alone`);
      throw new Failure('usage', 'flag.unknown', `unknown flag ${flag}`, undefined, undefined, {
        flag,
        ...(meant && { meant }),
      });
    }
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
