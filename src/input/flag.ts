import { Failure, fail } from '../errors.ts';

/** Completion of a value by a shell. */
export interface Offers {
  choices?: readonly string[];
  /** Offer file paths. */
  files?: true;
  /** Offer data of this machine: profile names, or ids of the latest messages, of templates or of bulks. */
  known?: 'profiles' | 'ids' | 'templates' | 'bulks';
}

/** The type of a value: its placeholder in help, and how it is read and written. */
export interface ValueType<T> extends Offers {
  /** Placeholder in help: `NUMBER` in `--to NUMBER`. */
  placeholder: string;
  /** Parses a value. @throws Failure of kind `usage` */
  read(text: string): T | Promise<T>;
  /** Writes a value so that `read` returns it again; absent if the value is its text. */
  write?(value: T): string;
}

/** Declaration of a flag, used by parser, help and completions. */
export interface Flag<T> {
  /** Long name in kebab-case, without dashes and without the `no-` of a negated switch. */
  flag: string;
  short?: string | undefined;
  /** Older long name that still works; help does not show it. */
  alias?: string | undefined;
  summary: string;
  /** Heading in help. */
  group: Group;
  /** Type of its value; null for a switch, which takes none. */
  type: ValueType<unknown> | null;
  /** `prompted`: required too, but the command prompts for it or reports itself that it is missing. */
  presence: 'required' | 'prompted' | 'optional' | 'default';
  /** Value if the flag is not given. */
  defaultValue: T;
  /** True if it may be given several times. */
  many: boolean;
  /** True if each use may hold several values. */
  flat: boolean;
  /** True for a switch that is on unless `--no-...` is given. */
  negated: boolean;
}

export type Group = 'Message' | 'Bulk' | 'Delivery' | 'Filter' | 'Server' | 'Output' | 'Gateway' | 'General';

export type Flags = Record<string, Flag<unknown>>;

/** Values of flags, by the names that the command gives them. */
export type Values<F extends Flags> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

type FlagTexts = { flag: string; short?: string; alias?: string; summary: string; group: Group };

const plain = { many: false, flat: false, negated: false } as const;

export function optional<T>(type: ValueType<T>, texts: FlagTexts): Flag<T | undefined> {
  return { ...texts, ...plain, type, presence: 'optional', defaultValue: undefined };
}

export function required<T>(type: ValueType<T>, texts: FlagTexts): Flag<T> {
  // The default is never used: a line without the flag is refused.
  return { ...texts, ...plain, type, presence: 'required', defaultValue: undefined as T };
}

export function preset<T>(type: ValueType<T>, defaultValue: T, texts: FlagTexts): Flag<T> {
  return { ...texts, ...plain, type, presence: 'default', defaultValue };
}

/** Declares a flag that may be given several times. */
export function several<T>(
  type: ValueType<T>,
  texts: FlagTexts,
  presence: 'required' | 'optional' = 'optional',
): Flag<T[]> {
  return { ...texts, ...plain, type, presence, defaultValue: [], many: true };
}

/** Like `several`, for a type that reads several values from one text. */
export function lists<T>(
  type: ValueType<T[]>,
  texts: FlagTexts,
  presence: 'required' | 'optional' = 'optional',
): Flag<T[]> {
  return { ...several(type, texts, presence), defaultValue: [], flat: true };
}

export function toggle(texts: FlagTexts): Flag<boolean> {
  return { ...texts, ...plain, type: null, presence: 'optional', defaultValue: false };
}

/** Declares a switch that is absent, rather than off, if it is not given. */
export function optionalToggle(texts: FlagTexts): Flag<true | undefined> {
  return { ...texts, ...plain, type: null, presence: 'optional', defaultValue: undefined };
}

/** Declares a switch that is on unless `--no-FLAG` is given. */
export function toggleOff(texts: FlagTexts): Flag<boolean> {
  return { ...texts, ...plain, type: null, presence: 'optional', defaultValue: true, negated: true };
}

/** Returns true if the command cannot run without the flag. */
export function isRequired({ presence }: Pick<Flag<unknown>, 'presence'>): boolean {
  return presence === 'required' || presence === 'prompted';
}

/** Returns all names of a flag with their dashes, the main one first. */
export function flagNames({
  flag,
  short,
  alias,
  negated,
}: Pick<Flag<unknown>, 'flag' | 'short' | 'alias' | 'negated'>): string[] {
  const long = [flag, ...(alias ? [alias] : [])];
  const [main, ...others] = [...long, ...(negated ? long.map((name) => `no-${name}`) : [])];
  return [`--${main}`, ...(short ? [`-${short}`] : []), ...others.map((name) => `--${name}`)];
}

/** Returns how help shows a flag: `-t, --to NUMBER`. */
export function flagText({ short, flag, type, negated }: Flag<unknown>): string {
  const long = negated ? `--no-${flag}` : `--${flag}`;
  return `${short ? `-${short}, ` : '    '}${long}${type ? ` ${type.placeholder}` : ''}`;
}

/** Unread flags of a line, by the names of the fields: a text, texts, or the state of a switch. Absent if not given. */
export type RawFlags = Record<string, string | readonly string[] | boolean | undefined>;

/**
 * Reads the values of the flags of a line.
 * @throws Failure `NAME.missing` for a required flag, and as the types throw, with the name of the flag
 */
export async function readFlags<F extends Flags>(fields: F, given: RawFlags): Promise<Values<F>> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields))
    values[name] = await readField(name, field, given[name]);
  return values as Values<F>;
}

async function readField(name: string, field: Flag<unknown>, given: RawFlags[string]): Promise<unknown> {
  const { type, flag } = field;
  if (given === undefined) {
    if (field.presence === 'required')
      fail('usage', `${name}.missing`, `--${flag} is missing`, `add --${flag} ${type?.placeholder ?? ''}`);
    return field.defaultValue;
  }
  if (type === null) return given;
  const read = (one: unknown) => nameFlag(`--${flag}`, () => type.read(String(one)));
  if (!field.many) return read(given);
  const values = await Promise.all([given].flat().map(read));
  return field.flat ? values.flat() : values;
}

/** Reads a value of a flag; a failure names the flag, as in `--to: "12" is not a phone number`. */
export async function nameFlag<T>(flag: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    const { kind, code, message, hint, facts } = cause;
    throw new Failure(kind, code, `${flag}: ${message}`, hint, cause, facts);
  }
}
