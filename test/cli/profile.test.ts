import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { configure, errorOf, freshHome, type Home, run } from '../support/program.ts';
import { serve } from '../support/server.ts';

const rows = async (words: string[], home: Home) =>
  JSON.parse((await invoke([...words, '--json'], { home })).stdout) as Record<string, unknown>[];
const fileOf = (home: Home) => readFileSync(join(home.config, 'config.json'), 'utf8');
const set = (home: Home, ...words: string[]) => invoke(['profile', 'set', ...words], { home });

describe.concurrent('profile set', () => {
  test.for([
    ['baseUrl', 'https://example.org/api', 'nowhere'],
    ['dialect', 'partner', 'legacy'],
    ['output', 'json', 'xml'],
    ['from', 'ACME', 'MY SHOP'],
    ['country', 'IT', 'Italy'],
    ['rate', '20/s', 'fast'],
    ['grace', '15s', 'soon'],
    ['agentId', '10', 'ten'],
    ['phoneNumberId', '5', '0'],
    ['stopWords', 'stop, no more', 'stop,'],
    ['startWords', 'start', ','],
  ] as const)('%s takes %s and not %s', async ([name, good, bad], { expect }) => {
    const home = freshHome();
    expect((await set(home, name, bad)).code).toBe(2);
    expect((await set(home, name, good)).code).toBe(0);
    expect(JSON.parse(fileOf(home))).toEqual({
      version: 2,
      current: 'default',
      profiles: { default: { [name]: good } },
    });
    expect(await rows(['profile', 'show', '--columns', 'key,value'], home)).toContainEqual({
      key: name,
      value: good,
    });
    expect((await set(home, name, '')).code).toBe(0);
    expect(JSON.parse(fileOf(home)).profiles.default).toEqual({});
  });

  test('a setting is used', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: '' };
    await set(home, 'baseUrl', server.url);
    await set(home, 'country', 'IT');
    const ran = await invoke(['send', 'sms', '-t', '3901234567', '-m', 'hi'], { home, env });
    expect([ran.code, server.posts()[0]?.body.phoneNumber]).toEqual([0, '+393901234567']);
  });

  test.for<[words: string[], code: string, hint: RegExp]>([
    [['baseURL', 'x'], 'setting.unknown', /did you mean baseUrl/],
    [['xyzzy', 'x'], 'setting.unknown', /phoneNumberId/],
    [[], 'setting.missing', /baseUrl/],
    [['from'], 'setting.no-value', /from SENDER/],
    [['from', 'MY', 'SHOP'], 'operand.unexpected', /quotes/],
    [['baseUrl', 'http://x', '--sandbox'], 'profile.reserved', /--profile/],
  ])('%j is wrong', async ([words, code, hint], { expect }) => {
    const ran = await set(freshHome(), ...words, '--json');
    expect([ran.code, errorOf(ran).code]).toEqual([2, code]);
    expect(errorOf(ran).hint).toMatch(hint);
  });

  test('mends a value that nothing else can run with', async ({ expect }) => {
    const home = freshHome({ grace: 'soon', output: 'xml' });
    expect((await invoke(['status'], { home })).code).toBe(3);
    expect((await set(home, 'grace', '15s')).code).toBe(0);
    expect((await set(home, 'output', 'json')).code).toBe(0);
    expect((await invoke(['status'], { home })).code).toBe(0);
  });

  test('keeps a file that it cannot read', async ({ expect }) => {
    const home = freshHome();
    configure(home, '{"profiles":');
    const ran = await set(home, 'from', 'ACME');
    expect([ran.code, fileOf(home)]).toEqual([3, '{"profiles":']);
    expect(ran.stderr).toContain(join(home.config, 'config.json'));
  });

  test('concurrent commands lose nothing', async ({ expect }) => {
    const home = freshHome();
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const ran = await Promise.all(
      names.map((name) => run(['profile', 'set', 'from', 'ACME', '--profile', name], { home })),
    );
    expect(ran.map(({ code }) => code)).toEqual(names.map(() => 0));
    expect(Object.keys(JSON.parse(fileOf(home)).profiles).sort()).toEqual(names.sort());
  });
});

