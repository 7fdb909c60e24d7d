import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { sendControl } from '../support/invoke.ts';
import { freshHome, only, rowsOf, run, start, until } from '../support/program.ts';
import { accepts, json, reset, serve, standing, taking } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };

/** What makes the wall clock of a program step once, so many milliseconds after it starts. */
function stepping(folder: string, hours: number, afterMs: number): Record<string, string> {
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
  ] as const)('by %i h neither doubles a message nor holds one up', async ([hours], { expect }) => {
    const home = freshHome({ grace: '2s' });
    const rows = 60;
    const file = join(home.path, 'rows.csv');
    const numbers = Array.from({ length: rows }, (_, i) => `+39347100${1000 + i}`);
    writeFileSync(file, `to\n${numbers.join('\n')}\n`);
    const takenAt = new Map<string, number>();
    // A gateway that breaks off every fifth answer and shows each message a second after it took it.
    const server = await serve({
      post: (seen, nth) => {
        takenAt.set(seen.id, takenAt.get(seen.id) ?? performance.now());
        return nth % 5 === 0 ? taking(reset()) : accepts();
      },
      get: ({ ids }) =>
        json(
          200,
          ids
            .filter((id) => performance.now() - (takenAt.get(id) ?? Infinity) > 1_000)
            .map((id) => standing(id, 'SENT')),
        ),
    });
    const env = { ...key, QLARA_BASE_URL: server.url, ...stepping(home.path, hours, 700) };
    const line = ['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--rate', '40/s', '--quiet'];
    const begin = performance.now();
    const ran = await run(line, { home, env, timeout: 30_000 });
    expect(ran.code).toBe(0);
    expect(server.taken.length).toBe(rows);
    expect(new Set(server.taken).size).toBe(rows);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  test.for([1, -1])('by %i h between two runs does not change the grace', async (hours, { expect }) => {
    const home = freshHome({ grace: '3s' });
    const server = await serve({ post: [reset(), accepts()] });
    await sendControl(server.url, { home, env: key });
    const line = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'order-1', '--json'];
    const env = { ...key, QLARA_BASE_URL: server.url };
    const first = start(line, { home, env });
    await until(() => server.posts().length === 1, 'the request arrives');
    first.child.kill('SIGKILL');
    await first.done;
    const second = await run(line, { home, env: { ...env, ...stepping(home.path, hours, -1) } });
    expect([second.code, only(rowsOf(second)).status]).toEqual([0, 'submitted']);
    const [one, two] = server.posts();
    const gap = (two?.at ?? 0) - (one?.at ?? 0);
    expect(gap).toBeGreaterThan(2_500);
    expect(gap).toBeLessThan(15_000);
  });
});

test('a time-out of weeks is waited for, and does not end at once', async ({ expect }) => {
  const home = freshHome();
  const server = await serve({
    get: ({ ids }) =>
      json(
        200,
        ids.map((id) => standing(id, 'SENT')),
      ),
  });
  const line = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--wait', '--timeout', '30d', '--json'];
  const waiting = start(line, { home, env: { ...key, QLARA_BASE_URL: server.url } });
  await until(() => server.gets().length >= 2, 'it asks a second time');
  expect(waiting.child.exitCode).toBeNull();
  waiting.child.kill('SIGINT');
  const ran = await waiting.done;
  expect(ran.code).toBe(130);
  expect(ran.stderr).not.toContain('Warning');
});
