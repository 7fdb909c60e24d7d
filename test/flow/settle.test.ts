import { expect, test } from 'vitest';
import { learnt, safeFrom } from '../../src/flow/settle.ts';
import { timeouts } from '../../src/gateway/exchange.ts';
import type { Known } from '../../src/gateway/gateway.ts';
import { begun, type Delivery, fold, inPlay, statusOf } from '../../src/message/delivery.ts';
import type { Event } from '../../src/message/event.ts';
import { compose } from '../../src/message/message.ts';
import { phone } from '../../src/message/phone.ts';

const to = await phone('+393901234567');
const message = compose({
  channel: 'whatsapp',
  fallback: true,
  text: 'Hello',
  template: 'template_123',
  variables: {},
  sender: undefined,
  simulation: false,
});

const request = timeouts.connect + timeouts.answer;
const grace = 15_000;

function after(...events: Event[]): Delivery {
  return events.reduce(fold, begun({ id: 'order-1', to, message }, 1_000));
}

const intent: Event = { kind: 'intent', at: 2_000, owner: 'host/1' };

test.each<[string, Event[], boolean, number, number]>([
  [
    'in doubt: from when that was known',
    [intent, { kind: 'doubt', at: 3_000, reason: '' }],
    false,
    9_000,
    3_000 + grace,
  ],
  [
    'in doubt, its process at work: the same',
    [intent, { kind: 'doubt', at: 3_000, reason: '' }],
    true,
    9_000,
    3_000 + grace,
  ],
  [
    'being sent by a process at work: not before its request must have ended',
    [intent],
    true,
    9_000,
    2_000 + request + grace,
  ],
  ['being sent by a process that died: from now', [intent], false, 9_000, 9_000 + grace],
  [
    'being sent by a process that died long ago: from the end of its request',
    [intent],
    false,
    900_000,
    2_000 + request + grace,
  ],
  ['being sent by a process that works for ever: the same', [intent], true, 900_000, 2_000 + request + grace],
])('%s', (_, events, alive, now, safe) => {
  expect(safeFrom(after(...events), { isAtWork: () => alive, grace }, now)).toBe(safe);
});

const known = (more: Partial<Known> = {}): Known => ({
  id: null,
  receipt: { channel: 'rcs', status: 'delivered', reason: null, at: 8_000 },
  earlier: [{ channel: 'whatsapp', status: 'undelivered', reason: 'not on WhatsApp', at: 7_000 }],
  gatewayId: 'msg_1',
  to,
  ...more,
});

test('what the gateway knows of a message in doubt makes it taken, with its whole chain', () => {
  const doubt = after(intent, { kind: 'doubt', at: 3_000, reason: 'reset' });
  const settled = learnt(doubt, known()).reduce(fold, doubt);
  expect(settled).toMatchObject({ phase: 'taken', gatewayId: 'msg_1', reason: null, intent: null });
  expect([statusOf(settled), inPlay(settled)]).toEqual(['delivered', 'rcs']);
  expect(settled.attempts.map(({ channel, status }) => [channel, status])).toEqual([
    ['whatsapp', 'undelivered'],
    ['rcs', 'delivered'],
  ]);
});

test('told twice it tells nothing new', () => {
  const once = learnt(after(intent), known()).reduce(fold, after(intent));
  expect(learnt(once, known()).reduce(fold, once)).toBe(once);
});

test('a gateway that names no id leaves the message taken, and learns it later', () => {
  const nameless = learnt(after(intent), known({ gatewayId: null })).reduce(fold, after(intent));
  expect(nameless).toMatchObject({ phase: 'taken', gatewayId: null });
  expect(learnt(nameless, known()).reduce(fold, nameless).gatewayId).toBe('msg_1');
});
