import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { configure, freshHome, type Home, parseError, run } from '../support/program.ts';
import { serve } from '../support/server.ts';

const invokeJson = async (args: string[], home: Home) =>
  JSON.parse((await invoke([...args, '--json'], { home })).stdout) as Record<string, unknown>[];
const readConfig = (home: Home) => readFileSync(join(home.config, 'config.json'), 'utf8');
const set = (home: Home, ...args: string[]) => invoke(['profile', 'set', ...args], { home });

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
    ['phoneNumberId', 'waba-num-001', 'no/5'],
    ['rcsTemplate', '7', 'my template'],
    ['stopWords', 'stop, no more', 'stop,'],
    ['startWords', 'start', ','],
    ['ledger', 'postgres://ada@db.example/qlara?sslmode=verify-full', 'mysql://db.example/qlara'],
    ['ledgerWait', '60m', '61m'],
  ] as const)('%s accepts %s and refuses %s', async ([name, good, bad], { expect }) => {
    const home = freshHome();
    expect((await set(home, name, bad)).code).toBe(2);
    expect((await set(home, name, good)).code).toBe(0);
    expect(JSON.parse(readConfig(home))).toEqual({
      version: 2,
      current: 'default',
      profiles: { default: { [name]: good } },
    });
    expect(await invokeJson(['profile', 'show', '--columns', 'key,value'], home)).toContainEqual({
      key: name,
      value: good,
    });
    expect((await set(home, name, '')).code).toBe(0);
    expect(JSON.parse(readConfig(home)).profiles.default).toEqual({});
  });

  test('applies a setting', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: '' };
    await set(home, 'baseUrl', server.url);
    await set(home, 'country', 'IT');
    const result = await invoke(['send', 'sms', '-t', '3901234567', '-m', 'hi'], { home, env });
    expect([result.code, server.posts()[0]?.body.phoneNumber]).toEqual([0, '+393901234567']);
  });

  test.for<[args: string[], code: string, hint: RegExp]>([
    [['baseURL', 'x'], 'setting.unknown', /did you mean baseUrl/],
    [['xyzzy', 'x'], 'setting.unknown', /phoneNumberId/],
    [[], 'setting.missing', /baseUrl/],
    [['from'], 'setting.no-value', /from SENDER/],
    [['from', 'MY', 'SHOP'], 'operand.unexpected', /quotes/],
    [['baseUrl', 'http://x', '--sandbox'], 'profile.reserved', /--profile/],
    [['ledger', 'postgres://h/d', '--sandbox'], 'profile.reserved', /--profile/],
    [['ledger', 'postgres://h/d?sslmode=full'], 'ledger.url', /verify-full/],
    [['ledgerWait', 'soon'], 'duration.invalid', /5m/],
    [['ledgerWait', '0'], 'duration.invalid', /from 0s to 1h/],
    [['ledgerWait', '61m'], 'number.too-large', /from 0s to 1h/],
  ])('refuses %j', async ([args, code, hint], { expect }) => {
    const result = await set(freshHome(), ...args, '--json');
    expect([result.code, parseError(result).code]).toEqual([2, code]);
    expect(parseError(result).hint).toMatch(hint);
  });

  test('repairs an invalid value', async ({ expect }) => {
    const home = freshHome({ grace: 'soon', output: 'xml' });
    expect((await invoke(['status'], { home })).code).toBe(3);
    expect((await set(home, 'grace', '15s')).code).toBe(0);
    expect((await set(home, 'output', 'json')).code).toBe(0);
    expect((await invoke(['status'], { home })).code).toBe(0);
  });

  test('keeps a file that it cannot read', async ({ expect }) => {
    const home = freshHome();
    configure(home, '{"profiles":');
    const result = await set(home, 'from', 'ACME');
    expect([result.code, readConfig(home)]).toEqual([3, '{"profiles":']);
    expect(result.stderr).toContain(join(home.config, 'config.json'));
  });

  test('loses nothing with concurrent commands', async ({ expect }) => {
    const home = freshHome();
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const result = await Promise.all(
      names.map((name) => run(['profile', 'set', 'from', 'ACME', '--profile', name], { home })),
    );
    expect(result.map(({ code }) => code)).toEqual(names.map(() => 0));
    expect(Object.keys(JSON.parse(readConfig(home)).profiles).sort()).toEqual(names.sort());
  });
});

