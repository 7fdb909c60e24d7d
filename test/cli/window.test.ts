import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, only, recorded, rowsOf } from '../support/program.ts';
import { envelope, type Loopback, serve } from '../support/server.ts';
import { hasTerminal, openScreen } from '../terminal/screen.ts';

const ada = '+393901234567';
const bob = '+393901234568';
const eve = '+393901234569';
const hour = 3_600_000;

const key = (server: Loopback) => ({ QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });
const to = (server: Loopback) => server.posts().map(({ body }) => body.phoneNumber);
const text = (...numbers: string[]) => ['send', 'whatsapp', '--to', numbers.join(','), '-m', 'hi', '--json'];

/** A home in which these have written so many hours ago. */
async function wrote(
  hours: Readonly<Record<string, number>>,
  channel: 'whatsapp' | 'sms' = 'whatsapp',
  profile = 'default',
): Promise<Home> {
  const home = freshHome();
  const ledger = await openLedger(join(home.state, `${profile}.db`));
  await ledger.inbounds.add(
    Object.entries(hours).map(([from, ago]) => ({
      key: `${from} ${ago}`,
      channel,
      from,
      to: null,
      text: 'ciao',
      type: 'text',
      media: null,
      id: null,
      at: Date.now() - ago * hour,
    })),
  );
  ledger.close();
  return home;
}

describe.concurrent('free-form WhatsApp', () => {
  test('past the 24 hours is refused, and says when they last wrote', async ({ expect }) => {
    const home = await wrote({ [ada]: 25, [bob]: 2 });
    const server = await serve();
    const ran = await invoke(text(ada, bob), { home, env: key(server) });
    expect([ran.code, ran.stdout, server.seen]).toEqual([2, '', []]);
    expect(errorOf(ran)).toEqual({
      code: 'window.closed',
      message: expect.stringMatching(/\+393901234567 on \d{4}-\d\d-\d\d \d\d:\d\d$/),
      hint: expect.stringMatching(/--template ID.*--ignore-window REASON/),
    });
    expect(await recorded(home)).toEqual([]);
    expect((await invoke(text(bob), { home, env: key(server) })).code).toBe(0);
  });

  test.for([
    ['it is not known whether they wrote', {}, 'whatsapp'],
    ['they wrote less than 24 hours ago', { [ada]: 23 }, 'whatsapp'],
    ['they wrote on another channel', { [ada]: 30 }, 'sms'],
  ] as const)('goes out where %s', async ([, hours, channel], { expect }) => {
    const server = await serve();
    const ran = await invoke(text(ada), { home: await wrote(hours, channel), env: key(server) });
    expect([ran.code, ran.stderr, to(server)]).toEqual([0, '', [ada]]);
  });

  test.for([
    ['a template', ['whatsapp', '--template', 't', '--no-check']],
    ['a simulation', ['whatsapp', '-m', 'hi', '--simulate']],
    ['an SMS', ['sms', '-m', 'hi']],
    ['RCS', ['rcs', '--template', 't', '--no-check']],
  ] as const)('is not what goes out as %s', async ([, words], { expect }) => {
    const server = await serve();
    const home = await wrote({ [ada]: 25 });
    const ran = await invoke(['send', ...words, '--to', ada], { home, env: key(server) });
    expect([ran.code, to(server)]).toEqual([0, [ada]]);
  });

  test('with --fallback goes out, with a word', async ({ expect }) => {
    const server = await serve();
    const ran = await invoke([...text(ada), '--fallback'], {
      home: await wrote({ [ada]: 25 }),
      env: key(server),
    });
    expect([ran.code, to(server)]).toEqual([0, [ada]]);
    expect(ran.stderr).toContain(`note: WhatsApp will refuse the text to ${ada}: `);
  });

  test('can be forced', async ({ expect }) => {
    const server = await serve();
    const home = await wrote({ [ada]: 25 });
    const ran = await invoke([...text(ada), '--force', 'they wrote to the shop'], { home, env: key(server) });
    expect([ran.code, to(server)]).toEqual([0, [ada]]);
    expect(ran.stderr).toBe('note: sending to 1 destination outside the 24-hour window anyway\n');
    expect(only(await recorded(home)).plan.overrides?.window).toBe('they wrote to the shop');
  });

  test('to an opted-out number is refused for the opt-out', async ({ expect }) => {
    const home = await wrote({ [ada]: 25 });
    await invoke(['optout', 'add', ada], { home });
    const ran = await invoke(text(ada), { home, env: { QLARA_API_KEY: 'key' } });
    expect(errorOf(ran).code).toBe('destination.opted-out');
  });

  test('that a gateway refuses for the window is explained', async ({ expect }) => {
    const explained = 'accepts free-form text only within 24 hours';
    const ran = await invoke(text('+393901230024'), { env: { QLARA_PROFILE: 'sandbox' } });
    expect([ran.code, only(rowsOf(ran)).status]).toEqual([1, 'rejected']);
    expect(ran.stderr).toContain(explained);
    for (const [reason, words, isExplained] of [
      ['Re-engagement: outside of the session', text(ada), true],
      ['no such number', text(ada), false],
      ['outside the window', ['send', 'sms', '--to', ada, '-m', 'hi', '--json'], false],
    ] as const) {
      const server = await serve({ post: envelope(400, reason) });
      const refused = await invoke(words, { env: key(server) });
      expect([reason, refused.code, refused.stderr.includes(explained)]).toEqual([reason, 1, isExplained]);
    }
  });
});

