import { refuseSandbox } from '../../actions/find-profile.ts';
import { command } from '../../app/command.ts';
import { settingTypes } from '../../app/settings-schema.ts';
import { changeConfig, type SettingName, settingNames } from '../../config/profiles.ts';
import { fail } from '../../errors.ts';
import { findNearest } from '../../message/nearest.ts';

export default command({
  flags: {},
  allowInvalidConfig: true,
  operands: {
    placeholder: 'KEY VALUE',
    summary: `setting and its value: ${settingNames.join(', ')}`,
    many: true,
    required: true,
    choices: settingNames,
  },
  examples: [
    ['Set the country of numbers without a country code', 'profile set country IT'],
    ['Set the default sender of another profile', 'profile set from ACME --profile shop'],
    ['Remove a setting', "profile set country ''"],
  ],
  notes:
    'Changes the current profile, or the one named with --profile, which is created if needed. An empty value removes the setting. Flags and the environment override settings.',
  async run(_, context, [key, value, ...others]) {
    const { configFolder, profile } = context.settings;
    const name = settingName(key);
    if (value === undefined)
      fail(
        'usage',
        'setting.no-value',
        `no value given for ${name}`,
        `\`qlara profile set ${name} ${settingTypes[name].placeholder}\`; the value '' removes it`,
      );
    if (others.length > 0)
      fail('usage', 'operand.unexpected', 'too many arguments', 'put a value with spaces in quotes');
    if (name === 'baseUrl') refuseSandbox(context, 'always uses the embedded gateway');
    if (name === 'ledger') refuseSandbox(context, 'always has a ledger of its own');
    if (value !== '') await settingTypes[name].read(value);
    await changeConfig(configFolder, ({ current, profiles }) => {
      const { [name]: _, ...kept } = profiles[profile] ?? {};
      return {
        current,
        profiles: { ...profiles, [profile]: value === '' ? kept : { ...kept, [name]: value } },
      };
    });
    context.notices.info(`profile ${profile}: ${name} is ${value === '' ? 'not set' : value}`);
    return 'ok';
  },
});

function settingName(key: string | undefined): SettingName {
  const names = settingNames.join(', ');
  if (key === undefined) fail('usage', 'setting.missing', 'no setting given', `use one of ${names}`);
  const name = settingNames.find((name) => name === key);
  if (name) return name;
  const meant = findNearest(key, settingNames);
  fail(
    'usage',
    'setting.unknown',
    `unknown setting ${JSON.stringify(key)}`,
    meant ? `did you mean ${meant}?` : `use one of ${names}`,
  );
}
