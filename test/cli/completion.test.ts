import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  configure,
  environment,
  freshHome,
  type Home,
  parseError,
  program,
  run,
} from '../support/program.ts';
import { hasTerminal, openScreen } from '../terminal/screen.ts';

const root = join(import.meta.dirname, '..', '..', 'completions');

/** Reports whether a shell is installed. CI must have it; elsewhere its tests are skipped. */
function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit']);
    return true;
  } catch {
    if (process.env.CI) throw new Error(`the tests of completions need ${shell}`);
    return false;
  }
}

/**
 * Cached templates of the default profile, with text that could harm a shell and entries of older versions.
 */
const cachedTemplates = {
  gateway: 'http://127.0.0.1:1/api',
  channels: {
    whatsapp: {
      at: 1,
      whole: true,
      problem: null,
      templates: [
        { id: 'wa_1', name: 'Summer \u001B[31moffer\u001B[0m\tand\nmore', status: 'approved' },
        { id: 'wa_old', status: 'approved' },
        { id: 'wa:2', name: '$(touch hacked) %F{red}', status: 'pending' },
        { id: 'both', name: 'hello', status: 'approved' },
        { id: '$(touch hacked)', name: 'evil', status: 'approved' },
        { id: 'two words', name: 'evil', status: 'approved' },
        { id: 'a;b', name: 'evil', status: 'approved' },
        { id: '--yes', name: 'evil', status: 'approved' },
        { id: 7, name: 8 },
        null,
        'x',
      ],
    },
    rcs: {
      at: 1,
      templates: [
        { id: 'both', name: 'other' },
        { id: 'rcs_1', name: 'x'.repeat(80) },
      ],
    },
  },
};

/** Creates a home with a profile, a message, templates and a file, and the program on its PATH. */
async function prepareHome(): Promise<{ home: Home; env: Record<string, string> }> {
  const home = freshHome();
  configure(home, '{"profiles":{"shop":{},"mailing":{}}}');
  await run(['send', 'sms', '--sandbox', '-t', '+393901234567', '-m', 'hi', '--id', 'order-1'], { home });
  await run(['templates', 'list', '--sandbox'], { home });
  writeFileSync(join(home.state, 'templates-default.json'), JSON.stringify(cachedTemplates));
  mkdirSync(join(home.path, 'bin'));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  writeFileSync(join(home.path, 'bin', 'qlara'), script, { mode: 0o755 });
  writeFileSync(join(home.path, 'values.json'), '{}');
  const env = environment(home, { LANG: 'C.UTF-8' });
  return { home, env: { ...env, PATH: `${join(home.path, 'bin')}:${env.PATH}` } };
}

let setup: Awaited<ReturnType<typeof prepareHome>>;
beforeAll(async () => {
  setup = await prepareHome();
});

/** A partial command line and the expected completions. */
const lines: [line: string, offered: string[]][] = [
  ['qlara se', ['send']],
  ['qlara send ', ['rcs', 'sms', 'whatsapp']],
  ['qlara send sms --ou', ['--output']],
  ['qlara send sms --fal', []],
  ['qlara send rcs --fal', ['--fallback']],
  ['qlara status --output ', ['csv', 'json', 'ndjson', 'table']],
  ['qlara status -o n', ['ndjson']],
  ['qlara --output json sta', ['status']],
  ['qlara --profile send sta', ['status']],
  ['qlara status --no-', ['--no-input', '--no-refresh']],
  ['qlara profile use s', ['sandbox', 'shop']],
  ['qlara status --profile m', ['mailing']],
  ['qlara status --sandbox or', ['order-1']],
  ['qlara --profile sandbox status or', ['order-1']],
  ['qlara status or', []],
  ['qlara profile set ph', ['phoneNumberId']],
  ['qlara completion z', ['zsh']],
  ['qlara help ex', ['exit-codes']],
  ['qlara send sms --vars-file val', ['values.json']],
  ['qlara templates show wa_', ['wa_1', 'wa_old']],
  ['qlara templates delete both', ['both']],
  ['qlara templates watch --sandbox template_p', ['template_pending']],
  ['qlara templates preview --profile sandbox template_4', ['template_456']],
  ['qlara templates preview --channel rcs w', []],
  ['qlara templates update rcs', ['rcs_1']],
  ['qlara templates update rcs_1 val', ['values.json']],
  ['qlara send rcs --template r', ['rcs_1']],
  ['qlara send whatsapp --template r', []],
  ['qlara send whatsapp --sandbox --template template_o', ['template_order']],
  ['qlara send --fallback --template bo', ['both']],
  ['qlara check --sandbox --template template_4', ['template_456']],
];

