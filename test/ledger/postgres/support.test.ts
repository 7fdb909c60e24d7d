import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { afterFile } from '../../support/after-file.ts';
import { startPgbouncer } from '../../support/pgbouncer.ts';
import { startPostgres } from '../../support/postgres.ts';
import { only, until } from '../../support/program.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

function connect(url: string) {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice() {}, backoff: () => 0.02 });
  afterFile(() => sql.end({ timeout: 0 }));
  return sql;
}

test('a server keeps what is committed when it is killed, on the same port', async () => {
  const server = await startPostgres({ settings: { work_mem: '5MB' } });
  const url = await server.createDatabase();
  const name = new URL(url).pathname.slice(1);
  await server.query("create table t(a text, b int); insert into t values ('x y', 1), (null, 2)", name);
  await server.stop('immediate');
  await expect(server.query('select 1')).rejects.toThrow('Is the server running');
  await server.start();
  expect(await server.query('select * from t order by b', name)).toEqual([
    ['x y', '1'],
    ['', '2'],
  ]);
  expect([await server.query('show work_mem'), await server.query('select 1 where false')]).toEqual([
    [['5MB']],
    [],
  ]);
  await server.close();
  expect(existsSync(server.socketFolder)).toBe(false);
  expect(() => process.kill(server.pid(), 0)).toThrow('ESRCH');
});

test('a server ends with a test process that is killed', async () => {
  const support = fileURLToPath(new URL('../../support/postgres.ts', import.meta.url));
  // A module of TypeScript, which Node 20 does not load by itself.
  const script = `import { createServer } from 'vite';
    const vite = await createServer({ server: { middlewareMode: true, hmr: false, ws: false }, logLevel: 'error', configFile: false });
    const server = await (await vite.ssrLoadModule(${JSON.stringify(support)})).startPostgres();
    console.log(server.pid() + ' ' + server.socketFolder);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterFile(() => child.kill('SIGKILL'));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await until(() => printed.includes('\n'), 'the server runs', 20_000);
  const [pid, folder] = printed.trim().split(' ');
  process.kill(Number(pid), 0);
  child.kill('SIGKILL');
  await until(() => !existsSync(String(folder)), 'the folder is gone');
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});

test('a pool gives each transaction a session, or each client', async () => {
  const server = await startPostgres();
  for (const mode of ['transaction', 'session'] as const) {
    const pool = await startPgbouncer(server, mode);
    const [one, other] = [connect(pool.url()), connect(pool.url())];
    await one`select set_config('qlara.tag', ${mode}, false)`;
    const { tag } = only(await other`select current_setting('qlara.tag', true) as tag`);
    expect(tag).toBe(mode === 'transaction' ? mode : null);
  }
});

test('a proxy cuts, stalls and refuses connections', async () => {
  const server = await startPostgres();
  const proxy = await startTcpProxy(server.port);
  const sql = connect(server.url().replace(String(server.port), String(proxy.port)));
  const ask = async () => only(await sql`select 1 as one`).one;
  expect([await ask(), proxy.connections()]).toEqual([1, 1]);

  proxy.stall();
  let isAnswered = false;
  const late = ask().finally(() => {
    isAnswered = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([isAnswered, proxy.connections()]).toEqual([false, 1]);
  proxy.go();
  expect(await late).toBe(1);

  const cut = sql`select pg_sleep(10)`;
  cut.catch(() => {});
  await until(() => proxy.connections() === 1, 'it is asked');
  await new Promise((resolve) => setTimeout(resolve, 50));
  proxy.cut();
  await expect(cut).rejects.toThrow(/ECONNRESET|CONNECTION_CLOSED/);

  proxy.refuse();
  const refused = createConnection(proxy.port, '127.0.0.1');
  await expect(once(refused, 'end')).rejects.toThrow('ECONNRESET');
  proxy.accept();
  expect(await ask()).toBe(1);
  await proxy.close();
  await until(() => proxy.connections() === 0, 'the connection is gone');
});
