import type { Context } from './context.ts';

/** Returns the flags that a command in a hint needs to see the same messages, with a leading space. */
export function repeatFlags({ settings, io }: Pick<Context, 'settings' | 'io'>): string {
  const { sandbox, profile, usualProfile, namedUrl } = settings;
  if (sandbox) return ' --sandbox';
  const own = profile === usualProfile ? '' : ` --profile ${profile}`;
  // Another gateway does not know these messages. The environment also applies to the next command.
  const named = namedUrl !== undefined && namedUrl !== io.env.QLARA_BASE_URL;
  return named ? `${own} --base-url ${namedUrl}` : own;
}
