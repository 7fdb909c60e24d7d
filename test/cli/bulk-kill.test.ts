import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshHome, type Home, type RunResult, start } from '../support/program.ts';
import { seededRandom } from '../support/random.ts';
import {
  type Answer,
  accept,
  acceptThen,
  empty,
  envelope,
  reset,
  serve,
  type TestGateway,
} from '../support/server.ts';

/** For a soak test: `KILLS=30 ROWS=5000 npx vitest run test/cli/bulk-kill.test.ts`. */
const kills = Number(process.env.KILLS ?? 4);
const rows = Number(process.env.ROWS ?? 600);
const longTimeoutMs = 600_000;

function writeRows(home: Home, count: number): string {
  const path = join(home.path, 'rows.csv');
  const lines = Array.from({ length: count }, (_, i) => `+3934${70_000_000 + i * 7},Mario ${i}`);
  writeFileSync(path, `to,name\n${lines.join('\n')}\n`);
  return path;
}

/** Kills the same command repeatedly at random times, then lets it finish. */
async function runWithKills(server: TestGateway, random: () => number, count: number): Promise<RunResult> {
  const home = freshHome({ grace: '300ms' });
  const args = [
    'send',
    'sms',
    '--file',
    writeRows(home, count),
    '-m',
    'Ciao {name}',
    '--yes',
    '--rate',
    '2000/s',
  ];
  const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
  for (let kill = 0; kill < kills; kill++) {
    const running = start(args, { home, env, timeout: longTimeoutMs });
    const timer = setTimeout(() => running.child.kill('SIGKILL'), 100 + random() * 900);
    await running.done;
    clearTimeout(timer);
  }
  return start([...args, '-o', 'json'], { home, env, timeout: longTimeoutMs }).done;
}

/** Returns the ids that the gateway accepted more than once. */
function findDuplicates(taken: readonly string[]): string[] {
  const seen = new Set<string>();
  return taken.filter((id) => seen.has(id) || !seen.add(id));
}

test('sends each row exactly once across repeated kills', {
  timeout: longTimeoutMs,
}, async () => {
  const server = await serve();
  const last = await runWithKills(server, seededRandom(7), rows);
  expect(findDuplicates(server.taken)).toEqual([]);
  expect(server.taken).toHaveLength(rows);
  expect(new Set(server.posts().map(({ body }) => body.phoneNumber)).size).toBe(rows);
  expect(last).toMatchObject({ code: 0 });
});

test('sends no row twice across kills and gateway faults', {
  timeout: longTimeoutMs,
}, async () => {
  const random = seededRandom(11);
  const delay = (answer: Answer): Answer => ({
    ...answer,
    play: (response, seen) => setTimeout(() => answer.play(response, seen), 50 + random() * 250),
  });
  const post = (): Answer => {
    const draw = random();
    if (draw < 0.1) return envelope(429, 'too many', { retryAfter: 0.05 });
    if (draw < 0.15) return reset();
    if (draw < 0.2) return acceptThen(reset());
    if (draw < 0.25) return empty(500);
    if (draw < 0.27) return acceptThen(empty(500));
    return draw < 0.35 ? delay(accept()) : accept();
  };
  const server = await serve({ post });
  const last = await runWithKills(server, seededRandom(13), rows);
  expect(findDuplicates(server.taken)).toEqual([]);
  expect(server.taken).toHaveLength(rows);
  expect(last).toMatchObject({ code: 0 });
});
