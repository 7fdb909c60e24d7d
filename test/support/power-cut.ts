import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { environment, freshHome, type Home, program } from './program.ts';

/** A request when it was sent, and the ledger as a power cut at that moment would leave it. */
export interface SentRequest {
  /** Bytes of the request, as Latin-1 text. */
  request: string;
  /** Flushed contents of the ledger's files, by name. */
  files: ReadonlyMap<string, Buffer>;
}

/** Returns the reason why system calls cannot be traced here; undefined where they can. */
export function traceUnavailable(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (error) return 'strace is not installed';
  return status === 0 ? undefined : `tracing is not permitted: ${stderr.trim()}`;
}

/** Changes to one file in a trace, in order, and how many of them have been flushed. */
interface FileHistory {
  base: Buffer;
  changes: ((content: Buffer) => Buffer)[];
  flushed: number;
}

/**
 * Runs the program and returns the requests it sent, each with the ledger as it was on disk by then. Anything
 * written but not flushed counts as lost, as in a power cut.
 * @throws when the exit code is not `code`
 */
export async function runTraced(
  args: readonly string[],
  home: Home,
  env: Record<string, string>,
  code = 0,
): Promise<SentRequest[]> {
  const folder = mkdtempSync(join(tmpdir(), 'qlara-trace-'));
  try {
    const before = ledgerFiles(home);
    const path = join(folder, 'trace');
    const calls = 'write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync,ftruncate,unlink,unlinkat';
    const child = spawn(
      'strace',
      [
        '-f',
        '-y',
        '-xx',
        '-s',
        '1000000',
        '-e',
        `trace=${calls}`,
        '-o',
        path,
        process.execPath,
        program,
        ...args,
      ],
      // strace does not show flushes that go through io_uring.
      { env: environment(home, { UV_USE_IO_URING: '0', ...env }), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let stderrText = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderrText += text;
    });
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    if (exitCode !== code) throw new Error(`exited with ${exitCode} instead of ${code}: ${stderrText}`);
    return parseDepartures(readFileSync(path, 'latin1'), before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Creates a home as a power cut at `departure` leaves it: with the settings of `home` and its sandbox
 * gateway.
 */
export function homeAfterPowerCut({ files }: SentRequest, home: Home): Home {
  const restored = freshHome();
  if (existsSync(home.config)) cpSync(home.config, restored.config, { recursive: true });
  mkdirSync(restored.state, { recursive: true });
  // The sandbox gateway stands for another machine, which does not lose power.
  for (const name of readdirSync(home.state).filter((one) => one.startsWith('sandbox.gateway.db')))
    cpSync(join(home.state, name), join(restored.state, name));
  for (const [name, content] of files) writeFileSync(join(restored.state, name), content);
  return restored;
}

/** Reports whether a file must survive: the database and its logs, but not the shared-memory file. */
function isLedger(name: string): boolean {
  return /^(default|sandbox)\.db(-wal|-journal)?$/.test(name);
}

function ledgerFiles(home: Home): Map<string, Buffer> {
  const names = existsSync(home.state) ? readdirSync(home.state).filter(isLedger) : [];
  return new Map(names.map((name) => [name, readFileSync(join(home.state, name))]));
}

/** Parses a trace of `strace -f -y -xx`. */
function parseDepartures(trace: string, before: ReadonlyMap<string, Buffer>): SentRequest[] {
  const histories = new Map<string, FileHistory>();
  for (const [name, base] of before) histories.set(name, { base, changes: [], flushed: 0 });
  const getHistory = (name: string): FileHistory => {
    const history = histories.get(name) ?? { base: Buffer.alloc(0), changes: [], flushed: 0 };
    histories.set(name, history);
    return history;
  };

  const departures: SentRequest[] = [];
  /** Flushed contents of the files; undefined after a call that may have changed them. */
  let disk: ReadonlyMap<string, Buffer> | undefined;
  /** Calls interrupted by other threads, by thread, and the number of changes that their flush covers. */
  const unfinished = new Map<string, { text: string; covers: number }>();
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const start = resumed ? unfinished.get(thread) : undefined;
    const whole = resumed ? (start?.text ?? '') + resumed[1] : text;
    const name = basename(decodeHex(/^\w+\(\d+<([^>]*)>/.exec(whole)?.[1] ?? '').toString());
    const covers = start?.covers ?? histories.get(name)?.changes.length ?? 0;
    // A request may be on the network as soon as its call begins.
    if (!resumed && /^(write|writev|sendto|sendmsg)\(/.test(text)) {
      const request = decodeArguments(text).toString('latin1');
      if (request.startsWith('POST ')) {
        disk ??= flushedContents(histories);
        departures.push({ request, files: disk });
      }
    }
    if (text.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text: text.slice(0, -'<unfinished ...>'.length), covers });
      continue;
    }
    unfinished.delete(thread);
    if (!/ = \d+$/.test(whole)) continue;
    if (whole.startsWith('unlink')) {
      if (histories.delete(basename(decodeArguments(whole).toString()))) disk = undefined;
    } else if (isLedger(name) && applyCall(whole, getHistory(name), covers)) disk = undefined;
  }
  return departures;
}

/**
 * Applies a finished call to a file; returns true for a flush. A flush covers only what was written before it
 * began.
 */
function applyCall(call: string, history: FileHistory, covers: number): boolean {
  const name = /^\w+/.exec(call)?.[0] ?? '';
  if (name === 'fsync' || name === 'fdatasync') {
    history.flushed = Math.max(history.flushed, covers);
    return true;
  }
  const last = Number(/, (\d+)\) += \d+$/.exec(call)?.[1]);
  if (name === 'ftruncate')
    history.changes.push((content) => Buffer.concat([content, Buffer.alloc(last)], last));
  else if (name === 'pwrite64' || name === 'pwritev') {
    const bytes = decodeArguments(call);
    history.changes.push((content) => {
      const grown = Buffer.alloc(Math.max(content.length, last + bytes.length));
      content.copy(grown);
      bytes.copy(grown, last);
      return grown;
    });
  } else throw new Error(`an unforeseen call on the ledger: ${name}`);
  return false;
}

function flushedContents(histories: ReadonlyMap<string, FileHistory>): Map<string, Buffer> {
  return new Map(
    [...histories].map(([name, { base, changes, flushed }]) => [
      name,
      changes.slice(0, flushed).reduce((content, change) => change(content), base),
    ]),
  );
}

/** Decodes the string arguments of a call, which `-xx` prints in hexadecimal. */
function decodeArguments(call: string): Buffer {
  const texts = [...call.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) => text);
  return decodeHex(texts.join(''));
}

/** Decodes `\x41\x42`. */
function decodeHex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
