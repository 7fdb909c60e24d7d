import type { ChannelName, TemplateChannel } from '../../message/channels/channel.ts';
import { findPlaceholders, type Variables } from '../../message/placeholders.ts';
import { validateTemplate } from '../../message/template-schema.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import type { RequestBody } from '../fields.ts';
import { maxPageValue, parsePage } from '../inbox/page.ts';
import { reviewTemplate } from './review.ts';
import type { SubmittedTemplate } from './template-state.ts';
import { builtIn, type SandboxTemplate } from './templates.ts';

/** Returns a template as of now; undefined if there is none with this id. */
export function lookUpTemplate(id: string, { state, now, speed }: SandboxDeps): SandboxTemplate | undefined {
  const submitted = state.templates.find(id);
  return (
    builtIn.find((template) => template.id === id) ?? (submitted && reviewTemplate(submitted, now(), speed))
  );
}

/** Returns why a template cannot be sent on a channel, or null. */
export function findTemplateObstacle(id: string, channel: ChannelName, deps: SandboxDeps): string | null {
  const template = lookUpTemplate(id, deps);
  if (channel === 'sms' || template?.[channel] === undefined)
    return `templateId ${id} is unknown on ${channel === 'rcs' ? 'RCS' : 'WhatsApp'}`;
  if (template.status !== 'APPROVED') return `templateId ${id} is not approved: it is ${template.status}`;
  return null;
}

/** Returns the problem with the values for a template's placeholders, or null. */
export function findVariablesObstacle(id: string, variables: Variables, deps: SandboxDeps): string | null {
  const template = lookUpTemplate(id, deps);
  const names = new Set(
    listStrings([template?.rcs, template?.whatsapp]).flatMap((text) => [...findPlaceholders(text)]),
  );
  const isGiven = (name: string) => Object.hasOwn(variables, name);
  const missing = [...names].find((name) => !isGiven(name) && !Object.hasOwn(template?.presets ?? {}, name));
  if (missing !== undefined) return `variables.${missing} is missing: templateId ${id} needs it`;
  const unknown = Object.keys(variables).find((name) => !names.has(name));
  if (unknown !== undefined)
    return `variables.${unknown} is unknown: templateId ${id} has no such placeholder`;
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
  { state, now, speed }: SandboxDeps,
  status: string | undefined,
  skip: number,
  limit: number,
): SandboxTemplate[] {
  const matchesStatus = (template: SandboxTemplate) => status === undefined || template.status === status;
  const builtInMatches = builtIn.filter((template) => template[channel] && matchesStatus(template));
  const listSubmitted = (from: number, count: number) =>
    state.templates.list(channel, from, count).map((one) => reviewTemplate(one, now(), speed));
  const first = builtInMatches.slice(skip, skip + limit);
  // The status depends on the clock, so the table cannot filter by it.
  if (status !== undefined)
    return [...builtInMatches, ...listSubmitted(0, -1).filter(matchesStatus)].slice(skip, skip + limit);
  return [...first, ...listSubmitted(Math.max(skip - builtInMatches.length, 0), limit - first.length)];
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
  const { state, now, speed } = deps;
  const submitted = state.templates.submit(channel, body, now());
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
  return { status: 200, body: { id, deleted: true } };
}

/** Returns the requested template if a client created it. @throws HttpError 404, 409 */
function findOwn(
  channel: TemplateChannel,
  { params }: SandboxCall,
  { state }: SandboxDeps,
): SubmittedTemplate {
  const id = params.id ?? '';
  const submitted = state.templates.find(id);
  if (submitted?.channel === channel) return submitted;
  if (builtIn.some((template) => template.id === id && template[channel]))
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
  return { id, name, status, ...(Object.keys(presets).length > 0 && { presets }), ...template[channel] };
}
