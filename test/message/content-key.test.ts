import { expect, test } from 'vitest';
import { contentKey } from '../../src/message/content-key.ts';
import { isSameSend, type Message } from '../../src/message/message.ts';
import { plan, message as text } from '../support/messages.ts';

const rich = (title: string) => ({ kind: 'object', type: 'CARD', body: { card: { title } } }) as const;

test('a message without a field of the newer generation has the key that it had before', () => {
  const key = '+393901234567\u0000hi\u0000null\u0000null';
  expect(contentKey(plan('a', { message: text }))).toBe(key);
  expect(contentKey(plan('a', { message: { ...text, agentId: null, rcsTemplate: null } }))).toBe(key);
});

test.each<[what: string, one: Partial<Message>, other: Partial<Message>, isSame: boolean]>([
  ['agents', { agentId: 5 }, { agentId: 6 }, false],
  ['an agent and a number', { agentId: 5 }, { phoneNumberId: '5' }, false],
  ['a template of RCS and none', { rcsTemplate: '12' }, {}, false],
  ['contents', { rich: rich('a') }, { rich: rich('b') }, false],
  ['equal contents', { rich: rich('a') }, { rich: rich('a') }, true],
  ['labels', { campaign: 'May' }, { campaign: 'June' }, true],
  ['times', { scheduledAt: 1 }, { scheduledAt: 2 }, true],
  ['null and absent', { agentId: null }, {}, true],
])('messages that differ in %s', (_, one, other, isSame) => {
  const plans = [one, other].map((part) => plan('a', { message: { ...text, ...part } }));
  const [first, second] = plans.map(contentKey);
  expect(first === second).toBe(isSame);
  expect(isSameSend(plans[0] as never, plans[1] as never)).toBe(isSame);
});
