import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateChannel, TemplateStatus } from '../message/channel.ts';
import type { Variables } from '../message/placeholders.ts';
import { makeFolder } from './folder.ts';

/** What is remembered of a template: enough to tell whether it can be sent with some values. */
export interface TemplateFacts {
  id: string;
  status: TemplateStatus;
  /** Null where the gateway does not tell what the template says. */
  placeholders: readonly string[] | null;
  presets: Variables;
}

/** The templates of a channel, as the gateway told them at a moment. */
export interface TemplateList {
  at: number;
  /** Whether there are no others. */
  whole: boolean;
  /** Why the gateway does not list them at all; null when it does. */
  problem: string | null;
  templates: readonly TemplateFacts[];
}

interface File {
  gateway: string;
  channels: Partial<Record<TemplateChannel, TemplateList>>;
}

/** Milliseconds. */
const lifetime = 5 * 60_000;

/**
 * The templates that were seen a short while ago, so that sending one does not ask for them each time. It holds only
 * what can be asked for again: whatever is wrong with the file, it counts as empty.
 */
export interface TemplateCache {
  read(channel: TemplateChannel, now: number): TemplateList | undefined;
  write(channel: TemplateChannel, list: TemplateList): void;
  clear(): void;
}

/** The cache of a profile; what came from another `gateway` is not seen. */
export function templateCache(folder: string, profile: string, gateway: string): TemplateCache {
  const path = join(folder, `templates-${profile}.json`);

  function load(): File {
    const empty: File = { gateway, channels: {} };
    try {
      const file = JSON.parse(readFileSync(path, 'utf8')) as File;
      return file.gateway === gateway && typeof file.channels === 'object' ? file : empty;
    } catch {
      return empty;
    }
  }

  return {
    read(channel, now) {
      const list = load().channels?.[channel];
      const fresh = typeof list?.at === 'number' && list.at <= now && now - list.at < lifetime;
      return fresh && Array.isArray(list.templates) ? list : undefined;
    },
    write(channel, list) {
      const { channels } = load();
      const draft = `${path}.${process.pid}`;
      try {
        makeFolder(folder);
        writeFileSync(draft, JSON.stringify({ gateway, channels: { ...channels, [channel]: list } }), {
          mode: 0o600,
        });
        if (process.platform !== 'win32') chmodSync(draft, 0o600);
        renameSync(draft, path);
      } catch {
        rmSync(draft, { force: true });
      }
    },
    clear() {
      try {
        rmSync(path, { force: true });
      } catch {
        // It grows old by itself.
      }
    },
  };
}
