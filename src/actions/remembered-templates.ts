import type { Context } from '../app/context.ts';
import type { Template } from '../message/template.ts';
import { createTemplateCache, type TemplateCache } from '../storage/template-cache.ts';
import type { TemplateFacts } from '../storage/template-file.ts';

/** Templates of a channel at most that are worth it. */
export const maxRemembered = 1_000;

/** What this profile remembers of the gateway's templates. */
export function openTemplateCache({ settings }: Context): TemplateCache {
  const { stateFolder, profile, sandbox, baseUrl } = settings;
  // The embedded gateway is on another port each time.
  return createTemplateCache(stateFolder, profile, sandbox ? 'sandbox' : baseUrl);
}

/** Of a template what is worth remembering. */
export function toTemplateFacts({
  id,
  name,
  status,
  content,
  placeholders,
  presets,
}: Template): TemplateFacts {
  return { id, name, status, placeholders: content === null ? null : placeholders, presets };
}
