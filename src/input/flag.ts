import { fail } from '../errors.ts';

/** What a shell may offer when a value is to be completed. */
export interface Offers {
  choices?: readonly string[];
  /** Paths of files. */
  files?: true;
  /** What this machine knows: names of profiles, ids of the latest messages, ids of templates, ids of bulks. */
  known?: 'profiles' | 'ids' | 'templates' | 'bulks';
}

/** How one value is written: what stands for it in help, and how its text becomes a value. */
export interface ValueType<T> extends Offers {
  /** In help: `NUMBER` in `--to NUMBER`. */
  placeholder: string;
  /** @throws Failure of kind `usage` */
  read(text: string): T | Promise<T>;
  /** The text that `read` reads as this value; absent where the value is that text. */
  write?(value: T): string;
}

/** Something a person can say: the one declaration that flags, help and completions read. */
export interface Flag<T> {
  /** The long flag without dashes, kebab-case; a leading `no-` is declared by `on`. */
  flag: string;
  short?: string | undefined;
  /** Another long flag that means the same, for lines written earlier; help does not show it. */
  alias?: string | undefined;
  summary: string;
  /** Heading in help. */
  group: Group;
  /** Null for a switch, which takes no value. */
  type: ValueType<unknown> | null;
  /** `asked`: needed too, but the command asks for it, or says itself what is missing. */
  presence: 'needed' | 'asked' | 'optional' | 'preset';
  /** The value when nothing is said. */
  defaultValue: T;
  /** May be given several times. */
  many: boolean;
  /** Each time it is given, it may bring several values. */
  flat: boolean;
  /** A switch that is on unless `--no-...` says otherwise. */
  negated: boolean;
}

export type Group = 'Message' | 'Bulk' | 'Delivery' | 'Filter' | 'Server' | 'Output' | 'Gateway' | 'General';

export type Flags = Record<string, Flag<unknown>>;

/** The values that fields read, by the names the command gives them. */
export type Values<F extends Flags> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

type Words = { flag: string; short?: string; alias?: string; summary: string; group: Group };

const plain = { many: false, flat: false, negated: false } as const;

export function optional<T>(type: ValueType<T>, words: Words): Flag<T | undefined> {
  return { ...words, ...plain, type, presence: 'optional', defaultValue: undefined };
}

export function required<T>(type: ValueType<T>, words: Words): Flag<T> {
  // Where it is missing, the line is refused before anybody looks at the value.
  return { ...words, ...plain, type, presence: 'needed', defaultValue: undefined as T };
}

export function preset<T>(type: ValueType<T>, defaultValue: T, words: Words): Flag<T> {
  return { ...words, ...plain, type, presence: 'preset', defaultValue };
}

/** A flag that may be given several times, once at least when `presence` says needed. */
export function several<T>(
  type: ValueType<T>,
  words: Words,
  presence: 'needed' | 'optional' = 'optional',
): Flag<T[]> {
  return { ...words, ...plain, type, presence, defaultValue: [], many: true };
}

/** As `several`, for a kind that reads several values out of one. */
export function lists<T>(
  type: ValueType<T[]>,
  words: Words,
  presence: 'needed' | 'optional' = 'optional',
): Flag<T[]> {
  return { ...several(type, words, presence), defaultValue: [], flat: true };
}

export function toggle(words: Words): Flag<boolean> {
  return { ...words, ...plain, type: null, presence: 'optional', defaultValue: false };
}

/** A switch that is on unless `--no-FLAG` is given. */
export function toggleOff(words: Words): Flag<boolean> {
  return { ...words, ...plain, type: null, presence: 'optional', defaultValue: true, negated: true };
}

/** Whether nothing can be done without it. */
export function isRequired({ presence }: Pick<Flag<unknown>, 'presence'>): boolean {
  return presence === 'needed' || presence === 'asked';
}

/** All ways to write a flag, the usual one first. */
export function flagNames({ flag, short, alias }: Pick<Flag<unknown>, 'flag' | 'short' | 'alias'>): string[] {
  return [`--${flag}`, ...(short ? [`-${short}`] : []), ...(alias ? [`--${alias}`] : [])];
}

/** How the field is shown: `-t, --to NUMBER`. */
export function flagText({ short, flag, type, negated }: Flag<unknown>): string {
  const long = negated ? `--no-${flag}` : `--${flag}`;
  return `${short ? `-${short}, ` : '    '}${long}${type ? ` ${type.placeholder}` : ''}`;
}

/** What was said, by the names of the fields: text, texts, or whether a switch was given. Absent: not said. */
export type RawFlags = Record<string, string | readonly string[] | boolean | undefined>;

/**
 * Reads what was said into values.
 * @throws Failure `NAME.missing` for a needed field, and what the kinds throw, with the flag in front
 */
export async function readFlags<F extends Flags>(fields: F, said: RawFlags): Promise<Values<F>> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) values[name] = await readField(name, field, said[name]);
  return values as Values<F>;
}

async function readField(name: string, field: Flag<unknown>, said: RawFlags[string]): Promise<unknown> {
  const { type, flag } = field;
  if (said === undefined) {
    if (field.presence === 'needed')
      fail('usage', `${name}.missing`, `--${flag} is missing`, `add --${flag} ${type?.placeholder ?? ''}`);
    return field.defaultValue;
  }
  if (type === null) return said;
  if (!field.many) return type.read(String(said));
  const values = await Promise.all([said].flat().map((one) => type.read(String(one))));
  return field.flat ? values.flat() : values;
}
