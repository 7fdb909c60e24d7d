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
    summary: `a setting and its value: ${settingNames.join(', ')}`,
    many: true,
    needed: true,
    choices: settingNames,
  },
  examples: [
    ['Numbers without a country code are Italian', 'profile set country IT'],
    ['The sender where none is named, in a profile of its own', 'profile set from ACME --profile shop'],
    ['As it was before', "profile set country ''"],
  ],
  notes:
    'The current profile, or that of --profile, which is made where there is none. An empty value removes the setting. A flag and the environment win over it.',
  async run(_, context, [key, value, ...others]) {
    const { configFolder, profile } = context.settings;
    const name = settingName(key);
    if (value === undefined)
      fail(
        'usage',
        'setting.no-value',
        `no value for ${name} is given`,
        `write \`qlara profile set ${name} ${settingTypes[name].placeholder}\`; '' removes it`,
      );
    if (others.length > 0)
      fail('usage', 'operand.unexpected', 'there are words too many', 'put a value with blanks into quotes');
    if (name === 'baseUrl') refuseSandbox(context, 'has no other address');
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
  if (key === undefined) fail('usage', 'setting.missing', 'no setting is named', `there are ${names}`);
  const name = settingNames.find((name) => name === key);
  if (name) return name;
  const meant = findNearest(key, settingNames);
  fail(
    'usage',
    'setting.unknown',
    `there is no setting ${JSON.stringify(key)}`,
    meant ? `did you mean ${meant}?` : `there are ${names}`,
  );
}
