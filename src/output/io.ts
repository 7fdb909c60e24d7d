import { fail } from '../errors.ts';

/** Where text goes: one of the program's two outputs, as it is right now. */
export interface Stream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Cells in a line. */
  readonly columns: number;
  /** Lines on the screen. */
  readonly rows: number;
  readonly colour: boolean;
  /** Whether whoever read it has gone; what is written then is dropped. */
  readonly isClosed: boolean;
  /** Resolves when all is written that can be. @throws Failure `output.unwritable`, not for a closed pipe */
  flush(): Promise<void>;
}

/** The ways in and out of the program. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  stdout: Stream;
  stderr: Stream;
  env: NodeJS.ProcessEnv;
}

export type ColourChoice = 'auto' | 'always' | 'never';

/** The ways in and out of `proc`. The two outputs are judged apart: one may be a pipe and the other a screen. */
export function openIo(proc: NodeJS.Process, color: ColourChoice): Io {
  const { env } = proc;
  return {
    // Node makes it when it is first looked at, which takes as long as loading a library.
    get stdin() {
      return proc.stdin;
    },
    stdout: streamOn(proc.stdout, env, color),
    stderr: streamOn(proc.stderr, env, color),
    env,
  };
}

function streamOn(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv, color: ColourChoice): Stream {
  const isTTY = out.isTTY === true;
  let closed = false;
  let trouble: NodeJS.ErrnoException | undefined;
  out.on('error', (cause: NodeJS.ErrnoException) => {
    closed = true;
    if (cause.code !== 'EPIPE') trouble = cause;
  });
  return {
    write(text) {
      if (!closed) out.write(text);
    },
    async flush() {
      if (!closed) await new Promise<void>((resolve) => void out.write('', () => setImmediate(resolve)));
      if (trouble)
        fail(
          'failed',
          'output.unwritable',
          `the output cannot be written: ${trouble.message}`,
          'what was sent is in the ledger: `qlara status`',
          trouble,
        );
    },
    get isClosed() {
      return closed;
    },
    isTTY,
    colour: wantsColour(env, isTTY, color),
    // Asked for anew each time, since a window may be resized; some pseudo-terminals say 0.
    get columns() {
      return out.columns || counted(env.COLUMNS) || 80;
    },
    get rows() {
      return out.rows || counted(env.LINES) || 24;
    },
  };
}

function counted(text: string | undefined): number {
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

/**
 * Whether to colour. The flag wins; of the environment, what forces wins over what forbids, as it does in Node and
 * gh; else a terminal is coloured unless it is a dumb one.
 */
function wantsColour(env: NodeJS.ProcessEnv, isTTY: boolean, color: ColourChoice): boolean {
  if (color !== 'auto') return color === 'always';
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true;
  if (env.NO_COLOR || env.CLICOLOR === '0' || env.TERM === 'dumb') return false;
  return isTTY;
}
