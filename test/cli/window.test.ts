import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, only, parseError, parseRows, recorded } from '../support/program.ts';
import { envelope, serve, type TestGateway } from '../support/server.ts';
import { hasTerminal, openScreen } from '../terminal/screen.ts';

const ada = '+393901234567';
const bob = '+393901234568';
const eve = '+393901234569';
const hour = 3_600_000;

const envFor = (server: TestGateway) => ({ QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });
const getRecipients = (server: TestGateway) => server.posts().map(({ body }) => body.phoneNumber);
const sendArgs = (...numbers: string[]) => [
  'send',
  'whatsapp',
  '--to',
  numbers.join(','),
  '-m',
  'hi',
  '--json',
];

/** Creates a home with inbound messages from these numbers, given the hours since then. */
async function homeWithInbound(
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
  test('is refused after 24 hours, with the time of the last inbound message', async ({ expect }) => {
    const home = await homeWithInbound({ [ada]: 25, [bob]: 2 });
    const server = await serve();
    const result = await invoke(sendArgs(ada, bob), { home, env: envFor(server) });
    expect([result.code, result.stdout, server.seen]).toEqual([2, '', []]);
    expect(parseError(result)).toMatchObject({
      code: 'window.closed',
      message: expect.stringMatching(/\+393901234567 on \d{4}-\d\d-\d\d \d\d:\d\d$/),
      hint: expect.stringMatching(/--template ID.*--ignore-window REASON/),
      retryable: false,
    });
    expect(await recorded(home)).toEqual([]);
    expect((await invoke(sendArgs(bob), { home, env: envFor(server) })).code).toBe(0);
  });

  test.for([
    ['no inbound message is known', {}, 'whatsapp'],
    ['the last inbound message is less than 24 hours old', { [ada]: 23 }, 'whatsapp'],
    ['the last inbound message is on another channel', { [ada]: 30 }, 'sms'],
  ] as const)('is sent if %s', async ([, hours, channel], { expect }) => {
    const server = await serve();
    const result = await invoke(sendArgs(ada), {
      home: await homeWithInbound(hours, channel),
      env: envFor(server),
    });
    expect([result.code, result.stderr, getRecipients(server)]).toEqual([0, '', [ada]]);
  });

  test.for([
    ['a template', ['whatsapp', '--template', 't', '--no-check']],
    ['a simulation', ['whatsapp', '-m', 'hi', '--simulate']],
    ['an SMS', ['sms', '-m', 'hi']],
    ['RCS', ['rcs', '--template', 't', '--no-check']],
  ] as const)('does not apply to %s', async ([, args], { expect }) => {
    const server = await serve();
    const home = await homeWithInbound({ [ada]: 25 });
    const result = await invoke(['send', ...args, '--to', ada], { home, env: envFor(server) });
    expect([result.code, getRecipients(server)]).toEqual([0, [ada]]);
  });

  test('is sent with --fallback and a notice', async ({ expect }) => {
    const server = await serve();
    const result = await invoke([...sendArgs(ada), '--fallback'], {
      home: await homeWithInbound({ [ada]: 25 }),
      env: envFor(server),
    });
    expect([result.code, getRecipients(server)]).toEqual([0, [ada]]);
    expect(result.stderr).toContain(`note: WhatsApp will refuse the text to ${ada}: `);
  });

  test('is sent with --force', async ({ expect }) => {
    const server = await serve();
    const home = await homeWithInbound({ [ada]: 25 });
    const result = await invoke([...sendArgs(ada), '--force', 'they wrote to the shop'], {
      home,
      env: envFor(server),
    });
    expect([result.code, getRecipients(server)]).toEqual([0, [ada]]);
    expect(result.stderr).toBe('note: sending to 1 destination outside the 24-hour window anyway\n');
    expect(only(await recorded(home)).plan.overrides?.window).toBe('they wrote to the shop');
  });

  test('to an opted-out number is refused for the opt-out', async ({ expect }) => {
    const home = await homeWithInbound({ [ada]: 25 });
    await invoke(['optout', 'add', ada], { home });
    const result = await invoke(sendArgs(ada), { home, env: { QLARA_API_KEY: 'key' } });
    expect(parseError(result).code).toBe('destination.opted-out');
  });

  test('is explained when the gateway refuses it for the window', async ({ expect }) => {
    const explained = 'accepts free-form text only within 24 hours';
    const result = await invoke(sendArgs('+393901230024'), { env: { QLARA_PROFILE: 'sandbox' } });
    expect([result.code, only(parseRows(result)).status]).toEqual([1, 'rejected']);
    expect(result.stderr).toContain(explained);
    for (const [reason, args, isExplained] of [
      ['Re-engagement: outside of the session', sendArgs(ada), true],
      ['no such number', sendArgs(ada), false],
      ['outside the window', ['send', 'sms', '--to', ada, '-m', 'hi', '--json'], false],
    ] as const) {
      const server = await serve({ post: envelope(400, reason) });
      const refused = await invoke(args, { env: envFor(server) });
      expect([reason, refused.code, refused.stderr.includes(explained)]).toEqual([reason, 1, isExplained]);
    }
  });
});

