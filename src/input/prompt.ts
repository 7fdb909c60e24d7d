import type { EventEmitter } from 'node:events';
import { emitKeypressEvents, type Interface } from 'node:readline';
import { styleText } from 'node:util';
import { Failure } from '../errors.ts';

/** Thrown when the user asks for the previous question. */
export class GoBack extends Error {}

/** Prompts in a terminal. @throws Failure `run.interrupted` on Ctrl-C or Ctrl-D */
export interface Ask {
  /** Makes Esc at the next prompts throw `GoBack`, or not. */
  allowBack(isAllowed: boolean): void;
  /** Asks for text that is never shown, not even its length. `empty` is the message for an empty answer. */
  secret(question: string, empty: string): Promise<string>;
  /** Asks to choose an option; the description of the selected one is shown below. */
  choose<T>(question: string, options: readonly Option<T>[]): Promise<T>;
  /** Asks to choose one of the options that `find` returns for the typed text. */
  search<T>(question: string, find: (term: string | undefined) => Promise<readonly Option<T>[]>): Promise<T>;
  /** Asks for text, with options offered while it is typed. */
  textOrOffer(question: string, offer: (typed: string) => Promise<Offer>): Promise<string>;
  /** Asks for text until it is valid. */
  text(question: string, options: TextOptions): Promise<string>;
  /** Asks a yes-no question; the default is no. */
  confirm(question: string): Promise<boolean>;
}

export interface Option<T> {
  name: string;
  /** Text shown once it is chosen; by default the name. */
  short?: string;
  value: T;
  description: string;
}

/** Options of a prompt for text. */
interface TextOptions {
  /** Value of an empty answer. */
  preset?: string;
  /** Text to begin with. */
  draft?: string | undefined;
  /** Returns a line to show above the text while it is typed. */
  live?(typed: string): string;
  complaint(typed: string): Promise<string | undefined>;
}

/** Number of options visible at once. */
const maxVisibleOptions = 10;

/** Time to wait for the rest of an escape sequence before a single Esc counts, in milliseconds. */
const escapeTimeoutMs = 100;

type Asking = { input: NodeJS.ReadStream; output: NodeJS.WritableStream; signal: AbortSignal };

