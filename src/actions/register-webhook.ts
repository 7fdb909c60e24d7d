import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { Webhooks } from '../gateway/partner/webhooks.ts';
import type { RegistrationForm } from '../message/webhook.ts';
import { type ListenFile, readListenFile, writeListenFile } from '../storage/webhook-file.ts';

/** How long putting back what was registered may take after Ctrl-C, in milliseconds. */
const patience = 5_000;

/**
 * Has the gateway call `url`, and resolves to what puts back the address that was registered before. Where that would
 * replace another, or nobody can tell whether it would, somebody is asked. Undefined: the answer was no.
 * @throws Failure `gateway.*`, `webhook.taken`, `webhook.untold`
 */
export async function register(
  url: string,
  form: RegistrationForm,
  yes: boolean,
  context: Context,
): Promise<(() => Promise<void>) | undefined> {
  const { stateFolder, profile } = context.settings;
  const webhooks = await context.webhooks();
  const kept = readListenFile(stateFolder, profile);
  const found = await webhooks.get();
  const isOurs = found === url || (typeof found === 'string' && found === kept.ours);
  if (!isOurs && found !== null && !yes && !(await confirmReplace(found, context))) return undefined;
  // Ours from a run that could not put back: what that one replaced is still to be put back.
  const before = isOurs ? (kept.before ?? null) : found;
  const remember = (file: Omit<ListenFile, 'secret'>) =>
    writeListenFile(stateFolder, profile, { secret: kept.secret, ...file });
  // Of one that the gateway does not tell, nothing is known to put back.
  remember({ ours: url, ...(before !== undefined && { before }) });
  context.setShutdownGrace(patience);
  await webhooks.set(url, form);
  // One that now names another, or none, had nothing to say of the one before either.
  const tells = (await webhooks.get()) === url;
  if (!tells) {
    remember({ ours: url });
    context.notices.info(
      'note: this gateway does not report its webhook: another one may have been replaced',
    );
  }
  return async () => {
    const said = tells ? await putBack(url, before, form, webhooks) : leftAlone(url);
    remember({});
    if (!context.settings.sandbox) context.notices.info(said);
  };
}

/** Puts back what was there, where ours is still there, and says what was done. */
async function putBack(
  url: string,
  before: string | null | undefined,
  form: RegistrationForm,
  webhooks: Webhooks,
): Promise<string> {
  const found = await webhooks.get();
  if (found !== undefined && found !== url)
    return `the webhook was changed meanwhile and is left as it is${found === null ? ': none' : ''}`;
  if (before === undefined) return leftAlone(url);
  if (before === null) {
    await webhooks.remove();
    return `the gateway no longer calls ${url}`;
  }
  await webhooks.set(before, form);
  return `the gateway calls ${before} again`;
}

function leftAlone(url: string): string {
  return `the gateway still calls ${url}: the previous webhook is unknown; \`qlara webhook set\` changes it`;
}

/** Somebody has said what is to be registered: what an earlier run has left is settled. */
export function reportRegistration({ settings: { stateFolder, profile } }: Context): void {
  if (readListenFile(stateFolder, profile).ours === undefined) return;
  writeListenFile(stateFolder, profile, { secret: readListenFile(stateFolder, profile).secret });
}

/** What an earlier run has left registered, for who listens without registering anything. */
export function warnStillRegistered({ settings, notices }: Context): void {
  const { ours } = readListenFile(settings.stateFolder, settings.profile);
  if (ours === undefined || settings.sandbox) return;
  notices.info(
    `note: an earlier run could not restore the webhook: the gateway may still call ${ours}; \`qlara listen --register ${ours}\` restores it on exit`,
  );
}

/** One account has one address: what hangs on the other hears nothing meanwhile. `found` undefined: nobody can tell. */
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
