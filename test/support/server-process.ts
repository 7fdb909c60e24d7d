import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterFile } from './after-file.ts';

/** The user that a server runs as; empty for the own one. */
export type ServerUser = { uid: number; gid: number } | Record<never, never>;

/** Database servers refuse to run as root; root starts them as `postgres`, or as `nobody` where there is no such user. */
export const serverUser: ServerUser = process.getuid?.() === 0 ? findUser('postgres', 'nobody') : {};

function findUser(...names: string[]): ServerUser {
  for (const name of names) {
    try {
      const read = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: read('-u'), gid: read('-g') };
    } catch {
      // There is no user of this name.
    }
  }
  throw new Error(`no user among ${names.join(', ')} to run a server as`);
}

/** A server that runs in a folder of its own. */
export interface ServerProcess {
  folder: string;
  /** Number of the running process. */
  pid(): number;
  /** Ends the server with a signal and waits until it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Starts the server, also again after `stop`; resolves when it takes connections. @throws Error with its log */
  start(): Promise<void>;
  /** Kills the server and removes its folder; also done after the test file, and when the test process ends. */
  close(): Promise<void>;
}

/**
 * Waits for the end of its input, which comes when the test process ends in any way, even killed. Then ends the process
 * that the file `pid` of the folder names and removes the folder.
 */
const janitor = `
  cat >/dev/null
  pid=$(cat "$1/pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
  for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
  kill -KILL "$pid" 2>/dev/null
  rm -rf "$1"`;

/** Creates a folder for a server, which the server's user owns, and has it removed. */
export function makeServerFolder(name: string): { folder: string; remove(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), `qlara-${name}-`));
  giveAway(folder);
  const cleaner = spawn('sh', ['-c', janitor, 'sh', folder], {
    // In a process group of its own, which Ctrl-C does not reach.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  cleaner.unref();
  const gone = once(cleaner, 'exit');
  const remove = async () => {
    cleaner.ref();
    cleaner.stdin.end();
    await gone;
  };
  afterFile(remove);
  return { folder, remove };
}

/** Makes the server's user the owner of a file. */
export function giveAway(path: string): void {
  if ('uid' in serverUser) chownSync(path, serverUser.uid, serverUser.gid);
}

/**
 * Describes a server, without starting it.
 * @param isReady tells from the log since the start whether the server takes connections
 */
export function describeServer(
  { folder, remove }: ReturnType<typeof makeServerFolder>,
  [command, ...args]: [command: string, ...args: string[]],
  isReady: (log: string) => boolean,
): ServerProcess {
  let child: ChildProcess | undefined;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    folder,
    pid: () => child?.pid ?? 0,
    async start() {
      const started = spawn(command, args, {
        ...serverUser,
        cwd: folder,
        detached: true,
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child = started;
      writeFileSync(join(folder, 'pid'), String(started.pid));
      let log = '';
      await new Promise<void>((resolve, reject) => {
        started.on('error', reject);
        started.on('exit', () => reject(new Error(`${command} ended: ${log}`)));
        started.stderr.setEncoding('utf8').on('data', (text: string) => {
          log = (log + text).slice(-100_000);
          if (isReady(log)) resolve();
        });
      });
      // Neither the process nor its log keeps the tests running.
      started.unref();
      if (started.stderr instanceof Socket) started.stderr.unref();
    },
    async stop(signal) {
      if (!child || !isRunning()) return;
      const gone = once(child, 'exit');
      child.ref();
      child.kill(signal);
      await gone;
      rmSync(join(folder, 'pid'), { force: true });
    },
    close: remove,
  };
}

/** Finds a free port of the loopback interface. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Finds a program in folders, else in PATH; undefined without one. */
export function findProgram(name: string, ...folders: string[]): string | undefined {
  const path = (process.env.PATH ?? '').split(':');
  return [...folders, ...path].map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Lists the folders in a folder, the highest version first; empty if there is none. */
export function listVersions(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort((a, b) => Number.parseFloat(b) - Number.parseFloat(a));
}
