import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveFolders } from '../../config/paths.ts';
import type { Offers } from '../../input/flag.ts';
import type { Ledger } from '../../ledger/api.ts';
import { templateChannels } from '../../message/channels/channel.ts';
import { clean } from '../../output/clean.ts';
import type { TemplateFacts } from '../../storage/template-file.ts';

/** Number of latest messages and bulks whose ids are offered. */
const maxIds = 100;

/** Maximum length of a description, in characters. */
const maxDescriptionLength = 60;

/** A word to offer, with a description for shells that show it. */
type Word = readonly [word: string, description?: string];

/** Words to offer from the data on this machine, by kind, for the line as typed so far. */
const answers: Record<
  NonNullable<Offers['known']>,
  (place: CompletionContext) => Word[] | Promise<Word[]>
> = {
  profiles: ({ config, credentials }) =>
    ['default', 'sandbox', ...readKeys(config.profiles), ...readKeys(credentials)].map((name) => [name]),
  ids: (place) =>
    readLedger(place, async (ledger) => (await ledger.list({ limit: maxIds })).map(({ plan }) => [plan.id])),
  bulks: (place) =>
    readLedger(place, async ({ bulks }) =>
      (await bulks.list()).slice(0, maxIds).flatMap(({ id, name, source, rows }): Word[] => {
        const count = `${rows.toLocaleString('en')} message${rows === 1 ? '' : 's'}`;
        const byId: Word = [id, `${truncate(name ?? source)}, ${count}`];
        return name === null ? [byId] : [[name, `${truncate(source)}, ${count}`], byId];
      }),
    ),
  // Uses the cached list whatever its age: an old list is better than none.
  async templates({ line, env, config, state }) {
    const { findList, readTemplateFile, templatePath } = await import('../../storage/template-file.ts');
    const file = readTemplateFile(templatePath(state, findProfile(line, env, config)));
    const named = templateChannels.filter((one) => line.includes(one) || line.includes(`--channel=${one}`));
    return (named.length > 0 ? named : templateChannels).flatMap((channel) =>
      (findList(file, channel)?.templates ?? []).flatMap(toWord),
    );
  },
};

interface CompletionContext {
  line: readonly string[];
  env: NodeJS.ProcessEnv;
  config: Record<string, unknown>;
  credentials: unknown;
  state: string;
}

/**
 * Answers a completion request, KIND [PREFIX] [WORD...], from the data on this machine: one line for each word with that
 * prefix. Returns '' on any error, so that typing is never disturbed.
 */
export async function complete(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const [kind = '', prefix = '', ...line] = words;
  try {
    const { config, state } = resolveFolders(env);
    const place = {
      line,
      env,
      state,
      config: read(join(config, 'config.json')),
      credentials: read(join(config, 'credentials.json')),
    };
    const answer = Object.entries(answers).find(([name]) => name === kind)?.[1];
    const found = (await answer?.(place)) ?? [];
    // PowerShell drops empty arguments, so its script sends two quotes.
    const typed = prefix === '""' ? '' : prefix;
    // A shell may interpret other characters, and a word with a leading dash would be a flag.
    const safe = found.filter(([word]) => word.startsWith(typed) && /^[\w.:][\w.:-]*$/.test(word));
    const lines = new Map<string, string>();
    for (const [word, description] of safe)
      if (!lines.has(word)) lines.set(word, description ? `${word}\t${description}` : word);
    return [...lines.values()].map((line) => `${line}\n`).join('');
  } catch {
    return '';
  }
}

/** Reads words from the ledger of the line's profile; returns none if there is no ledger. */
async function readLedger(
  { line, env, config, state }: CompletionContext,
  readWords: (ledger: Ledger) => Promise<Word[]>,
): Promise<Word[]> {
  const path = join(state, `${findProfile(line, env, config)}.db`);
  // Opening a ledger would create it.
  if (!existsSync(path)) return [];
  const { openLedger } = await import('../../ledger/sqlite/open.ts');
  const ledger = await openLedger(path);
  try {
    return await readWords(ledger);
  } finally {
    await ledger.close();
  }
}

/** Cleans and truncates text for a description. */
function truncate(text: string): string {
  const cleaned = clean(text).trim();
  const characters = [...cleaned];
  return characters.length > maxDescriptionLength
    ? `${characters.slice(0, maxDescriptionLength - 1).join('')}…`
    : cleaned;
}

/** Describes a template by its name, and its status unless it can be sent. The file may hold anything. */
function toWord(template: TemplateFacts): Word[] {
  const { id, name, status } = Object(template) as Partial<TemplateFacts>;
  if (typeof id !== 'string') return [];
  const short = truncate(typeof name === 'string' ? name : '');
  const isOpen = status === 'pending' || status === 'rejected';
  return [[id, [short, isOpen && status].filter(Boolean).join(', ')]];
}

/** Returns the profile that the line selects. */
function findProfile(
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

/** Reads a JSON file without the settings library, which would take too long to load. */
function read(path: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

function readKeys(value: unknown): string[] {
  return Object.keys(Object(value));
}
