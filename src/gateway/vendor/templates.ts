import { fail } from '../../errors.ts';
import type { TemplateChannel } from '../../message/channels/channel.ts';
import type { Template } from '../../message/template.ts';
import { failInDoubt, type JsonBody, mutate } from '../http/change.ts';
import type { HttpClient } from '../http/client.ts';
import type { HttpResponse } from '../http/exchange.ts';
import { tryParseJson } from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeErrorResponse, isHtml } from '../http/response.ts';
import { describeUnreadable } from '../http/unreadable.ts';
import type { TemplateFilter, Templates } from '../templates.ts';
import { findTemplate, findTemplateEntries, readTemplate } from './template-reader.ts';

/** Templates in one page, and so in memory at a time. */
const pageSize = 100;

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/** How one generation has its templates. */
export interface TemplateOptions {
  /** WhatsApp number whose templates are meant; undefined for those of the account. */
  phoneNumberId?: string | undefined;
  /** True if ids are whole numbers, so that anything else can only be the name of a template. */
  hasNumberIds?: boolean;
}

/** Opens the templates; every generation has the same paths. */
export function openTemplates(
  client: HttpClient,
  { phoneNumberId, hasNumberIds = false }: TemplateOptions = {},
): Templates {
  const path = (channel: TemplateChannel, id?: string) =>
    `/message-server/${channel}/templates${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

  /** Parses the JSON of a response and masks its secrets. */
  const readBody = (response: HttpResponse) => redact(tryParseJson(response.text), client.maskValue);

  /** Names the WhatsApp number in a query. */
  const numberQuery = (channel: TemplateChannel, number = phoneNumberId): Record<string, string> =>
    channel === 'whatsapp' && number !== undefined ? { phoneNumberId: number } : {};

  const withQuery = (target: string, query: Record<string, string>) =>
    Object.keys(query).length > 0 ? `${target}?${new URLSearchParams(query)}` : target;

  async function page(channel: TemplateChannel, filter: Record<string, string>, timeout: number) {
    const query = { ...filter, ...numberQuery(channel) };
    const response = await client.get(withQuery(path(channel), query), timeout);
    if (response.status === 400 && channel === 'whatsapp' && phoneNumberId === undefined && hasNumberIds)
      failWithoutNumber(response);
    client.assertOk(response);
    const found = findTemplateEntries(readBody(response)) ?? failUnreadable(response);
    return {
      count: found.entries.length,
      total: found.total,
      templates: found.entries
        .map((entry) => readTemplate(channel, entry))
        .filter((template) => template !== undefined),
    };
  }

  function failUnreadable(response: HttpResponse): never {
    fail(
      'gateway',
      'gateway.unreadable',
      client.redactAndTruncate(`the gateway returned ${describeUnreadable(response)}`),
    );
  }

  /** A gateway may list WhatsApp templates only by number (vendor: `use-cases/UC-003`). */
  function failWithoutNumber(response: HttpResponse): never {
    fail(
      'setup',
      'phone-number.missing',
      client.redactAndTruncate(
        `the gateway does not list WhatsApp templates without a number: ${describeErrorResponse(response)}`,
      ),
      '`qlara numbers` lists the numbers; `qlara profile set phoneNumberId N` chooses one',
    );
  }

  async function* list(channel: TemplateChannel, { status }: TemplateFilter = {}) {
    // Filtering is documented for the WhatsApp list only.
    const filter = channel === 'whatsapp' && status ? { status: status.toUpperCase() } : {};
    const firstIds = new Set<string>();
    let seen = 0;
    for (let number = 0; ; number++) {
      const query = { page: String(number), limit: String(pageSize), ...filter };
      const { count, total, templates } = await page(channel, query, timeoutMs);
      const [first] = templates;
      // A gateway that ignores `page` returns the same page again and again.
      if (first === undefined || firstIds.has(first.id)) return;
      firstIds.add(first.id);
      yield* templates.filter((template) => status === undefined || template.status === status);
      seen += count;
      // Without a total, a shorter page is the last one; a longer one shows that the gateway ignores the limit.
      if (total === undefined ? count !== pageSize : seen >= total) return;
    }
  }

  async function search(channel: TemplateChannel, matches: (template: Template) => boolean) {
    for await (const template of list(channel)) if (matches(template)) return template;
    return undefined;
  }

  /** Reports whether a word can only be the name of a template. */
  const isName = (given: string) => hasNumberIds && !/^\d+$/.test(given);

  const findByName = (channel: TemplateChannel, given: string) =>
    search(channel, ({ id, name }) => name === given || id === given);

  /** Returns the id for a path: as given, or that of the template with this name. @throws Failure `template.unknown` */
  async function requireId(channel: TemplateChannel, given: string): Promise<string> {
    const id = isName(given) ? (await findByName(channel, given))?.id : given;
    if (id !== undefined) return id;
    return fail(
      'usage',
      'template.unknown',
      `the gateway has no template named ${given}`,
      '`qlara templates list` lists the templates; their ids are numbers',
    );
  }

  return {
    list,
    async page(channel, limit) {
      const { templates, count, total } = await page(channel, { page: '0', limit: String(limit) }, 0);
      // Without a total, a short page is not proof: some gateways cap the page size at a round number, and one that
      // lists no template may not support listing.
      const isComplete =
        total === undefined ? count < limit && count % 10 !== 0 : count > 0 && count >= total;
      return { templates, isComplete };
    },
    async get(channel, id) {
      if (isName(id)) return findByName(channel, id);
      const response = await client.get(withQuery(path(channel, id), numberQuery(channel)), timeoutMs);
      if (response.status >= 200 && response.status < 300)
        return findTemplate(channel, readBody(response), id) ?? failUnreadable(response);
      // Reading a single template is documented for RCS only.
      const isConclusive = channel === 'rcs' && response.status === 404 && !isHtml(response);
      if (isConclusive) return undefined;
      if ([400, 404, 405, 422].includes(response.status)) return search(channel, (one) => one.id === id);
      client.assertOk(response);
      return undefined;
    },
    async create(channel, body, number = phoneNumberId) {
      const doubtHint = `run \`qlara templates list --channel ${channel}\` to see whether it was created`;
      const response = await mutate(
        client,
        'POST',
        withQuery(path(channel), numberQuery(channel, number)),
        body,
        doubtHint,
      );
      const returned = findTemplate(channel, readBody(response));
      if (returned) return mergeSubmitted(returned, toTemplate(channel, returned.id, body));
      const found = await search(channel, (one) => one.name === body.name).catch(() => undefined);
      return found ?? failInDoubt('the response has no template id', doubtHint);
    },
    async update(channel, given, body) {
      const id = await requireId(channel, given);
      const doubtHint = `run \`qlara templates show ${id} --channel ${channel}\` to see whether it was changed`;
      const response = await mutate(
        client,
        channel === 'rcs' ? 'PUT' : 'PATCH',
        path(channel, id),
        body,
        doubtHint,
      );
      const returned = findTemplate(channel, readBody(response), id);
      return mergeSubmitted(
        { ...(returned ?? toTemplate(channel, id, {})), id },
        toTemplate(channel, id, body),
      );
    },
    async delete(channel, given) {
      const id = await requireId(channel, given);
      const doubtHint = `run \`qlara templates show ${id} --channel ${channel}\` to see whether it still exists`;
      await mutate(client, 'DELETE', path(channel, id), undefined, doubtHint);
    },
  };
}

/** Builds the template that was submitted, before the gateway has returned one. */
function toTemplate(channel: TemplateChannel, id: string, body: JsonBody): Template {
  const read = readTemplate(channel, { ...body, id });
  if (read === undefined) throw new Error('a template with an id cannot be read');
  return { ...read, status: 'unknown' };
}

/** Fills the fields that the gateway did not return from the template that was submitted. */
function mergeSubmitted(returned: Template, submitted: Template): Template {
  const own = returned.content !== null;
  return {
    ...returned,
    name: returned.name || submitted.name,
    language: returned.language ?? submitted.language,
    category: returned.category ?? submitted.category,
    description: returned.description ?? submitted.description,
    content: returned.content ?? submitted.content,
    placeholders: own ? returned.placeholders : submitted.placeholders,
  };
}