describe.concurrent('a bulk of free-form WhatsApp', () => {
  const bulk = (home: Home, ...more: string[]) => {
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,name\n${ada},Ada\n${bob},Bob\n${eve},Eve\n`);
    return ['send', 'whatsapp', '--file', file, '-m', 'Ciao {name}', '--yes', '--json', ...more];
  };

  test('leaves out numbers past their 24 hours, apart from opted-out ones', async ({ expect }) => {
    const home = await wrote({ [ada]: 25, [bob]: 3 });
    await invoke(['optout', 'add', eve], { home });
    const server = await serve();
    const ran = await invoke(bulk(home), { home, env: key(server) });
    expect([ran.code, to(server)]).toEqual([0, [bob]]);
    expect(ran.stderr).toMatch(/ {2}opted out {2}1 row, left out: \+393901234569; written to /);
    expect(ran.stderr).toMatch(
      / {2}window {5}1 row outside the 24-hour window, left out: \+393901234567; written to /,
    );
    const rejects = readFileSync(join(home.path, 'rows.rejects.csv'), 'utf8').trim().split('\r\n').slice(1);
    expect(rejects).toEqual([`2,window closed,${ada},Ada`, `4,opted out,${eve},Eve`]);
  });

  test('sends to all where it is forced, or where the next channel carries it', async ({ expect }) => {
    const home = await wrote({ [ada]: 25 });
    const server = await serve();
    const forced = await invoke(bulk(home, '--force', 'they came by'), { home, env: key(server) });
    expect([forced.code, server.posts().length]).toEqual([0, 3]);
    const carried = await invoke(bulk(home, '--fallback'), { home, env: key(server) });
    expect([carried.code, server.posts().length]).toEqual([0, 6]);
  });

  test('that a gateway refuses for the window is explained once', async ({ expect }) => {
    const server = await serve({ post: envelope(400, 'outside the 24-hour window') });
    const ran = await invoke(bulk(freshHome()), { env: key(server) });
    expect([ran.code, ran.stderr.split('accepts free-form text only').length]).toEqual([1, 2]);
  });

  test('of none but those is refused', async ({ expect }) => {
    const home = await wrote({ [ada]: 25, [bob]: 26, [eve]: 27 });
    const server = await serve();
    const ran = await invoke(bulk(home), { home, env: key(server) });
    expect([ran.code, errorOf(ran).code, server.seen]).toEqual([2, 'file.window-closed', []]);
  });
});

test.skipIf(!hasTerminal)('the timeline of a message says how long its window is open', async () => {
  const home = await wrote({ [ada]: 20.8, [bob]: 25 }, 'whatsapp', 'sandbox');
  const env = { QLARA_PROFILE: 'sandbox' };
  const template = ['--template', 'template_123', '--no-check'];
  await invoke(['send', 'whatsapp', ...template, '--to', ada, '--id', 'open'], { home, env });
  await invoke(['send', 'whatsapp', ...template, '--to', bob, '--id', 'closed'], { home, env });
  await invoke(['send', 'whatsapp', ...template, '--to', eve, '--id', 'unknown'], { home, env });
  await invoke(['send', 'sms', '-m', 'hi', '--to', ada, '--id', 'text'], { home, env });
  const screen = openScreen(100, 40, env, home);
  screen.type('clear; qlara status open closed unknown text --no-refresh; echo end');
  await screen.shows(/^end$/m);
  const shown = screen.lines().filter((line) => /window|\+39/.test(line));
  expect(shown.map((line) => line.replace(/^.*(\+39\d+).* (\w+)$/, '$2'))).toEqual([
    'open',
    expect.stringMatching(/^ {2}customer-service window: 3 h 1[0-2] min left$/),
    'closed',
    '  customer-service window: closed',
    'unknown',
    'text',
  ]);
});
