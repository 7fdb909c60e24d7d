import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';

/** Whether somebody sits there who can be asked. */
export function canPrompt({ settings, io }: Context): boolean {
  return settings.input && io.stderr.isTTY && io.stdin.isTTY;
}

/** A bulk is asked about. @throws Failure `yes.missing` where it was not said already, and nobody can be asked */
export function requireConfirmation({ yes }: { yes: boolean }, context: Context): void {
  if (yes || canPrompt(context)) return;
  fail(
    'usage',
    'yes.missing',
    'a bulk is asked about before it is sent, and nobody can be asked',
    'add --yes',
  );
}
