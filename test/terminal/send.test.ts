import { describe, expect, test } from 'vitest';
import { hasTerminal, openScreen } from './screen.ts';

const chainCommand = (digits: string) =>
  `qlara send --fallback --to +39390123${digits} --message "Important update" --template template_123 --sandbox --watch`;

/** Replaces ids and times, which vary, with placeholders of equal length. */
const normalize = (lines: readonly string[]) =>
  lines.map((line) =>
    line
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, 'ID')
      .replace(/\d\d:\d\d:\d\d/, 'HH:MM:SS')
      .replace(/\d+\.\d s/g, 'N s')
      .replace(/ +\+N s/, ' +N s'),
  );

describe.skipIf(!hasTerminal)('a send in a terminal', () => {
  test('draws the fallback chain in place and ends with the outcome', async () => {
    const screen = openScreen(80, 24);
    screen.type(`${chainCommand('0002')}; echo "exit $?"`);
    await screen.shows(/exit 0/);
    expect(
      normalize(screen.lines()).filter(
        (line) => !line.startsWith('$') && !line.includes('template_123 --sand'),
      ),
    ).toEqual([
      'sandbox: the embedded gateway answers; nothing leaves this machine',
      '✔ delivered  +393901230002  N s  ID',
      '  ✖ whatsapp  undelivered  HH:MM:SS +N s  not on WhatsApp',
      '  ✖ rcs       undelivered  HH:MM:SS +N s  no RCS device',
      '  ✔ sms       delivered    HH:MM:SS +N s',
      'exit 0',
    ]);
  });

  test('shows the current channel', async () => {
    const screen = openScreen(100, 24, { QLARA_SANDBOX_SPEED: '1' });
    screen.type(chainCommand('0002'));
    await screen.shows(/• whatsapp +(sent|received) .*\n +– rcs +next, if needed\n +– sms +next, if needed/);
    await screen.shows(/✖ whatsapp +undelivered .*not on WhatsApp\n +• rcs +(sent|received)/, 15_000);
    screen.press('C-c');
    await screen.shows(/error: interrupted\nhint: `qlara status --sandbox [0-9a-f-]{36}`/);
    screen.type('clear; qlara send sms --to +393901230004 -m hi --sandbox; echo "exit $?"');
    await screen.shows(/exit 0/);
  });

  test('exits with 1 for a failed fallback chain', async () => {
    const screen = openScreen(80, 24);
    screen.type(`${chainCommand('0003')}; echo "exit $?"`);
    await screen.shows(/✖ undelivered[\s\S]*handset unreachable\n[\s\S]*exit 1/);
  });

  test.each([40, 80, 200])('fits into %i columns', async (columns) => {
    const screen = openScreen(columns, 30);
    screen.type(
      `clear; qlara send sms --to +393901230003,+393901230001 -m hi --sandbox --wait; qlara status --sandbox; echo end`,
    );
    await screen.shows(/^end$/m);
    const lines = screen.lines();
    // A wrapped line would start without its number.
    const rows = lines.filter((line) => /undeliv|und…|✖|deliv|✔/.test(line));
    expect(rows).toHaveLength(4);
    expect(rows.filter((row) => !/^\+39/.test(row))).toEqual([]);
  });

  test('shows statuses with a symbol and a word, with and without color', async () => {
    const screen = openScreen(100, 24);
    screen.type('clear; qlara send sms --to +393901230003 -m hi --sandbox --wait -q; echo end');
    await screen.shows(/^end$/m);
    expect(screen.colored()).toContain('\u001b[31m✖ undelivered');
    screen.type('clear; NO_COLOR=1 qlara status --sandbox; echo plain');
    await screen.shows(/✖ undelivered[\s\S]*^plain$/m);
    expect(screen.colored()).not.toContain('\u001b[31m');
    screen.type('clear; LC_ALL=C qlara status --sandbox; echo ascii');
    await screen.shows(/x undelivered[\s\S]*^ascii$/m);
  });

  test('shows a spinner during a wait and removes it afterwards', async () => {
    const screen = openScreen(80, 24, { QLARA_SANDBOX_SPEED: '1' });
    screen.type('clear; qlara send sms --to +393901234567 -m hi --sandbox --wait');
    await screen.shows(/waiting for delivery/);
    await screen.shows(/✔ delivered/, 15_000);
    expect(screen.lines().join('\n')).not.toContain('waiting for delivery');
  });

  test('counts many messages and lists the latest changes', async () => {
    const screen = openScreen(80, 16, { QLARA_SANDBOX_SPEED: '1' });
    const numbers = Array.from({ length: 40 }, (_, i) => `+39390123${1000 + i}`).join(',');
    screen.type(`clear; qlara send sms -t ${numbers} -m hi --sandbox --watch`);
    await screen.shows(/0 of 40 final/);
    await screen.shows(/40 of 40 final +✔ delivered 40/, 15_000);
    expect(screen.lines().length).toBeLessThanOrEqual(16);
  });
});
