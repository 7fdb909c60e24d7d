import type { Context } from '../app/context.ts';
import { repeatProfile } from '../app/repeat-flags.ts';
import { changeConfig, type Profile, readConfig, type SettingName } from '../config/profiles.ts';
import { Failure } from '../errors.ts';
import type { NeededSetting } from '../gateway/dialect.ts';
import { type DialectName, loadDialect } from '../gateway/dialects.ts';
import type { Detection } from '../services/detect-dialect.ts';
import { canPrompt } from './can-prompt.ts';

/** The need for each setting, and a placeholder for its value. */
const needs: Readonly<Record<NeededSetting, Pick<Proposal, 'reason' | 'placeholder'>>> = {
  from: { reason: 'SMS needs a sender ID', placeholder: 'NAME' },
  agentId: { reason: 'RCS needs an agent', placeholder: 'N' },
  phoneNumberId: { reason: 'WhatsApp needs a number to send from', placeholder: 'N' },
};

/** A setting to propose, with the reason. */
interface Proposal {
  name: SettingName;
  reason: string;
  /** Undefined if only the user knows it. */
  value: string | undefined;
  placeholder: string;
}

/**
 * Finds out which dialect the gateway speaks, says so, and proposes what the profile lacks for it: in a terminal it asks
 * whether to set the values that it knows, else it prints the commands. The dialect itself is set without a question only
 * if the gateway has every call of it and none of another, and the user has named none.
 */
export async function proposeSettings(context: Context): Promise<void> {
  const { notices, settings } = context;
  notices.startSpinner('asking the gateway which dialect it speaks');
  const found = await context.detectDialect();
  notices.stopSpinner();
  if (found.hasNoStatus)
    notices.info(
      'note: this gateway cannot be asked for the status of messages: a send in doubt stays in doubt until `qlara resolve` settles it',
    );
  if (found.answered.length > 1)
    notices.info(
      `the gateway answers calls of the dialects ${found.answered.join(' and ')}; the profile speaks ${settings.dialect}`,
    );
  const proposals = [
    ...(found.dialect === undefined ? [] : await chooseDialect(found.dialect, found, context)),
    ...(await listMissing(found.dialect ?? settings.dialect, context)),
  ];
  const known = proposals.filter(({ value }) => value !== undefined);
  const isKept = known.length > 0 && (await confirmSettings(known, context));
  for (const { name, reason, value, placeholder } of proposals)
    if (!isKept || value === undefined)
      notices.info(`${reason}: ${describeSetting(name, value ?? placeholder, context)}`);
}

/** Returns the command that sets a value; for a dialect that the environment names, the variable. */
function describeSetting(name: string, value: string, context: Context): string {
  if (name === 'dialect' && context.io.env.QLARA_DIALECT) return `\`QLARA_DIALECT=${value}\``;
  return `\`qlara profile set ${name} ${value}${repeatProfile(context)}\``;
}

/** Asks in a terminal whether to set these settings, and sets them. Resolves to true if it did. */
async function confirmSettings(known: readonly Proposal[], context: Context): Promise<boolean> {
  if (!canPrompt(context)) return false;
  const { profile } = context.settings;
  for (const { reason } of known) context.notices.info(reason);
  const named = known.map(({ name, value }) => `${name} to ${value}`).join(' and ');
  if (!(await (await context.ask()).confirm(`Set ${named} in profile ${profile}?`))) return false;
  await storeSettings(Object.fromEntries(known.map(({ name, value }) => [name, value])), context);
  return true;
}

async function storeSettings(values: Profile, { settings, notices }: Context): Promise<void> {
  const { configFolder, profile } = settings;
  await changeConfig(configFolder, ({ current, profiles }) => ({
    current,
    profiles: { ...profiles, [profile]: { ...profiles[profile], ...values } },
  }));
  for (const [name, value] of Object.entries(values)) notices.info(`profile ${profile}: ${name} is ${value}`);
}

/** Sets the dialect of the profile, or proposes it, where it is another one. */
async function chooseDialect(
  dialect: DialectName,
  { isCertain }: Detection,
  context: Context,
): Promise<Proposal[]> {
  const { settings, io, notices } = context;
  const seems = `the gateway seems to speak the ${dialect} dialect`;
  if (dialect === settings.dialect) {
    notices.info(`${seems}, as the profile does`);
    return [];
  }
  const stored = (await readConfig(settings.configFolder)).profiles[settings.profile]?.dialect;
  const isNamed = Boolean(settings.onLine.dialect ?? (io.env.QLARA_DIALECT || stored));
  if (!isCertain || isNamed) return [{ name: 'dialect', reason: seems, value: dialect, placeholder: '' }];
  notices.info(`the gateway speaks the ${dialect} dialect`);
  await storeSettings({ dialect }, context);
  return [];
}

/** Lists the settings that the dialect needs and the profile lacks. */
async function listMissing(dialect: DialectName, context: Context): Promise<Proposal[]> {
  const { neededSettings } = await loadDialect(dialect);
  const missing = neededSettings.filter((name) => context.settings[name] === undefined);
  return Promise.all(
    missing.map(async (name) => {
      const value = name === 'phoneNumberId' ? await findOnlyNumber(dialect, context) : undefined;
      return { name, value, ...needs[name] };
    }),
  );
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