/** Creates prompts that read `stdin` and write to a new stream from `open` each. `stop` ends a prompt with its reason. */
export function createPrompts(
  stdin: NodeJS.ReadStream,
  open: () => NodeJS.WritableStream,
  stop: AbortSignal,
): Ask {
  let allowsBack = false;
  // The first call for a stream decides; the library would wait for half a second. The types want a whole interface.
  const timing: Partial<Interface> & { escapeCodeTimeout: number } = { escapeCodeTimeout: escapeTimeoutMs };
  emitKeypressEvents(stdin, timing as Interface);

  async function ask<T>(question: (asking: Asking) => Promise<T>): Promise<T> {
    const ended = new AbortController();
    let goesBack = false;
    // At the end of the input, as with Ctrl-D, the library would wait forever.
    const end = () => ended.abort();
    const key = (_: unknown, { name, ctrl }: { name?: string; ctrl?: boolean }) => {
      goesBack ||= allowsBack && name === 'escape';
      if (goesBack || (ctrl && name === 'd')) end();
    };
    const keys: EventEmitter = stdin;
    keys.on('keypress', key).on('end', end);
    const stopFiltering = filterKeys(stdin, open);
    try {
      return await question({ input: stdin, output: open(), signal: AbortSignal.any([stop, ended.signal]) });
    } catch (cause) {
      stop.throwIfAborted();
      if (goesBack) throw new GoBack();
      if (cause instanceof Error && /^(Exit|Abort)PromptError$/.test(cause.name))
        throw new Failure('interrupted', 'run.interrupted', 'interrupted');
      throw cause;
    } finally {
      stopFiltering();
      keys.off('keypress', key).off('end', end);
    }
  }

  /**
   * Runs a search prompt. The library ignores Enter while `find` is running, as after a paste, so Enter is repeated once it
   * has finished.
   */
  async function repeatEarlyEnter<T>(
    work: (
      find: <A extends unknown[], R>(find: (...given: A) => Promise<R>) => (...given: A) => Promise<R>,
    ) => Promise<T>,
  ): Promise<T> {
    let open = 0;
    let entered = false;
    const keys: EventEmitter = stdin;
    const key = (_: unknown, { name }: { name?: string }) => {
      entered = open > 0 && (name === 'return' || name === 'enter');
    };
    keys.on('keypress', key);
    try {
      return await work((find) => async (...given) => {
        open++;
        try {
          return await find(...given);
        } finally {
          open--;
          if (open === 0 && entered) setImmediate(() => keys.emit('keypress', '\r', { name: 'return' }));
          if (open === 0) entered = false;
        }
      });
    } finally {
      keys.off('keypress', key);
    }
  }

  return {
    allowBack(isAllowed) {
      allowsBack = isAllowed;
    },
    async secret(message, empty) {
      const { password } = await import('@inquirer/prompts');
      const validate = (given: string) => given.trim() !== '' || empty;
      return ask((asking) => password({ message, toggleMask: false, validate }, asking));
    },
    async choose(message, choices) {
      const { select } = await import('@inquirer/prompts');
      return ask((asking) => select({ message, choices, loop: false }, asking));
    },
    async search(message, find) {
      const { search } = await import('@inquirer/prompts');
      return repeatEarlyEnter((watch) => {
        const source = watch((term: string | undefined) => find(term));
        return ask((asking) => search({ message, source: (term) => source(term) }, asking));
      });
    },
    async textOrOffer(message, offer) {
      const { search, Separator } = await import('@inquirer/prompts');
      const { source, validate, highlight, keysHelpTip } = createSearch(offer);
      return repeatEarlyEnter(async (watch) => {
        const found = watch(async (typed: string, signal: AbortSignal) =>
          (await source(typed.replaceAll(lineBreakMark, ' '), signal)).map((one) =>
            'line' in one ? new Separator(one.line) : one,
          ),
        );
        const style = {
          highlight: (line: string) => highlight(line, (text) => styleText('cyan', text)),
          keysHelpTip: (keys: [string, string][]) => keysHelpTip(keys, (text) => styleText('dim', text)),
        };
        const config = { message, validate, pageSize: maxVisibleOptions, theme: { style } };
        const answer = await ask((asking) =>
          search({ ...config, source: (term, { signal }) => found(term ?? '', signal) }, asking),
        );
        return answer ?? '';
      });
    },
    async text(message, { preset, draft, live, complaint }) {
      const { input } = await import('@inquirer/prompts');
      const transformer = (typed: string, { isFinal }: { isFinal: boolean }) =>
        isFinal || !live ? typed : `${live(toLines(typed))}\n  ${typed}`;
      const validate = async (typed: string) => (await complaint(toLines(typed))) ?? true;
      const answer = await ask((asking) =>
        input(
          {
            message,
            validate,
            transformer,
            ...(preset && { default: preset }),
            ...(draft && { default: draft.replaceAll('\n', lineBreakMark), prefill: 'editable' as const }),
          },
          asking,
        ),
      );
      return toLines(answer);
    },
    async confirm(message) {
      const { confirm } = await import('@inquirer/prompts');
      return ask((asking) => confirm({ message, default: false }, asking));
    },
  };
}

/** Shown for a line break, since a prompt has one line. */
export const lineBreakMark = '⏎';

function toLines(typed: string): string {
  return typed.replaceAll(lineBreakMark, '\n');
}

/** Time that the library needs to handle a key before an Enter that arrives with it, in milliseconds. */
const burstMs = 30;

interface Key {
  name?: string;
  sequence?: string;
}

/**
 * Filters the keys that a prompt gets. Turns on bracketed paste (xterm, "Bracketed Paste Mode"): the terminal marks what is
 * pasted, which is inserted at the cursor as a whole; without it, each line break in a paste would end a prompt. An Enter
 * that arrives together with text waits until the text is handled: it would choose from the list for the text before.
 * Returns a function that ends this.
 */
