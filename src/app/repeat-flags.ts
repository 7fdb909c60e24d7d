import type { Context } from './context.ts';

/** The flags that another command needs to see the same messages, with a blank before; for hints. */
export function repeatFlags({ settings, io }: Pick<Context, 'settings' | 'io'>): string {
  const { sandbox, profile, usualProfile, namedUrl } = settings;
  if (sandbox) return ' --sandbox';
  const own = profile === usualProfile ? '' : ` --profile ${profile}`;
  // Another gateway does not know these messages. What the environment names holds for the next command too.
  const named = namedUrl !== undefined && namedUrl !== io.env.QLARA_BASE_URL;
  return named ? `${own} --base-url ${namedUrl}` : own;
}
