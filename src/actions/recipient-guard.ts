import type { Context } from '../app/context.ts';
import type { Ledger } from '../ledger/api.ts';
import { isFreeForm, mentionsWindow } from '../message/channels/window.ts';
import { type Delivery, reasonOf, statusOf } from '../message/delivery.ts';
import { isFailed } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import { findSendBlocks } from '../services/send-guard.ts';

/**
 * Refuses messages to destinations that opted out or whose customer-service window is closed.
 * @throws Failure `destination.opted-out`, `window.closed`; then none of the messages may be sent
 */
export async function refuseUnwanted(
  plans: readonly Plan[],
  ledger: Ledger,
  context: Context,
): Promise<void> {
  const objections = await findSendBlocks(plans, ledger, context.clock.now());
  if (objections.size === 0) return;
  const { refuse } = await import('./refusal.ts');
  refuse(objections, context);
}

/** Explains a refusal by the gateway because of the 24-hour window. Returns true if there was one to explain. */
export function explainWindow(deliveries: readonly Delivery[], { notices }: Context): boolean {
  const isPast = (one: Delivery) =>
    isFreeForm(one.plan.message) && isFailed(statusOf(one)) && mentionsWindow(reasonOf(one) ?? '');
  if (!deliveries.some(isPast)) return false;
  notices.info(
    'note: WhatsApp accepts free-form text only within 24 hours of their last message; to send at any time, use --template ID',
  );
  return true;
}
