import { describe, expect, test } from 'vitest';
import { freshHome, only, recorded } from '../support/program.ts';
import { hasTerminal, openScreen } from './screen.ts';

const env = { QLARA_PROFILE: 'sandbox', QLARA_DIALECT: 'platform' };

describe.skipIf(!hasTerminal)('a guided send in the platform dialect', () => {
  test.each([80, 200])('asks what RCS and SMS are sent from, at %i columns', async (columns) => {
    const home = freshHome();
    const screen = openScreen(columns, 40, env, home);
    screen.type('clear; qlara send rcs --to +393901230002; echo "exit $?"');
    await screen.shows(/What do you want to send\?[\s\S]*❯ a template/);
    screen.press('Down');
    await screen.shows(/❯ a text[\s\S]*plain text, without approval/);
    screen.press('Enter');
    await screen.shows(/Fall back to SMS where there is no RCS\?/);
    screen.type('y');
    await screen.shows(/Message text\?/);
    screen.type('Hello {name}');
    await screen.shows(/Value of \{name\}\?/);
    screen.type('Ada');
    await screen.shows(/Number of the RCS agent\?/);
    screen.type('ten');
    await screen.shows(/is not the number of an RCS agent/);
    screen.press('C-u');
    screen.type('10');
    await screen.shows(/Sender ID\?/);
    screen.type('ACME');
    await screen.shows(/Send it\?/);
    // The terminal may wrap the command at a space.
    expect(screen.lines().join('').replaceAll(' ', '')).toContain(
      "qlara send rcs --fallback --to +393901230002 --message 'Hello {name}' --agent-id 10 --from ACME --var name=Ada --sandbox".replaceAll(
        ' ',
        '',
      ),
    );
    screen.type('y');
    await screen.shows(/exit 0/);
    expect(only(await recorded(home, 'sandbox')).plan.message).toMatchObject({
      chain: ['rcs', 'sms'],
      text: 'Hello Ada',
      agentId: 10,
      sender: 'ACME',
    });
  });

  test('takes the only WhatsApp number, and shows when the message is planned', async () => {
    const home = freshHome();
    const screen = openScreen(100, 40, env, home);
    screen.type('clear; qlara send whatsapp --to +393901230101 --at "2099-01-01 09:00"; echo "exit $?"');
    await screen.shows(/❯ a template/);
    screen.press('Enter');
    await screen.shows(/Which template\?[\s\S]*42/);
    screen.press('Enter');
    await screen.shows(/Fall back to RCS, then SMS/);
    screen.type('n');
    await screen.shows(/Value of \{1\}\?/);
    screen.type('Ada');
    await screen.shows(/Value of \{2\}\?/);
    screen.type('A-17');
    await screen.shows(/planned +2099-01-01 09:00[\s\S]*--phone-number-id 5[\s\S]*Send it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    const { message } = only(await recorded(home, 'sandbox')).plan;
    expect([message.template, message.phoneNumberId, typeof message.scheduledAt]).toEqual([
      '42',
      '5',
      'number',
    ]);
  });
});
