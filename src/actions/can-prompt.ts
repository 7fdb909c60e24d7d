import type { Context } from '../app/context.ts';

/** Whether somebody sits there who can be asked. */
export function canPrompt({ settings, io }: Context): boolean {
  return settings.input && io.stderr.isTTY && io.stdin.isTTY;
}
