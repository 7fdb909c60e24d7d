import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, only, recorded, rowsOf, start, until } from '../support/program.ts';
import { accepts, envelope, type Loopback, serve, taking } from '../support/server.ts';
import { hasTerminal, openScreen } from '../terminal/screen.ts';

const ada = '+393901234567';
const bob = '+393901234568';
const eve = '+393901234569';

const key = (server: Loopback) => ({ QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });
const to = (server: Loopback) => server.posts().map(({ body }) => body.phoneNumber);

/** A home in which these have opted out. */
async function without(...numbers: string[]): Promise<Home> {
  const home = freshHome();
  await optOut(home, ...numbers);
  return home;
}

async function optOut(home: Home, ...numbers: string[]): Promise<void> {
  const ran = await invoke(['optout', 'add', ...numbers, '--note', 'by phone'], { home });
  expect(ran.code).toBe(0);
}

function fileIn(home: Home, ...lines: string[]): string {
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
    ['the chain', ['--fallback', '-m', 'hi', ...template, '--no-check']],
    ['an id that nobody knows', ['sms', '-m', 'hi', '--id', 'order-1']],
    ['a simulation', ['sms', '-m', 'hi', '--simulate']],
  ] as const)('is refused: %s', async ([, words], { expect }) => {
    const home = await without(ada);
    const server = await serve();
    const ran = await invoke(['send', ...words, '--to', ada, '--json'], { home, env: key(server) });
    expect([ran.code, ran.stdout, server.seen]).toEqual([2, '', []]);
    expect(errorOf(ran)).toEqual({
      code: 'destination.opted-out',
      message: expect.stringMatching(
        /^\+393901234567 has opted out, since \d{4}-\d\d-\d\d \d\d:\d\d: recorded by hand \(by phone\)$/,
      ),
      hint: expect.stringMatching(/`qlara optout remove \+393901234567`.*--override-opt-out REASON/),
    });
    expect(await recorded(home)).toEqual([]);
  });

  test('of several sends nothing, and names those it is for', async ({ expect }) => {
    const home = await without(ada, eve);
    const server = await serve();
    const line = ['send', 'sms', '-m', 'hi', '--to', `${ada},${bob},${eve}`, '--json'];
    const ran = await invoke(line, { home, env: key(server) });
    expect([ran.code, server.seen]).toEqual([2, []]);
    expect(errorOf(ran).message).toMatch(/^2 destinations opted out: \+393901234567 .*, \+393901234569 /);
    expect(await recorded(home)).toEqual([]);
    // After removing them everything goes.
    await invoke(['optout', 'remove', ada, eve], { home });
    expect((await invoke(line, { home, env: key(server) })).code).toBe(0);
    expect(to(server).sort()).toEqual([ada, bob, eve]);
  });

  test('says how it is known where they wrote it', async ({ expect }) => {
    const home = await without(bob);
    const ledger = await openLedger(join(home.state, 'default.db'));
    await ledger.optOuts.add([{ phone: ada, at: Date.now(), source: 'inbound', note: 'basta' }]);
    ledger.close();
    const ran = await invoke(['send', 'sms', '-m', 'hi', '--to', ada], {
      home,
      env: { QLARA_API_KEY: 'key' },
    });
    expect(ran.stderr).toMatch(/error: .*: they wrote "basta"\n/);
  });

  test('is refused in a dry run too, behind what it shows, and needs no key', async ({ expect }) => {
    const home = await without(ada);
    const line = ['send', 'sms', '-m', 'hi', '--dry-run', '--json'];
    const ran = await invoke([...line, '--to', ada], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'destination.opted-out']);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ to: ada }]);
    expect((await invoke([...line, '--to', bob], { home })).code).toBe(0);
    const fresh = freshHome();
    expect((await invoke([...line, '--to', ada], { home: fresh })).code).toBe(0);
    // What only shows leaves nothing behind.
    expect(existsSync(fresh.state)).toBe(false);
  });

  test('is forced for a reason, which stays in the ledger', async ({ expect }) => {
    const home = await without(ada);
    const server = await serve();
    const line = [
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
    const ran = await invoke(line, { home, env: key(server) });
    expect([ran.code, to(server).sort()]).toEqual([0, [ada, bob]]);
    expect(ran.stderr).toBe('note: sending to 1 opted-out destination anyway\n');
    expect(JSON.stringify(server.seen)).not.toContain('recall');
    expect(ran.stdout).not.toContain('recall');
    expect((await recorded(home)).map(({ plan }) => plan.overrides?.optOut)).toEqual([
      'recall of lot 7',
      'recall of lot 7',
    ]);
    const again = await invoke(['send', 'sms', '-m', 'hi', '--to', ada, '--force', ' '], { home });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('the reason is empty')]);
  });

  test('under an id that was sent before is shown as ever', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const line = ['send', 'sms', '-m', 'hi', '--to', ada, '--id', 'order-1', '--json'];
    await invoke(line, { home, env: key(server) });
    await optOut(home, ada);
    const ran = await invoke(line, { home, env: key(server) });
    expect([ran.code, only(rowsOf(ran)).status, server.posts().length]).toEqual([0, 'submitted', 1]);
  });

  test('under an id that never left is refused, and goes once it is forced', async ({ expect }) => {
    const home = freshHome();
    const closed = await serve({ post: envelope(401, 'no') });
    const line = ['send', 'sms', '-m', 'hi', '--to', ada, '--id', 'order-1', '--json'];
    expect((await invoke(line, { home, env: key(closed) })).code).toBe(3);
    await optOut(home, ada);
    const server = await serve();
    const ran = await invoke(line, { home, env: key(server) });
    expect([ran.code, errorOf(ran).code, server.seen]).toEqual([2, 'destination.opted-out', []]);
    expect((await invoke([...line, '--force', 'a recall'], { home, env: key(server) })).code).toBe(0);
    expect(server.taken).toEqual(['order-1']);
  });

  test('a number that opts out during a wait for a busy gateway gets nothing', async ({ expect }) => {
    const home = freshHome();
    const busy = envelope(429, 'slow down', { retryAfter: 1 });
    const server = await serve({ post: (_, nth) => (nth === 0 ? busy : accepts()) });
    const sending = start(['send', 'sms', '-m', 'hi', '--to', ada, '--json'], { home, env: key(server) });
    await until(() => sending.printed.stderr.includes('asks to wait'), 'it waits');
    await optOut(home, ada);
    const ran = await sending.done;
    expect([ran.code, server.taken]).toEqual([1, []]);
    expect(only(rowsOf(ran))).toMatchObject({ status: 'rejected', reason: 'opted out', final: true });
  });

  test('is found by check, without a key', async ({ expect }) => {
    const home = await without(ada);
    const ran = await invoke(['check', '--to', `${ada},${bob}`, '--json'], { home });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject([
      { verdict: 'wrong', value: ada, detail: expect.stringMatching(/^\+393901234567 has opted out, since/) },
      { verdict: 'ok', value: bob },
    ]);
    const file = fileIn(home, 'to,name', `${bob},Bob`, `${ada},Ada`);
    const rows = await invoke(['check', '--file', file, '-m', 'Ciao {name}', '--json'], { home });
    expect(rows.code).toBe(2);
    expect(JSON.parse(rows.stdout)).toMatchObject([
      { verdict: 'wrong', line: 3, column: 'to', detail: expect.stringContaining('has opted out') },
      { subject: 'file', detail: expect.stringContaining('2 rows, 1 wrong') },
    ]);
    const fresh = freshHome();
    await invoke(['check', '--to', ada], { home: fresh });
    expect(existsSync(fresh.state)).toBe(false);
  });
});

