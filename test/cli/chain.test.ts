import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, only, type Row, rowsOf } from '../support/program.ts';

/** Fast enough that a life is over when the gateway is first asked. */
const env = { QLARA_SANDBOX_SPEED: '2000' };
const chain = ['send', '--fallback', '-m', 'Important update', '--template', 'template_123'];

const told = ({ attempts }: Row) =>
  attempts.map(({ channel, status, reason }) => `${channel} ${status}${reason ? `: ${reason}` : ''}`);

const off = 'whatsapp undelivered: not on WhatsApp';
const none = 'rcs undelivered: no RCS device';
const late = (channel: string) => `${channel} expired: validity period over`;
const arrived = /^(delivered|read)$/;

describe.concurrent('WhatsApp, then RCS, then SMS', () => {
  test.for([
    ['0001', 0, arrived, [off, 'rcs read'], 'rcs', null],
    ['0002', 0, arrived, [off, none, 'sms delivered'], 'sms', null],
    [
      '0003',
      1,
      /^undelivered$/,
      [off, none, 'sms undelivered: handset unreachable'],
      'sms',
      'handset unreachable',
    ],
    ['0004', 1, /^expired$/, [late('whatsapp'), late('rcs'), late('sms')], 'sms', 'validity period over'],
    ['0005', 0, /^delivered$/, ['whatsapp delivered'], 'whatsapp', null],
    ['0006', 1, /^rejected$/, [], 'whatsapp', 'phoneNumber +393901230006 is not a valid destination'],
    ['0007', 1, /^rejected$/, [], 'whatsapp', 'opted out'],
    ['0008', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0009', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0010', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0012', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0024', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['4567', 0, arrived, ['whatsapp read'], 'whatsapp', null],
  ] as const)('to a number in %s', async ([end, code, status, attempts, channel, reason], { expect }) => {
    const words = [...chain, '--to', `+39390123${end}`, '--sandbox', '--wait', '--json'];
    const ran = await invoke(words, { env });
    const row = only(rowsOf(ran));
    expect(ran.code).toBe(code);
    expect(row).toMatchObject({
      to: `+39390123${end}`,
      status: expect.stringMatching(status),
      final: true,
      channel,
      reason,
    });
    // What is delivered may have been read by the time one asks, or not yet.
    expect(told(row).map((line) => line.replace(/ delivered$/, ' read'))).toEqual(
      attempts.map((line) => line.replace(/ delivered$/, ' read')),
    );
    expect(row).toMatchObject({ parts: 1, encoding: 'gsm7', simulation: false });
    const times = row.attempts.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
  });

  test('the output matches the ledger', async ({ expect }) => {
    const home = freshHome();
    const sent = await invoke([...chain, '--to', '+393901230002', '--sandbox', '--wait', '--json'], {
      env,
      home,
    });
    const { id, gatewayId } = only(rowsOf(sent));
    for (const known of [id, String(gatewayId)]) {
      const kept = await invoke(['status', known, '--sandbox', '--no-refresh', '--json'], { home });
      expect(rowsOf(kept)).toEqual(rowsOf(sent));
    }
  });

  test('a line for each change, as the chain goes on', async ({ expect }) => {
    const words = [...chain, '--to', '+393901230002', '--sandbox', '--watch', '-o', 'ndjson'];
    const ran = await invoke(words, { env: { QLARA_SANDBOX_SPEED: '4' } });
    expect(ran.code).toBe(0);
    const rows = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
    expect(new Set(rows.map((row) => JSON.stringify({ ...row, updatedAt: '' }))).size).toBe(rows.length);
    expect(rows.slice(0, -1).map(({ final }) => final)).toEqual(rows.slice(1).map(() => false));
    expect(rows.at(-1)).toMatchObject({ channel: 'sms', status: 'delivered', final: true });
    expect(rows.length).toBeGreaterThan(1);
  });
});

describe.concurrent('one channel', () => {
  test.for([
    ['whatsapp', ['--template', 'template_123'], '0001', 1, 'undelivered', 'not on WhatsApp'],
    ['whatsapp', ['-m', 'Hello'], '0024', 1, 'rejected', /24-hour window/],
    ['whatsapp', ['-m', 'Hello'], '4567', 0, 'read', null],
    [
      'whatsapp',
      ['--template', 'template_pending', '--var', 'name=A', '--no-check'],
      '4567',
      1,
      'rejected',
      /not approved/,
    ],
    ['rcs', ['--template', 'template_123'], '0001', 0, 'read', null],
    ['rcs', ['--template', 'template_123'], '0002', 1, 'undelivered', 'no RCS device'],
    [
      'rcs',
      ['--template', 'template_456', '--var', 'name=A', '--no-check'],
      '4567',
      1,
      'rejected',
      /variables\.code/,
    ],
    ['rcs', ['--template', 'template_123', '--fallback', '-m', 'Hi'], '0002', 0, 'delivered', null],
    ['sms', ['-m', 'Hello'], '0002', 0, 'delivered', null],
    ['sms', ['-m', 'Hello'], '0003', 1, 'undelivered', 'handset unreachable'],
    ['sms', ['-m', 'Hello'], '0004', 1, 'expired', 'validity period over'],
  ] as const)('%s %j to a number in %s', async ([channel, words, end, code, status, reason], { expect }) => {
    const ran = await invoke(
      ['send', channel, ...words, '-t', `+39390123${end}`, '--sandbox', '--wait', '--json'],
      {
        env,
      },
    );
    const row = only(rowsOf(ran));
    expect([ran.code, row.final]).toEqual([code, true]);
    expect(row.status === 'delivered' && status === 'read' ? 'read' : row.status).toBe(status);
    if (reason instanceof RegExp) expect(row.reason).toMatch(reason);
    else expect(row.reason).toBe(reason);
  });

  test('a simulated message is final at once, and never delivered', async ({ expect }) => {
    const words = [
      'send',
      'sms',
      '-t',
      '+393901234567',
      '-m',
      'Hi',
      '--simulate',
      '--sandbox',
      '--wait',
      '--json',
    ];
    const ran = await invoke(words, { env });
    expect(ran.code).toBe(0);
    const row = only(rowsOf(ran));
    expect(row).toMatchObject({ simulation: true, final: true });
    expect(['delivered', 'read']).not.toContain(row.status);
  });

  test('time that runs out ends with 5, and the hint goes on waiting', async ({ expect }) => {
    const home = freshHome();
    const slow = { QLARA_SANDBOX_SPEED: '1' };
    const words = [
      'send',
      'sms',
      '-t',
      '+393901230012',
      '-m',
      'Hi',
      '--sandbox',
      '--wait',
      '--timeout',
      '200ms',
    ];
    const ran = await invoke([...words, '--json'], { env: slow, home });
    const row = only(rowsOf(ran));
    expect([ran.code, errorOf(ran).code, row.final]).toEqual([5, 'wait.timeout', false]);
    const [, onward = ''] = /`qlara (.*)`/.exec(errorOf(ran).hint ?? '') ?? [];
    expect(onward).toContain(row.id);
    const after = await invoke([...onward.split(' '), '--json'], { env, home });
    expect([after.code, only(rowsOf(after)).status]).toEqual([0, 'delivered']);
  });
});