function filterKeys(stdin: NodeJS.ReadStream, open: () => NodeJS.WritableStream): () => void {
  const keys: EventEmitter = stdin;
  const { emit } = keys;
  const pass = (text: string | undefined, key: Key) => emit.call(keys, 'keypress', text, key);
  let pasted: string | undefined;
  let latestAt = Number.NEGATIVE_INFINITY;
  /** Keys behind an Enter that waits, in order. */
  let waiting: [string | undefined, Key][] | undefined;

  function handle(text: string | undefined, key: Key): void {
    const isEnter = key.name === 'return' || key.name === 'enter';
    if (waiting) waiting.push([text, key]);
    else if (isEnter && performance.now() - latestAt < burstMs) {
      waiting = [[text, key]];
      setTimeout(flush, burstMs);
    } else {
      if (!isEnter) latestAt = performance.now();
      pass(text, key);
    }
  }

  function flush(): void {
    const [enter, ...others] = waiting ?? [];
    waiting = undefined;
    if (enter) pass(...enter);
    for (const [text, key] of others) handle(text, key);
  }

  keys.emit = (event: string | symbol, ...args: unknown[]) => {
    if (event !== 'keypress') return emit.call(keys, event, ...args);
    const [text, key = {}] = args as [string?, Key?];
    if (key.name === 'paste-start') pasted = '';
    else if (key.name === 'paste-end') {
      const whole = (pasted ?? '').replace(/[\r\n]+$/, '').replace(/\r\n|[\r\n]/g, lineBreakMark);
      pasted = undefined;
      handle(whole, { sequence: whole });
    } else if (pasted === undefined) handle(text, key);
    else pasted += text ?? key.sequence ?? '';
    return true;
  };
  open().write('\u001b[?2004h');
  return () => {
    keys.emit = emit;
    open().write('\u001b[?2004l');
  };
}

/** Text shown below an input while it is typed. */
export interface Offer {
  /** Short description of the typed text. */
  remark: string;
  /** Options; Enter takes the first one. The typed text is one of them if it is valid. */
  options: readonly Option<string>[];
  /** Message for Enter when there is no option. */
  complaint: string;
}

/** A line of a list that cannot be chosen. */
interface Line {
  line: string;
}

type Choice = Option<string | undefined>;

/** Callbacks of a search prompt in which Enter takes the typed text, or shows why it cannot. */
interface Searching {
  /** Returns the list for the typed text: a remark that cannot be chosen, followed by the options. */
  source(typed: string, signal: AbortSignal): Promise<readonly (Choice | Line)[]>;
  /** Returns true if a choice can be taken. */
  validate(value: string | undefined): boolean;
  /** Renders the line of the selected choice with `draw`; the remark if there is no choice. */
  highlight(line: string, draw: (line: string) => string): string;
  /** Renders the help for the keys; '' if there is no choice. */
  keysHelpTip(keys: readonly [key: string, does: string][], draw: (text: string) => string): string;
}

/**
 * Creates the callbacks of a search prompt from an offer. The library clears the typed text when Enter finds no choice,
 * unless the only choice has a different name: so that choice is the text with a trailing space added or removed.
 */
export function createSearch(offer: (typed: string) => Promise<Offer>): Searching {
  let refused = false;
  let nothing: string | undefined;
  return {
    async source(typed, signal) {
      const { remark, options, complaint } = await offer(typed);
      if (signal.aborted) return [];
      const message = refused ? complaint : remark;
      refused = false;
      nothing = options.length === 0 ? message : undefined;
      if (options.length > 0) return [{ line: indentLines(message) }, ...options];
      const name = typed.endsWith(' ') ? typed.slice(0, -1) : `${typed} `;
      return [{ name, value: undefined, description: '' }];
    },
    validate(value) {
      refused = value === undefined;
      return !refused;
    },
    highlight: (line, draw) => (nothing === undefined ? draw(line) : ` ${indentLines(nothing)}`),
    keysHelpTip: (keys, draw) =>
      nothing === undefined ? draw(keys.map((pair) => pair.join(' ')).join(' • ')) : '',
  };
}

/** Indents the lines by the width of the library's selection mark. */
function indentLines(lines: string): string {
  return ` ${lines.replaceAll('\n', '\n  ')}`;
}
