import type { TemplateChannel } from '../../message/channels/channel.ts';
import { findPlaceholders } from '../../message/placeholders.ts';
import { validateTemplate } from '../../message/template-schema.ts';
import { hasTemplateId, isWholeNumber } from '../account.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import type { SandboxDialect, Submission } from '../dialect.ts';
import type { RequestBody } from '../fields.ts';
import { maxPageValue, parsePage } from '../inbox/page.ts';
import type { Hop } from '../timeline.ts';
import { reviewTemplate } from './review.ts';
import type { SubmittedTemplate } from './template-state.ts';
import { builtIn, type SandboxTemplate } from './templates.ts';

/** Returns a template of the account as of now; undefined if there is none with this id. */
export function lookUpTemplate(id: string, deps: SandboxDeps): SandboxTemplate | undefined {
  if (!hasTemplateId(id, deps.dialects)) return undefined;
  const shared = builtIn.find((template) => template.id === id);
  if (shared !== undefined) return shared;
  const submitted = deps.state.templates.find(id);
  return submitted && reviewTemplate(submitted, deps.now(), deps.speed);
}

/**
 * Returns a template of WhatsApp by name, in any language if `language` is null; undefined if there is none. One with a
 * number as its id goes first: a send that names its template is of the generation that numbers them.
 */
export function findNamedTemplate(
  name: string,
  language: string | null,
  deps: SandboxDeps,
): SandboxTemplate | undefined {
  const named = listAll('whatsapp', deps).filter(
    (template) => template.name === name && (language === null || template.whatsapp?.language === language),
  );
  return named.find(({ id }) => isWholeNumber(id)) ?? named[0];
}

/** Returns why the template of a channel cannot be sent, or null; null too for a channel without one. */
export function findTemplateObstacle(
  { channel, template: id }: Hop,
  { templateFields }: SandboxDialect,
  deps: SandboxDeps,
): string | null {
  if (id === null) return null;
  const template = lookUpTemplate(id, deps);
  const field = templateFields(channel).template;
  if (channel === 'sms' || template?.[channel] === undefined)
    return `${field} ${id} is unknown on ${channel === 'rcs' ? 'RCS' : 'WhatsApp'}`;
  if (template.status !== 'APPROVED') return `${field} ${id} is not approved: it is ${template.status}`;
  return null;
}

/** Returns the problem with the values for the placeholders of a message's templates, or null. */
export function findVariablesObstacle(
  { hops, allowsValue }: Submission,
  { templateFields, needsAllValues }: SandboxDialect,
  deps: SandboxDeps,
): string | null {
  const [first] = hops;
  const ids = new Set(hops.map(({ template }) => template).filter((id) => id !== null));
  if (first.template === null || ids.size === 0) return null;
  const templates = [...ids].map((id) => lookUpTemplate(id, deps));
  const { template: field, variables: values } = templateFields(first.channel);
  const names = new Set(
    listStrings(templates.map((template) => [template?.rcs, template?.whatsapp])).flatMap((text) => [
      ...findPlaceholders(text),
    ]),
  );
  const isGiven = (name: string) =>
    Object.hasOwn(first.variables, name) ||
    templates.some((template) => Object.hasOwn(template?.presets ?? {}, name));
  const missing = needsAllValues ? [...names].find((name) => !isGiven(name)) : undefined;
  if (missing !== undefined) return `${values}.${missing} is missing: ${field} ${first.template} needs it`;
  const unknown = Object.keys(first.variables).find((name) => !names.has(name) && !allowsValue(name));
  if (unknown !== undefined)
    return `${values}.${unknown} is unknown: ${field} ${first.template} has no such placeholder`;
  return null;
}

/** Lists all strings within a value. */
function listStrings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listStrings) : [];
}

/** Lists the templates of a channel by pages from 0, filtered by `status` if given. */
export function listTemplates(
  channel: TemplateChannel,
  { query }: SandboxCall,
  deps: SandboxDeps,
): SandboxResponse {
  const { skip, limit } = parsePage(query, maxPageValue);
  const status = query.get('status')?.toUpperCase();
  const data = listPage(channel, deps, status, skip, limit);
  return { status: 200, body: { data: data.map((template) => renderTemplate(template, channel)) } };
}

