import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateChannel, TemplateStatus } from '../message/channels/channel.ts';
import { parseJson } from '../message/nesting.ts';
import type { Variables } from '../message/placeholders.ts';
import { writePrivateFile } from './private-file.ts';

/** Milliseconds. */
const lifetime = 5 * 60_000;

/**
 * The templates that were seen a short while ago, so that sending one does not ask for them each time, and a shell can
 * complete their ids. It holds only what can be asked for again: whatever is wrong with the file, it counts as empty.
 */
export interface TemplateCache {
  /** Those of a short while ago; undefined where they are older, or none. */
  read(channel: TemplateChannel, now: number): TemplateList | undefined;
  write(channel: TemplateChannel, list: TemplateList): void;
  /** Takes over what was changed: facts of one template, or that it is gone. The list is then no longer sure. */
  change(channel: TemplateChannel, id: string, facts: TemplateFacts | undefined): void;
}

/** The cache of a profile; what came from another `gateway` is not seen. */
export function templateCache(folder: string, profile: string, gateway: string): TemplateCache {
  const path = templatePath(folder, profile);

  function load(): TemplateFile {
    const file = readTemplateFile(path);
    return file?.gateway === gateway ? file : { gateway, channels: {} };
  }

  function write(channel: TemplateChannel, list: TemplateList): void {
    const { channels } = load();
    try {
      writePrivateFile(path, JSON.stringify({ gateway, channels: { ...channels, [channel]: list } }));
    } catch {
      // Then they are asked for again.
    }
  }

  return {
    read(channel, now) {
      const list = checkedListIn(load(), channel);
      return list && list.at > 0 && list.at <= now && now - list.at < lifetime ? list : undefined;
    },
    write,
    change(channel, id, facts) {
      const known = checkedListIn(load(), channel)?.templates ?? [];
      const others = known.filter((one) => one.id !== id);
      // An answer to a change may leave the name away.
      const name = facts?.name || known.find((one) => one.id === id)?.name;
      const templates = facts ? [...others, { ...facts, ...(name && { name }) }] : others;
      write(channel, { at: 0, whole: false, problem: null, templates });
    },
  };
}

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

export interface TemplateFile {
  gateway: string;
  channels: Partial<Record<TemplateChannel, TemplateList>>;
}

/** Where a profile remembers templates. */
export function templatePath(folder: string, profile: string): string {
  return join(folder, `templates-${profile}.json`);
}

/** Returns the list of a channel as it stands in a file, whatever its entries are; undefined where there is none. */
export function listIn(file: TemplateFile | undefined, channel: TemplateChannel): TemplateList | undefined {
  const list = file?.channels?.[channel];
  return typeof list?.at === 'number' && Array.isArray(list.templates) ? list : undefined;
}

/** Returns the list of a channel as `listIn`, where all of it is what this program wrote. */
export function checkedListIn(
  file: TemplateFile | undefined,
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
export function readTemplateFile(path: string): TemplateFile | undefined {
  try {
    const file = parseJson(readFileSync(path, 'utf8')) as TemplateFile | null;
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
