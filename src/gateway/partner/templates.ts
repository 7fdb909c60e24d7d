import { fail } from '../../errors.ts';
import type { TemplateChannel, TemplateStatus } from '../../message/channels/channel.ts';
import type { Template } from '../../message/template.ts';
import { inDoubt, type JsonBody, mutate } from '../http/change.ts';
import type { HttpClient } from '../http/client.ts';
import type { HttpResponse } from '../http/exchange.ts';
import { parsed } from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeErrorResponse, isHtml } from '../http/response.ts';
import { entriesIn, oneIn, readTemplate } from './template-reader.ts';

/** Which templates a list is to hold, as far as the gateway can narrow it. */
export interface TemplateFilter {
  status?: TemplateStatus | undefined;
}

/** Templates asked for at once, and whether these are all there are. */
export interface Page {
  templates: Template[];
  whole: boolean;
}

/** The templates of the gateway, as the rest of the program sees them. All of it throws Failure `gateway.*`. */
export interface Templates {
  /** Asks for page after page, as they are wanted. */
  list(channel: TemplateChannel, narrow?: TemplateFilter): AsyncGenerator<Template>;
  /** One request, never repeated. */
  page(channel: TemplateChannel, limit: number): Promise<Page>;
  get(channel: TemplateChannel, id: string): Promise<Template | undefined>;
  /** @throws Failure `template.refused`, `template.in-doubt` */
  create(channel: TemplateChannel, body: JsonBody, phoneNumberId?: number | undefined): Promise<Template>;
  /** @throws Failure `template.refused`, `template.in-doubt`, `template.unknown` */
  update(channel: TemplateChannel, id: string, body: JsonBody): Promise<Template>;
  /** @throws Failure as `update` */
  delete(channel: TemplateChannel, id: string): Promise<void>;
}

/** Templates in one page: so many are in memory at a time. */
const pageSize = 100;

/** How long a question may take with all its repetitions, in milliseconds. */
const patience = 15_000;

export function openTemplates(client: HttpClient): Templates {
  const path = (channel: TemplateChannel, id?: string) =>
    `/message-server/${channel}/templates${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

  /** JSON of an answer, every text in it without the secrets. */
  const contentOf = (answer: HttpResponse) => redact(parsed(answer.text), client.mask);

  async function page(channel: TemplateChannel, query: Record<string, string>, wait: number) {
    const answer = await client.get(`${path(channel)}?${new URLSearchParams(query)}`, wait);
    client.assertOk(answer);
    const found = entriesIn(contentOf(answer)) ?? unreadable(answer);
    return {
      count: found.entries.length,
      total: found.total,
      templates: found.entries
        .map((entry) => readTemplate(channel, entry))
        .filter((template) => template !== undefined),
    };
  }

  function unreadable(answer: HttpResponse): never {
    const what = isHtml(answer) ? 'a page for a browser' : describeErrorResponse(answer);
    fail(
      'gateway',
      'gateway.unreadable',
      `the gateway's answer cannot be read: ${client.redactAndTruncate(what)}`,
    );
  }

  async function* list(channel: TemplateChannel, { status }: TemplateFilter = {}) {
    // Only the list of WhatsApp is documented to be narrowed.
    const narrow = channel === 'whatsapp' && status ? { status: status.toUpperCase() } : {};
    const begun = new Set<string>();
    let seen = 0;
    for (let number = 0; ; number++) {
      const query = { page: String(number), limit: String(pageSize), ...narrow };
      const { count, total, templates } = await page(channel, query, patience);
      const [first] = templates;
      // A gateway that does not page tells the same again and again.
      if (first === undefined || begun.has(first.id)) return;
      begun.add(first.id);
      yield* templates.filter((template) => status === undefined || template.status === status);
      seen += count;
      // Of those that were not counted, fewer are the last ones; more, and it did not look at the limit.
      if (total === undefined ? count !== pageSize : seen >= total) return;
    }
  }

  async function search(channel: TemplateChannel, matches: (template: Template) => boolean) {
    for await (const template of list(channel)) if (matches(template)) return template;
    return undefined;
  }

  return {
    list,
    async page(channel, limit) {
      const { templates, count, total } = await page(channel, { page: '0', limit: String(limit) }, 0);
      // Some gateways give fewer at once than one asks for, and a round number looks like that; one that has none
      // may only not list them.
      const whole = total === undefined ? count < limit && count % 10 !== 0 : count > 0 && count >= total;
      return { templates, whole };
    },
    async get(channel, id) {
      const answer = await client.get(path(channel, id), patience);
      if (answer.status >= 200 && answer.status < 300)
        return oneIn(channel, contentOf(answer), id) ?? unreadable(answer);
      // Asking for a single one is documented for RCS only.
      const trusted = channel === 'rcs' && answer.status === 404 && !isHtml(answer);
      if (trusted) return undefined;
      if ([400, 404, 405, 422].includes(answer.status)) return search(channel, (one) => one.id === id);
      client.assertOk(answer);
      return undefined;
    },
    async create(channel, body, phoneNumberId) {
      const query = channel === 'whatsapp' && phoneNumberId ? `?phoneNumberId=${phoneNumberId}` : '';
      const doubt = `\`qlara templates list --channel ${channel}\` tells whether it was made`;
      const answer = await mutate(client, 'POST', path(channel) + query, body, doubt);
      const told = oneIn(channel, contentOf(answer));
      if (told) return completed(told, written(channel, told.id, body));
      const found = await search(channel, (one) => one.name === body.name).catch(() => undefined);
      return found ?? inDoubt('it did not tell the id of the template', doubt);
    },
    async update(channel, id, body) {
      const doubt = `\`qlara templates show ${id} --channel ${channel}\` tells whether it was changed`;
      const answer = await mutate(
        client,
        channel === 'rcs' ? 'PUT' : 'PATCH',
        path(channel, id),
        body,
        doubt,
      );
      const told = oneIn(channel, contentOf(answer), id);
      return completed({ ...(told ?? written(channel, id, {})), id }, written(channel, id, body));
    },
    async delete(channel, id) {
      const doubt = `\`qlara templates show ${id} --channel ${channel}\` tells whether it is still there`;
      await mutate(client, 'DELETE', path(channel, id), undefined, doubt);
    },
  };
}

/** A template as it was written, before the gateway has said anything of it. */
function written(channel: TemplateChannel, id: string, body: JsonBody): Template {
  const read = readTemplate(channel, { ...body, id });
  if (read === undefined) throw new Error('a template with an id was read as none');
  return { ...read, status: 'unknown' };
}

/** What was told, and of what was not told what had been written. */
function completed(told: Template, written: Template): Template {
  const own = told.content !== null;
  return {
    ...told,
    name: told.name || written.name,
    language: told.language ?? written.language,
    category: told.category ?? written.category,
    description: told.description ?? written.description,
    content: told.content ?? written.content,
    placeholders: own ? told.placeholders : written.placeholders,
  };
}
