import { expect, test } from 'vitest';
import {
  readAcceptance,
  readAcceptances,
  readBodies,
  readBulkSpec,
  readDelivery,
  readEvent,
  readEvents,
  readInbound,
  readOrphan,
} from '../../src/ledger/stored.ts';
import { newDelivery } from '../../src/message/delivery.ts';
import { bulkSpec, plan } from '../support/messages.ts';

const event = { kind: 'refused', at: 5, reason: 'no' };
const receipt = { kind: 'receipt', ids: ['a'], receipt: { at: 5 } };

test.each<[name: string, read: (text: string) => unknown, valid: unknown]>([
  ['a message', readDelivery, newDelivery(plan('a'), 5)],
  ['an event', readEvent, event],
  ['the history of a row', readEvents, [event]],
  ['a bulk', readBulkSpec, bulkSpec({})],
  ['an inbound message', readInbound, { from: '+39', at: 5, channel: 'sms' }],
  ['a receipt', readOrphan, receipt],
  ['rows', readBodies, [{ to: '+39' }]],
  ['a claim', readAcceptances, { 7: [5, 'g'], 8: [6, null] }],
  ['an acceptance', readAcceptance, [5, null]],
])('%s is read, and refused when it is damaged', (_, read, valid) => {
  expect(read(JSON.stringify(valid))).toEqual(valid);
  for (const text of [
    '',
    '{',
    'null',
    '7',
    '"text"',
    '[null]',
    '{"kind":"later","at":5}',
    '[[]]',
    '{"7":[]}',
  ])
    expect(() => read(text), text).toThrow(/^a stored .+ is damaged$/);
});

test('a message of an unknown phase is refused', () => {
  expect(() => readDelivery(JSON.stringify({ ...newDelivery(plan('a'), 5), phase: 'later' }))).toThrow();
});
