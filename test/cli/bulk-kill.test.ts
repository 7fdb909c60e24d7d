import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshHome, type Home, type Ran, start } from '../support/program.ts';
import { randomFrom } from '../support/random.ts';
import {
  type Answer,
  accepts,
  empty,
  envelope,
  type Loopback,
  reset,
  serve,
  taking,
} from '../support/server.ts';

/** More for a soak: `KILLS=30 ROWS=5000 npx vitest run test/cli/bulk-kill.test.ts`. */
const kills = Number(process.env.KILLS ?? 4);
const rows = Number(process.env.ROWS ?? 600);
const long = 600_000;

function fileOf(home: Home, count: number): string {
  const path = join(home.path, 'rows.csv');
  const lines = Array.from({ length: count }, (_, i) => `+3934${70_000_000 + i * 7},Mario ${i}`);
  writeFileSync(path, `to,name\n${lines.join('\n')}\n`);
  return path;
}

/** Kills the same command again and again at random instants, and then lets it end. */
async function throughKills(server: Loopback, random: () => number, count: number): Promise<Ran> {
  const home = freshHome({ grace: '300ms' });
  const line = [
    'send',
    'sms',
    '--file',
    fileOf(home, count),
    '-m',
    'Ciao {name}',
    '--yes',
    '--rate',
    '2000/s',
  ];
  const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
  for (let kill = 0; kill < kills; kill++) {
    const running = start(line, { home, env, timeout: long });
    const timer = setTimeout(() => running.child.kill('SIGKILL'), 100 + random() * 900);
    await running.done;
    clearTimeout(timer);
  }
  return start([...line, '-o', 'json'], { home, env, timeout: long }).done;
}

/** The ids of messages that the gateway has more than once. */
function doubled(taken: readonly string[]): string[] {
  const seen = new Set<string>();
  return taken.filter((id) => seen.has(id) || !seen.add(id));
}

test('a bulk killed again and again reaches every number, and none twice', {
  timeout: long,
}, async () => {
  const server = await serve();
  const end = await throughKills(server, randomFrom(7), rows);
  expect(doubled(server.taken)).toEqual([]);
  expect(server.taken).toHaveLength(rows);
  expect(new Set(server.posts().map(({ body }) => body.phoneNumber)).size).toBe(rows);
  expect(end).toMatchObject({ code: 0 });
});

test('a killed bulk resumes without doubles when the gateway fails in every way too', {
  timeout: long,
}, async () => {
  const random = randomFrom(11);
  const late = (answer: Answer): Answer => ({
    ...answer,
    play: (response, seen) => setTimeout(() => answer.play(response, seen), 50 + random() * 250),
  });
  const post = (): Answer => {
    const luck = random();
    if (luck < 0.1) return envelope(429, 'too many', { retryAfter: 0.05 });
    if (luck < 0.15) return reset();
    if (luck < 0.2) return taking(reset());
    if (luck < 0.25) return empty(500);
    if (luck < 0.27) return taking(empty(500));
    return luck < 0.35 ? late(accepts()) : accepts();
  };
  const server = await serve({ post });
  const end = await throughKills(server, randomFrom(13), rows);
  expect(doubled(server.taken)).toEqual([]);
  expect(server.taken).toHaveLength(rows);
  expect(end).toMatchObject({ code: 0 });
});
