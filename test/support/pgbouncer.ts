import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Postgres, postgresPassword } from './postgres.ts';
import {
  describeServer,
  findFreePort,
  findProgram,
  giveAway,
  makeServerFolder,
  type ServerProcess,
} from './server-process.ts';

export interface Pgbouncer extends Pick<ServerProcess, 'close'> {
  port: number;
  /** Returns the URL of a database of the server behind the pool. */
  url(database?: string): string;
}

/**
 * Starts a connection pool in front of a server; anybody may use it as `postgres`.
 * @param mode after what a client gives its connection to the server back
 * @throws Error if pgbouncer is not installed, or with its log
 */
export async function startPgbouncer(
  postgres: Postgres,
  mode: 'transaction' | 'session',
): Promise<Pgbouncer> {
  const program = findProgram('pgbouncer', '/usr/sbin');
  if (program === undefined) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  const place = makeServerFolder('pgbouncer');
  const { folder } = place;
  const [config, users] = [join(folder, 'pgbouncer.ini'), join(folder, 'users')];
  const port = await findFreePort();
  writeFileSync(users, `"postgres" "${postgresPassword}"\n`);
  writeFileSync(
    config,
    `[databases]
* = host=127.0.0.1 port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
`,
  );
  for (const path of [config, users]) giveAway(path);
  const server = describeServer(place, [program, config], (log) => log.includes('process up'));
  await server.start();
  return {
    port,
    url: (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`,
    close: server.close,
  };
}
