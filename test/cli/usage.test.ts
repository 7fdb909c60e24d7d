import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { configure, freshHome, parseError, recorded, shell } from '../support/program.ts';
import { serve } from '../support/server.ts';

/** A command line, its error code and its hint. `N` stands for a valid number. */
type Case = [line: string, code: string, hint?: RegExp];

const cases: Case[] = [
  ['send sms --to Ada -m hi', 'phone.not-e164', /\+39\d+/],
  ['send sms --to 3901234567 -m hi', 'phone.not-e164', /--country IT/],
  ['send sms --to 393901234567 -m hi', 'phone.not-e164', /--country/],
  ['send sms --to N,12 -m hi', 'phone.not-e164', /\+39/],
  ['send sms --to +39390 -m hi', 'phone.invalid', /digits/],
  ['send sms --to N --to +999123456789 -m hi', 'phone.invalid'],
  ['send sms --to 3901234567 --country XX -m hi', 'country.unknown', /IT/],
  ['send sms --to 3901234567 --country Italy -m hi', 'country.unknown', /IT/],
  ["send sms --to '' -m hi", 'to.missing', /--to/],
  ['send sms -m hi', 'to.missing', /--to/],
  ['send sms --to N --from ABCDEFGHIJKL -m hi', 'sender.invalid', /11/],
  ['send sms --to N --from 12345678901234567 -m hi', 'sender.invalid', /16/],
  ["send sms --to N --from 'MY SHOP' -m hi", 'sender.invalid', /without spaces/],
  ["send sms --to N -m ''", 'text.empty', /--message/],
  ["send sms --to N -m ' \t '", 'text.empty', /--message/],
  ["send sms --to N -m '{a}' --var a=", 'text.empty'],
  ['send sms --to N', 'text.missing', /--message/],
  ['send sms --to N -m a -m b', 'text.twice', /once/],
  ["send sms --to N -m 'Hi {name}'", 'placeholder.missing', /--var name=/],
  ["send sms --to N -m 'Hi {name}' --var name=x --var nmae=y", 'placeholder.unknown', /--var name=/],
  ['send sms --to N -m hi --var name=x', 'placeholder.unknown', /--var/],
  ['send sms --to N -m hi --var name', 'var.invalid', /--var name=/],
  ['send sms --to N -m hi --vars-file /nowhere.json', 'vars.unreadable'],
  ['send sms --to N -m - --vars-file -', 'stdin.twice', /file/],
  ['send sms --to N -m hi --fallback', 'flag.unknown'],
  ['send sms --to N -m hi --template t', 'flag.unknown'],
  ['send rcs --to N', 'template.missing', /--template/],
  ['send rcs --to N -m hi', 'template.missing', /--template/],
  ['send whatsapp --to N', 'text.missing', /--template.*--message/],
  ['send whatsapp --to N --template t -m hi', 'text.twice', /--fallback/],
  ['send whatsapp --to N --template a --template b', 'template.twice', /once/],
  ['send --fallback --to N -m hi', 'template.missing', /--template/],
  ['send --fallback --to N --template t', 'text.missing', /--message/],
  ['send --to N -m hi', 'channel.missing', /send sms/],
  ['send sms --to N -m hi --mesage x', 'flag.unknown', /--message/],
  ['send sms --to N -m hi --watsch', 'flag.unknown', /--watch/],
  ['send sms --to N -m hi -Z', 'flag.unknown'],
  ['status --refrsh', 'flag.unknown', /--refresh|--no-refresh/],
  ['--bogus', 'flag.unknown'],
  ['--jsno', 'flag.unknown', /--json/],
  ['snd sms', 'command.unknown', /send/],
  ['send smss --to N -m hi', 'command.unknown', /send sms/],
  ['send watsapp --to N -m hi', 'command.unknown', /send whatsapp/],
  ['statsu', 'command.unknown', /status/],
  ['send xyzzy', 'command.unknown', /--help/],
  ['send sms --to N -m', 'flag.no-value', /--message TEXT/],
  ['send sms -m hi --to', 'flag.no-value', /--to/],
  ['status --limit', 'flag.no-value', /--limit/],
  ['send sms --to N -m hi there', 'operand.unexpected', /quotes/],
  ['credit here', 'operand.unexpected'],
  ['sandbox here', 'command.unknown'],
  ['send sms --to N -m hi -o xml', 'format.unknown', /table, json, ndjson, csv/],
  ['send sms --to N -m hi -o jsno', 'format.unknown', /did you mean json/],
  ['send sms --to N -m hi --json -o csv', 'output.twice', /one of them/],
  ['send sms --to N -m hi --columns id,statsu', 'columns.unknown', /status/],
  ['send sms --to N -m hi --columns xyzzy', 'columns.unknown', /createdAt/],
  ['status --columns id,statsu', 'columns.unknown', /status/],
  ['send sms --to N -m hi --color pink', 'choice.unknown', /never/],
  ['send sms --to N -m hi --dialect partnr', 'dialect.unknown', /partner/],
  ['send sms --to N -m hi --id a/b', 'id.invalid', /letters/],
  ["send sms --to N -m hi --id ''", 'id.invalid'],
  ['send sms --to N -m hi --id a,b', 'id.invalid'],
  ['send sms --to N,+393901234568 -m hi --id a', 'id.many', /one destination/],
  ['send sms --to N -m hi --wait --timeout soon', 'duration.invalid', /5m/],
  ['send sms --to N -m hi --wait --timeout 5', 'duration.invalid', /5m/],
  ['send sms --to N -m hi --base-url ftp://x', 'url.invalid', /https/],
  ['send sms --to N -m hi --base-url https://u:p@host', 'url.credentials', /QLARA_/],
  ['send sms --to N -m hi --sandbox --base-url http://x', 'sandbox.base-url', /one of them/],
  ['send sms --to N -m hi --profile a/b', 'profile.invalid'],
  ['status --only delivred', 'status.unknown', /delivered/],
  ['status --channel mail', 'channel.unknown', /sms/],
  ['status --limit 0', 'number.invalid'],
  ['status --limit 1e3', 'number.invalid'],
  ['status --since tomorrow', 'time.invalid', /1h/],
  ['status --since 05/06/2026', 'time.invalid', /2026-11-23/],
  ['status --since 1h30', 'duration.invalid'],
  ['status --no-refresh --wait', 'refresh.needed'],
  ['status a/b', 'id.invalid'],
  ['sandbox --port 65536', 'number.invalid'],
  ['sandbox --speed 0', 'number.invalid'],
  // A switch takes no value.
  ['send sms --to N -m hi --yes=1', 'flag.value', /--yes/],
  ['status --sandbox=true', 'flag.value', /--sandbox/],
  ['status --no-refresh=1', 'flag.value', /--no-refresh/],
  ['status --json=yes', 'flag.value', /--json/],
  // A flag of a neighboring command names that command.
  ['send sms --to N -m hi --no-check', 'flag.unknown', /`qlara send rcs`/],
  ['send sms --template t', 'flag.unknown', /`qlara send`, `qlara send rcs` and `qlara send whatsapp`/],
  ['send sms --fallback', 'flag.unknown', /`qlara send`/],
  ['inbox list --mark-read', 'flag.unknown', /`qlara inbox show`/],
  ['status --template t', 'flag.unknown', /qlara status --help/],
  // Nothing named.
  ['bulk show', 'operand.missing', /qlara bulk list/],
  ['bulk resume', 'operand.missing', /qlara bulk list/],
  ["bulk stop ''", 'operand.missing', /qlara bulk list/],
  ['templates show', 'operand.missing', /ID/],
  ['help statsues', 'command.unknown', /qlara help statuses/],
  ['help foo', 'command.unknown', /topics/],
  ['help bulk foo', 'command.unknown', /topics/],
  ['help send sms extra', 'operand.unexpected', /topic/],
  ['help statuses extra', 'operand.unexpected', /topic/],
  ['send sms --to N -m {a} --var a=1 --var a=2', 'var.twice', /once/],
];

