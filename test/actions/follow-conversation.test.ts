import { expect, test } from 'vitest';
import { followConversation } from '../../src/actions/follow-conversation.ts';
import type { Ledger } from '../../src/ledger/api.ts';
import { VirtualTime } from '../sim/time.ts';

test('following asks once in each interval, or as soon as a listener records something', async () => {
  const time = new VirtualTime();
  let recorded = 0;
  const asked: number[] = [];
  const context = {
    // A wall clock is far ahead of the monotonic one.
    clock: {
      now: () => 1_700_000_000_000 + time.now,
      machine: 'm',
      boot: 'b',
      monotonic: () => time.now,
      sleep: (milliseconds: number) => time.sleep(milliseconds),
      checkpoint() {},
    },
    notices: { info() {}, startSpinner() {}, stopSpinner() {}, setRegion() {} },
    ledger: async () => ({ inbounds: { latestPlace: async () => recorded } }) as Ledger,
    outputClosed: () => asked.length === 4,
  };
  const begin = time.now;
  const look = async () => {
    asked.push(time.now - begin);
    return [`message ${asked.length}`];
  };
  time.after(7_050, () => {
    recorded = 1;
  });
  const found: string[] = [];
  let isOver = false;
  const run = async () => {
    for await (const one of followConversation(look, String, 5_000, context)) found.push(one);
    isOver = true;
  };
  await Promise.all([run(), time.run(() => isOver, 60_000)]);
  expect(asked).toEqual([0, 5_000, 7_100, 12_100]);
  expect(found).toEqual(['message 1', 'message 2', 'message 3', 'message 4']);
});
