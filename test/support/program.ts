import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import type { Delivery } from '../../src/message/delivery.ts';
import { afterFile } from './after-file.ts';

/** The built program. */
export const program = fileURLToPath(new URL('../../bin/qlara.js', import.meta.url));

/** Folders of a user, at first without state or settings. */
export interface Home {
  path: string;
  state: string;
  config: string;
}

export interface RunResult {
  /** Null when a signal ended the program. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Options {
  env?: Record<string, string>;
  stdin?: string;
  home?: Home;
  /** Milliseconds before the program is killed. */
  timeout?: number;
}

/** A running program. */
export interface RunningProgram {
  child: ChildProcess;
  /** Output so far. */
  printed: { stdout: string; stderr: string };
  done: Promise<RunResult>;
}

/** A row of JSON output, as scripts rely on it. */
export interface Row {
  id: string;
  gatewayId: string | null;
  to: string;
  channel: string;
  status: string;
  final: boolean;
  reason: string | null;
  inDoubt: boolean;
  attempts: { channel: string; status: string; reason: string | null; at: string }[];
  parts: number | null;
  encoding: string | null;
  simulation: boolean;
  bulk: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Creates an empty home; `settings` go into its default profile. */
export function freshHome(settings?: Record<string, string>): Home {
  const path = mkdtempSync(join(tmpdir(), 'qlara-home-'));
  afterFile(() => rmSync(path, { recursive: true, force: true }));
  const home = { path, state: join(path, 'state'), config: join(path, 'config') };
  if (settings) configure(home, JSON.stringify({ profiles: { default: settings } }));
  return home;
}

export function configure(home: Home, text: string): void {
  mkdirSync(home.config, { recursive: true });
  writeFileSync(join(home.config, 'config.json'), text);
}

/** Returns the environment of the program, isolated from that of the tests. */
export function environment(home: Home, more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: home.path,
    TMPDIR: home.path,
    QLARA_STATE_DIR: home.state,
    QLARA_CONFIG_DIR: home.config,
    QLARA_SANDBOX_SPEED: '50',
    // A closed port: a request that a test forgot to redirect must not reach the vendor.
    QLARA_BASE_URL: 'http://127.0.0.1:1/api',
    // Tests must not write to the developer's keychain.
    QLARA_KEYCHAIN: 'off',
    ...more,
  };
}

export function start(args: readonly string[], options: Options = {}): RunningProgram {
  const { env, stdin, home = freshHome(), timeout = 20_000 } = options;
  const child = spawn(process.execPath, [program, ...args], {
    env: environment(home, env),
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  return follow(child, stdin, timeout);
}

/** Runs the program to its end; kills it after the timeout. */
export function run(args: readonly string[], options: Options = {}): Promise<RunResult> {
  return start(args, options).done;
}

/** Runs a shell command line in which `qlara` is the program. */
export function shell(line: string, options: Options = {}): Promise<RunResult> {
  const { env, stdin, home = freshHome(), timeout = 20_000 } = options;
  const child = spawn('bash', ['-c', `qlara() { '${process.execPath}' '${program}' "$@"; }; ${line}`], {
    env: environment(home, env),
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  return follow(child, stdin, timeout).done;
}

function follow(child: ChildProcess, stdin: string | undefined, timeout: number): RunningProgram {
  afterFile(() => child.kill('SIGKILL'));
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  child.stdin?.on('error', () => {}).end(stdin);
  const done = new Promise<RunResult>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...printed });
    });
  });
  return { child, printed, done };
}

/**
 * Polls until a condition holds.
 * @throws after `timeoutMs`
 */
export async function until(
  condition: () => boolean,
  what: string | (() => string),
  timeoutMs = 10_000,
  intervalMs = 10,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; !condition(); ) {
    if (Date.now() > end)
      throw new Error(`timed out waiting until ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

/** Parses the rows of a run with JSON output. */
export function parseRows<T = Row>({ stdout }: RunResult): T[] {
  return JSON.parse(stdout) as T[];
}

/**
 * Returns the only item of a list.
 * @throws when the list has none or several
 */
export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) throw new Error(`expected one item, not ${list.length}`);
  return first;
}

/** Parses the error of a run with JSON output: the last line of stderr. */
export function parseError({ stderr }: RunResult): { code: string; message: string; hint: string | null } {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return (JSON.parse(last) as { error: { code: string; message: string; hint: string | null } }).error;
}

/** Lists the messages in the ledger of a profile, newest first; empty without a ledger. */
export async function recorded(home: Home, profile = 'default'): Promise<Delivery[]> {
  const path = join(home.state, `${profile}.db`);
  if (!existsSync(path)) return [];
  const ledger = await openLedger(path);
  try {
    return await ledger.list({});
  } finally {
    ledger.close();
  }
}

/** Reads all files in a home into one Latin-1 string. */
export function readAllBytes(home: Home): string {
  const names = readdirSync(home.path, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
}
