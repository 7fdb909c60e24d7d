import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { findPassword } from './passfile.ts';
import { openSocket, type SocketPlan } from './socket.ts';
import { readTlsFiles } from './tls-files.ts';
import {
  checkParameter,
  type ParameterName,
  type Parameters,
  parameterVariables,
  parseLedgerUrl,
  refuseVariable,
  type SslMode,
} from './url.ts';

/**
 * Options of the package `postgres` for one way to connect. The package reads variables for options that it is not given,
 * and PGTARGETSESSIONATTRS in any case, where it fails for `any`: remove that from the environment of the process before.
 */
export interface RouteOptions {
  host: string;
  port: number;
  user: string;
  database: string;
  /** Is called only if the server asks for a password; empty if there is none. */
  password: () => string;
  /** The socket is encrypted already. */
  ssl: false;
  /** Seconds for the start of a session, once the socket is open; 0 for no limit. */
  connect_timeout: number;
  connection: { application_name: string };
  /**
   * Opens the connection, encrypted if it is to be. After an error throw the client away: the package would wait for this
   * socket for ever. @throws as `openSocket`
   */
  socket: () => Promise<Socket>;
}

/** One way to connect. */
export interface PostgresRoute {
  /** Server, for messages: `host:port`, or the path of a unix socket. */
  server: string;
  /** True if it is encrypted, at least if the server can. */
  hasTls: boolean;
  options: RouteOptions;
  /** Tells why there is no password; undefined if there is one. For the hint of a login that failed. */
  explainNoPassword(): string | undefined;
}

/** A PostgreSQL database with a ledger. */
export interface PostgresTarget {
  /** The URL without anything secret. */
  display: string;
  /** Schema of the ledger's tables; a plain identifier. */
  schema: string;
  database: string;
  user: string;
  /**
   * Ways to connect, in the order in which libpq tries them: each host, and with `sslmode=allow` and `prefer` each with
   * and without TLS. After any failure to open a session, also of the login, try the next.
   */
  routes: readonly [PostgresRoute, ...PostgresRoute[]];
}

/** Folders of unix sockets: Debian's and PostgreSQL's own. */
const socketFolders = ['/var/run/postgresql', '/tmp'];

const defaultPort = '5432';

/** libpq waits without limit by default, which no user of a command line expects. */
const defaultTimeout = '10';

/**
 * Resolves a URL of PostgreSQL with the environment, the password file and the certificates of the user, as libpq does.
 * Reads the password file only when a server asks for a password that is not known.
 * @throws Failure `ledger.url` of kind `usage`; `ledger.environment`, `ledger.certificate` of kind `setup`
 */
export function readTarget(url: string, env: NodeJS.ProcessEnv): PostgresTarget {
  const { display, schema, parameters } = parseLedgerUrl(url);
  const all = { ...readEnvironment(env, parameters), ...parameters };
  const user = all.user ?? getSystemUser();
  const database = all.dbname ?? user;
  const folder = getUserFolder(env);
  const servers = listServers(all);
  const mode = chooseMode(all);
  const isLocal = servers.every(({ host }) => host.startsWith('/'));
  const tls = mode === 'disable' || isLocal ? undefined : readTlsFiles(all, folder('.postgresql'), mode);
  const timeout = Math.max(Number(all.connect_timeout ?? defaultTimeout), 0);
  const passfile = all.passfile ?? folder('.pgpass', 'pgpass.conf');

  const routes = servers.flatMap(({ host, address, port }) => {
    const path = host.startsWith('/') ? join(host, `.s.PGSQL.${port}`) : undefined;
    const server = path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const query = { host: getPassfileHost(host), port, database, user };
    const lookUp = () =>
      all.password === undefined ? findPassword(passfile, query) : { password: all.password };
    const plan: SocketPlan = {
      server,
      address: path === undefined ? { host: address, port } : { path },
      timeoutMs: timeout === 0 ? undefined : timeout * 1000,
    };
    const build = (hasTls: boolean): PostgresRoute => ({
      server,
      hasTls,
      options: {
        ...{ host, port, user, database, ssl: false, connect_timeout: timeout },
        password() {
          const answer = lookUp();
          return 'password' in answer ? answer.password : '';
        },
        connection: { application_name: all.application_name ?? 'qlara' },
        socket: () =>
          openSocket(
            hasTls && tls ? { ...plan, tls: { ...tls, host, isRequired: mode !== 'prefer' } } : plan,
          ),
      },
      explainNoPassword() {
        const answer = lookUp();
        return 'fault' in answer ? answer.fault : undefined;
      },
    });
    if (path !== undefined || mode === 'disable') return [build(false)];
    if (mode === 'allow') return [build(false), build(true)];
    return mode === 'prefer' ? [build(true), build(false)] : [build(true)];
  });
  const [first, ...others] = routes;
  if (first === undefined) throw new Error('no server');
  return { display, schema, database, user, routes: [first, ...others] };
}