describe.concurrent('a bulk', () => {
  const rows = ['to,name', `${ada},Ada`, `${bob},Bob`, `${eve},Eve`];
  const line = (home: Home, ...more: string[]) => [
    ...['send', 'sms', '--file', join(home.path, 'rows.csv'), '-m', 'Ciao {name}', '--yes', '--json'],
    ...more,
  ];

  test('leaves out opted-out numbers, counts and lists them', async ({ expect }) => {
    const home = await without(bob);
    const server = await serve();
    fileIn(home, ...rows);
    const ran = await invoke(line(home), { home, env: key(server) });
    expect([ran.code, to(server).sort()]).toEqual([0, [ada, eve]]);
    const rejects = join(home.path, 'rows.rejects.csv');
    expect(ran.stderr).toContain(`  opted out  1 row, left out: ${bob}; written to ${rejects}\n`);
    expect(readFileSync(rejects, 'utf8')).toBe(`line,reason,to,name\r\n3,opted out,${bob},Bob\r\n`);
  });

  test('lists them among the invalid rows, in the order of the file', async ({ expect }) => {
    const home = await without(ada, eve);
    const server = await serve();
    fileIn(home, ...rows, 'nonsense,X', '+393901234570,Luca', '+39390,Y');
    const failed = await invoke(line(home), { home, env: key(server) });
    const rejects = join(home.path, 'rows.rejects.csv');
    expect([failed.code, errorOf(failed).code, existsSync(rejects)]).toEqual([2, 'file.invalid', false]);
    const ran = await invoke(line(home, '--skip-invalid'), { home, env: key(server) });
    expect([ran.code, to(server).sort()]).toEqual([0, [bob, '+393901234570']]);
    const reasons = readFileSync(rejects, 'utf8').trim().split('\r\n').slice(1);
    expect(reasons.map((row) => row.replace(/^(\d+),"?(opted out|to).*$/, '$1 $2'))).toEqual([
      '2 opted out',
      '4 opted out',
      '5 to',
      '7 to',
    ]);
  });

  test('to opted-out numbers only is refused and leaves nothing behind', async ({ expect }) => {
    const home = await without(ada, bob, eve);
    const server = await serve();
    fileIn(home, ...rows);
    const ran = await invoke(line(home), { home, env: key(server) });
    expect([ran.code, server.seen]).toEqual([2, []]);
    expect(errorOf(ran)).toMatchObject({
      code: 'file.opted-out',
      message: expect.stringContaining('of 3 rows none is left to send: 3 opted out'),
      hint: expect.stringContaining('--override-opt-out REASON'),
    });
    expect(rowsOf(await invoke(['bulk', 'list', '--json'], { home }))).toEqual([]);
  });

  test('of many names a few', async ({ expect }) => {
    const numbers = Array.from({ length: 1_500 }, (_, i) => `+39390123${String(i).padStart(4, '0')}`);
    const home = await without(numbers.join(','));
    const server = await serve();
    fileIn(home, 'to,name', ...[...numbers, '+393471234567'].map((number) => `${number},X`));
    const ran = await invoke(line(home), { home, env: key(server) });
    expect([ran.code, to(server)]).toEqual([0, ['+393471234567']]);
    expect(ran.stderr).toMatch(
      /opted out {2}1,500 rows, left out: (\+\d+(, )?){3} and 1,497 more; written to /,
    );
    expect(readFileSync(join(home.path, 'rows.rejects.csv'), 'utf8').split('\r\n')).toHaveLength(1_502);
  });

  test('goes to all where it is forced, and says why', async ({ expect }) => {
    const home = await without(bob);
    const server = await serve();
    fileIn(home, ...rows);
    const ran = await invoke(line(home, '--force', 'recall of lot 7'), { home, env: key(server) });
    expect([ran.code, to(server).sort()]).toEqual([0, [ada, bob, eve]]);
    expect(ran.stderr).toContain('  opted out  1 row, sent anyway: recall of lot 7\n');
    expect(JSON.stringify([server.seen, ran.stdout])).not.toContain('recall');
    const [row] = rowsOf(ran);
    const shown = await invoke(['bulk', 'show', row?.bulk ?? '', '--json'], { home });
    expect(JSON.parse(shown.stdout)).toMatchObject([{ forced: 'recall of lot 7' }]);
    const ledger = await openLedger(join(home.state, 'default.db'));
    expect((await ledger.find(row?.id ?? ''))?.plan.overrides?.optOut).toBe('recall of lot 7');
    ledger.close();
  });

  test('repeated is the same bulk, despite later opt-outs and --force', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    fileIn(home, ...rows);
    const [first] = rowsOf(await invoke(line(home), { home, env: key(server) }));
    await optOut(home, ada, bob, eve);
    for (const more of [[], ['--force', 'a recall']]) {
      const again = await invoke(line(home, ...more), { home, env: key(server) });
      expect([again.code, again.stderr]).toEqual([
        0,
        expect.stringContaining(`these rows were sent before, as bulk ${first?.bulk}`),
      ]);
    }
    expect(server.taken).toHaveLength(3);
    expect(existsSync(join(home.path, 'rows.rejects.csv'))).toBe(false);
  });

  /** A bulk of which one message was sent and the key then refused. */
  async function cut(home: Home, ...more: string[]): Promise<string> {
    fileIn(home, ...rows);
    const server = await serve({ post: (_, nth) => (nth === 0 ? taking(accepts()) : envelope(401, 'no')) });
    const ran = await invoke(line(home, '--concurrency', '1', ...more), { home, env: key(server) });
    expect([ran.code, to(server)[0]]).toEqual([3, ada]);
    return rowsOf(ran)[0]?.bulk ?? '';
  }

  test('resumed leaves out numbers that opted out in between', async ({ expect }) => {
    const home = freshHome();
    const id = await cut(home);
    await optOut(home, bob);
    const server = await serve();
    const rest = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env: key(server) });
    expect([rest.code, to(server)]).toEqual([1, [eve]]);
    expect(rowsOf(rest).map(({ to, status, reason }) => [to, status, reason])).toEqual([
      [ada, 'submitted', null],
      [bob, 'rejected', 'opted out'],
      [eve, 'submitted', null],
    ]);
    const shown = JSON.parse((await invoke(['bulk', 'show', id, '--json'], { home })).stdout);
    expect(shown).toMatchObject([
      { forced: null, reasons: [{ reason: 'opted out', channel: 'sms', count: 1 }] },
    ]);
  });

  test('resumed reports them as it goes', async ({ expect }) => {
    const home = freshHome();
    const id = await cut(home);
    await optOut(home, bob, eve);
    const server = await serve();
    const rest = await invoke(['bulk', 'resume', id, '--yes', '-o', 'ndjson'], { home, env: key(server) });
    expect([rest.code, server.posts()]).toEqual([1, []]);
    const told = rest.stdout.trim().split('\n');
    expect(told.map((row) => JSON.parse(row).status)).toEqual(['submitted', 'rejected', 'rejected']);
  });

  test('that is forced stays forced when it is resumed', async ({ expect }) => {
    const home = await without(bob);
    const id = await cut(home, '--force', 'a recall');
    const server = await serve();
    const again = await invoke(line(home), { home, env: key(server) });
    expect([again.code, errorOf(again).code, server.seen]).toEqual([2, 'bulk.forced', []]);
    const rest = await invoke(['bulk', 'resume', id, '--yes', '--json'], { home, env: key(server) });
    expect([rest.code, to(server).sort()]).toEqual([0, [bob, eve]]);
    expect(rest.stderr).toContain('opt-out overridden: a recall');
  });

  test('retried leaves them out, and takes them up once they are in again', async ({ expect }) => {
    const home = freshHome();
    fileIn(home, ...rows);
    const closed = await serve({ post: envelope(400, 'closed') });
    const [first] = rowsOf(await invoke(line(home), { home, env: key(closed) }));
    const retry = ['bulk', 'retry', first?.bulk ?? '', '--yes', '--json'];
    await optOut(home, ada, bob, eve);
    const server = await serve();
    const none = await invoke(retry, { home, env: key(server) });
    expect([none.code, errorOf(none).code, server.seen]).toEqual([2, 'destination.opted-out', []]);
    await invoke(['optout', 'remove', eve], { home });
    const some = await invoke(retry, { home, env: key(server) });
    expect([some.code, to(server)]).toEqual([0, [eve]]);
    expect(some.stderr).toContain('left out   2 that opted out or are outside the 24-hour window');
    await invoke(['optout', 'remove', bob], { home });
    expect((await invoke(retry, { home, env: key(server) })).code).toBe(0);
    expect(to(server)).toEqual([eve, bob]);
    expect((await invoke([...retry, '--force', 'a recall'], { home, env: key(server) })).code).toBe(0);
    expect(to(server)).toEqual([eve, bob, ada]);
  });
});

