import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { invoke } from '../support/invoke.ts';
import {
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  recorded,
  start,
  until,
} from '../support/program.ts';
import { accept, acceptThen, envelope, serve, type TestGateway } from '../support/server.ts';
import { hasTerminal, openScreen } from '../terminal/screen.ts';

const ada = '+393901234567';
const bob = '+393901234568';
const eve = '+393901234569';

const envFor = (server: TestGateway) => ({ QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });
const getRecipients = (server: TestGateway) => server.posts().map(({ body }) => body.phoneNumber);

/** Creates a home in which these numbers have opted out. */
async function homeWithOptOuts(...numbers: string[]): Promise<Home> {
  const home = freshHome();
  await optOut(home, ...numbers);
  return home;
}

async function optOut(home: Home, ...numbers: string[]): Promise<void> {
  const result = await invoke(['optout', 'add', ...numbers, '--note', 'by phone'], { home });
  expect(result.code).toBe(0);
}

function writeRows(home: Home, ...lines: string[]): string {
  const path = join(home.path, 'rows.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe.concurrent('a send to an opted-out number', () => {
  const template = ['--template', 'template_123'];

  test.for([
    ['sms', ['sms', '-m', 'hi']],
    ['rcs', ['rcs', ...template, '--no-check']],
    ['whatsapp', ['whatsapp', ...template, '--no-check']],
    ['fallback chain', ['--fallback', '-m', 'hi', ...template, '--no-check']],
    ['unknown id', ['sms', '-m', 'hi', '--id', 'order-1']],
    ['simulation', ['sms', '-m', 'hi', '--simulate']],
  ] as const)('is refused for %s', async ([, args], { expect }) => {
    const home = await homeWithOptOuts(ada);
    const server = await serve();
    const result = await invoke(['send', ...args, '--to', ada, '--json'], { home, env: envFor(server) });
    expect([result.code, result.stdout, server.seen]).toEqual([2, '', []]);
    expect(parseError(result)).toMatchObject({
      code: 'destination.opted-out',
      message: expect.stringMatching(
        /^\+393901234567 opted out on \d{4}-\d\d-\d\d \d\d:\d\d: recorded by hand \(by phone\)$/,
      ),
      hint: expect.stringMatching(/`qlara optout remove \+393901234567`.*--override-opt-out REASON/),
      retryable: false,
    });
    expect(await recorded(home)).toEqual([]);
  });

  test('sends nothing to several numbers and names the opted-out ones', async ({ expect }) => {
    const home = await homeWithOptOuts(ada, eve);
    const server = await serve();
    const commandLine = ['send', 'sms', '-m', 'hi', '--to', `${ada},${bob},${eve}`, '--json'];
    const result = await invoke(commandLine, { home, env: envFor(server) });
    expect([result.code, server.seen]).toEqual([2, []]);
    expect(parseError(result).message).toMatch(
      /^2 destinations opted out: \+393901234567 .*, \+393901234569 /,
    );
    expect(await recorded(home)).toEqual([]);
    // Once those are removed, the message is sent.
    await invoke(['optout', 'remove', ada, eve], { home });
    expect((await invoke(commandLine, { home, env: envFor(server) })).code).toBe(0);
    expect(getRecipients(server).sort()).toEqual([ada, bob, eve]);
  });

  test('names the source of an inbound opt-out', async ({ expect }) => {
    const home = await homeWithOptOuts(bob);
    const ledger = await openLedger(join(home.state, 'default.db'));
    await ledger.optOuts.add([{ phone: ada, at: Date.now(), source: 'inbound', note: 'basta' }]);
    ledger.close();
    const result = await invoke(['send', 'sms', '-m', 'hi', '--to', ada], {
      home,
      env: { QLARA_API_KEY: 'key' },
    });
    expect(result.stderr).toMatch(/error: .*: they wrote "basta"\n/);
  });

  test('is refused in a dry run after the preview, without a key', async ({ expect }) => {
    const home = await homeWithOptOuts(ada);
    const commandLine = ['send', 'sms', '-m', 'hi', '--dry-run', '--json'];
    const result = await invoke([...commandLine, '--to', ada], { home });
    expect([result.code, parseError(result).code]).toEqual([2, 'destination.opted-out']);
    expect(JSON.parse(result.stdout)).toMatchObject([{ to: ada }]);
    expect((await invoke([...commandLine, '--to', bob], { home })).code).toBe(0);
    const fresh = freshHome();
    expect((await invoke([...commandLine, '--to', ada], { home: fresh })).code).toBe(0);
    // A dry run stores nothing.
    expect(existsSync(fresh.state)).toBe(false);
  });

  test('is sent with --force and a reason, which the ledger stores', async ({ expect }) => {
    const home = await homeWithOptOuts(ada);
    const server = await serve();
    const commandLine = [
      'send',
      'sms',
      '-m',
      'hi',
      '--to',
      `${ada},${bob}`,
      '--force',
      ' recall of lot 7 ',
      '--json',
    ];
    const result = await invoke(commandLine, { home, env: envFor(server) });
    expect([result.code, getRecipients(server).sort()]).toEqual([0, [ada, bob]]);
    expect(result.stderr).toBe('note: sending to 1 opted-out destination anyway\n');
    expect(JSON.stringify(server.seen)).not.toContain('recall');
    expect(result.stdout).not.toContain('recall');
    expect((await recorded(home)).map(({ plan }) => plan.overrides?.optOut)).toEqual([
      'recall of lot 7',
      'recall of lot 7',
    ]);
    const again = await invoke(['send', 'sms', '-m', 'hi', '--to', ada, '--force', ' '], { home });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('the reason is empty')]);
  });

  test('still reports the message of an id sent before', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const commandLine = ['send', 'sms', '-m', 'hi', '--to', ada, '--id', 'order-1', '--json'];
    await invoke(commandLine, { home, env: envFor(server) });
    await optOut(home, ada);
    const result = await invoke(commandLine, { home, env: envFor(server) });
    expect([result.code, only(parseRows(result)).status, server.posts().length]).toEqual([0, 'submitted', 1]);
  });

  test('refuses an id that was never sent, and sends it with --force', async ({ expect }) => {
    const home = freshHome();
    const refusingServer = await serve({ post: envelope(401, 'no') });
    const commandLine = ['send', 'sms', '-m', 'hi', '--to', ada, '--id', 'order-1', '--json'];
    expect((await invoke(commandLine, { home, env: envFor(refusingServer) })).code).toBe(3);
    await optOut(home, ada);
    const server = await serve();
    const result = await invoke(commandLine, { home, env: envFor(server) });
    expect([result.code, parseError(result).code, server.seen]).toEqual([2, 'destination.opted-out', []]);
    expect((await invoke([...commandLine, '--force', 'a recall'], { home, env: envFor(server) })).code).toBe(
      0,
    );
    expect(server.taken).toEqual(['order-1']);
  });

  test('sends nothing to a number that opts out while the gateway is busy', async ({ expect }) => {
    const home = freshHome();
    const busy = envelope(429, 'slow down', { retryAfter: 1 });
    const server = await serve({ post: (_, nth) => (nth === 0 ? busy : accept()) });
    const sending = start(['send', 'sms', '-m', 'hi', '--to', ada, '--json'], { home, env: envFor(server) });
    await until(() => sending.printed.stderr.includes('asks qlara to wait'), 'the send waits');
    await optOut(home, ada);
    const result = await sending.done;
    expect([result.code, server.taken]).toEqual([1, []]);
    expect(only(parseRows(result))).toMatchObject({ status: 'rejected', reason: 'opted out', final: true });
  });

  test('is reported by check without a key', async ({ expect }) => {
    const home = await homeWithOptOuts(ada);
    const result = await invoke(['check', '--to', `${ada},${bob}`, '--json'], { home });
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject([
      { verdict: 'wrong', value: ada, detail: expect.stringMatching(/^\+393901234567 opted out on/) },
      { verdict: 'ok', value: bob },
    ]);
    const file = writeRows(home, 'to,name', `${bob},Bob`, `${ada},Ada`);
    const rows = await invoke(['check', '--file', file, '-m', 'Ciao {name}', '--json'], { home });
    // A bulk leaves the row out.
    expect(rows.code).toBe(0);
    expect(JSON.parse(rows.stdout)).toMatchObject([
      { verdict: 'warning', line: 3, column: 'to', code: 'destination.opted-out' },
      { subject: 'file', detail: expect.stringContaining('2 rows, 0 invalid, 1 left out') },
    ]);
    const onlyAda = writeRows(home, 'to,name', `${ada},Ada`);
    const none = await invoke(['check', '--file', onlyAda, '-m', 'Ciao {name}', '--json'], { home });
    expect([none.code, JSON.parse(none.stdout)[1].verdict]).toEqual([2, 'wrong']);
    const fresh = freshHome();
    await invoke(['check', '--to', ada], { home: fresh });
    expect(existsSync(fresh.state)).toBe(false);
  });
});

