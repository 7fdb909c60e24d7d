import type { TemplateChannel } from '../message/channels/channel.ts';
import { writePrivateFile } from './private-file.ts';
import {
  findValidList,
  readTemplateFile,
  type TemplateCacheFile,
  type TemplateFacts,
  type TemplateList,
  templatePath,
} from './template-file.ts';

/** Age in milliseconds up to which a list is used. */
const maxAgeMs = 5 * 60_000;

/**
 * Cache of the templates seen recently, so that a send does not request them each time and a shell can complete their
 * ids. It holds only what can be requested again, so a broken file counts as empty.
 */
export interface TemplateCache {
  /** Returns a recent list; undefined if it is too old, or there is none. */
  read(channel: TemplateChannel, now: number): TemplateList | undefined;
  write(channel: TemplateChannel, list: TemplateList): void;
  /** Updates the facts of one template, or removes it. The list is then no longer current. */
  change(channel: TemplateChannel, id: string, facts: TemplateFacts | undefined): void;
  /** Returns all of it as a text for another machine. */
  toText(): string;
  /** Takes over such a text; one that cannot be read counts as empty. */
  replace(text: string): void;
}

/** Opens the cache of a profile; lists from another `gateway` are ignored. */
export function createTemplateCache(folder: string, profile: string, gateway: string): TemplateCache {
  const path = templatePath(folder, profile);

  function load(): TemplateCacheFile {
    const file = readTemplateFile(path);
    return file?.gateway === gateway ? file : { gateway, channels: {} };
  }

  function write(channel: TemplateChannel, list: TemplateList): void {
    const { channels } = load();
    save(JSON.stringify({ gateway, channels: { ...channels, [channel]: list } }));
  }

  function save(text: string): void {
    try {
      writePrivateFile(path, text);
    } catch {
      // The templates are requested again next time.
    }
  }

  return {
    read(channel, now) {
      const list = findValidList(load(), channel);
      return list && list.at > 0 && list.at <= now && now - list.at < maxAgeMs ? list : undefined;
    },
    write,
    toText: () => JSON.stringify(load()),
    replace: save,
    change(channel, id, facts) {
      const known = findValidList(load(), channel)?.templates ?? [];
      const others = known.filter((one) => one.id !== id);
      // The response to a change may lack the name.
      const name = facts?.name || known.find((one) => one.id === id)?.name;
      const templates = facts ? [...others, { ...facts, ...(name && { name }) }] : others;
      write(channel, { at: 0, whole: false, problem: null, templates });
    },
  };
}
