import { readdirSync, readFileSync } from 'node:fs';

/** One exchange. `"<name>"` in it stands for any text, the same wherever the name returns. */
export interface Exchange {
  name: string;
  method: string;
  path: string;
  /** The body, or null for none. */
  request: unknown;
  status: number;
  response: unknown;
  /** Seconds that have passed since what was given before. */
  after?: number;
}

type Folder = 'partner' | 'templates' | 'vendor';

const place = (folder: Folder, file: string) => new URL(`./${folder}/${file}`, import.meta.url);

export function golden<E extends Exchange>(folder: Folder, name: string): E {
  return JSON.parse(readFileSync(place(folder, `${name}.json`), 'utf8')) as E;
}

export function all<E extends Exchange>(folder: Folder): E[] {
  const files = readdirSync(place(folder, '')).filter((file) => file.endsWith('.json'));
  return files.map((file) => golden<E>(folder, file.replace('.json', '')));
}

/** `expected` with its placeholders replaced by what stands at their place in `actual`. */
export function filled(expected: unknown, actual: unknown, known: Map<string, string>): unknown {
  if (typeof expected === 'string' && /^<\w+>$/.test(expected)) {
    if (!known.has(expected) && typeof actual === 'string' && actual !== '') known.set(expected, actual);
    return known.get(expected);
  }
  if (typeof expected !== 'object' || expected === null) return expected;
  const inside = (name: string) => (actual as Record<string, unknown> | null | undefined)?.[name];
  const entries = Object.entries(expected).map(([name, value]) => [name, filled(value, inside(name), known)]);
  return Array.isArray(expected) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
