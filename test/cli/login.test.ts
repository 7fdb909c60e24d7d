import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import {
  freshHome,
  type Home,
  only,
  parseError,
  type RunResult,
  readAllBytes,
  run,
  start,
  until,
} from '../support/program.ts';
import {
  type Answer,
  empty,
  envelope,
  hang,
  html,
  json,
  malformedChunks,
  redirect,
  reset,
  serve,
  text,
  truncated,
} from '../support/server.ts';

const key = 'ak_live_0123456789abcdef';
const credentialsPath = (home: Home) => join(home.config, 'credentials.json');
const whoami = async (home: Home, ...more: string[]) =>
  only(
    JSON.parse((await invoke(['whoami', '--json', ...more], { home })).stdout) as Record<string, unknown>[],
  );
const expectNoSecrets = ({ stdout, stderr }: RunResult) => {
  expect(stdout + stderr).not.toContain(key);
  return expect(stdout).toBe('');
};

describe.concurrent('login', () => {
  test('stores a key from standard input after the gateway accepts it', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 10.5, availableCredit: 10 }) });
    const result = await invoke(['login', '--base-url', server.url], { home, stdin: `${key}\n` });
    expectNoSecrets(result);
    expect([result.code, result.stderr]).toEqual([
      0,
      `profile default: logged in to ${server.url}\nthe key is stored in ${credentialsPath(home)}, which only you can read\n`,
    ]);
    expect(server.seen[0]).toMatchObject({
      method: 'GET',
      path: '/api/v1/partner-gateway/subscription/credit',
      headers: { 'x-api-key': key },
    });
    expect(await whoami(home)).toMatchObject({
      profile: 'default',
      source: credentialsPath(home),
      key: 'ak_l****ef',
    });
    // The address is kept for the profile.
    const settings = JSON.parse(readFileSync(join(home.config, 'config.json'), 'utf8'));
    expect(settings.profiles).toEqual({ default: { baseUrl: server.url } });
  });

  test('keeps address and dialect for the profile that is named', async ({ expect }) => {
    const home = freshHome();
    const line = [
      'login',
      '--no-check',
      '--profile',
      'shop',
      '--base-url',
      'http://x/api',
      '--dialect',
      'partner',
    ];
    expect((await invoke(line, { home, stdin: `${key}\n` })).code).toBe(0);
    // An address from the environment is not.
    const env = { QLARA_BASE_URL: 'http://y/api' };
    expect((await invoke(['login', '--no-check'], { home, env, stdin: `${key}\n` })).code).toBe(0);
    const settings = JSON.parse(readFileSync(join(home.config, 'config.json'), 'utf8'));
    expect(settings.profiles).toEqual({ shop: { baseUrl: 'http://x/api', dialect: 'partner' } });
  });

  test('falls back to the older endpoint', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: [envelope(404, 'no such path'), json(200, { credit: '10.324' })] });
    const { code } = await invoke(['login', '--base-url', server.url], { home, stdin: key });
    expect(code).toBe(0);
    expect(server.seen.map(({ path }) => path).slice(0, 2)).toEqual([
      '/api/v1/partner-gateway/subscription/credit',
      '/api/services/sms/credit',
    ]);
  });

  test('stores a username and a password with spaces', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const args = ['login', '--username', 'ada', '--base-url', server.url, '--profile', 'shop'];
    expect((await invoke(args, { home, stdin: ' pass: word \r\n' })).code).toBe(0);
    const sent = String(server.seen[0]?.headers.authorization).replace('Basic ', '');
    expect(Buffer.from(sent, 'base64').toString()).toBe('ada: pass: word ');
    expect(await whoami(home, '--profile', 'shop')).toMatchObject({ username: 'ada', key: '****' });
  });

  test('uses stored credentials, unless the environment has others', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    await invoke(['login', '--no-check'], { home, stdin: key });
    const send = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--base-url', server.url];
    expect((await invoke(send, { home })).code).toBe(0);
    expect((await invoke(send, { home, env: { QLARA_API_KEY: 'other' } })).code).toBe(0);
    expect(server.posts().map(({ headers }) => headers['x-api-key'])).toEqual([key, 'other']);
  });

  test('stores one key per profile', async ({ expect }) => {
    const home = freshHome();
    await invoke(['login', '--no-check'], { home, stdin: 'key-of-default-0001' });
    await invoke(['login', '--no-check', '--profile', 'shop'], { home, stdin: 'key-of-shop-0000002' });
    await invoke(['login', '--no-check'], { home, stdin: 'key-of-default-0003' });
    expect([(await whoami(home)).key, (await whoami(home, '--profile', 'shop')).key]).toEqual([
      'key-****03',
      'key-****02',
    ]);
  });

  const failures: [name: string, answer: Answer, exit: number, code: string][] = [
    ['refuses the key', envelope(401, `no such key ${key}`), 3, 'gateway.unauthorized'],
    ['forbids the address', envelope(403, 'address'), 3, 'gateway.forbidden'],
    ['has neither endpoint', envelope(404, 'no such path'), 3, 'gateway.not-found'],
    ['redirects', redirect('http://127.0.0.1:9/'), 3, 'gateway.redirected'],
    ['fails', envelope(500, `failed for ${key}`), 4, 'gateway.failing'],
    ['returns an HTML page', html(200), 4, 'gateway.unreadable'],
    ['returns an empty body', empty(200), 4, 'gateway.unreadable'],
    ['returns an unexpected body', json(200, { credit: null, key }), 4, 'gateway.unreadable'],
    ['repeats the key', text(200, key), 4, 'gateway.unreadable'],
    ['limits the rate for long', envelope(429, 'slow', { retryAfter: 999 }), 4, 'gateway.limited'],
    ['resets the connection', reset(), 4, 'gateway.unreachable'],
    ['truncates the response', truncated(), 4, 'gateway.unreachable'],
    ['sends malformed chunks', malformedChunks(), 4, 'gateway.unreachable'],
  ];
  test.for(failures)('stores nothing when the gateway %s', async ([, answer, exit, code], { expect }) => {
    const home = freshHome();
    const server = await serve({ get: answer });
    const args = ['login', '--json', '--verbose', '--base-url', server.url];
    const result = await invoke(args, { home, stdin: key, timeout: 28_000 });
    expectNoSecrets(result);
    expect([result.code, parseError(result).code]).toEqual([exit, code]);
    expect(readAllBytes(home)).not.toContain(key);
  });

  test('keeps the old key when a new one is refused', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: envelope(401, 'no') });
    await invoke(['login', '--no-check'], { home, stdin: key });
    await invoke(['login', '--base-url', server.url], { home, stdin: 'another' });
    expect((await whoami(home)).key).toBe('ak_l****ef');
  });

  test('stores the key with --no-check when the gateway is unreachable', async ({ expect }) => {
    const home = freshHome();
    expect((await invoke(['login', '--json'], { home, stdin: key })).code).toBe(4);
    expect(existsSync(credentialsPath(home))).toBe(false);
    const result = await invoke(['login', '--no-check'], { home, stdin: key });
    expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('stored without testing')]);
    expect(readFileSync(credentialsPath(home), 'utf8')).toContain(key);
  });

  test('stores nothing after Ctrl-C during the check', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: hang() });
    const running = start(['login', '--base-url', server.url], { home, stdin: key });
    await until(() => server.seen.length > 0, 'a request');
    running.child.kill('SIGINT');
    expect((await running.done).code).toBe(130);
    expect(readAllBytes(home)).not.toContain(key);
  });

  test.for<[name: string, args: string[], stdin: string | undefined, exit: number, code: string]>([
    ['no input', [], undefined, 2, 'secret.missing'],
    ['empty input', [], '\n', 2, 'secret.missing'],
    ['no input and --no-input', ['--no-input'], undefined, 2, 'secret.missing'],
    ['two lines', [], `${key}\n${key}\n`, 2, 'secret.lines'],
    ['invalid characters', [], `${key}é`, 3, 'credentials.invalid'],
    ['spaces', [], `${key} ${key}`, 3, 'credentials.invalid'],
    ['a key as an argument', [key], key, 2, 'secret.on-line'],
    ['a key as a flag', [`--api-key=${key}`], key, 2, 'flag.unknown'],
    ['the sandbox', ['--sandbox'], key, 2, 'profile.reserved'],
    ['the sandbox by name', ['--profile', 'sandbox'], key, 2, 'profile.reserved'],
    ['a username with a colon', ['--username', 'a:b'], key, 2, 'username.invalid'],
    ['an empty username', ['--username', ''], key, 2, 'username.invalid'],
    ['a profile that is a path', ['--profile', '../x'], key, 2, 'profile.invalid'],
    ['a profile named __proto__', ['--profile', '__proto__'], key, 2, 'profile.invalid'],
  ])('refuses %s', async ([, args, stdin, exit, code], { expect }) => {
    const home = freshHome();
    const options = stdin === undefined ? { home } : { home, stdin };
    const result = await invoke(['login', '--json', '--no-check', ...args], options);
    expectNoSecrets(result);
    expect([result.code, parseError(result).code]).toEqual([exit, code]);
    expect(readAllBytes(home)).not.toContain(key);
  });

  test('reports a folder that is not writable', async ({ expect }) => {
    const env = { QLARA_CONFIG_DIR: '/dev/null/config' };
    const result = await invoke(['login', '--no-check', '--json'], { env, stdin: key });
    expect([result.code, parseError(result).code]).toEqual([3, 'config.unwritable']);
  });
});