describe.concurrent('an invalid value names its flag', () => {
  test.for([
    ['send sms --to N -m hi --concurrency x', '--concurrency'],
    ['send sms --to N -m hi --rate abc', '--rate'],
    ['send sms --to N -m hi --timeout soon', '--timeout'],
    ['send sms --to N -m hi --from ABCDEFGHIJKL', '--from'],
    ['send sms --to N -m hi --country XX', '--country'],
    ['send sms --to N -m hi --id a/b', '--id'],
    ["send sms --to N -m hi --override-opt-out ''", '--override-opt-out'],
    ["send sms --to N -m hi --force ' '", '--force'],
    ['send sms --to N -m hi --map x', '--map'],
    ['send sms --to N -m hi --var x', '--var'],
    ['status --limit 0', '--limit'],
    ['status --interval 1ms', '--interval'],
    ['status --since foo', '--since'],
    ['status --status foo', '--status'],
    ['status --only foo', '--status'],
    ['status --channel foo', '--channel'],
    ['status -o xml', '--output'],
    ['status --color pink', '--color'],
    ['status --base-url x', '--base-url'],
    ['status --dialect x', '--dialect'],
    ['status --profile a/b', '--profile'],
    ['sandbox --port 65536', '--port'],
    ['listen --allow x --forward-to y', '--forward-to'],
    ['inbox list --interval 1', '--interval'],
  ] as const)('%s', async ([line, flag], { expect }) => {
    const { code, stderr } = await invoke(split(line), { timeout: 5_000 });
    expect([code, stderr]).toEqual([2, expect.stringMatching(`^error: ${flag}: `)]);
  });

  test('a variable of the environment too', async ({ expect }) => {
    const { code, stderr } = await invoke(['status', '--sandbox'], { env: { QLARA_SANDBOX_SPEED: 'x' } });
    expect([code, stderr]).toEqual([2, expect.stringMatching('^error: QLARA_SANDBOX_SPEED: ')]);
  });
});

