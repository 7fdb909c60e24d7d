import type { Context } from '../app/context.ts';
import { Failure, fail } from '../errors.ts';
import type { DialectName } from '../gateway/dialects.ts';
import type { Webhooks } from '../gateway/webhooks.ts';
import { type ListenFile, readListenFile, writeListenFile } from '../storage/webhook-file.ts';

/** Time allowed after Ctrl-C to restore the previous webhook, in milliseconds. */
const restoreTimeoutMs = 5_000;

/**
 * Registers `url` as the webhook and resolves to a function that restores the previous one. Asks for confirmation if that
 * replaces another webhook or the gateway does not report its webhook; resolves to undefined if the answer is no.
 * @throws Failure `gateway.*`, `webhook.taken`, `webhook.untold`
 */
export async function register(
  url: string,
  form: DialectName | undefined,
  yes: boolean,
  context: Context,
): Promise<(() => Promise<void>) | undefined> {
  const { stateFolder, profile } = context.settings;
  const webhooks = await context.webhooks(form);
  const stored = readListenFile(stateFolder, profile);
  const found = await webhooks.get(true);
  const isOurs = found === url || (typeof found === 'string' && found === stored.ours);
  if (!isOurs && found !== null && !yes && !(await confirmReplace(found, context))) return undefined;
  // Ours is left from a run that could not restore: the webhook to restore is the one that it replaced.
  const before = isOurs ? (stored.before ?? null) : found;
  const remember = (file: Omit<ListenFile, 'secret'>) =>
    writeListenFile(stateFolder, profile, { secret: stored.secret, ...file });
  // If the gateway does not report its webhook, there is nothing to restore.
  remember({ ours: url, ...(before !== undefined && { before }) });
  context.setShutdownGrace(restoreTimeoutMs);
  const isSet = await setWebhook(url, yes || found !== null, webhooks, context).catch((cause: unknown) => {
    if (cause instanceof Failure && cause.kind === 'usage') remember(stored);
    throw cause;
  });
  if (!isSet) {
    remember(stored);
    return undefined;
  }
  // A gateway that does not report the new webhook did not report the previous one either.
  const isReported = (await webhooks.get(true)) === url;
  if (!isReported) {
    remember({ ours: url });
    context.notices.info(
      'note: this gateway does not report its webhook: another one may have been replaced',
    );
  }
  return async () => {
    const result = isReported ? await restore(url, before, webhooks) : describeUnrestored(url);
    remember({});
    if (!context.settings.sandbox) context.notices.info(result);
  };
}

/**
 * Sets the webhook. Without `replaces`, asks for confirmation where the gateway turns out to have another one; resolves
 * to false if the answer is no.
 * @throws Failure `gateway.*`, `webhook.refused`, `webhook.untold`
 */
export async function setWebhook(
  url: string,
  replaces: boolean,
  webhooks: Webhooks,
  context: Context,
): Promise<boolean> {
  if (await webhooks.set(url, replaces)) return true;
  return (await confirmReplace(undefined, context)) && webhooks.set(url, true);
}

/** Restores the previous webhook if ours is still registered, and returns a message that says what was done. */
async function restore(url: string, before: string | null | undefined, webhooks: Webhooks): Promise<string> {
  const found = await webhooks.get(true);
  if (found !== undefined && found !== url)
    return `the webhook was changed meanwhile and is left as it is${found === null ? ': none' : ''}`;
  if (before === undefined) return describeUnrestored(url);
  if (before === null) {
    await webhooks.remove();
    if ((await webhooks.get(true)) === url)
      return `the gateway still calls ${url}: it cannot remove a webhook; \`qlara webhook set\` changes it`;
    return `the gateway no longer calls ${url}`;
  }
  await webhooks.set(before, true);
  return `the gateway calls ${before} again`;
}

function describeUnrestored(url: string): string {
  return `the gateway still calls ${url}: the previous webhook is unknown; \`qlara webhook set\` changes it`;
}

/** Forgets the webhook that an earlier `listen` left registered: it was now set or removed by hand. */
export function forgetRegistration({ settings: { stateFolder, profile } }: Context): void {
  if (readListenFile(stateFolder, profile).ours === undefined) return;
  writeListenFile(stateFolder, profile, { secret: readListenFile(stateFolder, profile).secret });
}

/** Warns of a webhook that an earlier run left registered, when this run registers none. */
export function warnStillRegistered({ settings, notices }: Context): void {
  const { ours } = readListenFile(settings.stateFolder, settings.profile);
  if (ours === undefined || settings.sandbox) return;
  notices.info(
    `note: an earlier run could not restore the webhook: the gateway may still call ${ours}; \`qlara listen --register ${ours}\` restores it on exit`,
  );
}

/** Asks whether to replace the webhook of the account. `found` is undefined if the gateway does not report it. */
export async function confirmReplace(found: string | undefined, context: Context): Promise<boolean> {
  const { io, settings } = context;
  const what =
    found === undefined
      ? 'this gateway does not report its webhook, and an account has only one'
      : `the gateway calls ${found}, and an account has only one webhook`;
  if (!(io.stdin.isTTY && io.stderr.isTTY && settings.input))
    fail('usage', found === undefined ? 'webhook.untold' : 'webhook.taken', what, 'to replace it, add --yes');
  return (await context.ask()).confirm(`${what[0]?.toUpperCase()}${what.slice(1)}. Replace it?`);
}
