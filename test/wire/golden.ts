import { readdirSync, readFileSync } from 'node:fs';

/** A documented exchange. `"<name>"` stands for any text or number, equal wherever the name is repeated. */
export interface Exchange {
  name: string;
  method: string;
  path: string;
  /** The body, or null without one. */
  request: unknown;
  status: number;
  response: unknown;
  /** Seconds since the previous request. */
  after?: number;
}

type Folder = 'partner' | 'templates' | 'vendor';

const fileUrl = (folder: Folder, file: string) => new URL(`./${folder}/${file}`, import.meta.url);

export function golden<E extends Exchange>(folder: Folder, name: string): E {
  return JSON.parse(readFileSync(fileUrl(folder, `${name}.json`), 'utf8')) as E;
}

export function all<E extends Exchange>(folder: Folder): E[] {
  const files = readdirSync(fileUrl(folder, '')).filter((file) => file.endsWith('.json'));
  return files.map((file) => golden<E>(folder, file.replace('.json', '')));
}

/** Replaces the placeholders of `expected` with the values at the same place in `actual`. */
export function filled(expected: unknown, actual: unknown, known: Map<string, unknown>): unknown {
  if (typeof expected === 'string' && /^<\w+>$/.test(expected)) {
    const isValue = typeof actual === 'number' || (typeof actual === 'string' && actual !== '');
    if (!known.has(expected) && isValue) known.set(expected, actual);
    return known.get(expected);
  }
  if (typeof expected !== 'object' || expected === null) return expected;
  const inside = (name: string) => (actual as Record<string, unknown> | null | undefined)?.[name];
  const entries = Object.entries(expected).map(([name, value]) => [name, filled(value, inside(name), known)]);
  return Array.isArray(expected) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
