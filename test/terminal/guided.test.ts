import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshHome, only, recorded, run } from '../support/program.ts';
import { hasTerminal, openScreen } from './screen.ts';

const sandbox = { QLARA_PROFILE: 'sandbox' };

describe.skipIf(!hasTerminal)('a guided send', () => {
  test.each([40, 80, 200])(
    'asks for the missing parts of an SMS and sends it at %i columns',
    async (columns) => {
      const home = freshHome();
      const screen = openScreen(columns, 40, sandbox, home);
      screen.type('clear; qlara send; echo "exit $?"');
      await screen.shows(/Which channel\?[\s\S]*❯ SMS/);
      screen.press('Enter');
      await screen.shows(/To which number\?/);
      screen.type('390');
      await screen.shows(/is not in E\.164/);
      screen.press('C-u');
      screen.type('+393901230001');
      await screen.shows(/Message text\?/);
      screen.type('Hello {name}');
      await screen.shows(/Value of \{name\}\?/);
      screen.type('Mario');
      await screen.shows(/Send it\?/);
      // The command for the next time, joined where the terminal wrapped it.
      expect(screen.lines().join('')).toContain(
        "qlara send sms --to +393901230001 --message 'Hello {name}' --var name=Mario --sandbox",
      );
      expect(await recorded(home, 'sandbox')).toEqual([]);
      screen.type('y');
      await screen.shows(/exit 0/);
      expect(only(await recorded(home, 'sandbox')).plan).toMatchObject({
        to: '+393901230001',
        message: { text: 'Hello Mario', chain: ['sms'] },
      });
    },
  );

  test('counts characters while typing', async () => {
    const screen = openScreen(100, 24, sandbox);
    screen.type('clear; qlara send sms --to +393901230001');
    await screen.shows(/0 characters, 1 part in GSM-7, room for 160/);
    screen.press('’');
    await screen.shows(/1 character, 1 part in UCS-2, room for 69/);
  });

  test('finds a template, draws it and asks for its variables', async () => {
    const home = freshHome();
    const screen = openScreen(80, 40, { ...sandbox, NO_COLOR: '1' }, home);
    screen.type('clear; qlara send --fallback --to +393901230002 --message "Your code"; echo "exit $?"');
    await screen.shows(/Which template\?[\s\S]*❯ template_123[\s\S]*Hello \[?customer/);
    for (const letter of '456') screen.press(letter);
    await screen.shows(/❯ template_456[\s\S]*your code is \{code\}/);
    screen.press('Enter');
    await screen.shows(/Value of \{name\}\?/);
    screen.type('Mario');
    await screen.shows(/Value of \{code\}\?/);
    screen.type('123');
    await screen.shows(/channel +WhatsApp, then RCS, then SMS[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    const { plan } = only(await recorded(home, 'sandbox'));
    expect(plan.message).toMatchObject({
      template: 'template_456',
      variables: { name: 'Mario', code: '123' },
    });
  });

  test('stops on "no", and on Ctrl-C at every prompt', async () => {
    const home = freshHome();
    const screen = openScreen(100, 30, sandbox, home);
    screen.type('clear; qlara send sms --to +393901230001; echo "exit $?"');
    await screen.shows(/Message text\?/);
    screen.type('Hi');
    await screen.shows(/Send it\?/);
    screen.press('Enter');
    await screen.shows(/nothing was sent\n[\s\S]*exit 9/);
    for (const [line, question] of [
      ['send', /Which channel\?/],
      ['send sms', /To which number\?/],
      ['send sms --to +393901230001', /Message text\?/],
      ['send whatsapp --to +393901230001', /What do you want to send\?/],
      ['send rcs --to +393901230001', /Which template\?/],
    ] as const) {
      screen.type(`clear; qlara ${line}; echo "exit $?"`);
      await screen.shows(question);
      screen.press('C-c');
      await screen.shows(/error: interrupted; nothing was sent\nexit 130/);
    }
    expect(await recorded(home, 'sandbox')).toEqual([]);
  });

  test('inserts a paste at the cursor and keeps its lines', async () => {
    const home = freshHome();
    const screen = openScreen(100, 30, sandbox, home);
    screen.type('clear; qlara send sms --to +393901230001; echo "exit $?"');
    await screen.shows(/Message text\?/);
    screen.keys('AZ');
    await screen.shows(/AZ/);
    screen.press('Left');
    screen.paste('one\ntwo\r\n\nthree\n');
    await screen.shows(/Aone⏎two⏎⏎threeZ/);
    screen.press('Enter');
    await screen.shows(/text +Aone⏎two⏎⏎threeZ[\s\S]*--message \$'Aone\\ntwo\\n\\nthreeZ'[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan.message.text).toBe('Aone\ntwo\n\nthreeZ');
  });

  test('goes back a question with Esc', async () => {
    const home = freshHome();
    const screen = openScreen(100, 40, sandbox, home);
    screen.type('clear; qlara send; echo "exit $?"');
    await screen.shows(/Which channel\?[\s\S]*❯ SMS/);
    // There is nothing before the first question.
    screen.press('Escape');
    screen.press('Enter');
    await screen.shows(/To which number\?/);
    screen.type('+393901230001');
    await screen.shows(/Message text\?/);
    screen.type('Hello {name}');
    await screen.shows(/Value of \{name\}\?/);
    screen.press('Escape');
    await screen.shows(/Value of \{name\}\?[^\n]*\n\? Message text\?/);
    screen.press('Escape');
    await screen.shows(/Hello \{name\}\s+\? To which number\?/);
    screen.type('+393901230002');
    await screen.shows(/0002\n\? Message text\?/);
    // Each Esc counts, also soon after another one.
    screen.press('Escape');
    await new Promise((resolve) => setTimeout(resolve, 400));
    screen.press('Escape');
    await screen.shows(/\? Which channel\?[^\n]*\n[\s\S]*❯ SMS/);
    screen.press('Enter');
    await screen.shows(/\? To which number\?[^✔]*$/);
    screen.type('+393901230002');
    // The answer from before is there again.
    await screen.shows(/0002[\s\S]*0002\n\? Message text\?[^\n]*\n +Hello \{name\}/);
    screen.press('C-u');
    screen.type('Bye');
    await screen.shows(/to +\+393901230002\n[\s\S]*text +Bye[\s\S]*Send it\?/);
    screen.press('Escape');
    await screen.shows(/Send it\?[^\n]*\n\? Message text\?[^\n]*\n +Bye/);
    screen.press('C-u');
    screen.type('Ciao');
    await screen.shows(/text +Ciao[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan).toMatchObject({
      to: '+393901230002',
      message: { text: 'Ciao' },
    });
  });

  test('asks for the values of a template that a flag names, and none that a file has', async () => {
    const home = freshHome();
    writeFileSync(join(home.path, 'values.json'), '{"code": "1"}');
    const screen = openScreen(120, 30, sandbox, home);
    screen.type(
      'clear; qlara send whatsapp --template template_456 --vars-file values.json --to +393901230001 --yes; echo "exit $?"',
    );
    await screen.shows(/exit 2/);
    screen.type(
      'clear; qlara send whatsapp --template template_456 --vars-file values.json --yes; echo "exit $?"',
    );
    await screen.shows(/To which number\?/);
    screen.type('+393901230001');
    await screen.shows(/Fall back to RCS/);
    screen.press('Enter');
    await screen.shows(/Value of \{name\}\?/);
    screen.paste('a\tb');
    screen.press('Enter');
    await screen.shows(/WhatsApp templates take no line break, tab or more than four spaces/);
    screen.press('C-u');
    screen.type('Mario');
    // With --yes there is nothing left to ask.
    await screen.shows(/template +template_456[\s\S]*exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan.message.variables).toEqual({
      name: 'Mario',
      code: '1',
    });
  });

  test('asks for the values of a text that a flag gives', async () => {
    const home = freshHome();
    const screen = openScreen(100, 30, sandbox, home);
    screen.type('clear; qlara send sms --to +393901230001 --message "Hi {name}" --yes; echo "exit $?"');
    await screen.shows(/Value of \{name\}\?/);
    screen.type('Mario');
    await screen.shows(/exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan.message.text).toBe('Hi Mario');
  });

  test('refuses a template that does not exist before it asks anything', async () => {
    const screen = openScreen(100, 30, sandbox);
    screen.type('clear; qlara send rcs --template template_x; echo "exit $?"');
    await screen.shows(/error: the gateway has no template template_x on RCS[\s\S]*exit 2/);
  });

  test('refuses a stray brace while the text is typed', async () => {
    const screen = openScreen(100, 30, sandbox);
    screen.type('clear; qlara send sms --to +393901230001');
    await screen.shows(/Message text\?/);
    screen.type('Hello {name');
    await screen.shows(/"\{name" is not a placeholder: write \\\{/);
  });

  test('repeats all flags in the printed command', async () => {
    const screen = openScreen(200, 30);
    screen.type(
      'clear; qlara send sms --to +393901230001 --sandbox --columns id,to -o json --wait --timeout 1m',
    );
    await screen.shows(/Message text\?/);
    screen.type('Hi');
    await screen.shows(
      /next time qlara send sms --to \+393901230001 --message Hi --wait --timeout 1m --output json --columns id --columns to --sandbox\n/,
    );
  });

  test('writes prompts to stderr, so that rows can be piped', async () => {
    const screen = openScreen(100, 30, sandbox);
    screen.type(`clear; qlara send sms --to +393901230001 --json | grep -o '"to": .*'; echo end`);
    await screen.shows(/Message text\?/);
    screen.type('Hi');
    await screen.shows(/Send it\?/);
    screen.type('y');
    await screen.shows(/"to": "\+393901230001",\nend/);
  });

  test('asks nothing with --no-input and names what is missing', async () => {
    const screen = openScreen(100, 30, sandbox);
    screen.type('clear; qlara send sms --no-input; echo "exit $?"');
    await screen.shows(/error: --to is missing\nhint: .*--to \+39\d+\nexit 2/);
  });
});

test.each([
  [['send'], /no channel given/],
  [['send', 'sms', '-m', 'hi'], /--to is missing/],
  [['send', 'rcs', '--to', '+393901230001'], /--template/],
  [['send', 'whatsapp', '--to', '+393901230001'], /--template ID/],
])('without a terminal %j names what is missing', async (args, message) => {
  const { code, stderr } = await run(args, { env: sandbox });
  expect([code, message.test(stderr)]).toEqual([2, true]);
});
