import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { readStdin } from '../input/text.ts';

/**
 * Reads a secret from a hidden prompt in a terminal, or else from standard input without the last line end.
 * @throws Failure `secret.missing`, `secret.lines`
 */
export async function readSecret(what: string, context: Context): Promise<string> {
  const { stdin } = context.io;
  const text = stdin.isTTY ? await promptSecret(what, context) : await readStdin(stdin);
  const line = text.replace(/\r?\n$/, '');
  if (line.trim() === '') failMissing(what, `the ${what} is empty`);
  // The other lines may be secrets too, so the message quotes none.
  if (/[\r\n]/.test(line))
    fail('usage', 'secret.lines', 'standard input has more than one line', `pipe in only the ${what}`);
  return line;
}

async function promptSecret(what: string, { io, settings, ask }: Context): Promise<string> {
  if (!settings.input || !io.stderr.isTTY) failMissing(what, `cannot prompt for the ${what}`);
  const { secret } = await ask();
  return secret(
    `${what} of profile ${settings.profile} for ${settings.baseUrl}:`,
    `type the ${what}, or press Ctrl-C`,
  );
}

function failMissing(what: string, message: string): never {
  fail(
    'usage',
    'secret.missing',
    message,
    `pipe the ${what} in, or run this in a terminal to type it at a hidden prompt`,
  );
}