function listPage(
  channel: TemplateChannel,
  deps: SandboxDeps,
  status: string | undefined,
  skip: number,
  limit: number,
): SandboxTemplate[] {
  // The status depends on the clock, so the table cannot filter by it.
  if (status !== undefined)
    return listAll(channel, deps)
      .filter((template) => template.status === status)
      .slice(skip, skip + limit);
  const shared = listBuiltIn(channel, deps);
  const first = shared.slice(skip, skip + limit);
  return [...first, ...listSubmitted(channel, deps, Math.max(skip - shared.length, 0), limit - first.length)];
}

function listAll(channel: TemplateChannel, deps: SandboxDeps): SandboxTemplate[] {
  return [...listBuiltIn(channel, deps), ...listSubmitted(channel, deps, 0, -1)];
}

function listBuiltIn(channel: TemplateChannel, { dialects }: SandboxDeps): SandboxTemplate[] {
  return builtIn.filter((template) => template[channel] && hasTemplateId(template.id, dialects));
}

/** Lists templates of clients; all if `limit` is -1. */
function listSubmitted(
  channel: TemplateChannel,
  { state, dialects, now, speed }: SandboxDeps,
  skip: number,
  limit: number,
): SandboxTemplate[] {
  return state.templates
    .list(channel, dialects.strict?.templateIds, skip, limit)
    .map((one) => reviewTemplate(one, now(), speed));
}

/** Returns one template of a channel. @throws HttpError 404 if the channel has none with this id */
export function showTemplate(
  channel: TemplateChannel,
  { params }: SandboxCall,
  deps: SandboxDeps,
): SandboxResponse {
  const template = lookUpTemplate(params.id ?? '', deps);
  if (template?.[channel] === undefined) refuse(404, 'No template has this id');
  return { status: 200, body: renderTemplate(template, channel) };
}

/** Creates a template and starts its review. @throws HttpError 400 listing all problems */
export function createTemplate(
  channel: TemplateChannel,
  call: SandboxCall,
  deps: SandboxDeps,
): SandboxResponse {
  const body = call.body();
  checkBody(channel, body);
  const { state, dialects, now, speed } = deps;
  // A number can be sent as text too, so templates of an account of all generations have numbers.
  const submitted = state.templates.submit(channel, dialects.strict?.templateIds ?? 'numbers', body, now());
  return { status: 201, body: renderTemplate(reviewTemplate(submitted, now(), speed), channel) };
}

/** Replaces a template, or with PATCH parts of it; restarts its review. @throws HttpError 400, 404, 409 */
export function updateTemplate(
  channel: TemplateChannel,
  call: SandboxCall,
  deps: SandboxDeps,
): SandboxResponse {
  const { state, now, speed } = deps;
  const { id, body: before } = findOwn(channel, call, deps);
  const body = channel === 'whatsapp' ? { ...before, ...call.body() } : call.body();
  checkBody(channel, body);
  state.templates.change(id, body, now());
  const changed: SubmittedTemplate = { id, channel, body, submittedAt: now() };
  return { status: 200, body: renderTemplate(reviewTemplate(changed, now(), speed), channel) };
}

/** Deletes a template. @throws HttpError 404, 409 */
export function deleteTemplate(
  channel: TemplateChannel,
  call: SandboxCall,
  deps: SandboxDeps,
): SandboxResponse {
  const { id } = findOwn(channel, call, deps);
  deps.state.templates.remove(id);
  return { status: 200, body: { id: renderId(id), deleted: true } };
}

/** Returns the requested template if a client created it. @throws HttpError 404, 409 */
function findOwn(channel: TemplateChannel, { params }: SandboxCall, deps: SandboxDeps): SubmittedTemplate {
  const id = params.id ?? '';
  const submitted = hasTemplateId(id, deps.dialects) ? deps.state.templates.find(id) : undefined;
  if (submitted?.channel === channel) return submitted;
  if (listBuiltIn(channel, deps).some((template) => template.id === id))
    refuse(409, `Template ${id} belongs to the sandbox and stays as it is`);
  refuse(404, 'No template has this id');
}

function checkBody(channel: TemplateChannel, body: RequestBody): void {
  const faults = validateTemplate(channel, body, 'create');
  if (faults.length > 0) refuse(400, faults.join('; '));
}

/** Renders a template. `presets` is an extension of this sandbox: default values of placeholders. */
function renderTemplate(template: SandboxTemplate, channel: TemplateChannel) {
  const { id, name, status, presets } = template;
  return {
    id: renderId(id),
    name,
    status,
    ...(Object.keys(presets).length > 0 && { presets }),
    ...template[channel],
  };
}

/** Renders an id: as a number if it is one, as the platform's reference has it. */
function renderId(id: string): string | number {
  return isWholeNumber(id) ? Number(id) : id;
}
