import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { statusOf } from '../../src/message/delivery.ts';
import { composeMessage } from '../../src/message/message.ts';
import type { Phone } from '../../src/message/phone.ts';
import type { Deps } from '../../src/services/deps.ts';
import { track, trackedMessages } from '../../src/services/track.ts';

const message = composeMessage({
  channel: 'sms',
  fallback: false,
  text: 'hi',
  template: undefined,
  variables: {},
  sender: undefined,
  simulation: false,
});

test.each([100, 9_999])(
  'what was heard since a message was read is told, though it happened at %i',
  async (at) => {
    const ledger = await openLedger(join(mkdtempSync(join(tmpdir(), 'qlara-')), 'default.db'));
    await ledger.queue([{ id: 'a', to: '+393901234567' as Phone, message }], 1_000, 'me');
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
    const tools = {
      // A gateway that knows nothing yet: what is told, the ledger has told.
      gateway: { status: async () => new Map() },
      ledger,
      clock: {
        now: Date.now,
        boot: 'b',
        monotonic: () => performance.now(),
        sleep: (wait: number) => new Promise<void>((resolve) => setTimeout(resolve, wait).unref()),
        checkpoint() {},
      },
      grace: 0,
      firstSeen: new Map(),
      flags: '',
      note() {},
    } as unknown as Deps;
    const options = { intervalMs: 100, deadline: performance.now() + 1_000, isWanted: () => true };
    const told: string[] = [];
    for await (const changed of track(trackedMessages(read ? [read] : [], tools), options, tools))
      told.push(...changed.map(statusOf));
    ledger.close();
    expect(told).toEqual(['delivered']);
  },
);
