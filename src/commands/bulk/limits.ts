import { documented, evenly, type Limit } from '../../ledger/pace.ts';
import type { Bulk } from '../../message/bulk.ts';
import type { Context } from '../context.ts';

/** How fast a bulk goes; null for as fast as it can, which only the sandbox allows unasked. */
export function limitsOf({ rate }: Pick<Bulk, 'rate'>, { settings }: Context): readonly Limit[] | null {
  const said = rate ?? settings.rate;
  if (said !== undefined && said !== null) return evenly(said);
  return settings.sandbox ? null : documented;
}
