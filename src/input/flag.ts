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
export interface Kind<T> extends Offers {
  /** In help: `NUMBER` in `--to NUMBER`. */
  placeholder: string;
  /** @throws Failure of kind `usage` */
  read(text: string): T | Promise<T>;
}

/** Something a person can say: the one declaration that flags, help and completions read. */
export interface Field<T> {
  /** The long flag without dashes, kebab-case; a leading `no-` is declared by `on`. */
  flag: string;
  short?: string | undefined;
  /** Another long flag that means the same, for lines written earlier; help does not show it. */
  alias?: string | undefined;
  summary: string;
  /** Heading in help. */
  group: Group;
  /** Null for a switch, which takes no value. */
  kind: Kind<unknown> | null;
  /** `asked`: needed too, but the command asks for it, or says itself what is missing. */
  presence: 'needed' | 'asked' | 'optional' | 'preset';
  /** The value when nothing is said. */
  absent: T;
  /** May be given several times. */
  many: boolean;
  /** Each time it is given, it may bring several values. */
  flat: boolean;
  /** A switch that is on unless `--no-...` says otherwise. */
  on: boolean;
}

export type Group = 'Message' | 'Bulk' | 'Delivery' | 'Filter' | 'Server' | 'Output' | 'Gateway' | 'General';

export type Fields = Record<string, Field<unknown>>;

/** The values that fields read, by the names the command gives them. */
export type Values<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

type Words = { flag: string; short?: string; alias?: string; summary: string; group: Group };

const plain = { many: false, flat: false, on: false } as const;

export function optional<T>(kind: Kind<T>, words: Words): Field<T | undefined> {
  return { ...words, ...plain, kind, presence: 'optional', absent: undefined };
}

export function needed<T>(kind: Kind<T>, words: Words): Field<T> {
  // Where it is missing, the line is refused before anybody looks at the value.
  return { ...words, ...plain, kind, presence: 'needed', absent: undefined as T };
}

export function preset<T>(kind: Kind<T>, absent: T, words: Words): Field<T> {
  return { ...words, ...plain, kind, presence: 'preset', absent };
}

/** A flag that may be given several times, once at least when `presence` says needed. */
export function several<T>(
  kind: Kind<T>,
  words: Words,
  presence: 'needed' | 'optional' = 'optional',
): Field<T[]> {
  return { ...words, ...plain, kind, presence, absent: [], many: true };
}

/** As `several`, for a kind that reads several values out of one. */
export function lists<T>(
  kind: Kind<T[]>,
  words: Words,
  presence: 'needed' | 'optional' = 'optional',
): Field<T[]> {
  return { ...several(kind, words, presence), absent: [], flat: true };
}

export function toggle(words: Words): Field<boolean> {
  return { ...words, ...plain, kind: null, presence: 'optional', absent: false };
}

/** A switch that is on unless `--no-FLAG` is given. */
export function toggleOff(words: Words): Field<boolean> {
  return { ...words, ...plain, kind: null, presence: 'optional', absent: true, on: true };
}

/** Whether nothing can be done without it. */
export function isNeeded({ presence }: Pick<Field<unknown>, 'presence'>): boolean {
  return presence === 'needed' || presence === 'asked';
}

/** All ways to write a flag, the usual one first. */
export function flagNames({
  flag,
  short,
  alias,
}: Pick<Field<unknown>, 'flag' | 'short' | 'alias'>): string[] {
  return [`--${flag}`, ...(short ? [`-${short}`] : []), ...(alias ? [`--${alias}`] : [])];
}

/** How the field is shown: `-t, --to NUMBER`. */
export function flagText({ short, flag, kind, on }: Field<unknown>): string {
  const long = on ? `--no-${flag}` : `--${flag}`;
  return `${short ? `-${short}, ` : '    '}${long}${kind ? ` ${kind.placeholder}` : ''}`;
}

/** What was said, by the names of the fields: text, texts, or whether a switch was given. Absent: not said. */
export type Said = Record<string, string | readonly string[] | boolean | undefined>;

/**
 * Reads what was said into values.
 * @throws Failure `NAME.missing` for a needed field, and what the kinds throw, with the flag in front
 */
export async function readFields<F extends Fields>(fields: F, said: Said): Promise<Values<F>> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) values[name] = await readField(name, field, said[name]);
  return values as Values<F>;
}

async function readField(name: string, field: Field<unknown>, said: Said[string]): Promise<unknown> {
  const { kind, flag } = field;
  if (said === undefined) {
    if (field.presence === 'needed')
      fail(
        'usage',
        `${name}.missing`,
        `--${flag} is missing`,
        `give it as --${flag} ${kind?.placeholder ?? ''}`,
      );
    return field.absent;
  }
  if (kind === null) return said;
  if (!field.many) return kind.read(String(said));
  const values = await Promise.all([said].flat().map((one) => kind.read(String(one))));
  return field.flat ? values.flat() : values;
}
