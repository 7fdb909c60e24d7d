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
  bytesIn,
  errorOf,
  freshHome,
  type Home,
  only,
  type Ran,
  run,
  start,
  until,
} from '../support/program.ts';
import {
  type Answer,
  empty,
  envelope,
  garbage,
  html,
  json,
  never,
  redirect,
  reset,
  serve,
  text,
  truncated,
} from '../support/server.ts';

const key = 'ak_live_0123456789abcdef';
const file = (home: Home) => join(home.config, 'credentials.json');
const whoami = async (home: Home, ...more: string[]) =>
  only(
    JSON.parse((await invoke(['whoami', '--json', ...more], { home })).stdout) as Record<string, unknown>[],
  );
const silent = ({ stdout, stderr }: Ran) => {
  expect(stdout + stderr).not.toContain(key);
  return expect(stdout).toBe('');
};

describe.concurrent('login', () => {
  test('stores a key from standard input once the gateway has accepted it', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 10.5, availableCredit: 10 }) });
    const ran = await invoke(['login', '--base-url', server.url], { home, stdin: `${key}\n` });
    silent(ran);
    expect([ran.code, ran.stderr]).toEqual([
      0,
      `profile default: logged in to ${server.url}\nthe key is stored in ${file(home)}, which only you can read\n`,
    ]);
    expect(server.seen.map(({ method, path, headers }) => [method, path, headers['x-api-key']])).toEqual([
      ['GET', '/api/v1/partner-gateway/subscription/credit', key],
    ]);
    expect(await whoami(home)).toMatchObject({ profile: 'default', source: file(home), key: 'ak_l****ef' });
  });

  test('asks the older call where there is no newer one', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: [envelope(404, 'no such path'), json(200, { credit: '10.324' })] });
    const { code } = await invoke(['login', '--base-url', server.url], { home, stdin: key });
    expect(code).toBe(0);
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/api/v1/partner-gateway/subscription/credit',
      '/api/services/sms/credit',
    ]);
  });

  test('takes a password for a name, blanks and all', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const words = ['login', '--username', 'ada', '--base-url', server.url, '--profile', 'shop'];
    expect((await invoke(words, { home, stdin: ' pass: word \r\n' })).code).toBe(0);
    const sent = String(server.seen[0]?.headers.authorization).replace('Basic ', '');
    expect(Buffer.from(sent, 'base64').toString()).toBe('ada: pass: word ');
    expect(await whoami(home, '--profile', 'shop')).toMatchObject({ username: 'ada', key: '****' });
  });

  test('a later send uses what is stored, and the environment wins', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    await invoke(['login', '--no-check'], { home, stdin: key });
    const send = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--base-url', server.url];
    expect((await invoke(send, { home })).code).toBe(0);
    expect((await invoke(send, { home, env: { QLARA_API_KEY: 'other' } })).code).toBe(0);
    expect(server.posts().map(({ headers }) => headers['x-api-key'])).toEqual([key, 'other']);
  });

  test('one profile has one key, and another one another', async ({ expect }) => {
    const home = freshHome();
    await invoke(['login', '--no-check'], { home, stdin: 'key-of-default-0001' });
    await invoke(['login', '--no-check', '--profile', 'shop'], { home, stdin: 'key-of-shop-0000002' });
    await invoke(['login', '--no-check'], { home, stdin: 'key-of-default-0003' });
    expect([(await whoami(home)).key, (await whoami(home, '--profile', 'shop')).key]).toEqual([
      'key-****03',
      'key-****02',
    ]);
  });

  const rude: [name: string, answer: Answer, exit: number, code: string][] = [
    ['refuses the key', envelope(401, `no such key ${key}`), 3, 'gateway.unauthorized'],
    ['forbids the address', envelope(403, 'address'), 3, 'gateway.forbidden'],
    ['has neither call', envelope(404, 'no such path'), 3, 'gateway.not-found'],
    ['sends elsewhere', redirect('http://127.0.0.1:9/'), 3, 'gateway.redirected'],
    ['fails', envelope(500, `failed for ${key}`), 4, 'gateway.failing'],
    ['is a page that greets everybody', html(200), 4, 'gateway.unreadable'],
    ['says nothing', empty(200), 4, 'gateway.unreadable'],
    ['says something else', json(200, { credit: null, key }), 4, 'gateway.unreadable'],
    ['repeats the key', text(200, key), 4, 'gateway.unreadable'],
    ['limits for long', envelope(429, 'slow', { retryAfter: 999 }), 4, 'gateway.limited'],
    ['resets', reset(), 4, 'gateway.unreachable'],
    ['is cut', truncated(), 4, 'gateway.unreachable'],
    ['babbles', garbage(), 4, 'gateway.unreachable'],
  ];
  test.for(rude)('stores nothing where the gateway %s', async ([, answer, exit, code], { expect }) => {
    const home = freshHome();
    const server = await serve({ get: answer });
    const words = ['login', '--json', '--verbose', '--base-url', server.url];
    const ran = await invoke(words, { home, stdin: key, timeout: 28_000 });
    silent(ran);
    expect([ran.code, errorOf(ran).code]).toEqual([exit, code]);
    expect(bytesIn(home)).not.toContain(key);
  });

  test('keeps the old key where a new one is refused', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: envelope(401, 'no') });
    await invoke(['login', '--no-check'], { home, stdin: key });
    await invoke(['login', '--base-url', server.url], { home, stdin: 'another' });
    expect((await whoami(home)).key).toBe('ak_l****ef');
  });

  test('without a gateway, --no-check stores the key all the same', async ({ expect }) => {
    const home = freshHome();
    expect((await invoke(['login', '--json'], { home, stdin: key })).code).toBe(4);
    expect(existsSync(file(home))).toBe(false);
    const ran = await invoke(['login', '--no-check'], { home, stdin: key });
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('stored without testing')]);
    expect(readFileSync(file(home), 'utf8')).toContain(key);
  });

  test('Ctrl-C while the gateway thinks stores nothing', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: never() });
    const running = start(['login', '--base-url', server.url], { home, stdin: key });
    await until(() => server.seen.length > 0, 'the gateway is asked');
    running.child.kill('SIGINT');
    expect((await running.done).code).toBe(130);
    expect(bytesIn(home)).not.toContain(key);
  });

  test.for<[name: string, words: string[], stdin: string | undefined, exit: number, code: string]>([
    ['nothing to read', [], undefined, 2, 'secret.missing'],
    ['nothing in it', [], '\n', 2, 'secret.missing'],
    ['nothing to read and nobody to ask', ['--no-input'], undefined, 2, 'secret.missing'],
    ['two lines', [], `${key}\n${key}\n`, 2, 'secret.lines'],
    ['letters no key has', [], `${key}é`, 3, 'credentials.invalid'],
    ['blanks within', [], `${key} ${key}`, 3, 'credentials.invalid'],
    ['a key on the line', [key], key, 2, 'secret.on-line'],
    ['a key as a flag', [`--api-key=${key}`], key, 2, 'flag.unknown'],
    ['the sandbox', ['--sandbox'], key, 2, 'profile.reserved'],
    ['the sandbox by its name', ['--profile', 'sandbox'], key, 2, 'profile.reserved'],
    ['a name with a colon', ['--username', 'a:b'], key, 2, 'username.invalid'],
    ['no name', ['--username', ''], key, 2, 'username.invalid'],
    ['a profile that is a path', ['--profile', '../x'], key, 2, 'profile.invalid'],
    ['a profile of every object', ['--profile', '__proto__'], key, 2, 'profile.invalid'],
  ])('does nothing with %s', async ([, words, stdin, exit, code], { expect }) => {
    const home = freshHome();
    const options = stdin === undefined ? { home } : { home, stdin };
    const ran = await invoke(['login', '--json', '--no-check', ...words], options);
    silent(ran);
    expect([ran.code, errorOf(ran).code]).toEqual([exit, code]);
    expect(bytesIn(home)).not.toContain(key);
  });

  test('says when a folder cannot be written', async ({ expect }) => {
    const env = { QLARA_CONFIG_DIR: '/dev/null/config' };
    const ran = await invoke(['login', '--no-check', '--json'], { env, stdin: key });
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'config.unwritable']);
  });
});

