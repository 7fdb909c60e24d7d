import { describe, expect, test } from 'vitest';
import { receiver } from './receiver.ts';
import { noon, start } from './start.ts';

const inbox = '/partner-gateway/v1/inbox/conversations';
const anna = '+393901234567';
const bruno = '+393907654321';
const chat = 'whatsapp-393901234567';
const at = (milliseconds: number) => new Date(noon + milliseconds).toISOString();

interface Chat {
  chatId: string;
  lastMessage: string;
}

/** Starts a sandbox with inbound messages one minute apart: Anna on WhatsApp, Bruno by SMS, Anna by RCS. */
async function startWithInbound() {
  const sandbox = await start();
  const { post, get, clock } = sandbox;
  await post('/sandbox/inbound', { from: anna, message: 'Where are you?' });
  clock.now += 60_000;
  await post('/sandbox/inbound', { from: bruno, message: 'STOP', channel: 'sms' });
  clock.now += 60_000;
  await post('/sandbox/inbound', { from: anna, message: 'Hello?', channel: 'rcs' });
  return {
    ...sandbox,
    /** Lists the channels of the conversations that match a query. */
    ids: async (query = '') => {
      const { body } = await get<{ conversations: Chat[] }>(`${inbox}${query}`);
      return body.conversations.map(({ chatId }) => chatId);
    },
    messages: async (id: string, query = '') => {
      const { body } = await get<{ messages: Record<string, unknown>[] }>(`${inbox}/${id}/messages${query}`);
      return body.messages;
    },
    reply: (body: unknown) => post(`${inbox}/reply`, body),
  };
}

test('has no conversations without inbound messages, even after outbound ones', async () => {
  const { sms, get } = await start();
  await sms('4567');
  expect(await get(inbox)).toMatchObject({ status: 200, body: { conversations: [] } });
  expect((await get(`${inbox}/sms-393901234567`)).status).toBe(404);
});