test('a flag and its older name add up', async () => {
  const home = freshHome();
  const to = '+393901230007,+393901234567';
  await invoke(['send', 'sms', '--to', to, '--message', 'hi', '--wait', '--sandbox'], { home });
  const filter = ['--status', 'rejected', '--only', 'delivered'];
  const { stdout } = await invoke(['status', ...filter, '--sandbox', '--json'], { home });
  expect(JSON.parse(stdout)).toHaveLength(2);
});

test('a help topic is printed as JSON too', async () => {
  const { stdout } = await invoke(['help', 'statuses', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    topic: 'statuses',
    about: expect.stringContaining('in doubt'),
    entries: expect.arrayContaining([{ name: 'read', summary: expect.any(String) }]),
  });
});

function split(line: string): string[] {
  const parts = line.match(/'[^']*'|\S+/g) ?? [];
  return parts.map((part) => part.replace(/\bN\b/, '+393901234567').replace(/^'(.*)'$/s, '$1'));
}

const sharedServer = serve();

describe.concurrent('an invalid command line exits with 2 and does nothing', () => {
  test.for(cases)('%s', async ([line, code, hint], { expect }) => {
    const home = freshHome();
    const { url } = await sharedServer;
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    const commandLine = split(line);
    const jsonRun = await invoke(['--json', ...commandLine], { home, env, timeout: 5_000 });
    expect([jsonRun.code, jsonRun.stdout]).toEqual([2, '']);
    const error = parseError(jsonRun);
    expect(error).toEqual({
      code,
      message: expect.any(String),
      hint: hint ? expect.stringMatching(hint) : error.hint,
      retryable: false,
    });
    expect(error.message).not.toMatch(/\.$|\n/);
    if (!commandLine.includes('--json')) {
      const plain = await invoke(commandLine, { home, env, timeout: 5_000 });
      const plainError = `error: ${error.message}\n${error.hint === null ? '' : `hint: ${error.hint}\n`}`;
      expect([plain.code, plain.stdout, plain.stderr]).toEqual([2, '', plainError]);
    }
    expect(await recorded(home)).toEqual([]);
  });
});

test('sent no requests for these command lines', async () => {
  expect((await sharedServer).seen).toEqual([]);
});

describe.concurrent('errors follow the output format, even on an invalid command line', () => {
  test.for([
    [['-o', 'json']],
    [['-ojson']],
    [['--output=json']],
    [['--output', 'ndjson']],
    [['-qo', 'json']],
  ] as const)('%j', async ([format], { expect }) => {
    const result = await invoke(['send', 'sms', '--bogus', ...format]);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([2, '', 'flag.unknown']);
  });

  test('QLARA_OUTPUT=json', async ({ expect }) => {
    const result = await invoke(['send', 'sms', '--bogus'], { env: { QLARA_OUTPUT: 'json' } });
    expect(parseError(result).code).toBe('flag.unknown');
  });
});

