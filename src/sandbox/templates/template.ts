import type { ChannelName, TemplateChannel } from '../../message/channels/channel.ts';
import { findPlaceholders, type Variables } from '../../message/placeholders.ts';
import { templateFaults } from '../../message/template-schema.ts';
import { type Answer, refuse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import type { RequestBody } from '../fields.ts';
import { mostOfAPage, pageOf } from '../inbox/page.ts';
import { reviewed } from './review.ts';
import type { Submitted } from './template-state.ts';
import { builtIn, type SandboxTemplate } from './templates.ts';

/** The template of an id, as it stands now; undefined where there is none. */
export function templateOf(id: string, { state, now, speed }: SandboxDeps): SandboxTemplate | undefined {
  const submitted = state.templates.find(id);
  return builtIn.find((template) => template.id === id) ?? (submitted && reviewed(submitted, now(), speed));
}

/** Why the template of this id cannot go out on a channel, or null. */
export function templateObstacle(id: string, channel: ChannelName, tools: SandboxDeps): string | null {
  const template = templateOf(id, tools);
  if (channel === 'sms' || template?.[channel] === undefined)
    return `templateId ${id} is unknown on ${channel === 'rcs' ? 'RCS' : 'WhatsApp'}`;
  if (template.status !== 'APPROVED') return `templateId ${id} is not approved: it is ${template.status}`;
  return null;
}

/** What is wrong with the values for a template's placeholders, or null. */
export function variablesObstacle(id: string, variables: Variables, tools: SandboxDeps): string | null {
  const template = templateOf(id, tools);
  // `{name}` and Meta's `{{1}}` alike: the inner braces are enough to find either.
  const names = findPlaceholders(JSON.stringify([template?.rcs, template?.whatsapp]));
  const given = (name: string) => Object.hasOwn(variables, name);
  const missing = [...names].find((name) => !given(name) && !Object.hasOwn(template?.presets ?? {}, name));
  if (missing !== undefined) return `variables.${missing} is missing: templateId ${id} needs it`;
  const unknown = Object.keys(variables).find((name) => !names.has(name));
  if (unknown !== undefined)
    return `variables.${unknown} is unknown: templateId ${id} has no such placeholder`;
  return null;
}

/** The templates of a channel, page after page from 0; `status` narrows them. */
export function listTemplates(channel: TemplateChannel, { query }: SandboxCall, tools: SandboxDeps): Answer {
  const { skip, limit } = pageOf(query, mostOfAPage);
  const status = query.get('status')?.toUpperCase();
  const data = templatesOf(channel, tools, status, skip, limit);
  return { status: 200, body: { data: data.map((template) => shown(template, channel)) } };
}

function templatesOf(
  channel: TemplateChannel,
  { state, now, speed }: SandboxDeps,
  status: string | undefined,
  skip: number,
  limit: number,
): SandboxTemplate[] {
  const fits = (template: SandboxTemplate) => status === undefined || template.status === status;
  const always = builtIn.filter((template) => template[channel] && fits(template));
  const made = (from: number, count: number) =>
    state.templates.list(channel, from, count).map((one) => reviewed(one, now(), speed));
  const first = always.slice(skip, skip + limit);
  // A status is a matter of the clock, which the table does not know.
  if (status !== undefined) return [...always, ...made(0, -1).filter(fits)].slice(skip, skip + limit);
  return [...first, ...made(Math.max(skip - always.length, 0), limit - first.length)];
}

/** One template of a channel. @throws Refusal 404 when the channel has none of this id */
export function showTemplate(channel: TemplateChannel, { params }: SandboxCall, tools: SandboxDeps): Answer {
  const template = templateOf(params.id ?? '', tools);
  if (template?.[channel] === undefined) refuse(404, 'No template has this id');
  return { status: 200, body: shown(template, channel) };
}

/** Takes a new template in for review. @throws Refusal 400 naming all that is wrong with it */
export function createTemplate(channel: TemplateChannel, call: SandboxCall, tools: SandboxDeps): Answer {
  const body = call.body();
  checkBody(channel, body);
  const { state, now, speed } = tools;
  const submitted = state.templates.submit(channel, body, now());
  return { status: 201, body: shown(reviewed(submitted, now(), speed), channel) };
}

/** Writes a template anew, or with PATCH parts of it; its review begins again. @throws Refusal 400, 404, 409 */
export function updateTemplate(channel: TemplateChannel, call: SandboxCall, tools: SandboxDeps): Answer {
  const { state, now, speed } = tools;
  const { id, body: before } = own(channel, call, tools);
  const body = channel === 'whatsapp' ? { ...before, ...call.body() } : call.body();
  checkBody(channel, body);
  state.templates.change(id, body, now());
  const changed: Submitted = { id, channel, body, submittedAt: now() };
  return { status: 200, body: shown(reviewed(changed, now(), speed), channel) };
}

/** @throws Refusal 404, 409 */
export function deleteTemplate(channel: TemplateChannel, call: SandboxCall, tools: SandboxDeps): Answer {
  const { id } = own(channel, call, tools);
  tools.state.templates.remove(id);
  return { status: 200, body: { id, deleted: true } };
}

/** The template that a call is about, which a caller made and may change. */
function own(channel: TemplateChannel, { params }: SandboxCall, { state }: SandboxDeps): Submitted {
  const id = params.id ?? '';
  const submitted = state.templates.find(id);
  if (submitted?.channel === channel) return submitted;
  if (builtIn.some((template) => template.id === id && template[channel]))
    refuse(409, `Template ${id} belongs to the sandbox and stays as it is`);
  refuse(404, 'No template has this id');
}

function checkBody(channel: TemplateChannel, body: RequestBody): void {
  const faults = templateFaults(channel, body, 'create');
  if (faults.length > 0) refuse(400, faults.join('; '));
}

/** `presets` is this sandbox's own: what a placeholder says when no value is given. */
function shown(template: SandboxTemplate, channel: TemplateChannel) {
  const { id, name, status, presets } = template;
  return { id, name, status, ...(Object.keys(presets).length > 0 && { presets }), ...template[channel] };
}
