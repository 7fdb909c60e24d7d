import type { TemplateChannel, TemplateStatus } from '../../message/channels/channel.ts';
import { listPlaceholders, type Template, type TemplateContent } from '../../message/template.ts';
import { asList, asObject, asText, firstId, firstText, type Json, maxIdLength } from '../http/json.ts';
import { rcsContent } from './template-rcs.ts';
import { whatsappContent } from './template-whatsapp.ts';

const readers = { rcs: rcsContent, whatsapp: whatsappContent } satisfies Record<
  TemplateChannel,
  (entry: Json) => TemplateContent | null
>;

/** The gateway's words for where a template stands, Meta's among them, and ours. */
const statusWords: Readonly<Record<string, TemplateStatus>> = {
  APPROVED: 'approved',
  PENDING: 'pending',
  PENDING_REVIEW: 'pending',
  IN_REVIEW: 'pending',
  SUBMITTED: 'pending',
  IN_APPEAL: 'pending',
  REJECTED: 'rejected',
};

/** A template as the gateway tells of it; undefined for what has no id. */
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
    language: languageOf(entry),
    category: firstText(entry, 'category') ?? null,
    description: firstText(entry, 'description') ?? null,
    content,
    placeholders: content ? listPlaceholders(content) : [],
    presets: presetsOf(entry.presets),
  };
}

/** Meta's own lists hold `{code: 'en'}` here. */
function languageOf(entry: Json): string | null {
  const code = asObject(entry.language)?.code;
  return firstText(entry, 'language', 'lang') ?? asText(code);
}

function presetsOf(json: unknown): Record<string, string> {
  const pairs = Object.entries(asObject(json) ?? {}).map(([name, value]) => [name, asText(value)] as const);
  const isKept = ([name, value]: (typeof pairs)[number]) => value !== null && name.length <= maxIdLength;
  return Object.fromEntries(pairs.filter(isKept)) as Record<string, string>;
}

/** The entries of a list, whatever it is wrapped in, and how many there are in all where that is told. */
export function entriesIn(json: unknown): { entries: unknown[]; total: number | undefined } | undefined {
  const wrap = asObject(json);
  const found =
    asList(json) ??
    ['data', 'templates', 'content', 'items', 'results']
      .map((name) => asList(wrap?.[name]) ?? asList(asObject(wrap?.[name])?.templates))
      .find((list) => list !== undefined);
  const total = ['total', 'totalElements', 'totalCount'].map((name) => wrap?.[name]).find(Number.isInteger);
  return found && { entries: found, total: total as number | undefined };
}

/** The one template of an answer, whatever it is wrapped in; with `id`, that one of a list. */
export function oneIn(channel: TemplateChannel, json: unknown, id?: string): Template | undefined {
  const wrap = asObject(json);
  const bare =
    readTemplate(channel, json) ?? readTemplate(channel, wrap?.data) ?? readTemplate(channel, wrap?.template);
  if (bare) return bare;
  const all = entriesIn(json)?.entries.map((entry) => readTemplate(channel, entry)) ?? [];
  return id === undefined ? (all.length === 1 ? all[0] : undefined) : all.find((one) => one?.id === id);
}
