import type { TemplateChannel } from '../message/channels/channel.ts';
import { writePrivateFile } from './private-file.ts';
import {
  checkedListIn,
  readTemplateFile,
  type TemplateCacheFile,
  type TemplateFacts,
  type TemplateList,
  templatePath,
} from './template-file.ts';

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

  function load(): TemplateCacheFile {
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
