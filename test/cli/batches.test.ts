import { expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseRows } from '../support/program.ts';
import { json, serve, statusEntry } from '../support/server.ts';

const getIds = (path: string) => new URL(path, 'http://gateway').searchParams.get('ids')?.split(',') ?? [];

test('requests the status of many messages in batches', async () => {
  const home = freshHome();
  const server = await serve({
    get: ({ path }) =>
      json(
        200,
        getIds(path).map((id) => statusEntry(id)),
      ),
  });
  const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
  const numbers = Array.from({ length: 250 }, (_, i) => `+39390${1_000_000 + i}`).join(',');
  const sent = await invoke(['send', 'sms', '-m', 'hi', '--to', numbers, '--json'], { home, env });
  expect([sent.code, server.posts().length]).toEqual([0, 250]);

  const statusRun = await invoke(['status', '--wait', '--json'], { home, env });
  const batches = server.gets().map(({ path }) => getIds(path));
  expect(batches.map((ids) => ids.length)).toEqual([100, 100, 50]);
  expect(new Set(batches.flat())).toEqual(new Set(parseRows(sent).map(({ id }) => id)));
  expect(statusRun.code).toBe(0);
  expect(new Set(parseRows(statusRun).map(({ status }) => status))).toEqual(new Set(['delivered']));
});
