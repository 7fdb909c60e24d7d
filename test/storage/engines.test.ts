import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bestEngine, connect } from '../../src/storage/engine.ts';
import { environment, freshHome, program, recorded, start, until } from '../support/program.ts';

/** A second Node version uses the other SQLite engine, if there is one. */
const nodes = [process.execPath, process.env.QLARA_OTHER_NODE ?? process.execPath];

test('lets many processes with different SQLite engines write one ledger', async () => {
  const home = freshHome();
  const server = start(['sandbox', '--port', '0', '--state', 'memory'], { timeout: 60_000 });
  await until(() => server.printed.stdout.includes('http'), 'the sandbox prints its address');
  const url = /http\S+/.exec(server.printed.stdout)?.[0] ?? '';
  const env = environment(home, { QLARA_API_KEY: 'key', QLARA_BASE_URL: url });
  const numbers = (run: number) =>
    Array.from({ length: 5 }, (_, i) => `+39390${1_005_000 + run * 10 + i}`).join(',');
  const runs = Array.from({ length: 24 }, (_, run) =>
    promisify(execFile)(nodes[run % 2] ?? '', [program, 'send', 'sms', '--to', numbers(run), '-m', 'hi'], {
      env,
    }),
  );
  await Promise.all(runs);
  server.child.kill('SIGTERM');
  const deliveries = await recorded(home);
  expect(deliveries).toHaveLength(120);
  expect(new Set(deliveries.map(({ phase }) => phase))).toEqual(new Set(['accepted']));
  const connection = await connect(bestEngine(), join(home.state, 'default.db'));
  expect(connection.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
  connection.close();
});