describe.concurrent('an invalid setup exits with 3', () => {
  const send = ['send', 'sms', '--to', '+393901234567', '-m', 'hi'];

  test('no key', async ({ expect }) => {
    const home = freshHome();
    const result = await invoke([...send, '--json'], { home });
    expect([result.code, result.stdout, parseError(result).code]).toEqual([3, '', 'credentials.missing']);
    expect(parseError(result).hint).toMatch(/qlara login.*QLARA_API_KEY.*\n.*--sandbox/);
    expect(await recorded(home)).toEqual([]);
  });

  test.for([
    ['malformed JSON', '{"profiles":'],
    ['an unknown setting', '{"profiles":{"default":{"color":"red"}}}'],
    ['an invalid grace period', '{"profiles":{"default":{"grace":"soon"}}}'],
    ['an invalid output format', '{"profiles":{"default":{"output":"xml"}}}'],
    ['an invalid URL', '{"profiles":{"default":{"baseUrl":"nowhere"}}}'],
    ['an invalid sender', '{"profiles":{"default":{"from":"much too long a name"}}}'],
    ['an invalid country', '{"profiles":{"default":{"country":"Italy"}}}'],
  ] as const)('names %s in the settings', async ([, text], { expect }) => {
    const home = freshHome();
    configure(home, text);
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: '' };
    const result = await invoke(send, { home, env, timeout: 5_000 });
    expect([result.code, result.stdout]).toEqual([3, '']);
    expect(result.stderr).toContain('config.json');
  });

  test('names QLARA_OUTPUT when its value is invalid', async ({ expect }) => {
    const result = await invoke(send, { env: { QLARA_API_KEY: 'any', QLARA_OUTPUT: 'xml' } });
    expect([2, 3]).toContain(result.code);
    expect(result.stderr).toContain('QLARA_OUTPUT');
  });

  test('reports a state folder that is not a folder', async ({ expect }) => {
    const server = await serve();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url, QLARA_STATE_DIR: '/dev/null/state' };
    const result = await invoke([...send, '--json'], { env });
    expect([result.code, result.stdout, parseError(result).code]).toEqual([3, '', 'ledger.unusable']);
    expect(parseError(result).hint).toContain('QLARA_STATE_DIR');
    expect(server.seen).toEqual([]);
  });
});

describe.concurrent('a command in a hint works as printed', () => {
  const address = ['--base-url', 'http://127.0.0.1:2/api', '--profile', 'shop'];
  test.for([
    [
      'no key',
      ['send', 'sms', '--to', '+393901234567', '-m', 'hi'],
      '`qlara login --profile shop --base-url',
    ],
    ['an unknown bulk', ['bulk', 'show', 'x'], '`qlara bulk list --profile shop --base-url'],
    ['no bulk', ['bulk', 'show'], '`qlara bulk list --profile shop --base-url'],
    ['no profile', ['profile', 'use'], '`qlara profile list` lists'],
    ['an unknown flag', ['status', '--template', 'x'], '`qlara status --help` lists'],
  ] as const)('%s', async ([, line, hint], { expect }) => {
    const { stderr } = await invoke([...line, ...address]);
    expect(stderr).toContain(hint);
  });

  test('a file that is refused names the whole check', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'my rows.csv');
    writeFileSync(file, 'to,Nome\n+393901234567,Ada\n3471234567,\nx,y\n');
    const args = ['--file', file, '-m', 'Hi {nome}, {x}', '--var', 'x=a b', '--country', 'IT', '--sandbox'];
    const { stderr } = await invoke(['send', 'sms', ...args, '--yes'], { home });
    const [, command = ''] = /`(qlara check .*)` lists all problems/.exec(stderr) ?? [];
    const checked = await shell(`${command} -o csv`, { home });
    expect([checked.code, checked.stdout]).toEqual([2, expect.stringContaining('3 rows, 1 invalid')]);
  });
});
