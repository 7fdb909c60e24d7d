import { expect, test } from 'vitest';
import { statusOf } from '../../../src/message/delivery.ts';
import type { Phone } from '../../../src/message/phone.ts';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { bulkRows, bulkSpec, chainMessage, message, plan } from '../../support/messages.ts';

async function openFresh() {
  const path = freshLedgerPath();
  return { path, reopen: () => openTestLedger(path), ledger: await openTestLedger(path) };
}

const accepted = (at: number) =>
  ({ kind: 'accepted', at, channel: 'sms', gatewayId: 'msg_1', simulation: false }) as const;
const receipt = (status: 'sent' | 'delivered', at: number) =>
  ({ kind: 'receipt', channel: 'sms', status, reason: null, at }) as const;

test('stores a queued message for the next process', async () => {
  const { ledger, reopen } = await openFresh();
  const [first] = await ledger.queue([plan('a')], 5);
  expect(first).toMatchObject({ isNew: true, delivery: { phase: 'queued', createdAt: 5 } });
  expect(await (await reopen()).find('a')).toEqual(first?.delivery);
});

test('leaves a known id unchanged', async () => {
  const { ledger } = await openFresh();
  await ledger.queue([plan('a')], 5);
  const [second] = await ledger.queue([{ ...plan('a'), to: '+393900000000' as Phone }], 9);
  expect(second).toMatchObject({ isNew: false, delivery: { createdAt: 5, plan: { to: '+393901234567' } } });
});

test('lets one of two processes claim a message', async () => {
  const { ledger, reopen } = await openFresh();
  await ledger.queue([plan('a')], 5);
  const other = await reopen();
  expect(await ledger.claim(plan('a'), 'one', 6)).toMatchObject({
    claimed: true,
    delivery: { phase: 'sending' },
  });
  expect(await other.claim(plan('a'), 'two', 6)).toMatchObject({
    claimed: false,
    delivery: { intent: { route: 'one' } },
  });
});

test('refuses to claim a message to an opted-out number unless forced', async () => {
  const { ledger } = await openFresh();
  await ledger.queue([plan('a'), plan('b')], 5);
  await ledger.optOuts.add([{ phone: '+393901234567', at: 6, source: 'inbound', note: 'stop' }]);
  expect(await ledger.claim(plan('a'), 'one', 7)).toMatchObject({
    claimed: false,
    delivery: { phase: 'refused', reason: 'opted out' },
  });
  const forced = { ...plan('b'), overrides: { optOut: 'a recall' } };
  expect(await ledger.claim(forced, 'one', 7)).toMatchObject({ claimed: true, delivery: { plan: forced } });
});

test('leaves existing opt-outs unchanged when adding a list', async () => {
  const { ledger } = await openFresh();
  const phones = Array.from({ length: 3_000 }, (_, i) => `+39390${String(i).padStart(7, '0')}`);
  const first = { phone: phones[7] ?? '', at: 5, source: 'inbound', note: 'stop' } as const;
  await ledger.optOuts.add([first]);
  expect(await ledger.optOuts.addList(phones, { at: 6, source: 'import', note: null })).toBe(2_999);
  expect(await ledger.optOuts.addList(phones, { at: 7, source: 'import', note: null })).toBe(0);
  const found = await ledger.optOuts.findByPhone([...phones, '+391']);
  expect([found.size, found.get(first.phone)]).toEqual([3_000, first]);
});

test('finds the last inbound time of many numbers on a channel', async () => {
  const { ledger } = await openFresh();
  expect(await ledger.inbounds.lastByPhone(['+391'], 'whatsapp')).toEqual(new Map());
  const receive = (from: string, channel: 'sms' | 'whatsapp', at: number) =>
    ({
      key: `${from}${at}`,
      channel,
      from,
      to: null,
      text: 'hi',
      type: 'text',
      media: null,
      id: null,
      at,
    }) as const;
  await ledger.inbounds.add([
    receive('+391', 'whatsapp', 5),
    receive('+391', 'whatsapp', 9),
    receive('+391', 'sms', 11),
    receive('+392', 'sms', 6),
    receive('+393', 'whatsapp', 7),
  ]);
  expect(await ledger.inbounds.lastByPhone(['+391', '+392', '+394'], 'whatsapp')).toEqual(
    new Map([['+391', 9]]),
  );
});

test('claims new messages when queueing for a route', async () => {
  const { ledger } = await openFresh();
  await ledger.queue([plan('a')], 5, 'one');
  const [reopen] = await ledger.queue([plan('a')], 6, 'two');
  expect(reopen).toMatchObject({
    isNew: false,
    delivery: { phase: 'sending', intent: { route: 'one', at: 5 } },
  });
});

