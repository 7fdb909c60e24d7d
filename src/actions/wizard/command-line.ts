import type { Context } from '../../app/context.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import type { Flag } from '../../input/flag.ts';
import { sendFlags } from '../../input/flags.ts';
import { quote } from '../../input/quote.ts';
import { writeFlag } from '../../input/write-flag.ts';
import type { Draft } from '../draft.ts';

/** All flags of a send, less the id: a second send under it would send nothing. */
const { id: _, fallback, ...others } = sendFlags.fallback;
const printed: Record<string, Flag<unknown>> = { fallback, ...others };

/** Returns the command that sends the same without questions, ready for a shell. */
export function commandLine({ channel, flags }: Draft, context: Pick<Context, 'settings' | 'io'>): string {
  const isChain = channel === undefined || (channel === 'whatsapp' && flags.fallback);
  const values: Readonly<Record<string, unknown>> = flags;
  const words = Object.entries(printed).flatMap(([name, flag]) =>
    name in values ? writeFlag(flag, values[name]) : [],
  );
  const command = ['qlara', 'send', ...(isChain ? [] : [channel]), ...words];
  return command.map(quote).join(' ') + repeatFlags(context);
}