describe('the list', () => {
  test('has a conversation per number and channel, newest first', async () => {
    const { get } = await startWithInbound();
    const conversation = { unreadCount: 1, assignee: null };
    expect((await get(inbox)).body).toEqual({
      conversations: [
        {
          ...conversation,
          chatId: 'rcs-393901234567',
          channel: 'RCS',
          contact: { phoneNumber: anna },
          lastMessage: 'Hello?',
          lastMessageDate: at(120_000),
        },
        {
          ...conversation,
          chatId: 'sms-393907654321',
          channel: 'SMS',
          contact: { phoneNumber: bruno },
          lastMessage: 'STOP',
          lastMessageDate: at(60_000),
        },
        {
          ...conversation,
          chatId: chat,
          channel: 'WHATSAPP',
          contact: { phoneNumber: anna },
          lastMessage: 'Where are you?',
          lastMessageDate: at(0),
        },
      ],
    });
  });

  test.each([
    ['?orderBy=%2BlastMessageDate', ['whatsapp', 'sms', 'rcs']],
    ['?orderBy=+lastMessageDate', ['whatsapp', 'sms', 'rcs']],
    ['?orderBy=-lastMessageDate', ['rcs', 'sms', 'whatsapp']],
    ['?channelIds=SMS,WHATSAPP', ['sms', 'whatsapp']],
    [`?dateFrom=${encodeURIComponent(at(60_000))}`, ['rcs', 'sms']],
    ['?limit=2', ['rcs', 'sms']],
    ['?limit=2&page=1', ['whatsapp']],
    ['?unreadOnly=true', ['rcs', 'sms', 'whatsapp']],
  ])('%s', async (query, channels) => {
    const { ids } = await startWithInbound();
    expect((await ids(query)).map((id) => id.split('-')[0])).toEqual(channels);
  });

  test.each(['?orderBy=name', '?channelIds=FAX', '?dateFrom=soon', '?limit=0', '?unreadOnly=perhaps'])(
    'refuses %s',
    async (query) => {
      expect((await (await start()).get(inbox + query)).status).toBe(400);
    },
  );

  test('counts unread messages and marks conversations as read', async () => {
    const { post, get, patch, ids } = await startWithInbound();
    await post('/sandbox/inbound', { from: anna, message: `${'x'.repeat(100)}` });
    expect((await get(`${inbox}/${chat}`)).body).toMatchObject({
      chatId: chat,
      unreadCount: 2,
      lastMessage: `${'x'.repeat(79)}…`,
    });
    for (let again = 0; again < 2; again++) {
      const { status, body } = await patch(`${inbox}/${chat}/read`);
      expect([status, body]).toEqual([204, undefined]);
    }
    expect((await get(`${inbox}/${chat}`)).body).toMatchObject({ unreadCount: 0 });
    expect(await ids('?unreadOnly=true')).not.toContain(chat);
    await post('/sandbox/inbound', { from: anna, message: 'still there?' });
    expect((await get(`${inbox}/${chat}`)).body).toMatchObject({ unreadCount: 1 });
  });

  test('hides archived conversations until the next inbound message', async () => {
    const { post, get, patch, ids } = await startWithInbound();
    expect((await patch(`${inbox}/${chat}/archive`)).status).toBe(204);
    expect(await ids()).not.toContain(chat);
    expect((await get(`${inbox}/${chat}`)).status).toBe(200);
    expect((await patch(`${inbox}/${chat}/unarchive`)).status).toBe(204);
    expect(await ids()).toContain(chat);
    await patch(`${inbox}/${chat}/archive`);
    await post('/sandbox/inbound', { from: anna, message: 'still there?' });
    expect(await ids()).toContain(chat);
  });

  test.each(['', '/messages', '/read', '/archive', '/unarchive'])(
    'responds with 404 to an unknown conversation: %s',
    async (path) => {
      const { get, patch } = await startWithInbound();
      const request = path === '' || path === '/messages' ? get : patch;
      for (const id of ['whatsapp-393907654321', 'fax-393901234567', 'nobody', 'sms-'])
        expect((await request(`${inbox}/${id}${path}`)).status).toBe(404);
    },
  );

  test('requires credentials', async () => {
    expect((await (await start()).call('GET', inbox, { headers: {} })).status).toBe(401);
  });
});

describe('a conversation', () => {
  test('has the messages of both sides, oldest first, with the status of outbound ones', async () => {
    const { whatsapp, messages, get, clock } = await startWithInbound();
    const { messageId } = (await whatsapp('4567', { message: 'On our way' })).body;
    clock.now += 2000;
    const [theirs, ours, ...others] = await messages(chat);
    expect(others).toEqual([]);
    expect(theirs).toEqual({
      id: noon * 1000 + 1,
      messageId: expect.stringMatching(/^in_/),
      direction: 'INBOUND',
      text: 'Where are you?',
      content: 'Where are you?',
      messageType: 'TEXT',
      timestamp: at(0),
      status: null,
      deliveryStatus: null,
      channel: 'WHATSAPP',
    });
    expect(ours).toEqual({
      id: (noon + 120_000) * 1000 + 501,
      messageId,
      direction: 'OUTBOUND',
      text: 'On our way',
      content: 'On our way',
      messageType: 'TEXT',
      timestamp: at(120_000),
      status: 'DELIVERED',
      deliveryStatus: 'DELIVERED',
      channel: 'WHATSAPP',
    });
    clock.now += 2000;
    expect((await messages(chat))[1]).toMatchObject({ status: 'READ' });
    expect((await get(`${inbox}/${chat}`)).body).toMatchObject({
      lastMessage: 'On our way',
      lastMessageDate: at(120_000),
      unreadCount: 1,
    });
    expect(await messages(chat, '?limit=1&page=1')).toMatchObject([{ messageId }]);
  });

  test('has rendered templates and messages that fell back to its channel', async () => {
    const { post, whatsapp, messages, clock } = await startWithInbound();
    await post('/sandbox/inbound', { from: '+393901230001', message: 'Hi', channel: 'rcs' });
    await whatsapp('0001', {
      fallback: true,
      templateId: 'template_456',
      variables: { name: 'A', code: '7' },
    });
    const rcs = 'rcs-393901230001';
    expect(await messages(rcs)).toHaveLength(1);
    clock.now += 2500;
    expect((await messages(rcs))[1]).toMatchObject({ text: 'Hello A, your code is 7.', status: 'SENT' });
    await whatsapp('4567', { simulation: true });
    expect(await messages(chat)).toHaveLength(1);
  });
});

