import type { Context } from '../app/context.ts';
import { listLimitedParts } from '../message/channels/template-limits.ts';
import type { Template } from '../message/template.ts';
import { createTemplateCache, type TemplateCache } from '../storage/template-cache.ts';
import type { TemplateFacts } from '../storage/template-file.ts';

/** Maximum number of templates cached per channel. */
export const maxRemembered = 1_000;

/** A cache of templates that machines may share. */
export interface SharedTemplateCache {
  read: TemplateCache['read'];
  write(...change: Parameters<TemplateCache['write']>): Promise<void>;
  change(...change: Parameters<TemplateCache['change']>): Promise<void>;
}

/** Name of the cache in a ledger. */
const cacheName = 'templates';

/** Opens this profile's cache of the gateway's templates. Machines that share a ledger share it. */
export async function openTemplateCache({ settings, ledger }: Context): Promise<SharedTemplateCache> {
  const { stateFolder, profile, sandbox, baseUrl, ledgerUrl } = settings;
  // The embedded gateway listens on a different port each time.
  const file = createTemplateCache(stateFolder, profile, sandbox ? 'sandbox' : baseUrl);
  const shared = ledgerUrl === undefined ? undefined : (await ledger()).cache;
  const known = await shared?.read(cacheName);
  if (known !== undefined) file.replace(known);
  const share = async () => shared?.write(cacheName, file.toText());
  return {
    read: file.read,
    async write(...change) {
      file.write(...change);
      await share();
    },
    async change(...change) {
      file.change(...change);
      await share();
    },
  };
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
