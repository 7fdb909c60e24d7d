import type { Option } from './ask.ts';

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
