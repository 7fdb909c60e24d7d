import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterFile } from '../support/after-file.ts';
import { environment, freshHome, type Home, program, until } from '../support/program.ts';

/** Whether there is a terminal to test in. CI must have one; elsewhere these tests are left out. */
export const hasTerminal = works();

function works(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI) throw new Error('the terminal tests need tmux');
    return false;
  }
}

/** A shell on a real pseudo-terminal, and what a person would see of it. */
export interface Screen {
  /** Types a line in which `qlara` is the program, and Enter. */
  type(line: string): void;
  /** Types what a line begins with, without Enter. */
  keys(text: string): void;
  /** Presses a key by its tmux name: `C-c`, `Enter`, `Up`. */
  press(key: string): void;
  /** The lines on the screen, without trailing blanks and empty lines at the end. */
  lines(): string[];
  /** The same with the escape sequences for color. */
  colored(): string;
  resize(columns: number): void;
  /** Waits until the screen shows what matches. */
  shows(pattern: RegExp, timeoutMs?: number): Promise<void>;
}

/** Each look at the screen runs tmux: looking all the time would take a core from the program. */
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
  const tmux = (...words: string[]) => execFileSync('tmux', ['-L', socket, ...words], { encoding: 'utf8' });
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
  // What is typed before the shell listens is seen twice.
  const prompts = (sign: string) => {
    for (let tries = 0; tries < 1_000 && lines().join() !== sign; tries++) pause(10);
  };
  prompts('>');
  type(`qlara() { '${process.execPath}' '${program}' "$@"; }; PS1='$ '; clear`);
  prompts('$');
  return {
    type,
    keys: (text) => void tmux('send-keys', '-l', text),
    press: (key) => void tmux('send-keys', key),
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
