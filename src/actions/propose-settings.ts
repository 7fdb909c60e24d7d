import type { Context } from '../app/context.ts';
import { repeatProfile } from '../app/repeat-flags.ts';
import { changeConfig, readConfig } from '../config/profiles.ts';
import { Failure } from '../errors.ts';
import type { NeededSetting } from '../gateway/dialect.ts';
import { type DialectName, loadDialect } from '../gateway/dialects.ts';
import type { Detection } from '../services/detect-dialect.ts';

/** What each setting is needed for, and a placeholder for its value. */
const needs: Readonly<Record<NeededSetting, { what: string; value: string }>> = {
  from: { what: 'SMS needs a sender ID', value: 'NAME' },
  agentId: { what: 'RCS needs an agent', value: 'N' },
  phoneNumberId: { what: 'WhatsApp needs a number to send from', value: 'N' },
};

/**
 * Finds out which dialect the gateway speaks, says so, and prints the commands that set what the profile lacks for it. The
 * dialect itself is set only if the gateway has every call of it and none of another, and the user has named none.
 */
export async function proposeSettings(context: Context): Promise<void> {
  const { notices } = context;
  notices.startSpinner('asking the gateway which dialect it speaks');
  const found = await context.detectDialect();
  notices.stopSpinner();
  if (found.hasNoStatus)
    notices.info(
      'note: this gateway cannot be asked for the status of messages: a send in doubt stays in doubt until `qlara resolve` settles it',
    );
  if (found.answered.length > 1)
    notices.info(
      `the gateway answers calls of the dialects ${found.answered.join(' and ')}; the profile speaks ${context.settings.dialect}`,
    );
  if (found.dialect === undefined) return;
  await chooseDialect(found.dialect, found, context);
  await printMissing(found.dialect, context);
}

/** Sets the dialect of the profile, or proposes it, where it is another one. */
async function chooseDialect(
  dialect: DialectName,
  { isCertain }: Detection,
  context: Context,
): Promise<void> {
  const { settings, io, notices } = context;
  const { configFolder, profile } = settings;
  if (dialect === settings.dialect) {
    notices.info(`the gateway seems to speak the ${dialect} dialect, as the profile does`);
    return;
  }
  const stored = (await readConfig(configFolder)).profiles[profile]?.dialect;
  const isNamed = Boolean(settings.onLine.dialect ?? (io.env.QLARA_DIALECT || stored));
  if (!isCertain || isNamed) {
    notices.info(
      `the gateway seems to speak the ${dialect} dialect: ${printSetting('dialect', dialect, context)} uses it`,
    );
    return;
  }
  await changeConfig(configFolder, ({ current, profiles }) => ({
    current,
    profiles: { ...profiles, [profile]: { ...profiles[profile], dialect } },
  }));
  notices.info(`profile ${profile}: dialect is ${dialect}, which the gateway speaks`);
}

/** Prints a command for each setting that the dialect needs and the profile lacks. */
async function printMissing(dialect: DialectName, context: Context): Promise<void> {
  const { settings, notices } = context;
  const { neededSettings } = await loadDialect(dialect);
  for (const name of neededSettings) {
    if (settings[name] !== undefined) continue;
    const { what, value } = needs[name];
    const known = name === 'phoneNumberId' ? await findOnlyNumber(dialect, context) : undefined;
    notices.info(`${what}: ${printSetting(name, known ?? value, context)}`);
  }
}

function printSetting(name: string, value: string, context: Context): string {
  return `\`qlara profile set ${name} ${value}${repeatProfile(context)}\``;
}

/** Returns the id of the only active WhatsApp number of the account; undefined if there are others, or none is known. */
async function findOnlyNumber(dialect: DialectName, context: Context): Promise<string | undefined> {
  try {
    const active = (await context.numbers(dialect)).filter(({ status }) => status === 'active');
    return active.length === 1 ? active[0]?.id : undefined;
  } catch (cause) {
    if (!(cause instanceof Failure) || !/^(?:gateway|dialect)\./.test(cause.code)) throw cause;
    return undefined;
  }
}