describe.concurrent('logout', () => {
  test('forgets the key, and twice is no failure', async ({ expect }) => {
    const home = freshHome();
    await invoke(['login', '--no-check'], { home, stdin: key });
    const [first, second] = [await invoke(['logout'], { home }), await invoke(['logout'], { home })];
    expect([first.code, first.stderr]).toEqual([0, 'profile default: the key was removed\n']);
    expect([second.code, second.stderr]).toEqual([0, 'profile default: no key was stored\n']);
    expect(bytesIn(home)).not.toContain(key);
    expect((await invoke(['credit'], { home })).code).toBe(3);
  });

  test('says that the environment still has one', async ({ expect }) => {
    const { stderr } = await invoke(['logout'], { env: { QLARA_API_KEY: key } });
    expect(stderr).toContain('the environment still sets credentials');
  });
});

describe.concurrent('whoami', () => {
  test('names the environment variable without showing the key', async ({ expect }) => {
    const home = freshHome();
    for (const [value, shown] of [
      ['0123456789abcdef', '0123****ef'],
      ['0123456789abcde', '****'],
      ['x', '****'],
    ] as const) {
      const ran = await invoke(['whoami', '--json'], { home, env: { QLARA_API_KEY: value } });
      expect(JSON.parse(ran.stdout)).toEqual([
        {
          profile: 'default',
          baseUrl: 'http://127.0.0.1:1/api',
          dialect: 'partner',
          source: 'environment',
          username: null,
          key: shown,
        },
      ]);
    }
  });

  test('without a key ends with 3', async ({ expect }) => {
    const ran = await invoke(['whoami', '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ source: null, key: null }]);
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'credentials.missing']);
  });

  test('the sandbox needs none', async ({ expect }) => {
    const ran = await invoke(['whoami', '--json', '--sandbox']);
    expect([ran.code, JSON.parse(ran.stdout)]).toMatchObject([0, [{ source: 'sandbox', baseUrl: null }]]);
  });
});

