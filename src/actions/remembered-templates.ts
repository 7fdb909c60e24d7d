import type { Context } from '../app/context.ts';
import { listLimitedParts } from '../message/channels/template-limits.ts';
import type { Template } from '../message/template.ts';
import { createTemplateCache, type TemplateCache } from '../storage/template-cache.ts';
import type { TemplateFacts } from '../storage/template-file.ts';

/** Maximum number of templates cached per channel. */
export const maxRemembered = 1_000;

/** Opens this profile's cache of the gateway's templates. */
export function openTemplateCache({ settings }: Context): TemplateCache {
  const { stateFolder, profile, sandbox, baseUrl } = settings;
  // The embedded gateway listens on a different port each time.
  return createTemplateCache(stateFolder, profile, sandbox ? 'sandbox' : baseUrl);
}

/** Returns the facts of a template that the cache stores. */
export function toTemplateFacts({
  id,
  name,
  channel,
  language,
  status,
  content,
  placeholders,
  presets,
}: Template): TemplateFacts {
  const limited = listLimitedParts(channel, content);
  return {
    id,
    name,
    ...(language !== null && { language }),
    status,
    placeholders: content === null ? null : placeholders,
    presets,
    ...(content !== null && { hasSms: content.fallbackSms !== null }),
    ...(limited.length > 0 && { limited }),
  };
}