/** Reads the parameters that the URL does not set. */
function readEnvironment(env: NodeJS.ProcessEnv, inUrl: Parameters): Parameters {
  const found: { [name in ParameterName]?: string } = {};
  for (const [name, variable] of Object.entries(parameterVariables) as [ParameterName, string][]) {
    const value = env[variable];
    if (!value || inUrl[name] !== undefined) continue;
    checkParameter(name, value, refuseVariable(variable));
    found[name] = value;
  }
  return found;
}

/** `sslrootcert=system` wants the strongest mode: anybody can have a certificate that the system trusts. */
function chooseMode({ sslmode, sslrootcert }: Parameters): SslMode {
  if (sslrootcert !== 'system') return (sslmode as SslMode | undefined) ?? 'prefer';
  if (sslmode === undefined || sslmode === 'verify-full') return 'verify-full';
  fail(
    'setup',
    'ledger.certificate',
    `sslrootcert=system cannot be used with sslmode=${sslmode}`,
    'use sslmode=verify-full',
  );
}

/** Pairs hosts, addresses and ports, which are lists of one length; a single port is that of all hosts. */
function listServers({
  host,
  hostaddr,
  port,
}: Parameters): { host: string; address: string; port: number }[] {
  const [hosts, addresses, ports] = [host, hostaddr, port].map((list) => list?.split(',') ?? []) as [
    string[],
    string[],
    string[],
  ];
  const count = Math.max(hosts.length, addresses.length, 1);
  const isUneven = [hosts, addresses].some((list) => list.length > 0 && list.length !== count);
  if (isUneven || (ports.length > 1 && ports.length !== count))
    fail(
      'setup',
      'ledger.environment',
      `the ledger has ${count} hosts and another number of addresses or ports`,
      'write host1:port1,host2:port2 in the URL; look at PGHOST, PGHOSTADDR and PGPORT too',
    );
  return Array.from({ length: count }, (_, index) => {
    const ownPort = (ports.length === 1 ? ports[0] : ports[index]) || defaultPort;
    const ownHost = hosts[index] || addresses[index] || findDefaultHost(ownPort);
    return { host: ownHost, address: addresses[index] || ownHost, port: Number(ownPort) };
  });
}

function findDefaultHost(port: string): string {
  const isServed = (folder: string) => existsSync(join(folder, `.s.PGSQL.${port}`));
  return (process.platform === 'win32' ? undefined : socketFolders.find(isServed)) ?? 'localhost';
}

/** A password file names the default folder of the unix socket `localhost`. */
function getPassfileHost(host: string): string {
  return socketFolders.includes(host) ? 'localhost' : host;
}

/** Returns a function from the name of a file of libpq, on Windows another name, to its path. */
function getUserFolder(env: NodeJS.ProcessEnv): (name: string, windowsName?: string) => string {
  if (process.platform === 'win32')
    return (_, name = '') => join(env.APPDATA || join(homedir(), 'AppData', 'Roaming'), 'postgresql', name);
  const home = env.HOME || homedir();
  return (name) => join(home, name);
}

function getSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that its system does not know.
    fail(
      'setup',
      'ledger.environment',
      'the ledger URL names no user, and the system has no name for yours',
      'write it as postgres://user@host/database, or set PGUSER',
    );
  }
}