describe('bash', () => {
  test.each([
    ...lines,
    ['qlara status --output=n', ['ndjson']],
    ['qlara send rcs --template=r', ['rcs_1']],
    // The shell replaces only the part after the colon.
    ['qlara templates show --channel whatsapp wa:', ['2']],
    ['qlara templates show --channel whatsapp wa:2', ['2']],
    ['qlara send whatsapp --template wa:', ['2']],
    ['qlara send whatsapp --template=wa:', ['2']],
    ['qlara send whatsapp --template wa:2 --output n', ['ndjson']],
    ['qlara send whatsapp --base-url http://x --output n', ['ndjson']],
  ] as const)('%s', (line, offered) => {
    const script = `
      . '${join(root, 'qlara.bash')}'; cd
      line=\${1//:/ : }; COMP_WORDS=(\${line//=/ = }); [[ $1 == *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); $(complete -p qlara | sed 's/.*-F //; s/ .*//'); printf '%s\\n' "\${COMPREPLY[@]}"`;
    const stdout = execFileSync('bash', ['-c', script, 'bash', line], { env: setup.env, encoding: 'utf8' });
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual(offered);
  });
});

describe.skipIf(!isInstalled('fish'))('in fish', () => {
  test.each([
    ...lines,
    ['qlara status --output=n', ['--output=ndjson']],
    ['qlara send rcs --template=r', ['--template=rcs_1']],
  ] as const)('%s', (line, offered) => {
    const script = `cd; source '${join(root, 'qlara.fish')}'; complete -C '${line}'`;
    const stdout = execFileSync('fish', ['--no-config', '-c', script], { env: setup.env, encoding: 'utf8' });
    const args = stdout.split('\n').filter(Boolean);
    expect(args.map((word) => word.split('\t')[0]).sort()).toEqual(offered);
  });

  test('offers templates with their names', () => {
    const script = `cd; source '${join(root, 'qlara.fish')}'; complete -C 'qlara templates show --channel whatsapp '`;
    const stdout = execFileSync('fish', ['--no-config', '-c', script], { env: setup.env, encoding: 'utf8' });
    expect(stdout).toContain('wa_1\tSummer offer and more\nwa_old\nwa:2\t$(touch hacked) %F{red}, pending\n');
  });
});

describe.skipIf(!hasTerminal || !isInstalled('zsh'))('in zsh', () => {
  const open = async (rows: number) => {
    const screen = openScreen(110, rows, setup.env, setup.home);
    screen.type(`cd; exec zsh -f`);
    screen.type(`PS1='> '; autoload -Uz compinit; compinit -D -u; . '${join(root, '_qlara')}'; clear`);
    await screen.shows(/^>$/m);
    return screen;
  };

  test('completes every line', async () => {
    const screen = await open(30);
    for (const [line, offered] of [
      ...lines,
      ['qlara status --output=n', ['--output=ndjson']],
      ['qlara send rcs --template=r', ['--template=rcs_1']],
    ] as const) {
      screen.press('C-l');
      await screen.shows(/^>$/m);
      screen.keys(`${line}`);
      screen.press('Tab');
      const [only] = offered;
      const typed = line.slice(0, line.lastIndexOf(' ') + 1);
      if (offered.length === 1) await screen.shows(new RegExp(`^> ${typed}${only}$`, 'm'));
      else
        for (const word of offered)
          await screen.shows(new RegExp(`^(?!>).*(?<![\\w-])${word}(?![\\w-])`, 'm'));
      // Without completions the line stays unchanged; an unexpected one shows up with the next line.
      screen.press('C-u');
    }
  });

  test('offers commands and flags with their descriptions', async () => {
    const screen = await open(60);
    screen.keys('qlara send ');
    screen.press('Tab');
    await screen.shows(/^sms +-- send an SMS$/m);
    screen.press('C-u');
    screen.keys('qlara send sms --');
    screen.press('Tab');
    await screen.shows(/^--dry-run +-- show the plan/m);
    await screen.shows(/^--profile +-- profile to use/m);
  });

  test('offers templates with their names', async () => {
    const screen = await open(60);
    screen.keys('qlara templates show --channel whatsapp ');
    screen.press('Tab');
    await screen.shows(
      /^wa_1 {4}-- Summer offer and more\nwa_old\nwa:2 {4}-- \$\(touch hacked\) %F\{red\}, pending\nboth {4}-- hello$/m,
    );
    screen.press('C-u');
    screen.keys('qlara templates show --sandbox template_');
    screen.press('Tab');
    await screen.shows(/^template_456 +-- verification\n/m);
    await screen.shows(/^template_pending +-- summer_offer, pending\n/m);
  });
});

