import type { TemplateChannel, TemplateStatus } from '../../message/channels/channel.ts';
import { listPlaceholders, type Template, type TemplateContent } from '../../message/template.ts';
import { asList, asObject, asText, firstId, firstText, type Json, maxIdLength } from '../http/json.ts';
import { parseRcsContent } from './template-rcs.ts';
import { parseWhatsappContent } from './template-whatsapp.ts';

const readers = { rcs: parseRcsContent, whatsapp: parseWhatsappContent } satisfies Record<
  TemplateChannel,
  (entry: Json) => TemplateContent | null
>;

/** Template statuses by the gateway's words, including Meta's. */
const statusWords: Readonly<Record<string, TemplateStatus>> = {
  APPROVED: 'approved',
  PENDING: 'pending',
  PENDING_REVIEW: 'pending',
  IN_REVIEW: 'pending',
  SUBMITTED: 'pending',
  IN_APPEAL: 'pending',
  REJECTED: 'rejected',
};

/** Parses a template; undefined if it has no id. */
export function readTemplate(channel: TemplateChannel, json: unknown): Template | undefined {
  const entry = asObject(json);
  const id = entry && firstId(entry, 'id', 'templateId', '_id');
  if (entry === undefined || id === undefined) return undefined;
  const content = readers[channel](entry);
  return {
    id,
    name: firstText(entry, 'name', 'templateName') ?? '',
    channel,
    status: statusWords[firstText(entry, 'status', 'approvalStatus')?.toUpperCase() ?? ''] ?? 'unknown',
    language: parseLanguage(entry),
    category: firstText(entry, 'category') ?? null,
    description: firstText(entry, 'description') ?? null,
    content,
    placeholders: content ? listPlaceholders(content) : [],
    presets: parsePresets(entry.presets),
  };
}

/** Reads the language, which in Meta's own lists is `{code: 'en'}`. */
function parseLanguage(entry: Json): string | null {
  const code = asObject(entry.language)?.code;
  return firstText(entry, 'language', 'lang') ?? asText(code);
}

function parsePresets(json: unknown): Record<string, string> {
  const pairs = Object.entries(asObject(json) ?? {}).map(([name, value]) => [name, asText(value)] as const);
  const isValid = ([name, value]: (typeof pairs)[number]) => value !== null && name.length <= maxIdLength;
  return Object.fromEntries(pairs.filter(isValid)) as Record<string, string>;
}

/** Returns the entries of a list in any of the known envelopes, and the total number if the response has one. */
export function findTemplateEntries(
  json: unknown,
): { entries: unknown[]; total: number | undefined } | undefined {
  const envelope = asObject(json);
  const found =
    asList(json) ??
    ['data', 'templates', 'content', 'items', 'results']
      .map((name) => asList(envelope?.[name]) ?? asList(asObject(envelope?.[name])?.templates))
      .find((list) => list !== undefined);
  const total = ['total', 'totalElements', 'totalCount']
    .map((name) => envelope?.[name])
    .find(Number.isInteger);
  return found && { entries: found, total: total as number | undefined };
}

/** Returns the single template in any of the known envelopes; with `id`, the template with that id in a list. */
export function findTemplate(channel: TemplateChannel, json: unknown, id?: string): Template | undefined {
  const envelope = asObject(json);
  const single =
    readTemplate(channel, json) ??
    readTemplate(channel, envelope?.data) ??
    readTemplate(channel, envelope?.template);
  if (single) return single;
  const all = findTemplateEntries(json)?.entries.map((entry) => readTemplate(channel, entry)) ?? [];
  return id === undefined ? (all.length === 1 ? all[0] : undefined) : all.find((one) => one?.id === id);
}
