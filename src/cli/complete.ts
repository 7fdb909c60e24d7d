import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folders } from '../config/folders.ts';
import type { Offers } from '../input/field.ts';

/** How many messages back an id is offered. */
const latest = 100;

/** What a shell can be told of this machine, for the line as far as it is typed. */
const answers: Record<NonNullable<Offers['known']>, (place: Place) => string[] | Promise<string[]>> = {
  profiles: ({ config, credentials }) => [
    'default',
    'sandbox',
    ...namesIn(config.profiles),
    ...namesIn(credentials),
  ],
  async ids({ line, env, config, state }) {
    const path = join(state, `${profileOf(line, env, config)}.db`);
    // To open one would make it.
    if (!existsSync(path)) return [];
    const { openLedger } = await import('../ledger/ledger.ts');
    const ledger = await openLedger(path);
    try {
      return (await ledger.list({ limit: latest })).map(({ plan }) => plan.id);
    } finally {
      ledger.close();
    }
  },
};

interface Place {
  line: readonly string[];
  env: NodeJS.ProcessEnv;
  config: Record<string, unknown>;
  credentials: unknown;
  state: string;
}

/**
 * Answers a shell that completes a line: WHAT [PREFIX] [WORD...], from what is on this machine alone, a line for
 * each word that begins so. Whatever is wrong is no reason to disturb whoever types: then there is nothing.
 */
export async function complete(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const [what = '', prefix = '', ...line] = words;
  try {
    const { config, state } = folders(env);
    const place = {
      line,
      env,
      state,
      config: read(join(config, 'config.json')),
      credentials: read(join(config, 'credentials.json')),
    };
    const answer = Object.entries(answers).find(([name]) => name === what)?.[1];
    const found = (await answer?.(place)) ?? [];
    // PowerShell leaves empty words away, and so sends its quotes.
    const begin = prefix === '""' ? '' : prefix;
    // A shell may take other characters for more than letters.
    const harmless = found.filter((word) => word.startsWith(begin) && /^[\w.:-]+$/.test(word));
    return [...new Set(harmless)].map((word) => `${word}\n`).join('');
  } catch {
    return '';
  }
}

/** The profile that a line means. */
function profileOf(
  line: readonly string[],
  { QLARA_PROFILE }: NodeJS.ProcessEnv,
  { current }: Record<string, unknown>,
): string {
  if (line.includes('--sandbox')) return 'sandbox';
  const at = line.lastIndexOf('--profile');
  const behind = line.slice(at + 1).filter((word) => word !== '=');
  const named = at >= 0 ? behind[0] : line.findLast((word) => word.startsWith('--profile='))?.slice(10);
  const name = named || QLARA_PROFILE || String(current ?? 'default');
  return /^[\w-]+$/.test(name) ? name : 'default';
}

/** Past the library for settings, which takes longer to load than a person waits gladly. */
function read(path: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

function namesIn(value: unknown): string[] {
  return Object.keys(Object(value));
}
