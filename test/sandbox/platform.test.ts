import { describe, expect, test } from 'vitest';
import { start } from './start.ts';

const to = '+393901234567';
const sms = { destination: to, sender: 'Acme', body: 'Hello' };
const text = (content: string, more = {}) => ({ type: 'TEXT', body: { text: content, ...more } });
const rcs = { destination: to, agentId: 10, templateId: 12 };
const whatsapp = { destination: to, phoneNumberId: 5, template: { id: 42 } };
const fallbackSms = { sender: 'Acme', text: 'By SMS' };
const fallbackRcs = { agentId: 10, body: text('By RCS') };
const card = { title: 'Offer', media: { height: 'TALL', fileUrl: 'https://example.com/a.jpg' } };

/** Returns a body without a field, or with another value for it. */
const change = (body: object, field: string, value?: unknown) => ({ ...body, [field]: value });

describe('a refusal with 400 names the invalid field', () => {
  test.each([
    ['sms', change(sms, 'sender'), 'sender: must not be null'],
    ['sms', change(sms, 'body'), 'body: must not be null'],
    ['sms', change(sms, 'body', null), 'body: must not be null'],
    ['rcs', change(rcs, 'agentId'), 'agentId: must not be null'],
    ['rcs', change(rcs, 'templateId'), 'body: must not be null'],
    ['whatsapp', change(whatsapp, 'phoneNumberId'), 'phoneNumberId: must not be null'],
    ['whatsapp', change(whatsapp, 'template'), 'body: must not be null'],
    ['whatsapp', change(whatsapp, 'template', {}), 'template.id: must not be null'],
    ['whatsapp', { ...whatsapp, fallbackRcs }, 'fallbackSms: must not be null'],
    ['whatsapp', { ...whatsapp, fallbackSms: { sender: 'A' } }, 'fallbackSms.text: must not be null'],
    ['whatsapp', { ...whatsapp, fallbackSms: { text: 'x' } }, 'fallbackSms.sender: must not be null'],
    [
      'whatsapp',
      { ...whatsapp, fallbackSms, fallbackRcs: { body: text('x') } },
      'fallbackRcs.agentId: must not be null',
    ],
    [
      'whatsapp',
      { ...whatsapp, fallbackSms, fallbackRcs: { agentId: 10 } },
      'fallbackRcs.body: must not be null',
    ],
    ['rcs', { ...rcs, body: text('x') }, 'body and templateId: only one'],
    ['whatsapp', { ...whatsapp, body: text('x') }, 'body and template: only one'],
    [
      'whatsapp',
      { ...whatsapp, fallbackSms, fallbackRcs: { ...fallbackRcs, templateId: 12 } },
      'fallbackRcs.body and fallbackRcs.templateId: only one',
    ],
    ['sms', change(sms, 'destination', '0123'), 'destination is not in international format'],
    ['sms', change(sms, 'destination', '+393901230006'), 'destination +393901230006 is not a valid'],
    ['sms', change(sms, 'sender', 'Much too long'), 'sender is longer'],
    ['sms', change(sms, 'body', { text: 'x' }), 'body must be a string'],
    ['sms', change(sms, 'messageId', 7), 'messageId must be a string'],
    ['sms', change(sms, 'campaignId', 'x'.repeat(256)), 'campaignId: must not be longer than 255'],
    ['sms', change(sms, 'udhData', 'xyz'), 'udhData: must be hexadecimal'],
    ['sms', change(sms, 'skipRcsOverride', 'yes'), 'skipRcsOverride must be true or false'],
    ['sms', change(sms, 'enableNotification', 'yes'), 'enableNotification must be true or false'],
    ['sms', change(sms, 'simulation', 1), 'simulation must be true or false'],
    ['sms', change(sms, 'placeholders', { name: 1 }), 'placeholders.name must be a string'],
    ['rcs', change(rcs, 'agentId', '10'), 'agentId: must be a whole number above 0'],
    ['rcs', change(rcs, 'agentId', 0), 'agentId: must be a whole number above 0'],
    ['rcs', change(rcs, 'agentId', 1.5), 'agentId: must be a whole number above 0'],
    ['rcs', change(rcs, 'templateId', '12'), 'templateId: must be a whole number above 0'],
    ['rcs', change(rcs, 'maxSmsParts', 0), 'maxSmsParts: must be a whole number above 0'],
    ['rcs', change(rcs, 'templateId', 99), 'templateId 99 is unknown on RCS'],
    ['rcs', change(rcs, 'templateId', 42), 'templateId 42 is unknown on RCS'],
    ['rcs', change(rcs, 'templateId', 13), 'templateId 13 is not approved: it is PENDING'],
    ['rcs', change(rcs, 'templateId', 14), 'templateId 14 is not approved: it is REJECTED'],
    ['rcs', { ...rcs, placeholders: { nome: 'A' } }, 'placeholders.nome is unknown'],
    ['whatsapp', change(whatsapp, 'phoneNumberId', -1), 'phoneNumberId: must be a whole number'],
    ['whatsapp', change(whatsapp, 'phoneNumberId', '-1'), 'phoneNumberId: must be a whole number'],
    ['whatsapp', change(whatsapp, 'phoneNumberId', '0'), 'phoneNumberId: must be a whole number'],
    ['whatsapp', change(whatsapp, 'phoneNumberId', ' '), 'phoneNumberId: must be a whole number'],
    ['whatsapp', change(whatsapp, 'phoneNumberId', {}), 'phoneNumberId: must be a whole number'],
    ['whatsapp', change(whatsapp, 'template', 'x'), 'template: must be an object'],
    ['whatsapp', change(whatsapp, 'template', { id: '42' }), 'template.id: must be a whole number'],
    ['whatsapp', change(whatsapp, 'template', { id: 12 }), 'template 12 is unknown on WhatsApp'],
    ['whatsapp', change(whatsapp, 'template', { id: 44 }), 'template 44 is not approved: it is PENDING'],
    ['whatsapp', change(whatsapp, 'template', { id: 45 }), 'template 45 is not approved: it is REJECTED'],
    ['whatsapp', change(whatsapp, 'template', { name: 'none' }), 'template none is unknown'],
    ['whatsapp', change(whatsapp, 'template', { name: 'welcome', language: 'it' }), 'template welcome'],
    [
      'whatsapp',
      change(whatsapp, 'template', { name: 'welcome', parameters: 'x' }),
      'template.parameters: must be a list',
    ],
    ['whatsapp', { ...whatsapp, placeholders: { nome: 'A' } }, 'placeholders.nome is unknown'],
    ['whatsapp', { ...whatsapp, fallbackSms: 'x' }, 'fallbackSms: must be an object'],
  ])('%s %j', async (channel, body, message) => {
    const { post, get } = await start();
    expect(await post(`/message-server/${channel}/send`, body)).toMatchObject({
      status: 400,
      body: { status: 400, error: 'Bad Request', message: expect.stringContaining(message) },
    });
    expect((await get('/sandbox/messages')).body).toEqual([]);
  });

  test.each([
    ['x', 'body: must be an object'],
    [{ body: { text: 'x' } }, 'body.type: must not be null'],
    [{ type: 'TEXT' }, 'body.body: must not be null'],
    [{ type: 'VIDEO', body: {} }, 'body.type: must be TEXT, CARD or CAROUSEL'],
    [text(''), 'body.body.text is empty'],
    [{ type: 'TEXT', body: {} }, 'body.body.text: must not be null'],
    [{ type: 'CARD', body: {} }, 'body.body: needs a title, a description or media'],
    [{ type: 'CARD', body: { card: {} } }, 'body.body.card: needs a title, a description or media'],
    [{ type: 'CAROUSEL', body: { cards: [card] } }, 'body.body.cards: must be a list of 2 to 10'],
    [{ type: 'CAROUSEL', body: { cards: [card, {}] } }, 'body.body.cards[1]: needs a title'],
    [text('x', { fallbackSms: { text: 'x' } }), 'body.body.fallbackSms.sender: must not be null'],
  ])('the RCS content %j', async (content, message) => {
    const { post } = await start();
    const body = { destination: to, agentId: 10, body: content };
    expect(await post('/message-server/rcs/send', body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(message) },
    });
  });
});

