import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { sendControl } from '../support/invoke.ts';
import { freshHome, only, parseRows, run, start, until } from '../support/program.ts';
import { accept, acceptThen, json, reset, serve, statusEntry } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };

/** Returns an environment that steps the program's wall clock once, `afterMs` after the start. */
function stepClock(folder: string, hours: number, afterMs: number): Record<string, string> {
  const path = join(folder, 'step.cjs');
  writeFileSync(
    path,
    `const now = Date.now;
     const start = performance.now();
     Date.now = () => now() + (performance.now() - start > ${afterMs} ? ${hours * 3_600_000} : 0);`,
  );
  return { NODE_OPTIONS: `--require=${path}` };
}

describe.concurrent('a wall clock that steps', () => {
  test.for([
    [1, 'forward'],
    [-1, 'back'],
  ] as const)('by %i h neither duplicates nor delays messages', async ([hours], { expect }) => {
    const home = freshHome({ grace: '2s' });
    const rows = 60;
    const file = join(home.path, 'rows.csv');
    const numbers = Array.from({ length: rows }, (_, i) => `+39347100${1000 + i}`);
    writeFileSync(file, `to\n${numbers.join('\n')}\n`);
    const takenAt = new Map<string, number>();
    // A gateway that drops every fifth response and lists each message one second after accepting it.
    const server = await serve({
      post: (seen, nth) => {
        takenAt.set(seen.id, takenAt.get(seen.id) ?? performance.now());
        return nth % 5 === 0 ? acceptThen(reset()) : accept();
      },
      get: ({ ids }) =>
        json(
          200,
          ids
            .filter((id) => performance.now() - (takenAt.get(id) ?? Infinity) > 1_000)
            .map((id) => statusEntry(id, 'SENT')),
        ),
    });
    const env = { ...key, QLARA_BASE_URL: server.url, ...stepClock(home.path, hours, 700) };
    const commandLine = ['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--rate', '40/s', '--quiet'];
    const startedAt = performance.now();
    const result = await run(commandLine, { home, env, timeout: 30_000 });
    expect(result.code).toBe(0);
    expect(server.taken.length).toBe(rows);
    expect(new Set(server.taken).size).toBe(rows);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  test.for([1, -1])(
    'by %i h between two runs does not change the grace period',
    async (hours, { expect }) => {
      const home = freshHome({ grace: '3s' });
      const server = await serve({ post: [reset(), accept()] });
      await sendControl(server.url, { home, env: key });
      const commandLine = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'order-1', '--json'];
      const env = { ...key, QLARA_BASE_URL: server.url };
      const first = start(commandLine, { home, env });
      await until(() => server.posts().length === 1, 'the request arrives');
      first.child.kill('SIGKILL');
      await first.done;
      const second = await run(commandLine, { home, env: { ...env, ...stepClock(home.path, hours, -1) } });
      expect([second.code, only(parseRows(second)).status]).toEqual([0, 'submitted']);
      const [one, two] = server.posts();
      const gap = (two?.at ?? 0) - (one?.at ?? 0);
      expect(gap).toBeGreaterThan(2_500);
      expect(gap).toBeLessThan(15_000);
    },
  );
});

test('waits for a timeout of weeks instead of exiting at once', async ({ expect }) => {
  const home = freshHome();
  const server = await serve({
    get: ({ ids }) =>
      json(
        200,
        ids.map((id) => statusEntry(id, 'SENT')),
      ),
  });
  const commandLine = [
    'send',
    'sms',
    '-t',
    '+393901234567',
    '-m',
    'hi',
    '--wait',
    '--timeout',
    '30d',
    '--json',
  ];
  const waiting = start(commandLine, { home, env: { ...key, QLARA_BASE_URL: server.url } });
  await until(() => server.gets().length >= 2, 'a second status request');
  expect(waiting.child.exitCode).toBeNull();
  waiting.child.kill('SIGINT');
  const result = await waiting.done;
  expect(result.code).toBe(130);
  expect(result.stderr).not.toContain('Warning');
});
