import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveFolders } from '../../config/paths.ts';
import type { Offers } from '../../input/flag.ts';
import type { Ledger } from '../../ledger/api.ts';
import { templateChannels } from '../../message/channels/channel.ts';
import { clean } from '../../output/clean.ts';
import type { TemplateFacts } from '../../storage/template-file.ts';

/** How many messages back an id is offered. */
const latest = 100;

/** Letters that are said of a word at most. */
const longest = 60;

/** A word, and what is said of it where a shell shows that. */
type Word = readonly [word: string, about?: string];

/** What a shell can be told of this machine, for the line as far as it is typed. */
const answers: Record<NonNullable<Offers['known']>, (place: Place) => Word[] | Promise<Word[]>> = {
  profiles: ({ config, credentials }) =>
    ['default', 'sandbox', ...namesIn(config.profiles), ...namesIn(credentials)].map((name) => [name]),
  ids: (place) =>
    inLedger(place, async (ledger) => (await ledger.list({ limit: latest })).map(({ plan }) => [plan.id])),
  bulks: (place) =>
    inLedger(place, async ({ bulks }) =>
      (await bulks.list())
        .slice(0, latest)
        .map(({ id, name, source, rows }) => [
          id,
          `${shortened(name ?? source)}, ${rows.toLocaleString('en')} message${rows === 1 ? '' : 's'}`,
        ]),
    ),
  // However old it is: a list of yesterday is better than none.
  async templates({ line, env, config, state }) {
    const { findList, readTemplateFile, templatePath } = await import('../../storage/template-file.ts');
    const file = readTemplateFile(templatePath(state, profileOf(line, env, config)));
    const named = templateChannels.filter((one) => line.includes(one) || line.includes(`--channel=${one}`));
    return (named.length > 0 ? named : templateChannels).flatMap((channel) =>
      (findList(file, channel)?.templates ?? []).flatMap(toldOf),
    );
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
    const { config, state } = resolveFolders(env);
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
    // A shell may take other characters for more than letters, and we a word with a dash before it for a flag.
    const harmless = found.filter(([word]) => word.startsWith(begin) && /^[\w.:][\w.:-]*$/.test(word));
    const told = new Map<string, string>();
    for (const [word, about] of harmless)
      if (!told.has(word)) told.set(word, about ? `${word}\t${about}` : word);
    return [...told.values()].map((line) => `${line}\n`).join('');
  } catch {
    return '';
  }
}

/** What the ledger of the line's profile tells; nothing where there is none. */
async function inLedger(
  { line, env, config, state }: Place,
  tell: (ledger: Ledger) => Promise<Word[]>,
): Promise<Word[]> {
  const path = join(state, `${profileOf(line, env, config)}.db`);
  // To open one would make it.
  if (!existsSync(path)) return [];
  const { openLedger } = await import('../../ledger/ledger.ts');
  const ledger = await openLedger(path);
  try {
    return await tell(ledger);
  } finally {
    ledger.close();
  }
}

/** Words from outside, as much of them as a shell has room for. */
function shortened(text: string): string {
  const said = clean(text).trim();
  return [...said].length > longest ? `${[...said].slice(0, longest - 1).join('')}…` : said;
}

/** A template as it is offered: its name, and where it stands unless it can be sent. The file may hold anything. */
function toldOf(template: TemplateFacts): Word[] {
  const { id, name, status } = Object(template) as Partial<TemplateFacts>;
  if (typeof id !== 'string') return [];
  const short = shortened(typeof name === 'string' ? name : '');
  const isOpen = status === 'pending' || status === 'rejected';
  return [[id, [short, isOpen && status].filter(Boolean).join(', ')]];
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
