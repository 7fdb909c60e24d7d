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

/** A request as it left, and the ledger as it would be after a power cut in that moment. */
export interface Departure {
  /** Bytes of the request, as text. */
  request: string;
  /** The files of the ledger by name: what was flushed, and nothing else. */
  files: ReadonlyMap<string, Buffer>;
}

/** Why system calls cannot be traced here; undefined where they can. */
export function whyNotTraced(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (error) return 'strace is not installed';
  return status === 0 ? undefined : `tracing is not permitted: ${stderr.trim()}`;
}

/** What a trace tells of one file: its changes in their order, and how many of them are known to be flushed. */
interface FileHistory {
  base: Buffer;
  changes: ((content: Buffer) => Buffer)[];
  flushed: number;
}

/**
 * Runs the program to its end and tells which requests left, each with the ledger as it was on the disk by then. What
 * was written but not flushed counts as lost: that is what a power cut may do.
 * @throws when it does not exit with `code`
 */
export async function runTraced(
  args: readonly string[],
  home: Home,
  env: Record<string, string>,
  code = 0,
): Promise<Departure[]> {
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
      // Flushes that go through io_uring are not seen.
      { env: environment(home, { UV_USE_IO_URING: '0', ...env }), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const ended = await new Promise((resolve) => child.on('close', resolve));
    if (ended !== code) throw new Error(`it ended with ${ended} instead of ${code}: ${told}`);
    return departuresIn(readFileSync(path, 'latin1'), before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a home as it is after a power cut at that departure, with the settings of `home`, and what its gateway knows. */
export function homeAfter({ files }: Departure, home: Home): Home {
  const restored = freshHome();
  if (existsSync(home.config)) cpSync(home.config, restored.config, { recursive: true });
  mkdirSync(restored.state, { recursive: true });
  // The sandbox plays another machine, which keeps its power.
  for (const name of readdirSync(home.state).filter((one) => one.startsWith('sandbox.gateway.db')))
    cpSync(join(home.state, name), join(restored.state, name));
  for (const [name, content] of files) writeFileSync(join(restored.state, name), content);
  return restored;
}

/** Whether a file holds what must survive: the database with its logs, not the memory that processes share. */
function isLedger(name: string): boolean {
  return /^(default|sandbox)\.db(-wal|-journal)?$/.test(name);
}

function ledgerFiles(home: Home): Map<string, Buffer> {
  const names = existsSync(home.state) ? readdirSync(home.state).filter(isLedger) : [];
  return new Map(names.map((name) => [name, readFileSync(join(home.state, name))]));
}

/** Reads a trace of `strace -f -y -xx`. */
function departuresIn(trace: string, before: ReadonlyMap<string, Buffer>): Departure[] {
  const histories = new Map<string, FileHistory>();
  for (const [name, base] of before) histories.set(name, { base, changes: [], flushed: 0 });
  const historyOf = (name: string): FileHistory => {
    const history = histories.get(name) ?? { base: Buffer.alloc(0), changes: [], flushed: 0 };
    histories.set(name, history);
    return history;
  };

  const departures: Departure[] = [];
  /** What is flushed, until a call on the ledger may have changed it. */
  let disk: ReadonlyMap<string, Buffer> | undefined;
  /** Beginnings of calls that other threads interrupted, by thread, and what their flush covers. */
  const begun = new Map<string, { text: string; covers: number }>();
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const start = resumed ? begun.get(thread) : undefined;
    const whole = resumed ? (start?.text ?? '') + resumed[1] : text;
    const name = basename(decodeHex(/^\w+\(\d+<([^>]*)>/.exec(whole)?.[1] ?? '').toString());
    const covers = start?.covers ?? histories.get(name)?.changes.length ?? 0;
    // A request may have left as soon as its call begins.
    if (!resumed && /^(write|writev|sendto|sendmsg)\(/.test(text)) {
      const request = bytesOf(text).toString('latin1');
      if (request.startsWith('POST ')) {
        disk ??= flushedContents(histories);
        departures.push({ request, files: disk });
      }
    }
    if (text.endsWith('<unfinished ...>')) {
      begun.set(thread, { text: text.slice(0, -'<unfinished ...>'.length), covers });
      continue;
    }
    begun.delete(thread);
    if (!/ = \d+$/.test(whole)) continue;
    if (whole.startsWith('unlink')) {
      if (histories.delete(basename(bytesOf(whole).toString()))) disk = undefined;
    } else if (isLedger(name) && apply(whole, historyOf(name), covers)) disk = undefined;
  }
  return departures;
}

/**
 * Adds what a finished call did to a file; returns whether it was a flush. One covers only what was written before it
 * began.
 */
function apply(call: string, history: FileHistory, covers: number): boolean {
  const name = /^\w+/.exec(call)?.[0] ?? '';
  if (name === 'fsync' || name === 'fdatasync') {
    history.flushed = Math.max(history.flushed, covers);
    return true;
  }
  const last = Number(/, (\d+)\) += \d+$/.exec(call)?.[1]);
  if (name === 'ftruncate')
    history.changes.push((content) => Buffer.concat([content, Buffer.alloc(last)], last));
  else if (name === 'pwrite64' || name === 'pwritev') {
    const bytes = bytesOf(call);
    history.changes.push((content) => {
      const longer = Buffer.alloc(Math.max(content.length, last + bytes.length));
      content.copy(longer);
      bytes.copy(longer, last);
      return longer;
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

/** The bytes in the texts of a call, which `-xx` has in hexadecimal. */
function bytesOf(call: string): Buffer {
  const texts = [...call.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) => text);
  return decodeHex(texts.join(''));
}

/** Reads `\x41\x42`. */
function decodeHex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
