import type { ExitKind } from '../errors.ts';
import type { Flags, Offers, Values } from '../input/flag.ts';
import type { Column } from '../output/columns.ts';
import type { Context } from './context.ts';

/** Operands of a command: words that are not flags, and what a shell may offer for them. */
export interface Operands extends Offers {
  /** Name in help: `ID`. */
  placeholder: string;
  summary: string;
  many: boolean;
  /** Completion of operands after the first one, if it differs. */
  next?: Offers;
  /** True if at least one is required. */
  required?: true;
  /** True if help does not show them: accepted only to be refused with a better message. */
  unlisted?: true;
}

/** A command: data for parser, help and completions, and its implementation. */
export interface Command<F extends Flags = Flags> {
  flags: F;
  operands?: Operands;
  /** Columns of its rows, for help; absent if it prints no rows. */
  columns?: readonly Pick<Column<never>, 'key' | 'summary'>[];
  /** Title of each example, and its line without the program's name. */
  examples: readonly (readonly [title: string, line: string])[];
  /** True if it runs with invalid settings in the profile, so that it can fix them. */
  allowInvalidConfig?: true;
  /** A paragraph for help. */
  notes?: string;
  /** Runs the command and resolves to its exit kind. @throws Failure */
  run(values: Values<F>, context: Context, operands: readonly string[]): Promise<ExitKind>;
}

/** Declares a command, so that `run` gets the types of its flags. */
export function command<F extends Flags>(declared: Command<F>): Command<F> {
  return declared;
}
