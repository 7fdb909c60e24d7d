import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environment, freshHome, type Home, program, start, until } from '../support/program.ts';
import { accept, envelope, serve } from '../support/server.ts';
import { hasTerminal, openScreen, type Screen } from './screen.ts';

function writeRows(home: Home, name: string, endings: readonly string[]): void {
  const lines = endings.map(
    (ending, index) => `+3939${String(index).padStart(4, '0')}${ending},Ada ${index}`,
  );
  writeFileSync(join(home.path, name), `to,name\n${lines.join('\n')}\n`);
}

/** Returns the last digits of `count` numbers that succeed, and one of each kind that fails. */
const mixedDigits = (count: number) => [
  ...Array.from({ length: count }, () => '1000'),
  '0003',
  '0006',
  '0006',
  '0007',
];

const sendCommand = 'qlara send sms -m "Ciao {name}" --sandbox --file';

/** Returns the lines on the screen after the typed command. */
function linesAfter(screen: Screen, typed: RegExp): string[] {
  const lines = screen.lines();
  return lines.slice(lines.findLastIndex((line) => typed.test(line)) + 1);
}

describe.skipIf(!hasTerminal)('a bulk in a terminal', () => {
  test('is summarized, confirmed and drawn, and ends with suggestions', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(30));
    const screen = openScreen(100, 30, { QLARA_SANDBOX_SPEED: '20' }, home);
    screen.type(`clear; ${sendCommand} rows.csv --name autumn --rate 20/s --watch; echo "exit $?"`);
    await screen.shows(
      /34 messages by SMS, from rows\.csv \(autumn\)\n {2}as SMS {5}34 parts, all in GSM-7\n/,
    );
    await screen.shows(/\? Send these 34 messages\? \(y\/N\)/);
    screen.type('y');
    await screen.shows(/[█░]{60} +\d+ %\nsending {2}\d+ of 34 .*\n– queued +\d+ +[\d.]+ %/);
    await screen.shows(/exit 1/);
    const end = linesAfter(screen, /Send these/);
    expect(end.slice(0, 5).map((line) => line.replace(/in [\d.]+ m?s/, 'in N s'))).toEqual([
      `${'█'.repeat(60)} 100 %`,
      '34 of 34 final   in N s',
      '✔ delivered    30   88.2 %',
      '✖ undelivered   1    2.9 %',
      '✖ rejected      3    8.8 %',
    ]);
    expect(end.slice(5, -1).join(' ')).toMatch(
      /^4 messages failed: `qlara bulk show \S+ --sandbox` shows why `qlara bulk retry \S+ --sandbox` sends the failed messages again exit 1$/,
    );
  });

  test('sends and stores nothing when declined', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', ['1000']);
    const screen = openScreen(80, 24, {}, home);
    screen.type(`clear; ${sendCommand} rows.csv`);
    await screen.shows(/\? Send it\?/);
    screen.type('n');
    await screen.shows(/nothing was sent/);
    screen.type('clear; qlara bulk list --sandbox');
    await screen.shows(/no bulks/);
  });

  test('keeps its output after Ctrl-C, with a command that resumes it', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(40));
    const screen = openScreen(100, 24, {}, home);
    screen.type(`clear; ${sendCommand} rows.csv --name cut --rate 10/s --yes; echo "exit $?"`);
    await screen.shows(/sending {2}\d+ of 44 +[\d.]+\/s/);
    screen.press('C-c');
    await screen.shows(
      /\n\d+ of 44 sent {3}\d+ not sent {3}in .*\n– queued [\s\S]*error: interrupted\nhint: `qlara bulk resume/,
    );
    await screen.shows(/exit 130/);
    screen.type('clear; qlara bulk show cut --sandbox');
    await screen.shows(
      /^cut {2}44 messages, stopped\n[\s\S]*`qlara bulk resume \S+ --sandbox` sends the rest/m,
    );
    screen.type('clear; qlara bulk resume cut --sandbox');
    await screen.shows(/44 messages, \d+ not sent yet\n\? Resume it\?/);
    screen.type('y');
    await screen.shows(/\n44 sent /, 15_000);
  });

  test('can be stopped from another terminal', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(200));
    const screen = openScreen(100, 24, {}, home);
    screen.type(`clear; ${sendCommand} rows.csv --name long --rate 10/s --yes; echo "exit $?"`);
    await screen.shows(/sending {2}[1-9]\d* of 204/);
    execFileSync(process.execPath, [program, 'bulk', 'stop', 'long', '--sandbox'], {
      env: environment(home),
      stdio: 'ignore',
    });
    await screen.shows(/error: the bulk was asked to stop\nhint: `qlara bulk resume[\s\S]*exit 130/);
  });

  test('shows the processes at work in 80 columns', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(800));
    const send = ['send', 'sms', '-m', 'Ciao', '--sandbox', '--file', join(home.path, 'rows.csv')];
    const sender = start([...send, '--name', 'long', '--rate', '20/s', '--yes'], { home });
    await until(() => sender.printed.stderr.includes('example'), 'it begins');
    const helper = start(['bulk', 'work', '--follow', '--sandbox'], { home });
    await until(() => helper.printed.stderr.includes('1 other at work'), 'the other joins');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const screen = openScreen(80, 24, {}, home);
    screen.type('clear; qlara bulk show long --sandbox');
    await screen.shows(
      /^long {2}804 messages, running\n[\s\S]*\nat work {2}\d+ left to send, about \d+ s at this rate\n( {2}\S+ +pid \d+ +\d+ sent +[\d.]+\/s {2}since [\d-]+ [\d:]+\n){2}/m,
    );
    screen.type('clear; qlara bulk show long --sandbox --watch');
    await screen.shows(/following [\s\S]*(\n\S+ +pid \d+ +\d+ sent +[\d.]+\/s {2}since [\d-]+ [\d:]+){2}/);
    sender.child.kill('SIGKILL');
    helper.child.kill('SIGKILL');
  });

  test('asks before a retry, and can be declined', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(2));
    const screen = openScreen(100, 30, {}, home);
    screen.type(`clear; ${sendCommand} rows.csv --name first --yes --wait; echo "exit $?"`);
    await screen.shows(/exit 1/);
    // Output of an earlier round may still be on the screen.
    const nextRound = (round: string) =>
      screen.type(`clear; echo; echo ${round}; qlara bulk retry first --sandbox --watch; echo "exit $?"`);
    nextRound('once');
    await screen.shows(
      /^once\n[\s\S]*3 messages by SMS, from bulk \S+ \(first\)\n[\s\S]*\? Send these 3 messages\?/m,
    );
    screen.press('C-c');
    await screen.shows(/interrupted; nothing was sent\nexit 130/);
    nextRound('twice');
    await screen.shows(/^twice\n[\s\S]*\? Send these 3 messages\?/m);
    screen.type('n');
    await screen.shows(/nothing was sent[\s\S]*exit 9/);
    nextRound('thrice');
    await screen.shows(/^thrice\n[\s\S]*\? Send these 3 messages\?/m);
    screen.type('y');
    await screen.shows(/\n3 of 3 final [\s\S]*exit 1/);
  });

  describe.each([40, 80, 200])('at %i columns', (columns) => {
    test.each([
      ['Unicode', {}],
      ['ASCII', { LANG: 'C', NO_COLOR: '1' }],
    ])('wraps no line with %s', async (_, env) => {
      const home = freshHome();
      writeRows(home, 'rows.csv', mixedDigits(20));
      const screen = openScreen(columns, 45, env, home);
      screen.type(`clear; ${sendCommand} rows.csv --name tale --yes -q --wait; echo "exit $?"`);
      await screen.shows(/exit 1/);
      screen.type('clear; qlara bulk show tale --sandbox -q; echo "exit $?"');
      await screen.shows(/exit 0/);
      const page = linesAfter(screen, /^\$ qlara bulk show|"exit \$\?"$/).join('\n');
      const blocks = 'LANG' in env ? '<= .* {2}#+' : '≤ .* {2}█+';
      expect(page).toMatch(
        new RegExp(
          [
            '^tale {2}24 messages, done$',
            '^\\S+-000000000000$',
            '^from rows\\.csv, [\\d-]+ [\\d:]+$',
            '^ {2}[✔+] delivered +20 +83\\.3 %$',
            '^ {2}[✖x] rejected +3 +12\\.5 %$',
            '^reasons for failure$',
            '^ {2}2 {2}sms {2}phoneNumber NUMBER is ',
            '^time to delivery {2}20 messages$',
            '^ {2}50 % .*90 %',
            `^ +${blocks}$`,
            '^exit 0$',
          ].join('[\\s\\S]*?'),
          'm',
        ),
      );
      if ('LANG' in env) expect(page).toMatch(/^[ -~\n]*$/);
      screen.type(
        'clear; qlara bulk list --sandbox; qlara bulk show tale --sandbox --only rejected; echo end',
      );
      await screen.shows(/^end$/m);
      // A wrapped line would start without an id or a number.
      const rows = screen.lines().slice(screen.lines().findIndex((line) => /^id +/.test(line)));
      expect(rows.filter((line) => !/^(id|to|end|[\da-f]{8}-|\+39|\$$)/.test(line))).toEqual([]);
      expect(rows.filter((line) => line !== '$')).toHaveLength(7);
    });
  });

  test('removes control characters from names and reasons', async () => {
    const server = await serve({ post: envelope(400, 'no\u001b[2J\u001b]0;owned\u0007 way\nhome') });
    const home = freshHome();
    writeRows(home, 'rows.csv', ['1000']);
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const screen = openScreen(80, 30, env, home);
    screen.type(`clear; qlara send sms -m hi --file rows.csv --name $'a\\e[2Jb\\nc' --yes; echo "exit $?"`);
    await screen.shows(/from rows\.csv \(ab c\)[\s\S]*exit 1/);
    screen.type('qlara bulk list; qlara bulk show $(qlara bulk list --columns id | tail -1); echo end');
    await screen.shows(
      / ab c +done[\s\S]*^ab c {2}1 message, done$[\s\S]*1 {2}sms {2}no way home$[\s\S]*^end$/m,
    );
    expect(screen.lines().join('\n')).toContain('exit 1');
  });

  test('says after Ctrl-C that it waits, and after a second one how to go on', async () => {
    const slow = accept();
    const server = await serve({
      post: { ...slow, play: (response, seen) => void setTimeout(() => slow.play(response, seen), 3_000) },
    });
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(30));
    const screen = openScreen(100, 30, { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url }, home);
    screen.type('clear; qlara send sms -m hi --file rows.csv --yes; echo "exit $?"');
    await screen.shows(/ in flight/);
    screen.press('C-c');
    await screen.shows(
      /^stopping: waiting for requests under way; press Ctrl-C again to leave them\n[█░]{60} /m,
    );
    screen.press('C-c');
    await screen.shows(/exit 130/);
    const end = linesAfter(screen, /--yes/);
    expect(end.filter((line) => line.startsWith('stopping'))).toHaveLength(1);
    expect(end.filter((line) => /[█░]{60}/.test(line))).toHaveLength(1);
    expect(end.slice(-5).map((line) => line.replace(/resume [^`]+/, 'resume ID'))).toEqual([
      expect.stringMatching(/^– queued +34 +100 %/),
      'error: interrupted',
      'hint: `qlara bulk resume ID` resumes it',
      'exit 130',
      '$',
    ]);
  });

  test('draws progress on the terminal while rows go to a pipe, and nothing with --quiet', async () => {
    const home = freshHome();
    writeRows(home, 'rows.csv', mixedDigits(20));
    const screen = openScreen(80, 30, {}, home);
    screen.type(`clear; ${sendCommand} rows.csv --rate 20/s --yes | wc -l`);
    await screen.shows(/sending {2}\d+ of 24/);
    await screen.shows(/\n24 sent [\s\S]*^25$/m);
    screen.type(`clear; ${sendCommand} rows.csv --name quiet --yes -q; echo "exit $?"`);
    await until(() => /exit 1/.test(screen.lines().at(-2) ?? ''), 'the command has exited');
    // The gateway rejected 0007 before because it opted out.
    expect(linesAfter(screen, /--name quiet|-q; echo/).filter((line) => !line.startsWith('$'))).toEqual([
      'opted out: 1 row, left out: +393900230007; written to rows.rejects.csv',
      'exit 1',
    ]);
  });
});
