import { channelNames } from '../message/channels/channel.ts';
import { applyEvent, type Delivery, newDelivery } from '../message/delivery.ts';
import { type Phone, readGatewayPhone } from '../message/phone.ts';
import type { Deps } from './deps.ts';
import { eventsFromStatus } from './reconcile.ts';

/** Returns a message that was not sent from here, as the gateway reports it; undefined if it knows no such id. */
export async function untrackedMessage(id: string, { gateway, clock }: Deps): Promise<Delivery | undefined> {
  const shown = (await gateway.status([{ id, gatewayId: id, channels: channelNames }])).get(id);
  const [known] = shown ?? [];
  if (shown === undefined || known === undefined) return undefined;
  const chain = [known.receipt.channel ?? 'sms'] as const;
  const message = { chain, text: null, template: null, variables: {}, sender: null, simulation: false };
  // Text from the gateway that is no number is not safe to print.
  const to = readGatewayPhone(known.to ?? '') ?? ('' as Phone);
  const unsent = newDelivery({ id: known.id ?? id, to, message }, clock.now());
  return eventsFromStatus(unsent, shown).reduce(applyEvent, unsent);
}

/** Returns dependencies that keep changes of untracked messages in memory: the ledger holds only what was sent from here. */
export function withUntracked(deps: Deps, untracked: readonly Delivery[]): Deps {
  if (untracked.length === 0) return deps;
  const { ledger } = deps;
  const known = new Map(untracked.map((delivery) => [delivery.plan.id, delivery]));
  return {
    ...deps,
    ledger: {
      ...ledger,
      async append(events) {
        const ours = await ledger.append(events.filter(({ id }) => !known.has(id)));
        const theirs = events.flatMap(({ id, event }) => {
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
