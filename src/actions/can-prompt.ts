import type { Context } from '../app/context.ts';

/** Returns true if prompts are allowed and stdin and stderr are a terminal. */
export function canPrompt({ settings, io }: Context): boolean {
  return settings.input && io.stderr.isTTY && io.stdin.isTTY;
}