describe.concurrent('a bulk', () => {
  const rows = ['to,name', `${ada},Ada`, `${bob},Bob`, `${eve},Eve`];
  const buildArgs = (home: Home, ...more: string[]) => [
    ...['send', 'sms', '--file', join(home.path, 'rows.csv'), '-m', 'Ciao {name}', '--yes', '--json'],
    ...more,
  ];

  test('skips, counts and lists opted-out numbers', async ({ expect }) => {
    const home = await homeWithOptOuts(bob);
    const server = await serve();
    writeRows(home, ...rows);
    const result = await invoke(buildArgs(home), { home, env: envFor(server) });
    expect([result.code, getRecipients(server).sort()]).toEqual([0, [ada, eve]]);
    const rejects = join(home.path, 'rows.rejects.csv');
    expect(result.stderr).toContain(`  opted out  1 row, left out: ${bob}; written to ${rejects}\n`);
    expect(readFileSync(rejects, 'utf8')).toBe(`line,reason,to,name\r\n3,opted out,${bob},Bob\r\n`);
  });

  test('lists them with the invalid rows in file order', async ({ expect }) => {
    const home = await homeWithOptOuts(ada, eve);
    const server = await serve();
    writeRows(home, ...rows, 'nonsense,X', '+393901234570,Luca', '+39390,Y');
    const failed = await invoke(buildArgs(home), { home, env: envFor(server) });
    const rejects = join(home.path, 'rows.rejects.csv');
    expect([failed.code, parseError(failed).code, existsSync(rejects)]).toEqual([2, 'file.invalid', false]);
    const result = await invoke(buildArgs(home, '--skip-invalid'), { home, env: envFor(server) });
    expect([result.code, getRecipients(server).sort()]).toEqual([0, [bob, '+393901234570']]);
    const reasons = readFileSync(rejects, 'utf8').trim().split('\r\n').slice(1);
    expect(reasons.map((row) => row.replace(/^(\d+),"?(opted out|to).*$/, '$1 $2'))).toEqual([
      '2 opted out',
      '4 opted out',
      '5 to',
      '7 to',
    ]);
  });

  test('is refused for opted-out numbers only, and stores nothing', async ({ expect }) => {
    const home = await homeWithOptOuts(ada, bob, eve);
    const server = await serve();
    writeRows(home, ...rows);
    const result = await invoke(buildArgs(home), { home, env: envFor(server) });
    expect([result.code, server.posts()]).toEqual([2, []]);
    expect(parseError(result)).toMatchObject({
      code: 'file.opted-out',
      message: expect.stringContaining('none of 3 rows is left to send: 3 opted out'),
      hint: expect.stringContaining('--override-opt-out REASON'),
      retryable: false,
    });
    expect(parseRows(await invoke(['bulk', 'list', '--json'], { home }))).toEqual([]);
  });

  test('names only the first few of many', async ({ expect }) => {
    const numbers = Array.from({ length: 1_500 }, (_, i) => `+39390123${String(i).padStart(4, '0')}`);
    const home = await homeWithOptOuts(numbers.join(','));
    const server = await serve();
    writeRows(home, 'to,name', ...[...numbers, '+393471234567'].map((number) => `${number},X`));
    const result = await invoke(buildArgs(home), { home, env: envFor(server) });
    expect([result.code, getRecipients(server)]).toEqual([0, ['+393471234567']]);
    expect(result.stderr).toMatch(
      /opted out {2}1,500 rows, left out: (\+\d+(, )?){3} and 1,497 more; written to /,
    );
    expect(readFileSync(join(home.path, 'rows.rejects.csv'), 'utf8').split('\r\n')).toHaveLength(1_502);
  });

  test('is sent to all with --force, and stores the reason', async ({ expect }) => {
    const home = await homeWithOptOuts(bob);
    const server = await serve();
    writeRows(home, ...rows);
    const result = await invoke(buildArgs(home, '--force', 'recall of lot 7'), { home, env: envFor(server) });
    expect([result.code, getRecipients(server).sort()]).toEqual([0, [ada, bob, eve]]);
    expect(result.stderr).toContain('  opted out  1 row, sent anyway: recall of lot 7\n');
    expect(JSON.stringify([server.seen, result.stdout])).not.toContain('recall');
    const [row] = parseRows(result);
    const shown = await invoke(['bulk', 'show', row?.bulk ?? '', '--json'], { home });
    expect(JSON.parse(shown.stdout)).toMatchObject([{ forced: 'recall of lot 7' }]);
    const ledger = await openLedger(join(home.state, 'default.db'));
    expect((await ledger.find(row?.id ?? ''))?.plan.overrides?.optOut).toBe('recall of lot 7');
    ledger.close();
  });

  test('stays the same bulk when repeated, despite later opt-outs and --force', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    writeRows(home, ...rows);
    const [first] = parseRows(await invoke(buildArgs(home), { home, env: envFor(server) }));
    await optOut(home, ada, bob, eve);
    for (const more of [[], ['--force', 'a recall']]) {
      const again = await invoke(buildArgs(home, ...more), { home, env: envFor(server) });
      expect([again.code, again.stderr]).toEqual([
        0,
        expect.stringContaining(`these rows were sent before, as bulk ${first?.bulk}`),
      ]);
    }
    expect(server.taken).toHaveLength(3);
    expect(existsSync(join(home.path, 'rows.rejects.csv'))).toBe(false);
  });

  /** Sends a bulk whose key is revoked after the first message; returns its id. */
  async function sendInterrupted(home: Home, ...more: string[]): Promise<string> {
    writeRows(home, ...rows);
    const server = await serve({
      post: (_, nth) => (nth === 0 ? acceptThen(accept()) : envelope(401, 'no')),
    });
    const result = await invoke(buildArgs(home, '--concurrency', '1', ...more), {
      home,
      env: envFor(server),
    });
    expect([result.code, getRecipients(server)[0]]).toEqual([3, ada]);
    return parseRows(result)[0]?.bulk ?? '';
  }

  test('skips numbers that opted out before it was resumed', async ({ expect }) => {
    const home = freshHome();
    const id = await sendInterrupted(home);
    await optOut(home, bob);
    const server = await serve();
    const rest = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env: envFor(server) });
    expect([rest.code, getRecipients(server)]).toEqual([1, [eve]]);
    expect(parseRows(rest).map(({ to, status, reason }) => [to, status, reason])).toEqual([
      [ada, 'submitted', null],
      [bob, 'rejected', 'opted out'],
      [eve, 'submitted', null],
    ]);
    const shown = JSON.parse((await invoke(['bulk', 'show', id, '--json'], { home })).stdout);
    expect(shown).toMatchObject([
      { forced: null, reasons: [{ reason: 'opted out', channel: 'sms', count: 1 }] },
    ]);
  });

  test('reports skipped rows in the output of resume', async ({ expect }) => {
    const home = freshHome();
    const id = await sendInterrupted(home);
    await optOut(home, bob, eve);
    const server = await serve();
    const rest = await invoke(['bulk', 'resume', id, '--yes', '-o', 'ndjson'], { home, env: envFor(server) });
    expect([rest.code, server.posts()]).toEqual([1, []]);
    const lines = rest.stdout.trim().split('\n');
    expect(lines.map((row) => JSON.parse(row).status)).toEqual(['submitted', 'rejected', 'rejected']);
  });

  test('stays forced when resumed', async ({ expect }) => {
    const home = await homeWithOptOuts(bob);
    const id = await sendInterrupted(home, '--force', 'a recall');
    const server = await serve();
    const again = await invoke(buildArgs(home), { home, env: envFor(server) });
    expect([again.code, parseError(again).code, server.posts()]).toEqual([2, 'bulk.forced', []]);
    const rest = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env: envFor(server) });
    expect([rest.code, getRecipients(server).sort()]).toEqual([0, [bob, eve]]);
    expect(rest.stderr).toContain('opt-out overridden: a recall');
  });

  test('skips them when retried, and sends them once they have opted in again', async ({ expect }) => {
    const home = freshHome();
    writeRows(home, ...rows);
    const refusingServer = await serve({ post: envelope(400, 'closed') });
    const [first] = parseRows(await invoke(buildArgs(home), { home, env: envFor(refusingServer) }));
    const retry = ['bulk', 'retry', first?.bulk ?? '', '--yes', '--json'];
    await optOut(home, ada, bob, eve);
    const server = await serve();
    const none = await invoke(retry, { home, env: envFor(server) });
    expect([none.code, parseError(none).code, server.posts()]).toEqual([2, 'destination.opted-out', []]);
    await invoke(['optout', 'remove', eve], { home });
    const some = await invoke(retry, { home, env: envFor(server) });
    expect([some.code, getRecipients(server)]).toEqual([0, [eve]]);
    expect(some.stderr).toContain('left out   2 that opted out or are outside the 24-hour window');
    await invoke(['optout', 'remove', bob], { home });
    expect((await invoke(retry, { home, env: envFor(server) })).code).toBe(0);
    expect(getRecipients(server)).toEqual([eve, bob]);
    expect((await invoke([...retry, '--force', 'a recall'], { home, env: envFor(server) })).code).toBe(0);
    expect(getRecipients(server)).toEqual([eve, bob, ada]);
  });
});

