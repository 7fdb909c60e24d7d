import type { EventEmitter } from 'node:events';
import { styleText } from 'node:util';
import { Failure } from '../errors.ts';

/** Questions to whoever sits at the terminal. @throws Failure `run.interrupted` when they go away instead */
export interface Ask {
  /** Text that never shows on the screen, not even its length; `empty` is said where there is none. */
  secret(question: string, empty: string): Promise<string>;
  /** One of several; the description of the one looked at is shown below. */
  choose<T>(question: string, options: readonly Option<T>[]): Promise<T>;
  /** One of those that `find` gives for what is typed so far. */
  search<T>(question: string, find: (term: string | undefined) => Promise<readonly Option<T>[]>): Promise<T>;
  /** Text, or one of those that are offered while it is typed. */
  textOrOffer(question: string, offer: (typed: string) => Promise<Offer>): Promise<string>;
  /** Text, once there is no complaint about it. */
  text(question: string, how: Typing): Promise<string>;
  /** No, unless the answer is yes. */
  confirm(question: string): Promise<boolean>;
}

export interface Option<T> {
  name: string;
  /** What stands for it once it is chosen; the name if there is none. */
  short?: string;
  value: T;
  description: string;
}

/** How a text is asked for. */
interface Typing {
  /** What Enter alone means. */
  preset?: string;
  /** What is shown above the text while it is typed. */
  live?(typed: string): string;
  complaint(typed: string): Promise<string | undefined>;
}

/** Lines of an offer that are seen at once. */
const longestOffer = 10;

type Asking = { input: NodeJS.ReadStream; output: NodeJS.WritableStream; signal: AbortSignal };

/** Asks on `stdin`, and on what `open` opens for each question. `stop` ends a question with its reason. */
export function asker(stdin: NodeJS.ReadStream, open: () => NodeJS.WritableStream, stop: AbortSignal): Ask {
  async function ask<T>(question: (asking: Asking) => Promise<T>): Promise<T> {
    const gone = new AbortController();
    // The library waits forever where the input ends, which Ctrl-D does on a terminal.
    const end = () => gone.abort();
    const key = (_: unknown, { name, ctrl }: { name?: string; ctrl?: boolean }) => {
      if (ctrl && name === 'd') end();
    };
    const keys: EventEmitter = stdin;
    keys.on('keypress', key).on('end', end);
    try {
      return await question({ input: stdin, output: open(), signal: AbortSignal.any([stop, gone.signal]) });
    } catch (cause) {
      stop.throwIfAborted();
      if (cause instanceof Error && /^(Exit|Abort)PromptError$/.test(cause.name))
        throw new Failure('interrupted', 'run.interrupted', 'interrupted');
      throw cause;
    } finally {
      keys.off('keypress', key).off('end', end);
    }
  }

  /**
   * Has `find` answer a search. Keys that come faster than its answers, as pasted ones do, are no matter, but for
   * Enter: the library takes it for nothing then, so it is pressed again.
   */
  async function patient<T>(
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
      return patient((watched) => {
        const source = watched((term: string | undefined) => find(term));
        return ask((asking) => search({ message, source: (term) => source(term) }, asking));
      });
    },
    async textOrOffer(message, offer) {
      const { search, Separator } = await import('@inquirer/prompts');
      const { source, validate, highlight, keysHelpTip } = searching(offer);
      return patient(async (watched) => {
        const found = watched(async (typed: string, signal: AbortSignal) =>
          (await source(typed, signal)).map((one) => ('line' in one ? new Separator(one.line) : one)),
        );
        const style = {
          highlight: (line: string) => highlight(line, (text) => styleText('cyan', text)),
          keysHelpTip: (keys: [string, string][]) => keysHelpTip(keys, (text) => styleText('dim', text)),
        };
        const config = { message, validate, pageSize: longestOffer, theme: { style } };
        const answer = await ask((asking) =>
          search({ ...config, source: (term, { signal }) => found(term ?? '', signal) }, asking),
        );
        return answer ?? '';
      });
    },
    async text(message, { preset, live, complaint }) {
      const { input } = await import('@inquirer/prompts');
      const transformer = (typed: string, { isFinal }: { isFinal: boolean }) =>
        isFinal || !live ? typed : `${live(typed)}\n  ${typed}`;
      const validate = async (typed: string) => (await complaint(typed)) ?? true;
      return ask((asking) =>
        input({ message, validate, transformer, ...(preset && { default: preset }) }, asking),
      );
    },
    async confirm(message) {
      const { confirm } = await import('@inquirer/prompts');
      return ask((asking) => confirm({ message, default: false }, asking));
    },
  };
}

/** What stands below a text while it is typed. */
export interface Offer {
  /** A few words on what is typed. */
  remark: string;
  /** What can be taken, the first of it by Enter; what is typed itself is among it where it will do. */
  options: readonly Option<string>[];
  /** What Enter says where there is nothing to take. */
  complaint: string;
}

/** A line of a list that cannot be taken. */
interface Line {
  line: string;
}

type Choice = Option<string | undefined>;

/** What a searchable list is told, so that Enter takes what is typed, or says why it cannot. */
interface Searching {
  /** The list for what is typed: a remark that cannot be taken, and behind it what can. */
  source(typed: string, signal: AbortSignal): Promise<readonly (Choice | Line)[]>;
  /** Whether a choice can be taken. */
  validate(value: string | undefined): boolean;
  /** The line of the choice that is looked at, as `draw` would have it unless nothing can be taken. */
  highlight(line: string, draw: (line: string) => string): string;
  /** The keys that a list has, as far as they are of use. */
  keysHelpTip(keys: readonly [key: string, does: string][], draw: (text: string) => string): string;
}

/**
 * Makes a search of an offer. Such a list forgets what is typed when Enter finds nothing to take, unless it is told
 * that another text was meant: that is why the text gains a blank at its end then, or loses it.
 */
export function searching(offer: (typed: string) => Promise<Offer>): Searching {
  let refused = false;
  let nothing: string | undefined;
  return {
    async source(typed, signal) {
      const { remark, options, complaint } = await offer(typed);
      if (signal.aborted) return [];
      const said = refused ? complaint : remark;
      refused = false;
      nothing = options.length === 0 ? said : undefined;
      if (options.length > 0) return [{ line: indented(said) }, ...options];
      const name = typed.endsWith(' ') ? typed.slice(0, -1) : `${typed} `;
      return [{ name, value: undefined, description: '' }];
    },
    validate(value) {
      refused = value === undefined;
      return !refused;
    },
    highlight: (line, draw) => (nothing === undefined ? draw(line) : ` ${indented(nothing)}`),
    keysHelpTip: (keys, draw) =>
      nothing === undefined ? draw(keys.map((pair) => pair.join(' ')).join(' • ')) : '',
  };
}

/** The lines under each other, as the library's mark before what is looked at leaves them room. */
function indented(lines: string): string {
  return ` ${lines.replaceAll('\n', '\n  ')}`;
}
