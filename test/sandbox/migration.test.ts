import { expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { freshState, noon, start } from './start.ts';

/** Schema of the state files before each channel's content was stored. */
const steps = [
  `CREATE TABLE messages (
     n INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, customer_id TEXT NOT NULL,
     phone TEXT NOT NULL, channel TEXT NOT NULL, chain TEXT NOT NULL, simulation INTEGER NOT NULL,
     accepted_at INTEGER NOT NULL, body TEXT NOT NULL);
   CREATE INDEX messages_customer ON messages (customer_id);
   CREATE INDEX messages_charged ON messages (simulation, channel);
   CREATE TABLE tries (key TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE inbound (
     n INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, channel TEXT NOT NULL,
     text TEXT NOT NULL, at INTEGER NOT NULL);
   CREATE INDEX inbound_last ON inbound (phone, channel, at);`,
  `CREATE TABLE templates (
     n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, body TEXT NOT NULL,
     submitted_at INTEGER NOT NULL);
   CREATE INDEX templates_channel ON templates (channel, n);`,
  `ALTER TABLE inbound ADD COLUMN destination TEXT;
   CREATE TABLE webhook (
     one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, url TEXT NOT NULL, shape TEXT NOT NULL,
     created_at INTEGER NOT NULL, seen_messages INTEGER NOT NULL, seen_inbound INTEGER NOT NULL);
   CREATE TABLE untold (
     kind TEXT NOT NULL, n INTEGER NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (kind, n)) WITHOUT ROWID;
   CREATE INDEX messages_accepted ON messages (accepted_at);
   CREATE TABLE chats (
     channel TEXT NOT NULL, phone TEXT NOT NULL, read_n INTEGER NOT NULL DEFAULT 0,
     archived_n INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (phone, channel)) WITHOUT ROWID;
   CREATE INDEX messages_phone ON messages (phone);`,
];

const phone = '+393901230002';
const chain = ['whatsapp', 'rcs', 'sms'].map((channel) => ({ channel, obstacle: null }));
const noRcs = chain.map((hop) =>
  hop.channel === 'rcs' ? { ...hop, obstacle: 'RCS needs a template' } : hop,
);
const template = { templateId: 'template_456', variables: { name: 'Ada', code: '7' } };
const only = (channel: string) => [{ channel, obstacle: null }];

/** Old messages: channel, chain, body, simulation, and what each channel carries. */
const messages = [
  ['sms', only('sms'), { message: 'Hello {x} \\{y}', senderName: 'Acme' }, 0, { sms: 'Hello {x} \\{y}' }],
  ['sms', only('sms'), { message: 'a', text: 'b' }, 1, {}],
  ['whatsapp', noRcs, { message: 'free', fallback: true }, 0, { whatsapp: 'free', rcs: 'free', sms: 'free' }],
  [
    'whatsapp',
    chain,
    { ...template, message: 'instead', fallback: true },
    0,
    { whatsapp: 'Hello Ada, your code is 7.', rcs: 'Hello Ada, your code is 7.', sms: 'instead' },
  ],
  ['rcs', only('rcs'), { templateId: 'template_card', variables: { name: 'A' } }, 0, { rcs: 'spring_offer' }],
  ['rcs', only('rcs'), { chatId: 'x', text: 'a reply' }, 0, { rcs: 'a reply' }],
  ['rcs', only('rcs'), { chatId: 'x', content: { text: 'in an object' } }, 0, { rcs: 'in an object' }],
  [
    'sms',
    only('sms'),
    { chatId: 'x', text: 'odd', variables: 'x', enableNotification: false },
    0,
    { sms: 'odd' },
  ],
] as const;

test('a state of an earlier version has the same messages, texts and charges', async () => {
  const state = freshState();
  const database = await openDatabase(state, { durability: 'off', steps });
  database.write((sql) => {
    for (const [index, [channel, hops, body, simulation]] of messages.entries())
      sql.run(
        `INSERT INTO messages (message_id, customer_id, phone, channel, chain, simulation, accepted_at, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        `msg_${index}`,
        `order-${index}`,
        phone,
        channel,
        JSON.stringify(hops),
        simulation,
        noon + index,
        JSON.stringify({ phoneNumber: phone, ...body }),
      );
    sql.run(
      `INSERT INTO templates (id, channel, body, submitted_at) VALUES ('template_old', 'rcs', '{"name":"n"}', ?)`,
      noon,
    );
    for (const channel of ['whatsapp', 'rcs', 'sms'])
      sql.run(
        'INSERT INTO inbound (message_id, phone, channel, text, at) VALUES (?, ?, ?, ?, ?)',
        `in_${channel}`,
        phone,
        channel,
        'Hi',
        noon - 1,
      );
  });
  database.close();

  const sandbox = await start({ state });
  const { get, clock } = sandbox;
  clock.now += 60_000;
  expect((await get('/sandbox/messages')).list).toMatchObject(
    messages.map(([channel, , body, simulation], index) => ({
      id: `msg_${index}`,
      customerMessageId: `order-${index}`,
      channel,
      simulation: simulation === 1,
      acceptedAt: new Date(noon + index).toISOString(),
      body: { phoneNumber: phone, ...body },
    })),
  );
  expect((await get('/messages/status/msg_0')).body).toMatchObject({ customerMessageId: 'order-0' });
  for (const channel of ['whatsapp', 'rcs', 'sms'] as const) {
    const { body } = await get<{ messages: { messageId: string; text: string }[] }>(
      `/partner-gateway/v1/inbox/conversations/${channel}-${phone.slice(1)}/messages`,
    );
    const texts = Object.fromEntries(body.messages.map(({ messageId, text }) => [messageId, text]));
    delete texts[`in_${channel}`];
    const expected = messages.flatMap(([, , , , carried], index) => {
      const text = (carried as Partial<Record<typeof channel, string>>)[channel];
      return text === undefined ? [] : [[`msg_${index}`, text]];
    });
    expect(texts).toEqual(Object.fromEntries(expected));
  }
  // Two SMS, two on WhatsApp, three by RCS, as they were charged: not the simulated one.
  expect((await get('/services/sms/credit')).body).toEqual({ credit: 100_000 - 0.42 });
  expect((await get('/message-server/rcs/templates/template_old')).body).toMatchObject({ name: 'n' });
  const history = 'channel=SMS&from=2025-04-08T00:00:00Z&to=2025-04-09T00:00:00Z';
  expect((await get(`/partner-gateway/v1/messages/history?${history}`)).list[0]).toMatchObject({
    customerMessageId: 'order-0',
    sender: 'Acme',
    price: 0.04,
  });
});