test('gives a message back only if it is in doubt and unchanged', async () => {
  const { ledger, reopen } = await openFresh();
  await ledger.queue([plan('a')], 5);
  const { delivery: sending } = await ledger.claim(plan('a'), 'one', 6);
  expect(await ledger.release(sending, 'absent', 7)).toMatchObject({ phase: 'sending' });
  const [seen = sending] = await ledger.append([
    { id: 'a', event: { kind: 'doubt', at: 7, reason: 'reset' } },
  ]);
  expect(await ledger.release(seen, 'absent', 8)).toMatchObject({ phase: 'queued', reason: 'absent' });
  // Another process has sent it again, so the earlier state is stale.
  const other = await reopen();
  await other.claim(plan('a'), 'two', 9);
  await other.append([{ id: 'a', event: { kind: 'doubt', at: 9, reason: 'reset' } }]);
  expect(await ledger.release(seen, 'absent', 10)).toMatchObject({
    phase: 'doubt',
    intent: { route: 'two' },
  });
  await ledger.append([{ id: 'a', event: accepted(11) }]);
  const current = await ledger.find('a');
  expect(current && (await ledger.release(current, 'absent', 12))).toMatchObject({ phase: 'accepted' });
});

test('stores events in order of arrival, except those without news', async () => {
  const { ledger } = await openFresh();
  await ledger.queue([plan('a')], 5);
  const events = [accepted(6), receipt('delivered', 8), receipt('delivered', 8), receipt('sent', 7)];
  const deliveries = await ledger.append(events.map((event) => ({ id: 'a', event })));
  expect(deliveries.map(statusOf)).toEqual(['submitted', 'delivered', 'delivered', 'delivered']);
  expect(await ledger.history('a')).toEqual(events.slice(0, 2));
  expect(await ledger.find('msg_1')).toEqual(deliveries.at(-1));
});

test('refuses an event for a message that was never queued', async () => {
  const { ledger } = await openFresh();
  await expect(ledger.append([{ id: 'nobody', event: accepted(1) }])).rejects.toThrow('never queued');
});

test.each([
  ['newest first', {}, ['d', 'c', 'b', 'a']],
  ['by limit', { limit: 2 }, ['d', 'c']],
  ['by channel', { channel: 'whatsapp' }, ['d']],
  ['by time', { since: 20 }, ['d', 'c']],
  ['by status', { statuses: ['delivered'] }, ['b']],
  ['by status or open', { statuses: ['delivered'], orOpen: true }, ['d', 'c', 'b', 'a']],
  ['open', { open: true }, ['d', 'c', 'a']],
  ['by bulk', { bulk: 'x' }, []],
] as const)('lists %s', async (_, filter, ids) => {
  const { ledger } = await openFresh();
  await ledger.queue([plan('a'), plan('b')], 10);
  await ledger.queue([plan('c'), plan('d', { message: chainMessage })], 20);
  await ledger.append([
    { id: 'b', event: accepted(21) },
    { id: 'b', event: receipt('delivered', 22) },
  ]);
  expect((await ledger.list(filter)).map((delivery) => delivery.plan.id)).toEqual(ids);
});

test.for([
  ['a NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\ud83d'],
  ['a backslash before u0000', 'a\\u0000'],
  ['quotes and an emoji', '\'"😀'],
])('searches messages with %s', async ([, text], { expect }) => {
  const { ledger } = await openFresh();
  await ledger.queue([plan('a', { message: { ...message, text: text ?? '' } }), plan('b')], 5, 'here');
  const gatewayId = `msg ${text}`;
  await ledger.append([
    { id: 'b', event: { kind: 'accepted', at: 6, channel: 'sms', gatewayId, simulation: false } },
  ]);
  expect((await ledger.list({ to: '+393901234567' })).map((one) => one.plan.id)).toEqual(['b', 'a']);
  expect((await ledger.list({ statuses: ['in-doubt'] })).map((one) => one.plan.id)).toEqual(['a']);
  const spec = bulkSpec();
  await ledger.bulks.begin(spec);
  await ledger.bulks.add(
    spec.id,
    bulkRows(3, () => ({ message: { ...message, text: text ?? '' } })),
  );
  await ledger.bulks.seal(spec.id, 'print');
  const run = await ledger.bulks.take(spec.id, 'here', 7);
  const { claimed } = await run.commitAndClaim([], 3, 8);
  const events = claimed.map((target) => ({
    target,
    event: { kind: 'accepted', at: 9, channel: 'sms', gatewayId, simulation: false } as const,
  }));
  await run.commitAndClaim(events.slice(0, 1), 0, 9);
  await run.commitAndClaim(events.slice(1), 0, 9);
  expect(claimed.map(({ delivery }) => delivery.plan.message.text)).toEqual([text, text, text]);
  expect(await ledger.bulks.counts(spec.id)).toMatchObject([{ status: 'submitted', count: 3 }]);
  expect((await ledger.list({ bulk: spec.id })).map((one) => one.phase)).toEqual(Array(3).fill('accepted'));
  await ledger.events.matchOrphans(10);
});