describe('the messages of a conversation by their ids', () => {
  interface Entry {
    id: number;
    text: string;
  }

  /** Starts a sandbox with ten messages, received and sent in turn, the first four at the same time. */
  async function startLong(strict?: 'platform') {
    const { post, get, clock } = await start({ strict });
    for (let n = 0; n < 5; n++) {
      if (n > 1) clock.now += 1;
      await post('/sandbox/inbound', { from: anna, message: `in ${n}` });
      if (n > 1) clock.now += 1;
      await post(`${inbox}/reply`, { conversationId: chat, text: `out ${n}` });
    }
    const read = async (query: string) => {
      const { body } = await get<Entry[] | { messages: Entry[] }>(`${inbox}/${chat}/messages${query}`);
      return strict === undefined ? (body as { messages: Entry[] }).messages : (body as Entry[]);
    };
    return { read, get, all: await read('?limit=100') };
  }

  test.each([undefined, 'platform'] as const)('rise with time: %s', async (strict) => {
    const { all } = await startLong(strict);
    const ids = all.map(({ id }) => id);
    expect(ids.every(Number.isSafeInteger)).toBe(true);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect(all.map(({ text }) => text)).toEqual([
      ...['in 0', 'in 1', 'out 0', 'out 1'],
      ...['in 2', 'out 2', 'in 3', 'out 3', 'in 4', 'out 4'],
    ]);
  });

  test.each([undefined, 'platform'] as const)('select a page, both inclusive: %s', async (strict) => {
    const { read, all } = await startLong(strict);
    const id = (index: number) => all[index]?.id;
    for (const [query, expected] of [
      [`?idFrom=${id(3)}`, all.slice(3)],
      [`?idFrom=${id(3)}&limit=2`, all.slice(3, 5)],
      [`?idTo=${id(3)}`, all.slice(0, 4)],
      [`?idTo=${id(3)}&limit=2`, all.slice(2, 4)],
      [`?idFrom=${id(3)}&idTo=${id(5)}`, all.slice(3, 6)],
      [`?idFrom=${id(3)}&idTo=${id(9)}&limit=2`, all.slice(3, 5)],
      [`?idFrom=${id(5)}&idTo=${id(3)}`, []],
      ['?idFrom=0&limit=3', all.slice(0, 3)],
      [`?idFrom=${Number(id(9)) + 1}`, []],
      // As a number, the first would be the second.
      ['?idFrom=9007199254740993', []],
      ['?idTo=90071992547409931234567&limit=1', all.slice(9)],
    ] as const)
      expect([query, await read(query)]).toEqual([query, expected]);
  });

  test('are all reached page by page, from the first and from the last', async () => {
    const { read, all } = await startLong('platform');
    const forward: Entry[] = await read('?limit=3');
    for (;;) {
      const next = await read(`?limit=3&idFrom=${forward.at(-1)?.id}`);
      if (next.length < 2) break;
      forward.push(...next.slice(1));
    }
    expect(forward).toEqual(all);
    const backward: Entry[] = await read(`?limit=3&idTo=${all.at(-1)?.id}`);
    for (;;) {
      const next = await read(`?limit=3&idTo=${backward[0]?.id}`);
      if (next.length < 2) break;
      backward.unshift(...next.slice(0, -1));
    }
    expect(backward).toEqual(all);
  });

  test('are the only way to page on a platform account', async () => {
    const [both, platform] = [await startLong(), await startLong('platform')];
    expect(await both.read('?limit=2&page=1')).toEqual(both.all.slice(2, 4));
    expect(await platform.read('?limit=2&page=1')).toEqual(platform.all.slice(0, 2));
  });

  test.each(['idFrom=x', 'idFrom=', 'idTo=-1', 'idTo=1.5', 'idFrom=1e3'])('refuse %s', async (query) => {
    expect((await (await startLong()).get(`${inbox}/${chat}/messages?${query}`)).status).toBe(400);
  });
});

