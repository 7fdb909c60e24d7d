import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshHome, readAllBytes } from '../support/program.ts';
import { type Answer, envelope, json, serve } from '../support/server.ts';
import { hasTerminal, openScreen } from './screen.ts';

const key = 'ak_live_0123456789abcdef';
const question = /key of profile default for http:\/\/127\.0\.0\.1:\d+\/api: \[input is masked\]$/m;

describe.skipIf(!hasTerminal)('a key prompt', () => {
  test('hides and stores the key', async () => {
    const home = freshHome();
    const server = await serve({ get: json(200, { credit: 1 }) });
    const screen = openScreen(100, 20, { QLARA_BASE_URL: server.url }, home);
    screen.type('clear; qlara login; echo "exit $?"');
    await screen.shows(question);
    screen.type(key);
    await screen.shows(/logged in to[\s\S]*exit 0/);
    expect(screen.lines().join('\n')).not.toContain(key.slice(0, 4));
    expect(screen.lines().join('\n')).not.toContain('*');
    expect(readFileSync(join(home.config, 'credentials.json'), 'utf8')).toContain(key);
    expect(server.seen[0]?.headers['x-api-key']).toBe(key);
  });

  test('asks whether to keep what the gateway told', async () => {
    const answers: Record<string, Answer> = {
      credit: json(200, { credit: 1 }),
      'status?ids': json(200, []),
      'phone-numbers': json(200, [{ id: 5, phoneNumber: '+393901239900', status: 'ACTIVE' }]),
    };
    const server = await serve({
      get: ({ path }) =>
        Object.entries(answers).find(([part]) => path.includes(part))?.[1] ?? envelope(404, 'no such path'),
    });
    for (const isKept of [true, false]) {
      const home = freshHome();
      const screen = openScreen(140, 20, { QLARA_BASE_URL: server.url }, home);
      screen.type('clear; qlara login; echo "exit $?"');
      await screen.shows(question);
      screen.type(key);
      await screen.shows(/Set dialect to platform and phoneNumberId to 5 in profile default\?/);
      if (isKept) screen.type('y');
      else screen.press('Enter');
      await screen.shows(/`qlara profile set agentId N`[\s\S]*exit 0/);
      const kept = /phoneNumberId is 5/.test(screen.lines().join('\n'));
      const printed = /qlara profile set phoneNumberId 5/.test(screen.lines().join('\n'));
      expect([kept, printed]).toEqual([isKept, !isKept]);
      if (isKept)
        expect(JSON.parse(readFileSync(join(home.config, 'config.json'), 'utf8')).profiles).toEqual({
          default: { dialect: 'platform', phoneNumberId: '5' },
        });
    }
  });

  test('reveals the key to no keystroke and writes to stderr', async () => {
    const home = freshHome();
    const server = await serve({ get: envelope(401, 'no such key') });
    const screen = openScreen(100, 20, { QLARA_BASE_URL: server.url }, home);
    screen.type('clear; qlara login > out.txt; echo "exit $?"');
    await screen.shows(question);
    for (const letter of 'secret') screen.press(letter);
    screen.press('C-t');
    screen.press('Enter');
    await screen.shows(/rejected the API key[\s\S]*exit 3/);
    expect(screen.lines().join('\n')).not.toContain('secret');
    expect(server.seen[0]?.headers['x-api-key']).toBe('secret');
    expect(readAllBytes(home)).not.toContain('secret');
  });

  test.each(['C-c', 'C-d'])('exits with 130 on %s and stores nothing', async (press) => {
    const home = freshHome();
    const server = await serve();
    const screen = openScreen(100, 20, { QLARA_BASE_URL: server.url }, home);
    screen.type('clear; qlara login; echo "exit $?"');
    await screen.shows(question);
    screen.press('a');
    screen.press('b');
    screen.press(press);
    await screen.shows(/error: interrupted\nexit 130/);
    expect(server.seen).toEqual([]);
    // Echo is enabled again.
    screen.type('echo as before');
    await screen.shows(/^\$ echo as before\nas before$/m);
  });

  test('repeats the prompt on empty input', async () => {
    const screen = openScreen(100, 20);
    screen.type('clear; qlara login --username ada --no-check; echo "exit $?"');
    await screen.shows(/password of profile default/);
    screen.press('Enter');
    await screen.shows(/type the password, or press Ctrl-C/);
    screen.type('pw');
    await screen.shows(/the password is stored in[\s\S]*exit 0/);
  });

  test('is not shown with --no-input', async () => {
    const screen = openScreen(100, 20);
    screen.type('clear; qlara login --no-input; echo "exit $?"');
    await screen.shows(/error: cannot prompt for the key\nhint: [\s\S]*exit 2/);
  });

  test('has no color with NO_COLOR', async () => {
    const screen = openScreen(100, 20, { NO_COLOR: '1' });
    screen.type('clear; qlara login');
    await screen.shows(/input is masked/);
    expect(screen.colored()).not.toMatch(/\u001b\[(?:\d+;)*(?:[1-9]|3\d|9\d)m/);
    screen.press('C-c');
    await screen.shows(/interrupted/);
  });
});

describe.skipIf(!hasTerminal)('removing a profile', () => {
  test.each([
    ['n', /nothing was removed\nexit 9/, true],
    ['Enter', /nothing was removed\nexit 9/, true],
    ['y', /profile shop removed[\s\S]*exit 0/, false],
    ['C-c', /error: interrupted\nexit 130/, true],
  ] as const)('%s', async (press, shown, kept) => {
    const home = freshHome();
    const screen = openScreen(100, 20, {}, home);
    screen.type(
      'qlara profile set from ACME --profile shop; clear; qlara profile remove shop; echo "exit $?"',
    );
    await screen.shows(/Remove the settings and the key of profile shop\?/);
    screen.press(press);
    if (press === 'n' || press === 'y') screen.press('Enter');
    await screen.shows(shown);
    expect(readFileSync(join(home.config, 'config.json'), 'utf8').includes('ACME')).toBe(kept);
  });
});