describe.skipIf(!hasTerminal)('in a terminal', () => {
  const sandbox = { QLARA_PROFILE: 'sandbox' };

  test('flags an opted-out number while typing and does not accept it', async () => {
    const home = freshHome();
    for (const number of ['+393901230001', '+393901230005'])
      await invoke(['send', 'sms', '--to', number, '-m', 'hi'], { home, env: sandbox });
    await invoke(['optout', 'add', '+393901230001'], { home, env: sandbox });
    const screen = openScreen(80, 30, sandbox, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    // The number is not offered.
    await screen.shows(/recent one\n❯ \+39 390 123 0005[^\n]*\n\n/);
    screen.keys('+393901230001');
    await screen.shows(/\+393901230001 opted out on \d{4}/);
    screen.press('Enter');
    // The refusal has the words of the remark; keys that follow Enter at once would count as a paste.
    await until(() => /\u001b\[[\d;]*31m[^\n]*opted out on/.test(screen.colored()), 'the refusal is red');
    screen.press('C-u');
    screen.keys('+393901230002');
    await screen.shows(/valid: Italy/);
    screen.press('Enter');
    await screen.shows(/Send it\?/);
    screen.press('C-c');
    await screen.shows(/exit 130/);
    // As an argument it is refused before any prompt.
    screen.type('clear; qlara send sms --to +393901230001; echo "exit $?"');
    await screen.shows(/error: \+393901230001 opted out on [\s\S]*exit 2/);
    screen.type('clear; qlara send sms --to +393901230001 --force "a recall"');
    await screen.shows(/Message text\?/);
    screen.type('hi');
    await screen.shows(/next time qlara send sms .*--force 'a recall'[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/sending to 1 opted-out destination anyway/);
  });

  test('shows the reason for --force in the timeline of a message and in a bulk', async () => {
    const home = freshHome();
    await invoke(['send', 'sms', '--to', ada, '-m', 'hi', '--id', 'one', '--force', 'recall of lot 7'], {
      home,
      env: sandbox,
    });
    const screen = openScreen(100, 30, sandbox, home);
    screen.type('clear; qlara status one --no-refresh');
    await screen.shows(/\+393901234567 .* one\n.*sms .*\n {2}opt-out overridden: recall of lot 7\n/);
    writeRows(home, 'to', ada);
    screen.type(
      'clear; qlara send sms --file rows.csv -m hi --force "recall of lot 7" --yes; qlara bulk show rows',
    );
    const list = async () =>
      JSON.parse((await invoke(['bulk', 'list', '--json'], { home, env: sandbox })).stdout);
    await screen.shows(/error: no bulk rows/);
    const [{ id }] = await list();
    screen.type(`clear; qlara bulk show ${id}`);
    await screen.shows(/opt-out overridden: recall of lot 7/);
  });
});

test.for([
  [['+5531981234567', '+553181234567'], '+5531981234567'],
  [['+5531981234567', '+5531981234567'], '+5531981234567'],
  [['+5531981234567', '+553181234567', eve], `+5531981234567, ${eve}`],
  [[ada, bob, eve, '+5531981234567', '+553181234567', ada], `${ada}, ${bob}, ${eve} and 2 more`],
] as const)('a bulk names each person that it leaves out once: %j', async ([numbers, named], { expect }) => {
  const home = await homeWithOptOuts(ada, bob, eve, '+5531981234567');
  const path = writeRows(home, 'to', ...numbers, '+393901234560');
  const args = ['send', 'sms', '--file', path, '-m', 'hi', '--yes', '--allow-duplicates', '--sandbox'];
  const optOuts = [ada, bob, eve, '+5531981234567'];
  await invoke(['optout', 'add', ...optOuts, '--sandbox'], { home });
  const { stderr } = await invoke(args, { home });
  expect(stderr).toContain(`${numbers.length} rows, left out: ${named};`);
});
