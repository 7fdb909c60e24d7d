import type { Ledger } from '../ledger/api.ts';
import { isFreeForm, isWindowOpen } from '../message/channels/window.ts';
import type { Plan } from '../message/message.ts';
import type { OptOut } from '../message/opt-out.ts';
import type { Instant } from '../message/time.ts';

/** What speaks against sending a message. */
export type SendBlock =
  | { kind: 'opted out'; optOut: OptOut }
  /** `last`: when they last wrote. `isCarried`: another channel may carry what WhatsApp refuses. */
  | { kind: 'window closed'; last: Instant; isCarried: boolean };

/** Whether it may be sent all the same, for another channel may carry it. */
export function hasFallback(objection: SendBlock): boolean {
  return objection.kind === 'window closed' && objection.isCarried;
}

/**
 * What speaks against each of these, as far as the ledger knows; those against which nothing does are absent. Of whom
 * nobody here has heard, the gateway may know more. Asks the ledger twice, however many they are.
 * @throws Failure `ledger.unusable`
 */
export async function findSendBlocks<T extends Pick<Plan, 'to' | 'message'>>(
  plans: readonly T[],
  { optOuts, inbounds }: Pick<Ledger, 'optOuts' | 'inbounds'>,
  now: Instant,
): Promise<Map<T, SendBlock>> {
  const found = new Map<T, SendBlock>();
  const freeForm = plans.filter(({ message }) => isFreeForm(message));
  const closed =
    freeForm.length > 0 ? await inbounds.lastByPhone(numbersOf(freeForm), 'whatsapp') : undefined;
  for (const plan of freeForm) {
    const last = closed?.get(plan.to);
    if (last === undefined || isWindowOpen(last, now)) continue;
    found.set(plan, { kind: 'window closed', last, isCarried: plan.message.chain.length > 1 });
  }
  const out = await optOuts.findByPhone(numbersOf(plans));
  if (out.size === 0) return found;
  for (const plan of plans) {
    const optOut = out.get(plan.to);
    // The graver one stands: no template mends it.
    if (optOut) found.set(plan, { kind: 'opted out', optOut });
  }
  return found;
}

function numbersOf(plans: readonly Pick<Plan, 'to'>[]): string[] {
  return plans.map(({ to }) => to);
}