describe.concurrent('logout', () => {
  test('removes the key, and succeeds when there is none', async ({ expect }) => {
    const home = freshHome();
    await invoke(['login', '--no-check'], { home, stdin: key });
    const [first, second] = [await invoke(['logout'], { home }), await invoke(['logout'], { home })];
    expect([first.code, first.stderr]).toEqual([0, 'profile default: the key was removed\n']);
    expect([second.code, second.stderr]).toEqual([0, 'profile default: no key was stored\n']);
    expect(readAllBytes(home)).not.toContain(key);
    expect((await invoke(['credit'], { home })).code).toBe(3);
  });

  test('warns that the environment still has a key', async ({ expect }) => {
    const { stderr } = await invoke(['logout'], { env: { QLARA_API_KEY: key } });
    expect(stderr).toContain('the environment still sets credentials');
  });
});

describe.concurrent('whoami', () => {
  test('names the environment variable and masks the key', async ({ expect }) => {
    const home = freshHome();
    for (const [value, shown] of [
      ['0123456789abcdef', '0123****ef'],
      ['0123456789abcde', '****'],
      ['x', '****'],
    ] as const) {
      const result = await invoke(['whoami', '--json'], { home, env: { QLARA_API_KEY: value } });
      expect(JSON.parse(result.stdout)).toEqual([
        {
          profile: 'default',
          baseUrl: 'http://127.0.0.1:1/api',
          dialect: 'partner',
          ledger: null,
          source: 'environment',
          username: null,
          key: shown,
        },
      ]);
    }
  });

  test('exits with 3 without a key', async ({ expect }) => {
    const result = await invoke(['whoami', '--json']);
    expect(JSON.parse(result.stdout)).toMatchObject([{ source: null, key: null }]);
    expect([result.code, parseError(result).code]).toEqual([3, 'credentials.missing']);
  });

  test('needs no key for the sandbox', async ({ expect }) => {
    const result = await invoke(['whoami', '--json', '--sandbox']);
    expect([result.code, JSON.parse(result.stdout)]).toMatchObject([
      0,
      [{ source: 'sandbox', baseUrl: null }],
    ]);
  });
});

