import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { configure, environment, errorOf, freshHome, type Home, program, run } from '../support/program.ts';
import { hasTerminal, openScreen } from '../terminal/screen.ts';

const root = join(import.meta.dirname, '..', '..', 'completions');

/** Whether a shell is here. CI must have it; elsewhere its tests are left out. */
function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit']);
    return true;
  } catch {
    if (process.env.CI) throw new Error(`the tests of completions need ${shell}`);
    return false;
  }
}

/** What the gateway of the default profile has told: among it what would harm a shell, and what older versions wrote. */
const remembered = {
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

/** A home with a profile, a message, templates and a file, in which the shell finds the program. */
async function furnished(): Promise<{ home: Home; env: Record<string, string> }> {
  const home = freshHome();
  configure(home, '{"profiles":{"shop":{},"mailing":{}}}');
  await run(['send', 'sms', '--sandbox', '-t', '+393901234567', '-m', 'hi', '--id', 'order-1'], { home });
  await run(['templates', 'list', '--sandbox'], { home });
  writeFileSync(join(home.state, 'templates-default.json'), JSON.stringify(remembered));
  mkdirSync(join(home.path, 'bin'));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  writeFileSync(join(home.path, 'bin', 'qlara'), script, { mode: 0o755 });
  writeFileSync(join(home.path, 'values.json'), '{}');
  const env = environment(home, { LANG: 'C.UTF-8' });
  return { home, env: { ...env, PATH: `${join(home.path, 'bin')}:${env.PATH}` } };
}

let place: Awaited<ReturnType<typeof furnished>>;
beforeAll(async () => {
  place = await furnished();
});

/** A line as far as it is typed, and the words that end up offered. */
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

describe('in bash', () => {
  test.each([
    ...lines,
    ['qlara status --output=n', ['ndjson']],
    ['qlara send rcs --template=r', ['rcs_1']],
  ] as const)('%s', (line, offered) => {
    const asked = `
      . '${join(root, 'qlara.bash')}'; cd
      line=$1; COMP_WORDS=(\${line//=/ = }); [[ $line == *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); $(complete -p qlara | sed 's/.*-F //; s/ .*//'); printf '%s\\n' "\${COMPREPLY[@]}"`;
    const stdout = execFileSync('bash', ['-c', asked, 'bash', line], { env: place.env, encoding: 'utf8' });
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual(offered);
  });
});

describe.skipIf(!has('fish'))('in fish', () => {
  test.each([
    ...lines,
    ['qlara status --output=n', ['--output=ndjson']],
    ['qlara send rcs --template=r', ['--template=rcs_1']],
  ] as const)('%s', (line, offered) => {
    const asked = `cd; source '${join(root, 'qlara.fish')}'; complete -C '${line}'`;
    const stdout = execFileSync('fish', ['--no-config', '-c', asked], { env: place.env, encoding: 'utf8' });
    const words = stdout.split('\n').filter(Boolean);
    expect(words.map((word) => word.split('\t')[0]).sort()).toEqual(offered);
  });

  test('templates come with their names', () => {
    const asked = `cd; source '${join(root, 'qlara.fish')}'; complete -C 'qlara templates show --channel whatsapp '`;
    const stdout = execFileSync('fish', ['--no-config', '-c', asked], { env: place.env, encoding: 'utf8' });
    expect(stdout).toContain('wa_1\tSummer offer and more\nwa_old\nwa:2\t$(touch hacked) %F{red}, pending\n');
  });
});

describe.skipIf(!hasTerminal || !has('zsh'))('in zsh', () => {
  const open = async (rows: number) => {
    const screen = openScreen(110, rows, place.env, place.home);
    screen.type(`cd; exec zsh -f`);
    screen.type(`PS1='> '; autoload -Uz compinit; compinit -D -u; . '${join(root, '_qlara')}'; clear`);
    await screen.shows(/^>$/m);
    return screen;
  };

  test('every line', async () => {
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
      // Nothing to offer leaves the line as it is; what comes to stand behind it is seen at the next one.
      screen.press('C-u');
    }
  });

  test('commands and flags come with what they do', async () => {
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

  test('templates come with their names', async () => {
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

describe('what a script is told', () => {
  const ask = (words: string[], home: Home, env: Record<string, string> = {}) =>
    run(['__complete', ...words], { home, env });

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
  ])('%j', async (words, answer) => {
    expect(await ask(words, place.home)).toMatchObject({ code: 0, stdout: answer, stderr: '' });
  });

  test('templates are told with their names, and where they stand unless they can be sent', async () => {
    const all =
      `both\tother\nrcs_1\t${'x'.repeat(59)}…\n` +
      'wa_1\tSummer offer and more\nwa_old\nwa:2\t$(touch hacked) %F{red}, pending\n';
    expect(await ask(['templates'], place.home)).toMatchObject({ code: 0, stdout: all, stderr: '' });
    const rcs = (await ask(['templates', '', '--channel=rcs', '--sandbox'], place.home)).stdout;
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
  ])('a file of templates with %j in it tells none', async (text) => {
    const home = freshHome();
    mkdirSync(home.state);
    writeFileSync(join(home.state, 'templates-default.json'), text);
    expect(await ask(['templates'], home)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('templates are known once they were listed, made or sent, and no longer when they are deleted', async () => {
    const home = freshHome();
    const templates = (...words: string[]) => run(['templates', ...words, '--sandbox'], { home });
    const known = async () => (await ask(['templates', '', '--sandbox'], home)).stdout;
    expect(await known()).toBe('');
    // A list that hides some is not remembered.
    await templates('list', '--status', 'approved');
    await templates('list', '--limit', '3');
    expect(await known()).toBe('');
    const file = join(home.path, 'offer.json');
    writeFileSync(file, '{"name":"offer","lang":"en","category":"UTILITY","body":"Hi {name}"}');
    const made = await templates('create', file, '--channel', 'whatsapp', '--json');
    const { id } = JSON.parse(made.stdout)[0];
    expect(await known()).toBe(`${id}\toffer, pending\n`);
    await templates('list', '--channel', 'rcs');
    expect(await known()).toMatch(/^template_123\tgreeting\n/);
    expect(await known()).toContain(`${id}\toffer, pending\n`);
    await templates('delete', id, '--channel', 'whatsapp', '--yes');
    expect(await known()).not.toContain(id);
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
    expect(await known()).toContain('template_order\torder_shipped\n');
  });

  test('the profile of the environment counts, and the current one', async () => {
    expect((await ask(['ids'], place.home, { QLARA_PROFILE: 'sandbox' })).stdout).toBe('order-1\n');
    const home = freshHome();
    configure(home, '{"version":2,"current":"sandbox"}');
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'order-2'], { home });
    expect((await ask(['ids'], home)).stdout).toBe('order-2\n');
  });

  test('bulks are told with their names, or where their rows came from', async () => {
    const home = freshHome();
    writeFileSync(join(home.path, 'rows.csv'), 'to\n+393901231000\n+393901231001\n');
    const line = [
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
    for (const name of ['autumn\u001b[2J', 'winter']) await run([...line, '--name', name], { home });
    const { stdout } = await ask(['bulks', '', 'qlara', 'bulk', 'show', '--sandbox'], home);
    expect(stdout).toMatch(
      /^[\da-f-]{23}-0{12}\twinter, 2 messages\n[\da-f-]{23}-0{12}\tautumn, 2 messages\n$/,
    );
    expect((await ask(['bulks'], home)).stdout).toBe('');
  });

  test('of whoever has never run the program there is nothing, and nothing is made', async () => {
    const home = freshHome();
    expect((await ask(['ids'], home)).stdout).toBe('');
    expect((await ask(['profiles'], home)).stdout).toBe('default\nsandbox\n');
    expect(readdirSync(home.path)).toEqual([]);
  });

  test('what is broken is passed over in silence, as it is', async () => {
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

  test('another shell, or none', async () => {
    expect(errorOf(await run(['completion', 'fsh', '--json']))).toMatchObject({
      code: 'shell.unknown',
      hint: expect.stringContaining('did you mean'),
    });
    expect(errorOf(await run(['completion', '--json'])).code).toBe('shell.missing');
  });

  test('its help says where it goes', async () => {
    const { stdout } = await run(['completion', '--help']);
    for (const place of [/~\/\.bashrc/, /\$fpath/, /config\/fish\/completions/, /\$PROFILE/])
      expect(stdout).toMatch(place);
    expect(existsSync(root)).toBe(true);
  });
});
