import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { readStdin } from '../input/text.ts';

/**
 * A secret, from whoever sits at the terminal, who sees nothing of it, or else from standard input less the last
 * line end.
 * @throws Failure `secret.missing`, `secret.lines`
 */
export async function readSecret(what: string, context: Context): Promise<string> {
  const { stdin } = context.io;
  const text = stdin.isTTY ? await asked(what, context) : await readStdin(stdin);
  const line = text.replace(/\r?\n$/, '');
  if (line.trim() === '') missing(what, `the ${what} is empty`);
  // The other lines may be secrets too: nothing of them is told.
  if (/[\r\n]/.test(line))
    fail('usage', 'secret.lines', 'standard input has more than one line', `pipe in only the ${what}`);
  return line;
}

async function asked(what: string, { io, settings, ask }: Context): Promise<string> {
  if (!settings.input || !io.stderr.isTTY) missing(what, `cannot prompt for the ${what}`);
  const { secret } = await ask();
  return secret(
    `${what} of profile ${settings.profile} for ${settings.baseUrl}:`,
    `type the ${what}, or press Ctrl-C`,
  );
}

function missing(what: string, message: string): never {
  fail(
    'usage',
    'secret.missing',
    message,
    `pipe the ${what} in, or run this in a terminal to type it at a hidden prompt`,
  );
}
