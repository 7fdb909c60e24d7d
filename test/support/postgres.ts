import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  describeServer,
  findFreePort,
  findProgram,
  giveAway,
  listVersions,
  makeServerFolder,
  serverUser,
} from './server-process.ts';

/** Password of the superuser `postgres` of every server. */
export const postgresPassword = 'sesame street';

const programs = listVersions('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`);

export interface PostgresOptions {
  /** Settings of the server, such as `{ fsync: 'off' }`. */
  settings?: Readonly<Record<string, string>>;
  /** Certificate and key of the server, as PEM; `ca` is that of the certificates which clients may show. */
  tls?: { cert: string; key: string; ca?: string };
  /** How users prove their identity; by default none does. */
  auth?: 'trust' | 'scram';
  /** Lines of pg_hba.conf, instead of those that follow from `auth`. */
  access?: readonly string[];
}

/** A PostgreSQL server of its own, on a port of the loopback interface and a unix socket. */
export interface Postgres {
  port: number;
  /** Folder of the unix socket. */
  socketFolder: string;
  /** Returns the URL of a database, without a password. */
  url(database?: string): string;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Runs SQL by psql as superuser and returns the rows. @throws Error with what the server said */
  query(sql: string, database?: string): Promise<string[][]>;
  /** Number of the postmaster's process. */
  pid(): number;
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts the server again, on the same port. */
  start(): Promise<void>;
  /** Makes a server that is stopped a standby of nobody: it cannot be written to. */
  makeStandby(): void;
  /** Ends the server and removes its folder; also done after the test file, and when the test process ends. */
  close(): Promise<void>;
}

/** Starts a server. @throws Error if PostgreSQL is not installed, or with the server's log */
export async function startPostgres({
  settings = {},
  tls,
  auth = 'trust',
  access,
}: PostgresOptions = {}): Promise<Postgres> {
  const place = makeServerFolder('postgres');
  const { folder } = place;
  const data = join(folder, 'data');
  copyTemplate(data);
  const method = auth === 'scram' ? 'scram-sha-256' : 'trust';
  const lines = access ?? [`local all all ${method}`, `host all all 127.0.0.1/32 ${method}`];
  writeOwned(join(data, 'pg_hba.conf'), `${lines.join('\n')}\n`);
  if (tls) {
    writeOwned(join(folder, 'key.pem'), tls.key);
    writeOwned(join(folder, 'cert.pem'), tls.cert);
    if (tls.ca) writeOwned(join(folder, 'ca.pem'), tls.ca);
  }
  // A file instead of arguments: the server would forget those when it reloads its settings.
  const port = await findFreePort();
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    ...(tls && {
      ssl: 'on',
      ssl_cert_file: join(folder, 'cert.pem'),
      ssl_key_file: join(folder, 'key.pem'),
      ...(tls.ca && { ssl_ca_file: join(folder, 'ca.pem') }),
    }),
    ...settings,
  };
  const text = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  writeOwned(join(data, 'postgresql.auto.conf'), text.join(''));
  const server = describeServer(place, [find('postgres'), '-D', data], (log) =>
    /ready to accept (?:read-only )?connections/.test(log),
  );
  await server.start();

  let databases = 0;
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const query = async (sql: string, database = 'postgres') => {
    const [field, row] = ['\x1f', '\x1e'];
    const { stdout } = await promisify(execFile)(
      find('psql'),
      [
        ...['-XqAt', '-v', 'ON_ERROR_STOP=1', '-F', field, '-R', row, '-h', folder, '-p', String(port)],
        ...['-U', 'postgres', '-d', database, '-c', sql],
      ],
      { env: { PATH: process.env.PATH, PGPASSWORD: postgresPassword }, maxBuffer: 1 << 28 },
    );
    const rows = stdout.replace(/\n$/, '');
    return rows === '' ? [] : rows.split(row).map((line) => line.split(field));
  };
  return {
    port,
    socketFolder: folder,
    url,
    query,
    async createDatabase() {
      const name = `test_${++databases}`;
      await query(`create database ${name}`);
      return url(name);
    },
    pid: server.pid,
    stop: (mode) => server.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    start: server.start,
    makeStandby: () => writeOwned(join(data, 'standby.signal'), ''),
    close: server.close,
  };

  function writeOwned(path: string, content: string): void {
    writeFileSync(path, content);
    chmodSync(path, 0o600);
    giveAway(path);
  }
}

function find(name: string): string {
  const file = findProgram(name, ...programs);
  if (file === undefined) throw new Error(`${name} is not installed: apt-get install postgresql`);
  return file;
}

/** Copies a new cluster, which takes a tenth of the time of creating one. Keeps it in a folder for each version. */
function copyTemplate(data: string): void {
  const version = execFileSync(find('initdb'), ['--version'], { encoding: 'utf8' }).replaceAll(
    /[^\d.]+/g,
    '-',
  );
  const template = join(tmpdir(), `qlara-initdb${version}${process.getuid?.() ?? ''}`);
  if (!existsSync(template)) createTemplate(template);
  execFileSync('cp', ['-a', join(template, 'data'), data], serverUser);
}

function createTemplate(template: string): void {
  const draft = mkdtempSync(`${template}.`);
  giveAway(draft);
  const password = join(draft, 'password');
  writeFileSync(password, postgresPassword);
  const args = ['--no-sync', '--username=postgres', `--pwfile=${password}`, '--auth=scram-sha-256'];
  execFileSync(find('initdb'), [...args, '--encoding=UTF8', '--locale=C', '--pgdata', join(draft, 'data')], {
    ...serverUser,
    cwd: draft,
    stdio: 'pipe',
  });
  try {
    renameSync(draft, template);
  } catch (cause) {
    // Another test process was faster.
    rmSync(draft, { recursive: true });
    if (!existsSync(template)) throw cause;
  }
}
