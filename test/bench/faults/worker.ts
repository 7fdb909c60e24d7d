import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders and environment of one machine that runs the program. */
export type Environment = Readonly<Record<string, string>>;

const program = 'bin/qlara.js';

/** Creates the environment of a machine with folders of its own in `home`; `ledger` is a URL, undefined for SQLite. */
export function makeEnvironment(home: string, gatewayUrl: string, ledger: string | undefined): Environment {
  mkdirSync(home, { recursive: true });
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    QLARA_STATE_DIR: join(home, 'state'),
    QLARA_CONFIG_DIR: join(home, 'config'),
    QLARA_API_KEY: 'key',
    QLARA_BASE_URL: gatewayUrl,
    QLARA_KEYCHAIN: 'off',
    ...(ledger !== undefined && { QLARA_LEDGER: ledger }),
  };
}

/** Runs the program to its end; returns its exit code and stdout. */
export function runProgram(
  args: readonly string[],
  env: Environment,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env, maxBuffer: 1 << 28 }, (failure, stdout, stderr) => {
      const code = failure === null ? 0 : Number(failure.code ?? 255);
      resolve({ code, stdout, stderr });
    });
  });
}

/** Time before a process that failed is started again, in milliseconds. */
const restartAfterMs = 1_000;

/** A worker of a bulk that is started again, as by a service manager, until it reports the end of the bulk. */
export class Worker {
  /** Exit codes of processes that ended by themselves, with how often each occurred. */
  readonly exits = new Map<number, number>();
  isFrozen = false;
  /** True once a process ended because the bulk has. */
  isDone = false;
  /** True to start no process after one that leaves messages in doubt. */
  acceptsDoubts = false;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `args`: the command line of every process but the first. Output on stderr goes to the file `log`. */
  constructor(
    readonly name: string,
    readonly args: readonly string[],
    readonly env: Environment,
    readonly log: string,
  ) {}

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(args = this.args): void {
    const child = spawn(process.execPath, [program, ...args], {
      env: this.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.isFrozen = false;
    const write = (text: string) =>
      appendFileSync(this.log, `${new Date().toISOString()} ${child.pid} ${text}`);
    write(`${args.join(' ')}\n`);
    child.stderr?.setEncoding('utf8').on('data', write);
    child.on('exit', (code, signal) => {
      write(`exit ${code ?? signal}\n`);
      if (this.#child !== child) return;
      this.#child = undefined;
      if (code === null) return;
      this.exits.set(code, (this.exits.get(code) ?? 0) + 1);
      if (code === 0 || (code === 6 && this.acceptsDoubts)) this.isDone = true;
      else this.#timer = setTimeout(() => this.start(), restartAfterMs);
    });
  }

  /** Ends the process without warning and starts another. */
  replace(): void {
    this.end();
    this.start();
  }

  /** Stops the process until the returned function is called. */
  freeze(): () => void {
    const child = this.#child;
    this.isFrozen = child?.kill('SIGSTOP') ?? false;
    return () => {
      child?.kill('SIGCONT');
      if (this.#child === child) this.isFrozen = false;
    };
  }

  /** Ends the process for good. */
  end(): void {
    clearTimeout(this.#timer);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
