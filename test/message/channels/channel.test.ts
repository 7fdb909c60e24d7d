import { expect, test } from 'vitest';
import { buildChain, channelNames, isChannelName } from '../../../src/message/channels/channel.ts';

test.each([
  ['whatsapp', false, ['whatsapp']],
  ['whatsapp', true, ['whatsapp', 'rcs', 'sms']],
  ['rcs', false, ['rcs']],
  ['rcs', true, ['rcs', 'sms']],
  ['sms', false, ['sms']],
  ['sms', true, ['sms']],
] as const)('buildChain(%s, %s)', (first, fallback, chain) => {
  expect(buildChain(first, fallback)).toEqual(chain);
});

test('recognizes channel names only', () => {
  expect(channelNames.every(isChannelName)).toBe(true);
  for (const word of ['', 'SMS', 'email', 'length', '0']) expect(isChannelName(word)).toBe(false);
});
