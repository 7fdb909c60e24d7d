import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { freshHome, run } from '../support/program.ts';
import { hasTerminal, openScreen } from './screen.ts';

test.skipIf(!hasTerminal)(
  'a copy shows from where, to where and how many rows',
  async () => {
    const server = await startPostgres({ settings: { fsync: 'off' } });
    const home = freshHome();
    await run(['optout', 'add', '+393901234568'], { home });
    const screen = openScreen(100, 20, {}, home);
    screen.type(`clear; qlara ledger copy ${await server.createDatabase()}; echo "exit $?"`);
    await screen.shows(/exit 0/);
    const text = screen.lines().join('\n');
    expect(text).toMatch(/from[\s\S]*to[\s\S]*rows/);
    expect(text).not.toContain('tables');
  },
  30_000,
);
