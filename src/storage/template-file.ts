import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateChannel, TemplateStatus } from '../message/channels/channel.ts';
import { parseJson } from '../message/nesting.ts';
import type { Variables } from '../message/placeholders.ts';

/** What is remembered of a template: enough to tell whether it can be sent with some values. */
export interface TemplateFacts {
  id: string;
  /** Absent in files that older versions have written. */
  name?: string;
  status: TemplateStatus;
  /** Null where the gateway does not tell what the template says. */
  placeholders: readonly string[] | null;
  presets: Variables;
}

/** The templates of a channel, as the gateway told them at a moment. */
export interface TemplateList {
  /** Zero for what is no longer sure. */
  at: number;
  /** Whether there are no others. */
  whole: boolean;
  /** Why the gateway does not list them at all; null when it does. */
  problem: string | null;
  templates: readonly TemplateFacts[];
}

export interface TemplateCacheFile {
  gateway: string;
  channels: Partial<Record<TemplateChannel, TemplateList>>;
}

/** Where a profile remembers templates. */
export function templatePath(folder: string, profile: string): string {
  return join(folder, `templates-${profile}.json`);
}

/** Returns the list of a channel as it stands in a file, whatever its entries are; undefined where there is none. */
export function listIn(
  file: TemplateCacheFile | undefined,
  channel: TemplateChannel,
): TemplateList | undefined {
  const list = file?.channels?.[channel];
  return typeof list?.at === 'number' && Array.isArray(list.templates) ? list : undefined;
}

/** Returns the list of a channel as `listIn`, where all of it is what this program wrote. */
export function checkedListIn(
  file: TemplateCacheFile | undefined,
  channel: TemplateChannel,
): TemplateList | undefined {
  const list = listIn(file, channel);
  if (list === undefined) return undefined;
  const { whole, problem, templates } = list as { [name in keyof TemplateList]: unknown };
  const isWritten =
    typeof whole === 'boolean' &&
    (problem === null || typeof problem === 'string') &&
    Array.isArray(templates) &&
    templates.every(areFacts);
  return isWritten ? list : undefined;
}

/** Undefined where there is no such file, or it cannot be read. */
export function readTemplateFile(path: string): TemplateCacheFile | undefined {
  try {
    const file = parseJson(readFileSync(path, 'utf8')) as TemplateCacheFile | null;
    return isObject(file) && isObject(file.channels) ? file : undefined;
  } catch {
    return undefined;
  }
}

function areFacts(value: unknown): value is TemplateFacts {
  if (!isObject(value)) return false;
  const { id, name, status, placeholders, presets } = value;
  const isText = (one: unknown) => typeof one === 'string';
  return (
    isText(id) &&
    (name === undefined || isText(name)) &&
    isText(status) &&
    (placeholders === null || (Array.isArray(placeholders) && placeholders.every(isText))) &&
    isObject(presets) &&
    Object.values(presets).every(isText)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