test('a dry run shows of what kind the stored credentials are, and no more', async () => {
  const home = freshHome();
  await invoke(['login', '--no-check', '--username', 'ada'], { home, stdin: 'long-enough-password' });
  const words = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--dry-run', '--json'];
  const { stdout } = await invoke(words, { home });
  expect(JSON.parse(stdout)).toMatchObject([{ request: { headers: { authorization: '****' } } }]);
});

describe.concurrent('the file of the keys', () => {
  test('is not written through a planted link', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const victim = join(home.path, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o666 });
    mkdirSync(home.config);
    symlinkSync(victim, `${file(home)}.new`);
    const ran = await invoke(['login', '--base-url', server.url], { home, stdin: key });
    expect([ran.code, readFileSync(victim, 'utf8')]).toEqual([0, 'precious']);
    expect([lstatSync(file(home)).isFile(), lstatSync(file(home)).mode & 0o777]).toEqual([true, 0o600]);
    expect(readdirSync(home.config).filter((name) => name.startsWith('credentials'))).toEqual([
      'credentials.json',
    ]);
  });

  test('is warned of, once a run, where others can read it', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const line = ['--base-url', server.url];
    await invoke(['login', ...line], { home, stdin: key });
    const warning = `warning: ${file(home)} can be read by other users of this machine: \`chmod 600 ${file(home)}\`\n`;
    for (const mode of [0o640, 0o604, 0o660, 0o666]) {
      chmodSync(file(home), mode);
      for (const words of [
        ['credit'],
        ['whoami'],
        ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--dry-run'],
      ]) {
        const { stderr } = await run([...words, ...line], { home });
        expect([words, mode, stderr.split(warning).length - 1]).toEqual([words, mode, 1]);
      }
    }
    chmodSync(file(home), 0o600);
    for (const words of [['credit'], ['whoami']])
      expect((await invoke([...words, ...line], { home })).stderr).not.toContain('warning');
    chmodSync(file(home), 0o644);
    // Not read: the environment says who is asking.
    const other = await invoke(['credit', ...line], { home, env: { QLARA_API_KEY: key } });
    expect(other.stderr).not.toContain('warning');
  });
});
