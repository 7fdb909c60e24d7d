import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, only, parseError, parseRows, type Row } from '../support/program.ts';

/** Fast enough that each message is final before the first status request. */
const env = { QLARA_SANDBOX_SPEED: '2000' };
const chainArgs = ['send', '--fallback', '-m', 'Important update', '--template', 'template_123'];

const describeAttempts = ({ attempts }: Row) =>
  attempts.map(({ channel, status, reason }) => `${channel} ${status}${reason ? `: ${reason}` : ''}`);

const notOnWhatsApp = 'whatsapp undelivered: not on WhatsApp';
const noRcsDevice = 'rcs undelivered: no RCS device';
const validityExpired = (channel: string) => `${channel} expired: validity period over`;
const arrived = /^(delivered|read)$/;

describe.concurrent('WhatsApp, then RCS, then SMS', () => {
  test.for([
    ['0001', 0, arrived, [notOnWhatsApp, 'rcs read'], 'rcs', null],
    ['0002', 0, arrived, [notOnWhatsApp, noRcsDevice, 'sms delivered'], 'sms', null],
    [
      '0003',
      1,
      /^undelivered$/,
      [notOnWhatsApp, noRcsDevice, 'sms undelivered: handset unreachable'],
      'sms',
      'handset unreachable',
    ],
    [
      '0004',
      1,
      /^expired$/,
      [validityExpired('whatsapp'), validityExpired('rcs'), validityExpired('sms')],
      'sms',
      'validity period over',
    ],
    ['0005', 0, /^delivered$/, ['whatsapp delivered'], 'whatsapp', null],
    ['0006', 1, /^rejected$/, [], 'whatsapp', 'phoneNumber +393901230006 is not a valid destination'],
    ['0007', 1, /^rejected$/, [], 'whatsapp', 'opted out'],
    ['0008', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0009', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0010', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0012', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['0024', 0, arrived, ['whatsapp read'], 'whatsapp', null],
    ['4567', 0, arrived, ['whatsapp read'], 'whatsapp', null],
  ] as const)(
    'to a number ending in %s',
    async ([end, code, status, attempts, channel, reason], { expect }) => {
      const args = [...chainArgs, '--to', `+39390123${end}`, '--sandbox', '--wait', '--json'];
      const result = await invoke(args, { env });
      const row = only(parseRows(result));
      expect(result.code).toBe(code);
      expect(row).toMatchObject({
        to: `+39390123${end}`,
        status: expect.stringMatching(status),
        final: true,
        channel,
        reason,
      });
      // A delivered message may or may not have been read by the time of the request.
      expect(describeAttempts(row).map((line) => line.replace(/ delivered$/, ' read'))).toEqual(
        attempts.map((line) => line.replace(/ delivered$/, ' read')),
      );
      expect(row).toMatchObject({ parts: 1, encoding: 'gsm7', simulation: false });
      const times = row.attempts.map(({ at }) => at);
      expect(times).toEqual([...times].sort());
    },
  );

  test('reports what the ledger has stored', async ({ expect }) => {
    const home = freshHome();
    const sent = await invoke([...chainArgs, '--to', '+393901230002', '--sandbox', '--wait', '--json'], {
      env,
      home,
    });
    const { id, gatewayId } = only(parseRows(sent));
    for (const known of [id, String(gatewayId)]) {
      const stored = await invoke(['status', known, '--sandbox', '--no-refresh', '--json'], { home });
      expect(parseRows(stored)).toEqual(parseRows(sent));
    }
  });

  test('prints a line per change along the fallback chain', async ({ expect }) => {
    const args = [...chainArgs, '--to', '+393901230002', '--sandbox', '--watch', '-o', 'ndjson'];
    const result = await invoke(args, { env: { QLARA_SANDBOX_SPEED: '4' } });
    expect(result.code).toBe(0);
    const rows = result.stdout
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
  ] as const)(
    '%s %j to a number ending in %s',
    async ([channel, args, end, code, status, reason], { expect }) => {
      const result = await invoke(
        ['send', channel, ...args, '-t', `+39390123${end}`, '--sandbox', '--wait', '--json'],
        {
          env,
        },
      );
      const row = only(parseRows(result));
      expect([result.code, row.final]).toEqual([code, true]);
      expect(row.status === 'delivered' && status === 'read' ? 'read' : row.status).toBe(status);
      if (reason instanceof RegExp) expect(row.reason).toMatch(reason);
      else expect(row.reason).toBe(reason);
    },
  );

  test('reports a simulated message as final and never delivered', async ({ expect }) => {
    const args = [
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
    const result = await invoke(args, { env });
    expect(result.code).toBe(0);
    const row = only(parseRows(result));
    expect(row).toMatchObject({ simulation: true, final: true });
    expect(['delivered', 'read']).not.toContain(row.status);
  });

  test('exits with 5 on timeout, with a hint that continues waiting', async ({ expect }) => {
    const home = freshHome();
    const slow = { QLARA_SANDBOX_SPEED: '1' };
    const args = [
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
    const result = await invoke([...args, '--json'], { env: slow, home });
    const row = only(parseRows(result));
    expect([result.code, parseError(result).code, row.final]).toEqual([5, 'wait.timeout', false]);
    const [, hintArgs = ''] = /`qlara (.*)`/.exec(parseError(result).hint ?? '') ?? [];
    expect(hintArgs).toContain(row.id);
    const continued = await invoke([...hintArgs.split(' '), '--json'], { env, home });
    expect([continued.code, only(parseRows(continued)).status]).toEqual([0, 'delivered']);
  });
});
