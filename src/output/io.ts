import { fail } from '../errors.ts';

/** One of the program's two outputs, in its current state. */
export interface Stream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Cells in a line. */
  readonly columns: number;
  /** Lines on the screen. */
  readonly rows: number;
  readonly color: boolean;
  /** True if the reader has closed the pipe; further output is dropped. */
  readonly isClosed: boolean;
  /** Resolves when all output is written. @throws Failure `output.unwritable`, except for a closed pipe */
  flush(): Promise<void>;
}

/** Standard streams and environment of the program. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  stdout: Stream;
  stderr: Stream;
  env: NodeJS.ProcessEnv;
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** Opens the streams of `proc`. Color is decided for each output, since one may be a pipe and the other a terminal. */
export function openIo(proc: NodeJS.Process, color: ColorChoice): Io {
  const { env } = proc;
  return {
    // Node creates stdin on first access, which takes as long as loading a library.
    get stdin() {
      return proc.stdin;
    },
    stdout: createStream(proc.stdout, env, color),
    stderr: createStream(proc.stderr, env, color),
    env,
  };
}

function createStream(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv, color: ColorChoice): Stream {
  const isTTY = out.isTTY === true;
  let closed = false;
  let failure: NodeJS.ErrnoException | undefined;
  out.on('error', (cause: NodeJS.ErrnoException) => {
    closed = true;
    if (cause.code !== 'EPIPE') failure = cause;
  });
  return {
    write(text) {
      if (!closed) out.write(text);
    },
    async flush() {
      if (!closed) await new Promise<void>((resolve) => void out.write('', () => setImmediate(resolve)));
      if (failure)
        fail(
          'output',
          'output.unwritable',
          `cannot write the output: ${failure.message}`,
          'sent messages are in the ledger: run `qlara status`',
          failure,
        );
    },
    get isClosed() {
      return closed;
    },
    isTTY,
    color: wantsColor(env, isTTY, color),
    // Read each time, since the window may be resized; some pseudo-terminals report 0.
    get columns() {
      return out.columns || parseCount(env.COLUMNS) || 80;
    },
    get rows() {
      return out.rows || parseCount(env.LINES) || 24;
    },
  };
}

function parseCount(text: string | undefined): number {
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

/**
 * Reports whether to use color. The flag wins; in the environment, variables that force color override variables that
 * forbid it, as in Node and gh; otherwise a terminal gets color unless it is a dumb one.
 */
function wantsColor(env: NodeJS.ProcessEnv, isTTY: boolean, color: ColorChoice): boolean {
  if (color !== 'auto') return color === 'always';
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true;
  if (env.NO_COLOR || env.CLICOLOR === '0' || env.TERM === 'dumb') return false;
  return isTTY;
}
