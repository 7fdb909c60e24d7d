import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterFile } from '../support/after-file.ts';
import { environment, freshHome, type Home, program, until } from '../support/program.ts';

/** Whether a terminal is available. CI must have one; elsewhere these tests are skipped. */
export const hasTerminal = hasTmux();

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI) throw new Error('the terminal tests need tmux');
    return false;
  }
}

/** A shell in a pseudo-terminal, with access to its screen. */
export interface Screen {
  /** Types a command line, in which `qlara` is the program, and Enter. */
  type(line: string): void;
  /** Types the start of a command line, without Enter. */
  keys(text: string): void;
  /** Presses a key by its tmux name: `C-c`, `Enter`, `Up`. */
  press(key: string): void;
  /** Pastes text as a terminal does, marked if the program asked for that. */
  paste(text: string): void;
  /** Returns the lines on the screen without trailing blanks and empty lines. */
  lines(): string[];
  /** Returns the lines with color sequences. */
  colored(): string;
  resize(columns: number): void;
  /** Waits until the screen matches the pattern. */
  shows(pattern: RegExp, timeoutMs?: number): Promise<void>;
}

/** Each read of the screen runs tmux; polling faster would take CPU time from the program. */
const pollIntervalMs = 50;

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

export function openScreen(
  columns: number,
  rows: number,
  env: Record<string, string> = {},
  home: Home = freshHome(),
): Screen {
  const socket = `qlara-${randomBytes(4).toString('hex')}`;
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' });
  const variables = { TERM: 'screen-256color', LANG: 'C.UTF-8', PS1: '> ', ...environment(home, env) };
  const shell = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  tmux(
    '-u',
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-c',
    home.path,
    '-x',
    String(columns),
    '-y',
    String(rows),
    `env -i ${shell.join(' ')} bash --norc --noprofile`,
  );
  afterFile(() => tmux('kill-server'));
  const lines = () => tmux('capture-pane', '-p').trimEnd().split('\n');
  const type = (line: string) => {
    tmux('send-keys', '-l', line);
    tmux('send-keys', 'Enter');
  };
  // Input before the shell is ready is echoed twice.
  const waitForPrompt = (sign: string) => {
    for (let tries = 0; tries < 1_000 && lines().join() !== sign; tries++) pause(10);
  };
  waitForPrompt('>');
  type(`qlara() { '${process.execPath}' '${program}' "$@"; }; PS1='$ '; clear`);
  waitForPrompt('$');
  return {
    type,
    keys: (text) => void tmux('send-keys', '-l', text),
    press: (key) => void tmux('send-keys', key),
    paste(text) {
      tmux('set-buffer', text);
      tmux('paste-buffer', '-p', '-r');
    },
    lines,
    colored: () => tmux('capture-pane', '-p', '-e'),
    resize: (wide) => void tmux('resize-window', '-x', String(wide)),
    shows: (pattern, timeoutMs) =>
      until(
        () => pattern.test(lines().join('\n')),
        () => `the screen shows ${pattern}:\n${lines().join('\n')}`,
        timeoutMs,
        pollIntervalMs,
      ),
  };
}