test('shows only the kind of the stored credentials in a dry run', async () => {
  const home = freshHome();
  await invoke(['login', '--no-check', '--username', 'ada'], { home, stdin: 'long-enough-password' });
  const args = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--dry-run', '--json'];
  const { stdout } = await invoke(args, { home });
  expect(JSON.parse(stdout)).toMatchObject([{ request: { headers: { authorization: '****' } } }]);
});

describe.concurrent('the credentials file', () => {
  test('is not written through a planted symlink', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const victim = join(home.path, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o666 });
    mkdirSync(home.config);
    symlinkSync(victim, `${credentialsPath(home)}.new`);
    const result = await invoke(['login', '--base-url', server.url], { home, stdin: key });
    expect([result.code, readFileSync(victim, 'utf8')]).toEqual([0, 'precious']);
    expect([
      lstatSync(credentialsPath(home)).isFile(),
      lstatSync(credentialsPath(home)).mode & 0o777,
    ]).toEqual([true, 0o600]);
    expect(readdirSync(home.config).filter((name) => name.startsWith('credentials'))).toEqual([
      'credentials.json',
    ]);
  });

  test('causes one warning per run if other users can read it', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const commandLine = ['--base-url', server.url];
    await invoke(['login', ...commandLine], { home, stdin: key });
    const warning = `warning: ${credentialsPath(home)} can be read by other users of this machine: \`chmod 600 ${credentialsPath(home)}\`\n`;
    for (const mode of [0o640, 0o604, 0o660, 0o666]) {
      chmodSync(credentialsPath(home), mode);
      for (const args of [
        ['credit'],
        ['whoami'],
        ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--dry-run'],
      ]) {
        const { stderr } = await run([...args, ...commandLine], { home });
        expect([args, mode, stderr.split(warning).length - 1]).toEqual([args, mode, 1]);
      }
    }
    chmodSync(credentialsPath(home), 0o600);
    for (const args of [['credit'], ['whoami']])
      expect((await invoke([...args, ...commandLine], { home })).stderr).not.toContain('warning');
    chmodSync(credentialsPath(home), 0o644);
    // Not read: the credentials are in the environment.
    const withEnvironment = await invoke(['credit', ...commandLine], { home, env: { QLARA_API_KEY: key } });
    expect(withEnvironment.stderr).not.toContain('warning');
  });
});
