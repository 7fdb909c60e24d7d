import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, vi } from 'vitest';
import { type Departure, homeAfter, runTraced, whyNotTraced } from '../support/power-cut.ts';
import { freshHome, type Home, only, run } from '../support/program.ts';
import { empty, serve } from '../support/server.ts';

vi.setConfig({ testTimeout: 120_000 });

const key = { QLARA_API_KEY: 'any' };

const reason = whyNotTraced();
if (reason !== undefined && process.env.CI) throw new Error(reason);

const single = (id: string) => ['send', 'sms', '--to', '+393901234567', '--message', 'Ciao', '--id', id];
const destination = ({ request }: Departure) => /"phoneNumber":"([^"]*)"/.exec(request)?.[1];

/** Writes a file of rows and returns the words that send it. */
function bulk(home: Home): string[] {
  const rows = Array.from({ length: 30 }, (_, i) => `+3939012345${i + 10}`);
  const file = join(home.path, 'rows.csv');
  writeFileSync(file, ['to', ...rows, ''].join('\n'));
  return ['send', 'sms', '--file', file, '--message', 'Ciao', '--concurrency', '3', '--yes'];
}

/** The id of the only bulk there is. */
async function onlyBulk(home: Home, env: Record<string, string>, ...flags: string[]): Promise<string> {
  const { stdout } = await run(['bulk', 'list', '--json', ...flags], { home, env });
  return only(JSON.parse(stdout) as { id: string }[]).id;
}

/**
 * The departures that met different states of the disk, each with all the destinations that had gone by then. Of those
 * that met the same state, what holds for the last holds for all.
 */
function distinct(departures: readonly Departure[]) {
  const gone = departures.map(destination);
  return departures
    .map((departure, nth) => ({ departure, gone: gone.slice(0, nth + 1) }))
    .filter(({ departure }, nth) => departure.files !== departures[nth + 1]?.files);
}

/** How a run ends that goes on after the power cut, and the destinations of the requests that leave. */
async function goOn(departure: Departure, home: Home, words: readonly string[]) {
  const restored = homeAfter(departure, home);
  // It answers no question, so that nothing can prove that a message in doubt was not taken.
  const server = await serve({ get: empty(500) });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const { code } = await run(words, { home: restored, env, timeout: 60_000 });
  return { code, sent: server.posts().map(({ body }) => String(body.phoneNumber)) };
}

describe.skipIf(reason !== undefined)(
  `a power cut as a request leaves does not have it sent again${reason ? ` (${reason})` : ''}`,
  () => {
    test.for([
      ['into a new ledger', 0],
      ['into a ledger that has messages', 2],
    ] as const)('a single send %s', async ([, earlier], { expect }) => {
      const home = freshHome({ grace: '100ms' });
      const server = await serve();
      const env = { ...key, QLARA_BASE_URL: server.url };
      for (let i = 0; i < earlier; i++) await run(single(`earlier-${i}`), { home, env });
      const departures = await runTraced(single('order-1'), home, env);
      expect(departures.length).toBe(1);
      for (const departure of departures)
        expect(await goOn(departure, home, single('order-1'))).toMatchObject({ code: 6, sent: [] });
    });

    test('a bulk', async ({ expect }) => {
      const home = freshHome({ grace: '100ms' });
      const server = await serve();
      const env = { ...key, QLARA_BASE_URL: server.url };
      const departures = await runTraced([...bulk(home), '--rate', '1000/s'], home, env);
      const id = await onlyBulk(home, env);
      const ends = distinct(departures).map(async ({ departure, gone }) => {
        const { code, sent } = await goOn(departure, home, ['bulk', 'resume', id, '--yes']);
        expect([code, sent.filter((to) => gone.includes(to))]).toEqual([6, []]);
      });
      await Promise.all(ends);
    });

    // Without a pace nothing but the claims themselves is written before the requests.
    test('a bulk without a pace, to the sandbox', async ({ expect }) => {
      const home = freshHome();
      const departures = await runTraced([...bulk(home), '--sandbox'], home, {});
      const id = await onlyBulk(home, {}, '--sandbox');
      const ends = distinct(departures).map(async ({ departure, gone }) => {
        const words = ['bulk', 'resume', id, '--yes', '--sandbox', '--verbose'];
        const { code, stderr } = await run(words, { home: homeAfter(departure, home) });
        const sent = [...stderr.matchAll(/^> .*"phoneNumber":"([^"]*)"/gm)].map(([, to = '']) => to);
        expect([code, sent.filter((to) => gone.includes(to))]).toEqual([0, []]);
      });
      await Promise.all(ends);
    });
  },
);