describe.concurrent('profiles by name', () => {
  test('the one in use is that of the flag, of the environment, or the current one', async ({ expect }) => {
    const home = freshHome();
    for (const name of ['a', 'b', 'c']) await set(home, 'from', name, '--profile', name);
    const used = async (words: string[], env: Record<string, string> = {}) =>
      JSON.parse((await invoke(['whoami', '--json', ...words], { home, env })).stdout)[0].profile;
    expect((await invoke(['profile', 'use', 'a'], { home })).code).toBe(0);
    const inB = { QLARA_PROFILE: 'b' };
    expect([await used([]), await used([], inB), await used(['--profile', 'c'], inB)]).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(await rows(['profile', 'list', '--columns', 'name,current'], home)).toEqual([
      { name: 'default', current: false },
      { name: 'a', current: true },
      { name: 'b', current: false },
      { name: 'c', current: false },
    ]);
  });

  test('a hint names the profile where it is not the current one', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: { play() {} } });
    await set(home, 'from', 'A', '--profile', 'a');
    await invoke(['profile', 'use', 'a'], { home });
    const send = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--wait', '--timeout', '50ms'];
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    expect((await invoke(send, { home, env })).stderr).not.toContain('--profile');
    expect((await invoke([...send, '--profile', 'default'], { home, env })).stderr).toContain(
      'qlara status --profile default',
    );
  });

  test('the sandbox can be the current one', async ({ expect }) => {
    const home = freshHome();
    expect((await invoke(['profile', 'use', 'sandbox'], { home })).code).toBe(0);
    const ran = await invoke(['send', 'sms', '--to', '+393901234567', '-m', 'hi'], { home });
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('nothing leaves this machine')]);
  });

  test('remove takes settings and key, and wants to be sure', async ({ expect }) => {
    const home = freshHome();
    await set(home, 'from', 'ACME', '--profile', 'shop');
    await invoke(['login', '--no-check', '--profile', 'shop'], { home, stdin: 'key-of-shop' });
    await invoke(['profile', 'use', 'shop'], { home });
    const asked = await invoke(['profile', 'remove', 'shop', '--json'], { home });
    expect([asked.code, errorOf(asked).code]).toEqual([2, 'confirm.missing']);
    expect((await invoke(['profile', 'remove', 'shop', '--yes'], { home })).code).toBe(0);
    expect(JSON.parse(fileOf(home))).toEqual({ version: 2, current: 'default', profiles: {} });
    expect(readFileSync(join(home.config, 'credentials.json'), 'utf8')).toBe('{}\n');
    expect(await rows(['profile', 'list', '--columns', 'name'], home)).toEqual([{ name: 'default' }]);
  });

  test.for<[words: string[], code: string]>([
    [['use', 'shoop'], 'profile.unknown'],
    [['use'], 'profile.missing'],
    [['use', 'a/b'], 'profile.invalid'],
    [['show', 'shoop'], 'profile.unknown'],
    [['remove', 'shoop', '--yes'], 'profile.unknown'],
    [['remove', 'sandbox', '--yes'], 'profile.reserved'],
    [['remove', '--yes'], 'profile.missing'],
    [['rename'], 'command.unknown'],
  ])('%j ends with 2', async ([words, code], { expect }) => {
    const home = freshHome();
    await set(home, 'from', 'ACME', '--profile', 'shop');
    const ran = await invoke(['profile', ...words, '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, code]);
    if (words[1] === 'shoop') expect(errorOf(ran).hint).toBe('did you mean shop?');
  });

  test('an invalid profile name in config.json is reported with the file', async () => {
    const home = freshHome();
    configure(home, '{"version":2,"current":"../x"}');
    const ran = await invoke(['status'], { home });
    expect([ran.code, ran.stderr]).toEqual([3, expect.stringContaining('config.json, current: ')]);
    expect((await invoke(['profile', 'use', 'default'], { home })).code).toBe(0);
    expect((await invoke(['status'], { home })).code).toBe(0);
  });
});

test.skipIf(process.platform !== 'linux')(
  'a folder that cannot be made is an error, not a wait',
  async () => {
    const ran = await run(['profile', 'set', 'country', 'IT', '--json'], {
      env: { QLARA_CONFIG_DIR: '/proc/nowhere' },
      timeout: 5_000,
    });
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'config.unwritable']);
  },
);
