import { expect, test } from 'vitest';
import { followConversation } from '../../src/actions/follow-conversation.ts';
import type { Ledger } from '../../src/ledger/api.ts';
import { VirtualTime } from '../sim/time.ts';

test('polls once per interval, or when a listener records an event', async () => {
  const time = new VirtualTime();
  let latestPlace = 0;
  const requestTimes: number[] = [];
  const context = {
    // The wall clock is far ahead of the monotonic clock.
    clock: {
      now: () => 1_700_000_000_000 + time.now,
      machine: 'm',
      boot: 'b',
      monotonic: () => time.now,
      sleep: (milliseconds: number) => time.sleep(milliseconds),
      checkpoint() {},
    },
    notices: { info() {}, problem() {}, startSpinner() {}, stopSpinner() {}, setRegion() {}, end() {} },
    ledger: async () => ({ inbounds: { latestPlace: async () => latestPlace } }) as Ledger,
    outputClosed: () => requestTimes.length === 4,
  };
  const startedAt = time.now;
  const poll = async () => {
    requestTimes.push(time.now - startedAt);
    return [`message ${requestTimes.length}`];
  };
  time.after(7_050, () => {
    latestPlace = 1;
  });
  const found: string[] = [];
  let isDone = false;
  const run = async () => {
    for await (const one of followConversation(poll, String, 5_000, context)) found.push(one);
    isDone = true;
  };
  await Promise.all([run(), time.run(() => isDone, 60_000)]);
  expect(requestTimes).toEqual([0, 5_000, 7_100, 12_100]);
  expect(found).toEqual(['message 1', 'message 2', 'message 3', 'message 4']);
});