describe.skipIf(!hasTerminal)('on a terminal', () => {
  const sandbox = { QLARA_PROFILE: 'sandbox' };

  test('an opted-out number is flagged as it is typed, and not accepted', async () => {
    const home = freshHome();
    for (const number of ['+393901230001', '+393901230005'])
      await invoke(['send', 'sms', '--to', number, '-m', 'hi'], { home, env: sandbox });
    await invoke(['optout', 'add', '+393901230001'], { home, env: sandbox });
    const screen = openScreen(80, 30, sandbox, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    // It is not among those that are offered.
    await screen.shows(/recent one\n❯ \+39 390 123 0005[^\n]*\n\n/);
    screen.keys('+393901230001');
    await screen.shows(/\+393901230001 has opted out, since \d{4}/);
    screen.press('Enter');
    await screen.shows(/To which number\? \+393901230001\n[\s\S]*has opted out/);
    screen.press('C-u');
    screen.keys('+393901230002');
    await screen.shows(/valid: Italy/);
    screen.press('Enter');
    await screen.shows(/Send it\?/);
    screen.press('C-c');
    await screen.shows(/exit 130/);
    // Named on the line it is refused before anything is asked.
    screen.type('clear; qlara send sms --to +393901230001; echo "exit $?"');
    await screen.shows(/error: \+393901230001 has opted out[\s\S]*exit 2/);
    screen.type('clear; qlara send sms --to +393901230001 --force "a recall"');
    await screen.shows(/Message text\?/);
    screen.type('hi');
    await screen.shows(/next time qlara send sms .*--force 'a recall'[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/sending to 1 opted-out destination anyway/);
  });

  test('the timeline of a message says why it was forced, and so does a bulk', async () => {
    const home = freshHome();
    await invoke(['send', 'sms', '--to', ada, '-m', 'hi', '--id', 'one', '--force', 'recall of lot 7'], {
      home,
      env: sandbox,
    });
    const screen = openScreen(100, 30, sandbox, home);
    screen.type('clear; qlara status one --no-refresh');
    await screen.shows(/\+393901234567 .* one\n.*sms .*\n {2}opt-out overridden: recall of lot 7\n/);
    fileIn(home, 'to', ada);
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
