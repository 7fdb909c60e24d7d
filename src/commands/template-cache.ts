import { type TemplateCache, templateCache } from '../storage/template-cache.ts';
import type { Context } from './context.ts';

/** What this profile remembers of the gateway's templates. */
export function rememberedTemplates({ settings }: Context): TemplateCache {
  const { stateFolder, profile, sandbox, baseUrl } = settings;
  // The embedded gateway is on another port each time.
  return templateCache(stateFolder, profile, sandbox ? 'sandbox' : baseUrl);
}