describe.concurrent('a bulk of free-form WhatsApp', () => {
  const bulkArgs = (home: Home, ...more: string[]) => {
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,name\n${ada},Ada\n${bob},Bob\n${eve},Eve\n`);
    return ['send', 'whatsapp', '--file', file, '-m', 'Ciao {name}', '--yes', '--json', ...more];
  };

  test('skips numbers outside the window, and lists opted-out ones separately', async ({ expect }) => {
    const home = await homeWithInbound({ [ada]: 25, [bob]: 3 });
    await invoke(['optout', 'add', eve], { home });
    const server = await serve();
    const result = await invoke(bulkArgs(home), { home, env: envFor(server) });
    expect([result.code, getRecipients(server)]).toEqual([0, [bob]]);
    expect(result.stderr).toMatch(/ {2}opted out {2}1 row, left out: \+393901234569; written to /);
    expect(result.stderr).toMatch(
      / {2}window {5}1 row outside the 24-hour window, left out: \+393901234567; written to /,
    );
    const rejects = readFileSync(join(home.path, 'rows.rejects.csv'), 'utf8').trim().split('\r\n').slice(1);
    expect(rejects).toEqual([`2,window closed,${ada},Ada`, `4,opted out,${eve},Eve`]);
  });

  test('is sent to all with --force or --fallback', async ({ expect }) => {
    const home = await homeWithInbound({ [ada]: 25 });
    const server = await serve();
    const forced = await invoke(bulkArgs(home, '--force', 'they came by'), { home, env: envFor(server) });
    expect([forced.code, server.posts().length]).toEqual([0, 3]);
    const withFallback = await invoke(bulkArgs(home, '--fallback'), { home, env: envFor(server) });
    expect([withFallback.code, server.posts().length]).toEqual([0, 6]);
  });

  test('is explained once when the gateway refuses it for the window', async ({ expect }) => {
    const server = await serve({ post: envelope(400, 'outside the 24-hour window') });
    const result = await invoke(bulkArgs(freshHome()), { env: envFor(server) });
    expect([result.code, result.stderr.split('accepts free-form text only').length]).toEqual([1, 2]);
  });

  test('is refused if all numbers are outside the window', async ({ expect }) => {
    const home = await homeWithInbound({ [ada]: 25, [bob]: 26, [eve]: 27 });
    const server = await serve();
    const result = await invoke(bulkArgs(home), { home, env: envFor(server) });
    expect([result.code, parseError(result).code, server.posts()]).toEqual([2, 'file.window-closed', []]);
  });
});

test.skipIf(!hasTerminal)('shows the remaining window in the timeline of a message', async () => {
  const home = await homeWithInbound({ [ada]: 20.8, [bob]: 25 }, 'whatsapp', 'sandbox');
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
