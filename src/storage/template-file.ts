import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateChannel, TemplateStatus } from '../message/channels/channel.ts';
import type { LimitedPart } from '../message/channels/template-limits.ts';
import { parseJson } from '../message/nesting.ts';
import type { Variables } from '../message/placeholders.ts';

/** Cached facts of a template: enough to check whether it can be sent with given values. */
export interface TemplateFacts {
  id: string;
  /** Absent in files of earlier versions. */
  name?: string;
  /** Absent for none, and in files of earlier versions. */
  language?: string;
  /** True if it has an SMS of its own; absent if the gateway does not report the content, and in files of earlier versions. */
  hasSms?: boolean;
  status: TemplateStatus;
  /** Names of placeholders; null if the gateway does not report the content. */
  placeholders: readonly string[] | null;
  presets: Variables;
  /** Absent if no part has a limit, and in files of earlier versions. */
  limited?: readonly LimitedPart[];
}

/** Templates of a channel at one point in time. */
export interface TemplateList {
  /** Time of the list; 0 if it is no longer current. */
  at: number;
  /** True if the list is complete. */
  whole: boolean;
  /** Reason why the gateway does not list templates, or null. */
  problem: string | null;
  templates: readonly TemplateFacts[];
}

export interface TemplateCacheFile {
  gateway: string;
  channels: Partial<Record<TemplateChannel, TemplateList>>;
}

/** Returns the path of a profile's cache. */
export function templatePath(folder: string, profile: string): string {
  return join(folder, `templates-${profile}.json`);
}

/** Returns the list of a channel in a file, without checking its entries; undefined if there is none. */
export function findList(
  file: TemplateCacheFile | undefined,
  channel: TemplateChannel,
): TemplateList | undefined {
  const list = file?.channels?.[channel];
  return typeof list?.at === 'number' && Array.isArray(list.templates) ? list : undefined;
}

/** Returns the list of a channel as `findList` does, if all of it is valid. */
export function findValidList(
  file: TemplateCacheFile | undefined,
  channel: TemplateChannel,
): TemplateList | undefined {
  const list = findList(file, channel);
  if (list === undefined) return undefined;
  const { whole, problem, templates } = list as { [name in keyof TemplateList]: unknown };
  const isWritten =
    typeof whole === 'boolean' &&
    (problem === null || typeof problem === 'string') &&
    Array.isArray(templates) &&
    templates.every(areFacts);
  return isWritten ? list : undefined;
}

/** Reads the file; undefined if it does not exist or is unreadable. */
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
  const { id, name, status, placeholders, presets, limited = [] } = value;
  const isText = (one: unknown) => typeof one === 'string';
  return (
    isText(id) &&
    (name === undefined || isText(name)) &&
    isText(status) &&
    (placeholders === null || (Array.isArray(placeholders) && placeholders.every(isText))) &&
    isObject(presets) &&
    Object.values(presets).every(isText) &&
    Array.isArray(limited) &&
    limited.every(isLimitedPart)
  );
}

function isLimitedPart(value: unknown): value is LimitedPart {
  return (
    isObject(value) &&
    (value.part === 'header' || value.part === 'body' || value.part === 'footer') &&
    typeof value.fixed === 'number' &&
    Array.isArray(value.names) &&
    value.names.every((name) => typeof name === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
