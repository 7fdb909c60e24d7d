import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { type Country, numberSeparator, openPhoneParser } from '../message/phone.ts';

export const phoneOperands = {
  placeholder: 'NUMBER',
  summary: 'numbers in E.164, or national numbers with --country; commas allowed',
  many: true,
  required: true,
} as const;

/**
 * Reads the numbers among the arguments, without duplicates. An argument among `listed` stands for itself: the list of
 * opt-outs also has short codes and names.
 * @throws Failure `phone.*`, `operand.missing`
 */
export async function readPhoneArguments(
  words: readonly string[],
  named: Country | undefined,
  { settings }: Context,
  listed: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const read = await openPhoneParser(named ?? settings.country);
  const written = words
    .flatMap((word) => (listed.has(word) ? word : word.split(numberSeparator)))
    .filter((word) => word.trim() !== '');
  if (written.length === 0) fail('usage', 'operand.missing', 'no number given', 'write it as +393901234567');
  return [...new Set(written.map((word) => (listed.has(word) ? word : read(word))))];
}
