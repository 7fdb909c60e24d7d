import { fail } from '../../errors.ts';
import type { Webhooks } from '../../gateway/webhooks.ts';
import type { RegistrationForm } from '../../message/registration.ts';
import { readListenFile, writeListenFile } from '../../storage/listen-file.ts';
import type { Context } from '../context.ts';

/** How long putting back what was registered may take after Ctrl-C, in milliseconds. */
const patience = 5_000;

/**
 * Has the gateway call `url`, and resolves to what puts back the address that was registered before. Where that would
 * replace another, somebody is asked. Undefined: the answer was no.
 * @throws Failure `gateway.*`, `webhook.taken`
 */
export async function registered(
  url: string,
  form: RegistrationForm,
  yes: boolean,
  context: Context,
): Promise<(() => Promise<void>) | undefined> {
  const { settings, talk } = context;
  const { stateFolder, profile } = settings;
  const webhooks = await context.webhooks();
  const kept = readListenFile(stateFolder, profile);
  const found = await webhooks.get();
  // Ours from an earlier run that could not put back: what it replaced is still to be put back.
  const before = found === url ? (kept.before ?? null) : (found ?? null);
  if (found && found !== url && !yes && !(await isAgreed(found, context))) return undefined;
  if (found === undefined) talk.note('note: the gateway does not tell whether another address is registered');
  writeListenFile(stateFolder, profile, { ...kept, before });
  context.patient(patience);
  await webhooks.set(url, form);
  return async () => {
    await putBack(before, form, webhooks);
    writeListenFile(stateFolder, profile, { secret: kept.secret });
    if (!settings.sandbox)
      talk.note(before === null ? `the gateway no longer calls ${url}` : `the gateway calls ${before} again`);
  };
}

async function putBack(before: string | null, form: RegistrationForm, webhooks: Webhooks): Promise<void> {
  if (before === null) await webhooks.remove();
  else await webhooks.set(before, form);
}

/** One account has one address: what hangs on the other hears nothing meanwhile. */
export async function isAgreed(found: string, context: Context): Promise<boolean> {
  const { io, settings } = context;
  if (!(io.stdin.isTTY && io.stderr.isTTY && settings.input))
    fail(
      'usage',
      'webhook.taken',
      `the gateway calls ${found}, and one account has one address`,
      'to put this one in its place, add --yes',
    );
  return (await context.ask()).confirm(`The gateway calls ${found}. Put this address in its place?`);
}
