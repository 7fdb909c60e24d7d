import { channelNames } from '../message/channels/channel.ts';
import { applyEvent, type Delivery, newDelivery } from '../message/delivery.ts';
import type { Phone } from '../message/phone.ts';
import type { Deps } from './deps.ts';
import { eventsFromStatus } from './reconcile.ts';

/** A message sent from elsewhere, as far as the gateway tells; undefined when it knows none by this id. */
export async function untrackedMessage(id: string, { gateway, clock }: Deps): Promise<Delivery | undefined> {
  const shown = (await gateway.status([{ id, gatewayId: id, channels: channelNames }])).get(id);
  const [known] = shown ?? [];
  if (shown === undefined || known === undefined) return undefined;
  const chain = [known.receipt.channel ?? 'sms'] as const;
  const message = { chain, text: null, template: null, variables: {}, sender: null, simulation: false };
  // What is no number is no use as one, and not fit to print.
  const to = (/^\+\d{1,15}$/.test(known.to ?? '') ? known.to : '') as Phone;
  const unsent = newDelivery({ id: known.id ?? id, to, message }, clock.now());
  return eventsFromStatus(unsent, shown).reduce(applyEvent, unsent);
}

/** The same tools, but what becomes of guests is only remembered: the ledger holds what was sent from here. */
export function withUntracked(tools: Deps, guests: readonly Delivery[]): Deps {
  if (guests.length === 0) return tools;
  const { ledger } = tools;
  const known = new Map(guests.map((delivery) => [delivery.plan.id, delivery]));
  return {
    ...tools,
    ledger: {
      ...ledger,
      async append(happened) {
        const ours = await ledger.append(happened.filter(({ id }) => !known.has(id)));
        const theirs = happened.flatMap(({ id, event }) => {
          const before = known.get(id);
          if (before === undefined) return [];
          const after = applyEvent(before, event);
          known.set(id, after);
          return [after];
        });
        return [...ours, ...theirs];
      },
    },
  };
}
