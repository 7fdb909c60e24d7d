import type { Context } from './context.ts';

/** Returns the flags that a command in a hint needs to see the same messages, with a leading space. */
export function repeatFlags({ settings, io }: Pick<Context, 'settings' | 'io'>): string {
  const { sandbox, namedUrl } = settings;
  if (sandbox) return ' --sandbox';
  // Another gateway does not know these messages. The environment also applies to the next command.
  const named = namedUrl !== undefined && namedUrl !== io.env.QLARA_BASE_URL;
  return `${repeatProfile({ settings })}${named ? ` --base-url ${namedUrl}` : ''}`;
}

/** Returns the flag that a command in a hint needs to change the settings of the profile in use, with a leading space. */
export function repeatProfile({ settings }: Pick<Context, 'settings'>): string {
  const { profile, usualProfile } = settings;
  return profile === usualProfile ? '' : ` --profile ${profile}`;
}

/** Commands that need no profile. */
const withoutProfile = /^(?:(?:help|completion|sandbox)\b|profile (?!set\b))/;

/**
 * Adds the flags that select the profile and the gateway to each command in a text that lacks them, so that it works as
 * printed: lower layers do not know them. A setting belongs to a profile, not to a gateway.
 */
export function repeatInCommands(text: string, context: Pick<Context, 'settings' | 'io'>): string {
  return text.replace(/`qlara ([^`]+)`/g, (whole, line: string) => {
    if (withoutProfile.test(line)) return whole;
    const [, dialect] = /^profile set dialect (\w+)$/.exec(line) ?? [];
    if (dialect !== undefined && isDialectOverridden(context)) return selectDialect(dialect, context);
    const flags = line.startsWith('profile set ') ? repeatProfile(context) : repeatFlags(context);
    return line.includes(flags) ? whole : `\`qlara ${line}${flags}\``;
  });
}

/** Reports whether the dialect of this run is not that of the profile, or the gateway is not: setting it would not help. */
function isDialectOverridden({ settings, io }: Pick<Context, 'settings' | 'io'>): boolean {
  const { onLine } = settings;
  return Boolean(onLine.dialect ?? onLine.baseUrl ?? io.env.QLARA_DIALECT);
}

/** Returns what selects a dialect where the command line or the environment chose another one or another gateway. */
function selectDialect(dialect: string, { settings }: Pick<Context, 'settings'>): string {
  const { onLine } = settings;
  return onLine.dialect === undefined && onLine.baseUrl === undefined
    ? `\`QLARA_DIALECT=${dialect}\``
    : `\`--dialect ${dialect}\``;
}
