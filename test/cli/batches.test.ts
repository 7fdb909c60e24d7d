import { expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, rowsOf } from '../support/program.ts';
import { json, serve, standing } from '../support/server.ts';

const idsIn = (path: string) => new URL(path, 'http://gateway').searchParams.get('ids')?.split(',') ?? [];

test('many messages are asked for together, not one by one', async () => {
  const home = freshHome();
  const server = await serve({
    get: ({ path }) =>
      json(
        200,
        idsIn(path).map((id) => standing(id)),
      ),
  });
  const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
  const numbers = Array.from({ length: 250 }, (_, i) => `+39390${1_000_000 + i}`).join(',');
  const sent = await invoke(['send', 'sms', '-m', 'hi', '--to', numbers, '--json'], { home, env });
  expect([sent.code, server.posts().length]).toEqual([0, 250]);

  const seen = await invoke(['status', '--wait', '--json'], { home, env });
  const asked = server.gets().map(({ path }) => idsIn(path));
  expect(asked.map((ids) => ids.length)).toEqual([100, 100, 50]);
  expect(new Set(asked.flat())).toEqual(new Set(rowsOf(sent).map(({ id }) => id)));
  expect(seen.code).toBe(0);
  expect(new Set(rowsOf(seen).map(({ status }) => status))).toEqual(new Set(['delivered']));
});
