import type { Context } from './context.ts';

/** The flags that another command needs to see the same messages, with a blank before; for hints. */
export function contextFlags({ settings }: Context): string {
  if (settings.sandbox) return ' --sandbox';
  return settings.profile === settings.usualProfile ? '' : ` --profile ${settings.profile}`;
}
