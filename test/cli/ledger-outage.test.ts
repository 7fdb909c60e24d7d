import { beforeAll, describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { freshHome, only, parseRows } from '../support/program.ts';
import { accept, json, listStatuses, serve, statusEntry } from '../support/server.ts';

const key = { QLARA_API_KEY: 'any' };

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});

describe.concurrent('with a database that works', () => {
  test('--wait waits for its timeout, by one clock', async ({ expect }) => {
    const home = freshHome({ ledger: await server.createDatabase() });
    const begin = Date.now();
    const gateway = await serve({
      post: accept(),
      get: (seen) =>
        Date.now() - begin > 2_500
          ? listStatuses(gateway.taken, seen)
          : json(
              200,
              seen.ids.map((id) => statusEntry(id, 'SENT')),
            ),
    });
    const env = { ...key, QLARA_BASE_URL: gateway.url };
    const send = ['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--json'];
    const result = await invoke([...send, '--wait', '--timeout', '15s'], { home, env });
    expect([result.code, only(parseRows(result)).status]).toEqual([0, 'delivered']);
  });
});
