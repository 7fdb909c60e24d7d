import type { ExitKind } from '../errors.ts';
import type { Flags, Offers, Values } from '../input/flag.ts';
import type { Column } from '../output/columns.ts';
import type { Context } from './context.ts';

/** Words on the line that are not flags, and what a shell may offer for them. */
export interface Operands extends Offers {
  /** In help: `ID`. */
  placeholder: string;
  summary: string;
  many: boolean;
  /** What it may offer for those behind the first, where that is another matter. */
  next?: Offers;
  /** Whether the command cannot do without. */
  needed?: true;
  /** Not in help: taken only to be refused in better words. */
  unlisted?: true;
}

/** One thing that can be typed: data for parser, help and completions, and what it does. */
export interface Command<F extends Flags = Flags> {
  flags: F;
  operands?: Operands;
  /** The columns of its rows, for help; absent when it prints no rows. */
  columns?: readonly Pick<Column<never>, 'key' | 'summary'>[];
  /** What each does, and the line without the program's name. */
  examples: readonly (readonly [what: string, line: string])[];
  /** Whether it runs where the profile holds values that cannot be used, so that it can mend them. */
  allowInvalidConfig?: true;
  /** Anything else worth a paragraph in help. */
  notes?: string;
  /** Resolves to how it ended. @throws Failure */
  run(values: Values<F>, context: Context, operands: readonly string[]): Promise<ExitKind>;
}

/** Only gives `run` the types of its fields. */
export function command<F extends Flags>(declared: Command<F>): Command<F> {
  return declared;
}
