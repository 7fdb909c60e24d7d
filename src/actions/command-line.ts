import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import type { Flag } from '../input/flag.ts';
import { anySendFlags, checkFlags, globalFlags } from '../input/flags.ts';
import { quote } from '../input/quote.ts';
import { writeFlag } from '../input/write-flag.ts';
import type { CompleteDraft, Draft } from './draft.ts';

/** All flags of a send, less the id: a second send under it would send nothing. */
const { id: _, fallback, ...others } = anySendFlags;
const printed: Readonly<Record<string, Flag<unknown>>> = { fallback, ...others };

/** Returns the command that sends the same without questions, with all flags that were given, ready for a shell. */
export function commandLine({ channel, flags }: Draft, context: Pick<Context, 'settings' | 'io'>): string {
  const isChain = channel === undefined || (channel === 'whatsapp' && flags.fallback);
  const words = [...write(printed, flags), ...write(globalFlags, context.settings.onLine)];
  const line = ['qlara', 'send', ...(isChain ? [] : [channel]), ...words].map(quote).join(' ');
  // The environment may have chosen the sandbox.
  const repeated = repeatFlags(context);
  return line.includes(repeated) ? line : line + repeated;
}

/** Returns the command that checks the same file, without the global flags. */
export function checkLine({ channel, flags }: CompleteDraft): string {
  const words = ['qlara', 'check', ...(flags.needsBoth ? [] : [channel]), ...write(checkFlags.any, flags)];
  return words.map(quote).join(' ');
}

function write(
  fields: Readonly<Record<string, Flag<unknown>>>,
  values: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(fields).flatMap(([name, flag]) =>
    name in values ? writeFlag(flag, values[name]) : [],
  );
}
