import { describe, expect, test } from 'vitest';
import { freshHome, type Home, only, recorded, run } from '../support/program.ts';
import { hasTerminal, openScreen } from './screen.ts';

const sandbox = { QLARA_PROFILE: 'sandbox' };

/** Creates a home with these sends in order; the list of recent recipients shows the last one first. */
async function homeWithSends(...sends: string[][]): Promise<Home> {
  const home = freshHome();
  for (const args of sends) await run(['send', ...args], { home, env: sandbox });
  return home;
}

const smsArgs = (to: string) => ['sms', '--to', to, '--message', 'hi'];
const rcsArgs = (to: string) => ['rcs', '--to', to, '--template', 'template_123'];

describe.skipIf(!hasTerminal)('the recipient prompt of a guided send', () => {
  test.each([
    [40, {}],
    [80, {}],
    [200, {}],
    [80, { NO_COLOR: '1' }],
  ])('checks the number while typing at %i columns with %j', async (columns, env) => {
    const screen = openScreen(columns, 30, { ...sandbox, ...env });
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(
      /To which number\?\n {2}begin with \+ and the country code,\s+as in \+39 390 123 4567/,
    );
    screen.keys('+39');
    await screen.shows(/To which number\? \+39\n {2}Italy or Vatican City$/);
    screen.keys('390123');
    await screen.shows(/\+39390123\n {2}Italy, mobile: 3 digits more\?$/);
    if ('NO_COLOR' in env) expect(screen.colored()).not.toMatch(/\u001B\[[\d;]*m/);
    // An incomplete number is refused and stays in the input, so that typing can continue.
    screen.press('Enter');
    await screen.shows(
      /invalid phone number .*\n {2}check the country code and\s+the\s+number\s+of\s+digits/,
    );
    screen.keys('0001');
    await screen.shows(/\n {2}valid: Italy, mobile\n❯ \+39 390 123 0001\n/);
    screen.press('Enter');
    await screen.shows(/✔ To which number\? \+39 390 123 0001\n[\s\S]*to +\+393901230001\n[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
  });

  test('accepts input that is faster than its checks', async () => {
    const home = await homeWithSends(smsArgs('+393901230005'));
    const screen = openScreen(80, 30, sandbox, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(/To which number\?[\s\S]*recent/);
    screen.keys('+393901230001\r');
    await screen.shows(/✔ To which number\? \+39 390 123 0001\n[\s\S]*Send it\?/);
    screen.press('C-c');
    await screen.shows(/exit 130/);
  });

  test.each([40, 80, 200])('offers recent recipients at %i columns', async (columns) => {
    const home = await homeWithSends(
      smsArgs('+393901230001'),
      smsArgs('+14155552671'),
      rcsArgs('+393901230004'),
      smsArgs('+393901230001'),
    );
    const screen = openScreen(columns, 30, sandbox, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(
      /type a number, or choose a\s+recent\s+one\n❯ \+39 390 123 0001 {2}just now, SMS\n {2}\+39 390 123 0004 {2}just now, RCS\n {2}\+1 415 555 2671 {3}just now, SMS\n/,
    );
    screen.press('Down');
    await screen.shows(/❯ \+39 390 123 0004/);
    // Input filters the list; an entered number comes first.
    screen.keys('415');
    await screen.shows(/To which number\? 415\n[\s\S]*\n❯ \+1 415 555 2671[^\n]*\n\n/);
    screen.press('C-u');
    screen.keys('+39390123000');
    await screen.shows(
      /valid: Italy, mobile\n❯ \+39 390 123 000\n {2}\+39 390 123 0001[^\n]*\n {2}\+39 390 123 0004/,
    );
    screen.keys('4');
    await screen.shows(/valid: Italy, mobile\n❯ \+39 390 123 0004 {2}just now, RCS\n\n/);
    screen.press('Enter');
    await screen.shows(/Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    const [last] = await recorded(home, 'sandbox');
    expect(last?.plan.to).toBe('+393901230004');
  });

  test('takes the latest recipient on Enter', async () => {
    const home = await homeWithSends(smsArgs('+393901230001'), smsArgs('+393901230004'));
    const screen = openScreen(80, 30, sandbox, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(/❯ \+39 390 123 0004/);
    screen.press('Enter');
    await screen.shows(/to +\+393901230004\n[\s\S]*Send it\?/);
    screen.press('C-c');
    await screen.shows(/interrupted; nothing was sent\nexit 130/);
  });

  test('takes no recipient for an Enter that arrives with a character', async () => {
    const home = await homeWithSends(smsArgs('+393901230001'));
    const screen = openScreen(80, 30, sandbox, home);
    for (const typed of ['5', '7', 'x', '99']) {
      screen.type('clear; qlara send sms --message hi; echo "exit $?"');
      await screen.shows(/❯ \+39 390 123 0001/);
      screen.type(typed);
      await screen.shows(
        new RegExp(`To which number\\? ${typed}\\s+"${typed}" is not|To which number\\? ${typed}`),
      );
      screen.press('C-c');
      await screen.shows(/interrupted; nothing was sent\nexit 130/);
    }
  });

  test('reads a pasted line break as a space', async () => {
    const screen = openScreen(80, 30, sandbox);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(/To which number\?/);
    screen.paste('+39 390\n123 0001\n');
    await screen.shows(/valid: Italy, mobile/);
  });

  test('completes a recipient with Tab', async () => {
    const home = await homeWithSends(smsArgs('+393901230001'), smsArgs('+14155552671'));
    const screen = openScreen(80, 30, sandbox, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(/❯ \+1 415 555 2671/);
    screen.press('Tab');
    await screen.shows(/To which number\? \+1 415 555 2671 .*\n {2}valid: United States\n❯ \+1 415 555 2671/);
    screen.press('Enter');
    await screen.shows(/to +\+14155552671\n[\s\S]*Send it\?/);
    screen.press('C-c');
    await screen.shows(/exit 130/);
  });

  test('offers at most five recipients, all visible at once', async () => {
    const home = await homeWithSends(...[1, 2, 3, 4, 5, 6].map((end) => smsArgs(`+39390123000${end}`)));
    const screen = openScreen(40, 30, { ...sandbox, NO_COLOR: '1' }, home);
    screen.type('clear; qlara send sms --message hi; echo "exit $?"');
    await screen.shows(
      /one\n❯ [^\n]*0006 .*\n[^\n]*0005 .*\n[^\n]*0004 .*\n[^\n]*0003 .*\n[^\n]*0002 .*\n\n/,
    );
    expect(screen.colored()).not.toMatch(/\u001B\[[\d;]*m/);
    screen.press('C-c');
    await screen.shows(/error: interrupted; nothing was sent\nexit 130/);
  });

  test('accepts a number of the given country', async () => {
    const screen = openScreen(80, 30, sandbox);
    screen.type('clear; qlara send sms --message hi --country it; echo "exit $?"');
    await screen.shows(/of Italy, or with \+ and another country code/);
    screen.keys('390 123 0001');
    await screen.shows(/valid: Italy, mobile\n❯ \+39 390 123 0001/);
    screen.press('Enter');
    await screen.shows(/to +\+393901230001\n[\s\S]*Send it\?/);
  });
});

describe.skipIf(!hasTerminal)('the fallback prompt', () => {
  test.each([
    ['rcs', /Fall back to SMS where there is no RCS\?/, 'RCS, then SMS', ['rcs', 'sms']],
    [
      'whatsapp',
      /Fall back to RCS, then SMS, if WhatsApp fails\?/,
      'WhatsApp, then RCS, then SMS',
      ['whatsapp', 'rcs', 'sms'],
    ],
  ] as const)('asks after %s, then for the text', async (channel, question, ways, chain) => {
    const home = freshHome();
    const screen = openScreen(80, 40, sandbox, home);
    screen.type(`clear; qlara send ${channel} --to +393901230002; echo "exit $?"`);
    if (channel === 'whatsapp') {
      await screen.shows(/What do you want to send\?/);
      screen.press('Enter');
    }
    await screen.shows(/❯ template_123/);
    screen.press('Enter');
    await screen.shows(question);
    screen.type('y');
    await screen.shows(/Text of the SMS\?[^\n]* 1 part in GSM-7/);
    screen.type('Hello {name}');
    await screen.shows(/Value of \{name\}\?/);
    screen.type('Mario');
    await screen.shows(new RegExp(`channel +${ways}\\n[\\s\\S]*Send it\\?`));
    screen.type('y');
    await screen.shows(/exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan.message).toMatchObject({ chain, text: 'Hello Mario' });
  });

  test('declines with Enter and then asks for no text', async () => {
    const home = freshHome();
    const screen = openScreen(40, 40, sandbox, home);
    screen.type('clear; qlara send whatsapp --template template_123; echo "exit $?"');
    await screen.shows(/To which number\?/);
    screen.keys('+393901230001');
    await screen.shows(/valid: Italy/);
    screen.press('Enter');
    await screen.shows(/Fall back to RCS, then SMS/);
    screen.press('Enter');
    await screen.shows(/channel +WhatsApp\n[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan.message).toMatchObject({
      chain: ['whatsapp'],
      text: null,
    });
  });

  test('is skipped if a flag decides, and for free-form text', async () => {
    const screen = openScreen(80, 40, sandbox);
    screen.type('clear; qlara send whatsapp --fallback --template template_123 --message hi');
    await screen.shows(/To which number\?/);
    screen.keys('+393901230001');
    await screen.shows(/valid: Italy/);
    screen.press('Enter');
    await screen.shows(/Value of|Send it\?/);
    expect(screen.lines().join('\n')).not.toMatch(/Fall back to RCS/);
    screen.press('C-c');
    await screen.shows(/interrupted; nothing was sent/);
    screen.type('clear; qlara send whatsapp --to +393901230001');
    await screen.shows(/What do you want to send\?/);
    screen.press('Down');
    await screen.shows(/❯ a text/);
    screen.press('Enter');
    // Not an SMS, so there is no count of parts.
    await screen.shows(/Message text\? 0 characters$/);
    screen.type('Hello');
    await screen.shows(/text +Hello\n[\s\S]*Send it\?/);
    expect(screen.lines().join('\n')).not.toMatch(/Fall back to RCS|as SMS/);
    screen.press('C-c');
    await screen.shows(/nothing was sent/);
  });

  test('can be interrupted with Ctrl-C, as can the text prompt', async () => {
    const home = freshHome();
    const screen = openScreen(80, 40, sandbox, home);
    for (const answers of [[], ['y']]) {
      screen.type('clear; qlara send rcs --to +393901230001; echo "exit $?"');
      await screen.shows(/❯ template_123/);
      screen.press('Enter');
      await screen.shows(/where there is no RCS\?/);
      for (const answer of answers) {
        screen.type(answer);
        await screen.shows(/Text of the SMS/);
      }
      screen.press('C-c');
      await screen.shows(/error: interrupted; nothing was sent\nexit 130/);
    }
    expect(await recorded(home, 'sandbox')).toEqual([]);
  });
});
