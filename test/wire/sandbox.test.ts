import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { start } from '../sandbox/start.ts';

/** One exchange. `"<name>"` in the response stands for any text, the same wherever the name returns. */
interface Exchange {
  name: string;
  method: string;
  path: string;
  /** The body, or null for none. */
  request: unknown;
  status: number;
  response: unknown;
  /** What was posted before. */
  given?: { path: string; request: unknown }[];
  /** Seconds that have passed since. */
  after?: number;
}

const folder = new URL('./partner/', import.meta.url);
const exchanges = readdirSync(folder).map(
  (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Exchange,
);

describe('the sandbox answers as documented', () => {
  test.each(exchanges)('$name', async (exchange) => {
    const { call, post, clock } = await start();
    for (const { path, request } of exchange.given ?? [])
      expect((await post(path, request)).status).toBe(200);
    clock.now += (exchange.after ?? 0) * 1000;
    const answer = await call(
      exchange.method,
      exchange.path,
      exchange.request === null ? {} : { body: JSON.stringify(exchange.request) },
    );
    expect({ status: answer.status, response: answer.body }).toEqual({
      status: exchange.status,
      response: filled(exchange.response, answer.body, new Map()),
    });
  });
});

/** `expected` with its placeholders replaced by what stands at their place in `actual`. */
function filled(expected: unknown, actual: unknown, known: Map<string, string>): unknown {
  if (typeof expected === 'string' && /^<\w+>$/.test(expected)) {
    if (!known.has(expected) && typeof actual === 'string' && actual !== '') known.set(expected, actual);
    return known.get(expected);
  }
  if (typeof expected !== 'object' || expected === null) return expected;
  const inside = (name: string) => (actual as Record<string, unknown> | null | undefined)?.[name];
  const entries = Object.entries(expected).map(([name, value]) => [name, filled(value, inside(name), known)]);
  return Array.isArray(expected) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