describe('answers to completion scripts', () => {
  const ask = (args: string[], home: Home, env: Record<string, string> = {}) =>
    run(['__complete', ...args], { home, env });

  test.each([
    [['profiles'], 'default\nsandbox\nshop\nmailing\n'],
    [['profiles', 'm'], 'mailing\n'],
    [['profiles', '""'], 'default\nsandbox\nshop\nmailing\n'],
    [['ids', '', 'qlara', 'status', '--sandbox'], 'order-1\n'],
    [['ids', '', 'qlara', '--profile=sandbox', 'status'], 'order-1\n'],
    [['ids', 'x', 'qlara', '--sandbox'], ''],
    [['ids', '', 'qlara', '--profile', '../sandbox'], ''],
    [['ids'], ''],
    [['constructor'], ''],
    [[], ''],
  ])('%j', async (args, answer) => {
    expect(await ask(args, setup.home)).toMatchObject({ code: 0, stdout: answer, stderr: '' });
  });

  test('offers templates with their names, and their status unless approved', async () => {
    const all =
      `both\tother\nrcs_1\t${'x'.repeat(59)}…\n` +
      'wa_1\tSummer offer and more\nwa_old\nwa:2\t$(touch hacked) %F{red}, pending\n';
    expect(await ask(['templates'], setup.home)).toMatchObject({ code: 0, stdout: all, stderr: '' });
    const rcs = (await ask(['templates', '', '--channel=rcs', '--sandbox'], setup.home)).stdout;
    expect(rcs).toMatch(/^template_123\tgreeting\ntemplate_456\tverification\n/);
    expect(rcs).not.toContain('template_order');
  });

  test.each([
    '',
    'null',
    '7',
    '{',
    '{"channels":null}',
    '{"channels":{"rcs":7}}',
    '{"channels":{"rcs":{"templates":{}}}}',
  ])('ignores a template cache with %j', async (text) => {
    const home = freshHome();
    mkdirSync(home.state);
    writeFileSync(join(home.state, 'templates-default.json'), text);
    expect(await ask(['templates'], home)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('offers templates that were listed, created or sent, and no deleted ones', async () => {
    const home = freshHome();
    const templates = (...args: string[]) => run(['templates', ...args, '--sandbox'], { home });
    const offered = async () => (await ask(['templates', '', '--sandbox'], home)).stdout;
    expect(await offered()).toBe('');
    // A filtered list is not cached.
    await templates('list', '--status', 'approved');
    await templates('list', '--limit', '3');
    expect(await offered()).toBe('');
    const file = join(home.path, 'offer.json');
    writeFileSync(file, '{"name":"offer","lang":"en","category":"UTILITY","body":"Hi {name}"}');
    const created = await templates('create', file, '--channel', 'whatsapp', '--json');
    const { id } = JSON.parse(created.stdout)[0];
    expect(await offered()).toBe(`${id}\toffer, pending\n`);
    await templates('list', '--channel', 'rcs');
    expect(await offered()).toMatch(/^template_123\tgreeting\n/);
    expect(await offered()).toContain(`${id}\toffer, pending\n`);
    await templates('delete', id, '--channel', 'whatsapp', '--yes');
    expect(await offered()).not.toContain(id);
    await run(
      [
        'send',
        'whatsapp',
        '-t',
        '+393901230001',
        '--template',
        'template_order',
        '--var',
        '1=a',
        '--var',
        '2=b',
        '--sandbox',
      ],
      { home },
    );
    expect(await offered()).toContain('template_order\torder_shipped\n');
  });

  test('uses the profile of the environment, and the current profile', async () => {
    expect((await ask(['ids'], setup.home, { QLARA_PROFILE: 'sandbox' })).stdout).toBe('order-1\n');
    const home = freshHome();
    configure(home, '{"version":2,"current":"sandbox"}');
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'order-2'], { home });
    expect((await ask(['ids'], home)).stdout).toBe('order-2\n');
  });

  test('offers bulks with their names, or the source of their rows', async () => {
    const home = freshHome();
    writeFileSync(join(home.path, 'rows.csv'), 'to\n+393901231000\n+393901231001\n');
    const commandLine = [
      'send',
      'sms',
      '-m',
      'hi',
      '--file',
      join(home.path, 'rows.csv'),
      '--sandbox',
      '--yes',
      '-q',
    ];
    for (const name of ['autumn\u001b[2J', 'winter']) await run([...commandLine, '--name', name], { home });
    const { stdout } = await ask(['bulks', '', 'qlara', 'bulk', 'show', '--sandbox'], home);
    expect(stdout).toMatch(
      /^winter\t.*, 2 messages\n[\da-f-]{23}-0{12}\twinter, 2 messages\n[\da-f-]{23}-0{12}\tautumn, 2 messages\n$/,
    );
    expect((await ask(['bulks'], home)).stdout).toBe('');
  });

  test('offers nothing before the first run, and creates nothing', async () => {
    const home = freshHome();
    expect((await ask(['ids'], home)).stdout).toBe('');
    expect((await ask(['profiles'], home)).stdout).toBe('default\nsandbox\n');
    expect(readdirSync(home.path)).toEqual([]);
  });

  test('ignores broken files without a message and leaves them unchanged', async () => {
    const home = freshHome();
    configure(home, '{"profiles":{"$(touch hacked)":{},"; ls":{},"ok":{}');
    mkdirSync(home.state);
    writeFileSync(join(home.state, 'default.db'), 'no ledger');
    expect(await ask(['ids'], home)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await ask(['profiles'], home)).toMatchObject({ code: 0, stderr: '' });
    configure(home, '{"profiles":{"$(touch hacked)":{},"; ls":{},"ok":{}}}');
    expect((await ask(['profiles'], home)).stdout).toBe('default\nsandbox\nok\n');
    expect(readFileSync(join(home.state, 'default.db'), 'utf8')).toBe('no ledger');
  });
});

describe('qlara completion', () => {
  test.each([
    ['bash', 'qlara.bash'],
    ['zsh', '_qlara'],
    ['fish', 'qlara.fish'],
    ['powershell', 'qlara.ps1'],
  ])('%s', async (shell, file) => {
    const { stdout } = await run(['completion', shell]);
    expect(stdout).toBe(readFileSync(join(root, file), 'utf8'));
  });

  test('refuses an unknown shell, or none', async () => {
    expect(parseError(await run(['completion', 'fsh', '--json']))).toMatchObject({
      code: 'shell.unknown',
      hint: expect.stringContaining('did you mean'),
    });
    expect(parseError(await run(['completion', '--json'])).code).toBe('shell.missing');
  });

  test('says in its help where the script goes', async () => {
    const { stdout } = await run(['completion', '--help']);
    for (const setup of [/~\/\.bashrc/, /\$fpath/, /config\/fish\/completions/, /\$PROFILE/])
      expect(stdout).toMatch(setup);
    expect(existsSync(root)).toBe(true);
  });
});
