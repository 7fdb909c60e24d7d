import { expect, test } from 'vitest';
import { statusOf } from '../../src/message/delivery.ts';
import { track, trackedMessages } from '../../src/services/track.ts';
import { depsWith } from '../support/deps.ts';
import { openTestLedger } from '../support/ledgers.ts';
import { plan } from '../support/messages.ts';

test.each([100, 9_999])(
  'yields a receipt recorded after the message was read, whenever it happened (%i)',
  async (at) => {
    const ledger = await openTestLedger();
    await ledger.queue([plan('a')], 1_000, 'me');
    const accepted = {
      kind: 'accepted',
      at: 1_000,
      channel: 'sms',
      gatewayId: 'g',
      simulation: false,
    } as const;
    const [read] = await ledger.append([{ id: 'a', event: accepted }]);
    const receipt = { channel: 'sms', status: 'delivered', reason: null, at } as const;
    await ledger.events.record(
      [{ event: { kind: 'receipt', key: 'k', ids: ['a'], to: null, receipt } }],
      [],
      1_000,
    );
    // The gateway knows nothing yet, so the change comes from the ledger.
    const deps = depsWith({ ledger });
    const statuses: string[] = [];
    const options = { intervalMs: 100, deadline: deps.clock.monotonic() + 1_000, isWanted: () => true };
    for await (const changed of track(trackedMessages(read ? [read] : [], deps), options, deps))
      statuses.push(...changed.map(statusOf));
    expect(statuses).toEqual(['delivered']);
  },
);