describe('an accepted message', () => {
  const accepted = { accepted: true, reasons: [] };
  const oneSms = { ...accepted, unicode: false, parts: 1 };

  test.each([
    ['sms', sms, { sms: oneSms }],
    ['sms', { ...sms, body: `${'x'.repeat(80)}€ ✓` }, { sms: { ...oneSms, unicode: true, parts: 2 } }],
    [
      'sms',
      { ...sms, body: '{name}', placeholders: { name: 'x'.repeat(161) } },
      { sms: { ...oneSms, parts: 2 } },
    ],
    ['sms', { ...sms, udhData: '0500', skipRcsOverride: true, campaignId: 'x'.repeat(255) }, { sms: oneSms }],
    ['rcs', rcs, { rcs: accepted }],
    ['rcs', { ...rcs, agentId: 7, placeholders: { name: 'Ada' } }, { rcs: accepted }],
    ['rcs', { ...rcs, templateId: 7 }, { rcs: accepted }],
    ['rcs', { ...rcs, templateId: 7, maxSmsParts: 1 }, { rcs: accepted, sms: oneSms }],
    ['rcs', { ...rcs, templateId: 8, maxSmsParts: 1 }, { rcs: accepted, sms: oneSms }],
    ['rcs', { ...rcs, templateId: 9, maxSmsParts: 1 }, { rcs: accepted }],
    ['rcs', { destination: to, agentId: 10, body: text('Hi', { fallbackSms }) }, { rcs: accepted }],
    [
      'rcs',
      { destination: to, agentId: 10, body: text('Hi', { fallbackSms }), maxSmsParts: 2 },
      { rcs: accepted, sms: oneSms },
    ],
    [
      'rcs',
      {
        destination: to,
        agentId: 10,
        body: text('Hi', { fallbackSms: { sender: 'Acme', text: 'x'.repeat(161) } }),
        maxSmsParts: 1,
      },
      {
        rcs: accepted,
        sms: { accepted: false, unicode: false, parts: 0, reasons: ['2 parts, more than maxSmsParts'] },
      },
    ],
    ['whatsapp', whatsapp, { whatsapp: accepted }],
    ['whatsapp', { ...whatsapp, phoneNumberId: 'waba-num-001' }, { whatsapp: accepted }],
    ['whatsapp', { ...whatsapp, placeholders: { 1: 'A', 2: 'B', shortLinkT1: 'x' } }, { whatsapp: accepted }],
    [
      'whatsapp',
      { ...whatsapp, template: { id: 43 }, placeholders: { firstName: 'A' } },
      { whatsapp: accepted },
    ],
    [
      'whatsapp',
      { ...whatsapp, template: { name: 'order_shipped', language: 'en', parameters: ['A', 'B'] } },
      { whatsapp: accepted },
    ],
    ['whatsapp', { ...whatsapp, fallbackSms }, { whatsapp: accepted, sms: oneSms }],
    [
      'whatsapp',
      { ...whatsapp, fallbackRcs, fallbackSms },
      { whatsapp: accepted, rcs: accepted, sms: oneSms },
    ],
    [
      'whatsapp',
      { ...whatsapp, fallbackRcs: { agentId: 10, templateId: 13 }, fallbackSms },
      {
        whatsapp: accepted,
        rcs: { accepted: false, reasons: ['templateId 13 is not approved: it is PENDING'] },
        sms: oneSms,
      },
    ],
    ['whatsapp', { ...whatsapp, fallbackRcs: false, fallbackSms: false }, { whatsapp: accepted }],
    ['whatsapp', { destination: to, phoneNumberId: 5, body: text('Hi') }, { whatsapp: accepted }],
    [
      'whatsapp',
      { destination: to, phoneNumberId: 5, body: { type: 'IMAGE', body: { link: 'https://a.b/c' } } },
      { whatsapp: accepted },
    ],
  ])('%s %j', async (channel, body, results) => {
    const { post } = await start();
    const answer = await post(`/message-server/${channel}/send`, body);
    expect(answer).toMatchObject({ status: 200, body: { simulation: false } });
    expect(answer.body.results).toEqual(results);
    expect(answer.body).not.toHaveProperty('customerMessageId');
    expect(answer.body.messageId).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  test('has the id of the client, also a second time', async () => {
    const { post, get } = await start();
    for (let again = 0; again < 2; again++)
      expect((await post('/message-server/sms/send', { ...sms, messageId: 'order-1' })).body).toMatchObject({
        messageId: 'order-1',
      });
    expect((await get('/sandbox/messages')).body).toMatchObject([
      { id: 'order-1', customerMessageId: 'order-1', phoneNumber: to, channel: 'sms' },
      { id: 'order-1', customerMessageId: 'order-1' },
    ]);
  });

  test.each([
    ['0007', 'opted out'],
    ['0013', 'insufficient credit'],
  ])('to %s is rejected on the first channel: %s', async (end, reason) => {
    const { post, get } = await start();
    const destination = `+39390123${end}`;
    const one = await post('/message-server/sms/send', { ...sms, destination });
    expect(one).toMatchObject({
      status: 200,
      body: { results: { sms: { accepted: false, unicode: false, parts: 0, reasons: [reason] } } },
    });
    const chain = await post('/message-server/whatsapp/send', { ...whatsapp, destination, fallbackSms });
    expect(chain.body.results).toEqual({ whatsapp: { accepted: false, reasons: [reason] } });
    expect((await get('/sandbox/messages')).body).toEqual([]);
  });

  test('outside the 24-hour window goes on with the next channel, if there is one', async () => {
    const { post, get, clock } = await start();
    const body = { destination: '+393901230024', phoneNumberId: 5, body: text('Hi') };
    const refused = { accepted: false, reasons: ['outside the 24-hour window'] };
    expect((await post('/message-server/whatsapp/send', body)).body.results).toEqual({ whatsapp: refused });
    expect((await get('/sandbox/messages')).body).toEqual([]);
    const chain = { ...body, fallbackSms, messageId: 'a' };
    expect((await post('/message-server/whatsapp/send', chain)).body.results).toEqual({
      whatsapp: refused,
      sms: oneSms,
    });
    const unapproved = { ...chain, messageId: 'b', fallbackRcs: { agentId: 1, templateId: 13 } };
    expect((await post('/message-server/whatsapp/send', unapproved)).body.results).toEqual({
      whatsapp: refused,
      rcs: { accepted: false, reasons: ['templateId 13 is not approved: it is PENDING'] },
      sms: oneSms,
    });
    clock.now += 2000;
    expect((await get('/messages/status/a')).body).toMatchObject({
      attempts: [{ channel: 'sms', deliveryStatus: 'DELIVERED' }],
    });
    await post('/sandbox/inbound', { from: body.destination, message: 'Hi' });
    expect((await post('/message-server/whatsapp/send', body)).body.results).toEqual({ whatsapp: accepted });
  });

  test('falls back with what each channel carries', async () => {
    const { post, get, clock } = await start();
    const destination = '+393901230002';
    for (const channel of ['whatsapp', 'rcs', 'sms'])
      await post('/sandbox/inbound', { from: destination, message: 'Hi', channel });
    await post('/message-server/whatsapp/send', {
      ...whatsapp,
      destination,
      placeholders: { 1: 'Ada', name: 'Ada' },
      fallbackRcs: { agentId: 10, body: text('RCS for {name}, {unknown}') },
      fallbackSms: { sender: 'Acme', text: 'SMS for {name}' },
    });
    clock.now += 10_000;
    const texts = [];
    for (const channel of ['whatsapp', 'rcs', 'sms']) {
      const { body } = await get<{ messages: { text: string }[] }>(
        `/partner-gateway/v1/inbox/conversations/${channel}-393901230002/messages`,
      );
      texts.push(body.messages.at(-1)?.text);
    }
    expect(texts).toEqual([
      'Hello Ada, order {{2}} has left our warehouse.',
      'RCS for Ada, {unknown}',
      'SMS for Ada',
    ]);
  });
});

test.each([
  ['/message-server/whatsapp/phone-numbers', 200, [5, 6]],
  ['/message-server/whatsapp/phone-numbers?limit=1&page=1', 200, [6]],
  ['/message-server/whatsapp/phone-numbers?limit=1&page=2', 200, []],
  ['/message-server/whatsapp/phone-numbers?limit=0', 400, undefined],
])('lists WhatsApp numbers: %s', async (path, status, ids) => {
  const { get } = await start();
  const answer = await get<{ data?: { id: number }[] }>(path);
  expect([answer.status, answer.body.data?.map(({ id }) => id)]).toEqual([status, ids]);
});

test.each([
  ['5', 200, { id: 5, status: 'ACTIVE', qualityRating: 'GREEN', messagingLimit: 'TIER_10K' }],
  ['6', 200, { id: 6, status: 'PENDING' }],
  ['7', 404, {}],
  ['x', 404, {}],
])('shows the WhatsApp number %s', async (id, status, body) => {
  const { get } = await start();
  expect(await get(`/message-server/whatsapp/phone-numbers/${id}`)).toMatchObject({ status, body });
});