describe('a reply', () => {
  test.each([
    ['conversationId', 'text', 'Soon'],
    ['chatId', 'message', 'Soon'],
    ['conversationId', 'body', { text: 'Soon' }],
    ['conversationId', 'content', { type: 'TEXT', text: 'Soon' }],
  ])('is accepted with %s and %s: %j', async (name, field, content) => {
    const { reply, messages, get, clock } = await startWithInbound();
    const { status, body } = await reply({ [name]: chat, [field]: content, customerMessageId: 'answer-1' });
    expect([status, body]).toEqual([
      202,
      { messageId: expect.stringMatching(/^msg_\w+$/), conversationId: chat },
    ]);
    clock.now += 4000;
    expect((await get('/messages/status/answer-1')).body).toMatchObject({
      messageId: body.messageId,
      channel: 'whatsapp',
      deliveryStatus: 'READ',
    });
    expect((await messages(chat))[1]).toMatchObject({
      messageId: body.messageId,
      text: 'Soon',
      status: 'READ',
    });
  });

  test.each([
    [{ text: 'x' }, 400, 'conversationId is missing'],
    [{ conversationId: chat }, 400, 'text is missing'],
    [{ conversationId: chat, text: ' ' }, 400, 'text is empty'],
    [{ conversationId: chat, content: {} }, 400, 'text is missing'],
    [{ conversationId: chat, text: 7 }, 400, 'text must be a string'],
    [{ conversationId: 'sms-393901234567', text: 'x' }, 404, 'No conversation'],
  ])('%j -> %i', async (body, status, message) => {
    const { reply, get } = await startWithInbound();
    expect(await reply(body)).toMatchObject({ status, body: { message: expect.stringContaining(message) } });
    expect((await get('/sandbox/messages')).body).toEqual([]);
  });

  test('is refused on WhatsApp after 24 hours until the next inbound message, but not on other channels', async () => {
    const { reply, post, whatsapp, clock } = await startWithInbound();
    clock.now = noon + 86_400_000 - 1;
    expect((await reply({ conversationId: chat, text: 'x' })).status).toBe(202);
    clock.now += 1;
    const refused = await reply({ conversationId: chat, text: 'x' });
    expect([refused.status, refused.body]).toEqual([400, (await whatsapp('0024')).body]);
    expect((await reply({ conversationId: 'sms-393907654321', text: 'x' })).status).toBe(202);
    expect((await reply({ conversationId: 'rcs-393901234567', text: 'x' })).status).toBe(202);
    await post('/sandbox/inbound', { from: anna, message: 'still there?' });
    expect((await reply({ conversationId: chat, text: 'x' })).status).toBe(202);
  });

  test('is reported by webhook like any message', async () => {
    const hook = await receiver();
    const { post, clock } = await start({ sendsWebhooks: true, webhookUrl: hook.url, webhookShape: 'guide' });
    await post('/sandbox/inbound', { from: anna, message: 'Hello?', channel: 'rcs' });
    await hook.count(1);
    const { messageId } = (await post(`${inbox}/reply`, { conversationId: 'rcs-393901234567', text: 'Yes?' }))
      .body;
    clock.now += 4000;
    await hook.count(3);
    expect(hook.events().slice(1)).toMatchObject([
      { eventType: 'DELIVERY', messageId, statusCode: 3, channel: 'RCS' },
      { eventType: 'READ', messageId },
    ]);
  });
});