describe.concurrent('profile selection', () => {
  test('prefers the flag, then the environment, then the current profile', async ({ expect }) => {
    const home = freshHome();
    for (const name of ['a', 'b', 'c']) await set(home, 'from', name, '--profile', name);
    const used = async (args: string[], env: Record<string, string> = {}) =>
      JSON.parse((await invoke(['whoami', '--json', ...args], { home, env })).stdout)[0].profile;
    expect((await invoke(['profile', 'use', 'a'], { home })).code).toBe(0);
    const inB = { QLARA_PROFILE: 'b' };
    expect([await used([]), await used([], inB), await used(['--profile', 'c'], inB)]).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(await invokeJson(['profile', 'list', '--columns', 'name,current'], home)).toEqual([
      { name: 'default', current: false },
      { name: 'a', current: true },
      { name: 'b', current: false },
      { name: 'c', current: false },
    ]);
  });

  test('names the profile in hints unless it is the current one', async ({ expect }) => {
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

  test.for<[flags: string[], command: string]>([
    [[], 'qlara profile set dialect platform'],
    [['--profile', 'shop'], 'qlara profile set dialect platform --profile shop'],
    [['--sandbox'], 'qlara profile set dialect platform --profile sandbox'],
  ])('names the profile of a setting in a hint with %j', async ([flags, command], { expect }) => {
    const home = freshHome();
    const { stderr } = await invoke(['numbers', ...flags], { home, env: { QLARA_API_KEY: 'any' } });
    expect(stderr).toContain(`\`${command}\``);
    expect((await invoke(command.split(' ').slice(1), { home })).code).toBe(0);
    expect((await invoke(['whoami', '--json', ...flags], { home })).stdout).toContain('"platform"');
  });

  test('accepts the sandbox as the current profile', async ({ expect }) => {
    const home = freshHome();
    expect((await invoke(['profile', 'use', 'sandbox'], { home })).code).toBe(0);
    const result = await invoke(['send', 'sms', '--to', '+393901234567', '-m', 'hi'], { home });
    expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('nothing leaves this machine')]);
  });

  test('removes settings and key after confirmation', async ({ expect }) => {
    const home = freshHome();
    await set(home, 'from', 'ACME', '--profile', 'shop');
    await invoke(['login', '--no-check', '--profile', 'shop'], { home, stdin: 'key-of-shop' });
    await invoke(['profile', 'use', 'shop'], { home });
    const unconfirmed = await invoke(['profile', 'remove', 'shop', '--json'], { home });
    expect([unconfirmed.code, parseError(unconfirmed).code]).toEqual([2, 'confirm.missing']);
    expect((await invoke(['profile', 'remove', 'shop', '--yes'], { home })).code).toBe(0);
    expect(JSON.parse(readConfig(home))).toEqual({ version: 2, current: 'default', profiles: {} });
    expect(readFileSync(join(home.config, 'credentials.json'), 'utf8')).toBe('{}\n');
    expect(await invokeJson(['profile', 'list', '--columns', 'name'], home)).toEqual([{ name: 'default' }]);
  });

  test.for<[args: string[], code: string]>([
    [['use', 'shoop'], 'profile.unknown'],
    [['use'], 'profile.missing'],
    [['use', 'a/b'], 'profile.invalid'],
    [['show', 'shoop'], 'profile.unknown'],
    [['remove', 'shoop', '--yes'], 'profile.unknown'],
    [['remove', 'sandbox', '--yes'], 'profile.reserved'],
    [['remove', '--yes'], 'profile.missing'],
    [['rename'], 'command.unknown'],
  ])('exits with 2 for %j', async ([args, code], { expect }) => {
    const home = freshHome();
    await set(home, 'from', 'ACME', '--profile', 'shop');
    const result = await invoke(['profile', ...args, '--json'], { home });
    expect([result.code, parseError(result).code]).toEqual([2, code]);
    if (args[1] === 'shoop') expect(parseError(result).hint).toBe('did you mean shop?');
  });

  test('reports an invalid profile name in config.json', async () => {
    const home = freshHome();
    configure(home, '{"version":2,"current":"../x"}');
    const result = await invoke(['status'], { home });
    expect([result.code, result.stderr]).toEqual([3, expect.stringContaining('config.json, current: ')]);
    expect((await invoke(['profile', 'use', 'default'], { home })).code).toBe(0);
    expect((await invoke(['status'], { home })).code).toBe(0);
  });
});

test.skipIf(process.platform !== 'linux')(
  'reports a folder that cannot be created without waiting',
  async () => {
    const result = await run(['profile', 'set', 'country', 'IT', '--json'], {
      env: { QLARA_CONFIG_DIR: '/proc/nowhere' },
      timeout: 5_000,
    });
    expect([result.code, parseError(result).code]).toEqual([3, 'config.unwritable']);
  },
);
