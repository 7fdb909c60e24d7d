import type { ExitKind } from '../../errors.ts';
import type { Plan } from '../../message/message.ts';
import type { Context } from '../context.ts';
import { showPlan } from '../plan-view.ts';
import { refuseUnwanted } from './consent.ts';

/**
 * Shows what would be done, and ends as the send would: a script that tries first is to learn that it will be refused.
 * `id` is that of the line. @throws Failure as `refuseUnwanted`
 */
export async function tryDry(
  plans: readonly Plan[],
  id: string | undefined,
  context: Context,
): Promise<ExitKind> {
  const end = await showPlan(plans, context);
  const ledger = await context.ledgerIfAny();
  const known = id === undefined ? undefined : await ledger?.find(id);
  if (ledger && (known === undefined || known.phase === 'queued'))
    await refuseUnwanted(plans, ledger, context);
  return end;
}
