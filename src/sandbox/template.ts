import type { ChannelName } from '../message/channel.ts';
import { placeholdersOf, type Variables } from '../message/placeholders.ts';
import { type Answer, refuse } from './answer.ts';
import { type Template, templates } from './templates.ts';
import type { Call } from './tools.ts';

/** The channels that have templates. */
export type TemplateChannel = Exclude<ChannelName, 'sms'>;

function templateOf(id: string): Template | undefined {
  return templates.find((template) => template.id === id);
}

/** Why the template of this id cannot go out on a channel, or null. */
export function templateObstacle(id: string, channel: ChannelName): string | null {
  const template = templateOf(id);
  if (channel === 'sms' || template?.[channel] === undefined)
    return `templateId ${id} is unknown on ${channel === 'rcs' ? 'RCS' : 'WhatsApp'}`;
  if (template.status !== 'APPROVED') return `templateId ${id} is not approved: it is ${template.status}`;
  return null;
}

/** What is wrong with the values for a template's placeholders, or null. */
export function variablesObstacle(id: string, variables: Variables): string | null {
  const template = templateOf(id);
  // `{name}` and Meta's `{{1}}` alike: the inner braces are enough to find either.
  const names = placeholdersOf(JSON.stringify([template?.rcs, template?.whatsapp]));
  const given = (name: string) => Object.hasOwn(variables, name);
  const missing = [...names].find((name) => !given(name) && template?.presets[name] === undefined);
  if (missing !== undefined) return `variables.${missing} is missing: templateId ${id} needs it`;
  const unknown = Object.keys(variables).find((name) => !names.has(name));
  if (unknown !== undefined)
    return `variables.${unknown} is unknown: templateId ${id} has no such placeholder`;
  return null;
}

/** The templates of a channel; `status` narrows them, `limit` cuts the list. */
export function listTemplates(channel: TemplateChannel, { query }: Call): Answer {
  const status = query.get('status')?.toUpperCase();
  const limit = Number(query.get('limit') ?? templates.length);
  if (!Number.isInteger(limit) || limit < 1) refuse(400, 'limit must be a whole number from 1');
  const data = templates
    .filter((template) => template[channel] && (status === undefined || template.status === status))
    .slice(0, limit)
    .map((template) => shown(template, channel));
  return { status: 200, body: { data } };
}

/** One template of a channel. @throws Refusal 404 when the channel has none of this id */
export function showTemplate(channel: TemplateChannel, { params }: Call): Answer {
  const template = templateOf(params.id ?? '');
  if (template?.[channel] === undefined) refuse(404, 'No template has this id');
  return { status: 200, body: shown(template, channel) };
}

function shown(template: Template, channel: TemplateChannel) {
  const { id, name, status } = template;
  return { id, name, status, ...template[channel] };
}
