import type { Ledger } from '../ledger/api.ts';
import { isFreeForm, isWindowOpen } from '../message/channels/window.ts';
import type { Overrides, Plan } from '../message/message.ts';
import type { OptOut } from '../message/opt-out.ts';
import type { Instant } from '../message/time.ts';

/** Why a message must not be sent; `override` is the reason given for sending it anyway. */
export type SendBlock = { override: string | undefined } & (
  | { kind: 'opted out'; optOut: OptOut }
  /** `last`: when the recipient last wrote. `hasFallback`: another channel may carry what WhatsApp refuses. */
  | { kind: 'window closed'; last: Instant; hasFallback: boolean }
);

/** True if a block keeps a message from being sent. */
export function isBlocking(block: SendBlock): boolean {
  if (block.override !== undefined) return false;
  return block.kind === 'opted out' || !block.hasFallback;
}

/**
 * Returns the block of each message that must not be sent, as far as the ledger knows. The gateway may know more. `overrides` holds for messages without their own. Asks the ledger twice, for any number of
 * messages.
 * @throws Failure `ledger.unusable`
 */
export async function findSendBlocks<T extends Pick<Plan, 'to' | 'message' | 'overrides'>>(
  plans: readonly T[],
  { optOuts, inbounds }: Pick<Ledger, 'optOuts' | 'inbounds'>,
  now: Instant,
  overrides: Overrides = {},
): Promise<Map<T, SendBlock>> {
  const found = new Map<T, SendBlock>();
  const freeForm = plans.filter(({ message }) => isFreeForm(message));
  const closed =
    freeForm.length > 0 ? await inbounds.lastByPhone(numbersOf(freeForm), 'whatsapp') : undefined;
  for (const plan of freeForm) {
    const last = closed?.get(plan.to);
    if (last === undefined || isWindowOpen(last, now)) continue;
    const override = (plan.overrides ?? overrides).window;
    found.set(plan, { kind: 'window closed', last, hasFallback: plan.message.chain.length > 1, override });
  }
  const out = await optOuts.findByPhone(numbersOf(plans));
  if (out.size === 0) return found;
  for (const plan of plans) {
    const optOut = out.get(plan.to);
    if (optOut === undefined) continue;
    const override = (plan.overrides ?? overrides).optOut;
    const window = found.get(plan);
    // An opt-out outweighs a closed window, which a template would mend; but what is not overridden comes first.
    if (override !== undefined && window !== undefined && isBlocking(window)) continue;
    found.set(plan, { kind: 'opted out', optOut, override });
  }
  return found;
}

function numbersOf(plans: readonly Pick<Plan, 'to'>[]): string[] {
  return plans.map(({ to }) => to);
}
