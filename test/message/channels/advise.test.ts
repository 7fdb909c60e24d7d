import { expect, test } from 'vitest';
import { advise, type Needs } from '../../../src/message/channels/advise.ts';

const nothing: Needs = { rich: false, android: false, reach: false, freeForm: false, twoWay: false };

test.each<[string, Partial<Needs>]>([
  ['sms', {}],
  ['rcs', { rich: true, android: true }],
  ['rcs', { rich: true }],
  ['whatsapp', { rich: true, twoWay: true }],
  ['whatsapp', { twoWay: true }],
  ['chain', { reach: true }],
  ['chain', { reach: true, rich: true, android: true }],
  ['sms', { freeForm: true }],
  ['sms', { freeForm: true, reach: true, twoWay: true }],
  ['whatsapp', { freeForm: true, twoWay: true }],
])('recommends %s for %j', (channel, needs) => {
  expect(advise({ ...nothing, ...needs })).toMatchObject({
    channel,
    because: expect.stringMatching(/\w{4}/),
  });
});
