import { describe, expect, test } from 'vitest';
import { receiver } from './receiver.ts';
import { start } from './start.ts';

const to = '+393901234567';
const partnerBody = { phoneNumber: to, message: 'Hello', customerMessageId: 'a' };
const platformBody = { destination: to, sender: 'Acme', body: 'Hello', messageId: 'a' };
const send = '/message-server/sms/send';
const status = '/partner-gateway/v1/messages/status';

const paths: readonly (readonly [method: string, path: string, partner: boolean, platform: boolean])[] = [
  ['GET', '/messages/status?customerMessageIds=a', true, false],
  ['GET', '/messages/status/a', true, false],
  ['POST', '/webhooks/delivery-status', true, false],
  ['GET', '/services/sms/credit', true, true],
  ['GET', '/message-server/rcs/templates', true, true],
  ['GET', '/message-server/whatsapp/templates?phoneNumberId=5', true, true],
  ['POST', '/message-server/rcs/templates', true, true],
  ['POST', '/message-server/whatsapp/templates?phoneNumberId=5', true, true],
  ['GET', `${status}?ids=a&channel=SMS`, false, true],
  ['GET', `${status}/a?channel=SMS`, false, true],
  ['GET', '/partner-gateway/v1/messages/history', false, true],
  ['GET', '/partner-gateway/v1/webhooks/delivery-status', false, true],
  ['POST', '/partner-gateway/v1/webhooks/delivery-status', false, true],
  ['GET', '/partner-gateway/v1/inbox/conversations', false, true],
  ['POST', '/partner-gateway/v1/inbox/conversations/reply', false, true],
  ['GET', '/v1/partner-gateway/subscription/credit', false, true],
  ['GET', '/message-server/whatsapp/phone-numbers', false, true],
  ['GET', '/message-server/whatsapp/phone-numbers/5', false, true],
  ['GET', '/sandbox/messages', true, true],
];

describe('paths of an account', () => {
  test.each(paths)('%s %s', async (method, path, ...served) => {
    const unknown = (await (await start()).call('GET', '/nowhere')).body;
    const init = method === 'POST' ? { body: '{}' } : {};
    for (const [index, strict] of (['partner', 'platform'] as const).entries()) {
      const { call } = await start({ strict });
      const { body } = await call(method, path, init);
      const isUnknown = JSON.stringify(body) === JSON.stringify(unknown);
      expect([strict, isUnknown]).toEqual([strict, !served[index]]);
    }
    const { call } = await start();
    expect((await call(method, path, init)).body).not.toEqual(unknown);
  });
});

describe('bodies of an account', () => {
  test.each([
    ['partner', partnerBody, 200, undefined],
    ['partner', { ...partnerBody, destination: to }, 200, undefined],
    ['partner', platformBody, 400, 'phoneNumber: must not be null'],
    ['partner', { ...platformBody, phoneNumber: null }, 400, 'phoneNumber: must not be null'],
    ['platform', platformBody, 200, undefined],
    ['platform', { ...platformBody, phoneNumber: to }, 200, undefined],
    ['platform', partnerBody, 400, 'destination: must not be null'],
    ['platform', {}, 400, 'destination: must not be null'],
    [undefined, partnerBody, 200, undefined],
    [undefined, platformBody, 200, undefined],
    [undefined, { ...partnerBody, destination: null }, 200, undefined],
    [undefined, {}, 400, 'phoneNumber is missing'],
  ] as const)('%s %j -> %i', async (strict, body, code, message) => {
    const { post } = await start({ strict });
    expect(await post(send, body)).toMatchObject({ status: code, body: message ? { message } : {} });
  });

  test.each([
    ['rcs', { phoneNumber: to, templateId: 'template_123' }, { destination: to, agentId: 1, templateId: 12 }],
    [
      'whatsapp',
      { phoneNumber: to, message: 'Hi' },
      { destination: to, phoneNumberId: 5, template: { id: 42 } },
    ],
  ])('on %s too', async (channel, partner, platform) => {
    for (const [strict, own, other] of [
      ['partner', partner, platform],
      ['platform', platform, partner],
    ] as const) {
      const { post } = await start({ strict });
      const path = `/message-server/${channel}/send`;
      expect([strict, (await post(path, own)).status, (await post(path, other)).status]).toEqual([
        strict,
        200,
        400,
      ]);
    }
  });
});

describe('statuses of a platform account', () => {
  const startSent = async () => {
    const sandbox = await start({ strict: 'platform' });
    await sandbox.post(send, platformBody);
    await sandbox.post('/message-server/whatsapp/send', {
      destination: '+393901230001',
      phoneNumberId: 5,
      template: { id: 42 },
      messageId: 'chain',
      fallbackSms: { sender: 'Acme', text: 'Hi' },
    });
    return sandbox;
  };

  test.each([
    ['/a?channel=SMS', 200],
    ['/a?channel=sms', 200],
    ['/a?channel=RCS', 404],
    ['/a?channel=fax', 400],
    ['/a', 400],
    ['/b?channel=SMS', 404],
    ['?ids=a&channel=SMS', ['a']],
    ['?ids=chain,a,b&channel=SMS', ['a']],
    ['?ids=chain,a&channel=WHATSAPP', ['chain']],
    ['?ids=b&channel=SMS', []],
    ['?ids=a', 400],
    ['?channel=SMS', 400],
    ['?customerMessageIds=a&channel=SMS', 400],
  ])('%s', async (query, expected) => {
    const { get } = await startSent();
    const answer = await get(status + query);
    if (typeof expected === 'number') expect(answer.status).toBe(expected);
    else expect(answer.list.map(({ customerMessageId }) => customerMessageId)).toEqual(expected);
  });

  test('are those of the channel that was asked for, in the documented fields', async () => {
    const { get, clock } = await startSent();
    clock.now += 2500;
    const entry = { customerMessageId: 'chain' };
    expect((await get(`${status}/chain?channel=WHATSAPP`)).body).toEqual({
      ...entry,
      deliveryStatus: 'ERROR',
      deliveryStatusDescription: 'not on WhatsApp',
    });
    expect((await get(`${status}/chain?channel=SMS`)).body).toEqual({
      ...entry,
      deliveryStatus: 'SENT',
      deliveryStatusDescription: 'handed to the carrier',
    });
  });
});

test('statuses of a partner account are found by the id of the client only in a list of them', async () => {
  const { post, get } = await start({ strict: 'partner' });
  const { messageId } = (await post(send, partnerBody)).body;
  expect((await get('/messages/status?customerMessageIds=a')).list).toHaveLength(1);
  expect((await get(`/messages/status/${messageId}`)).status).toBe(200);
  expect((await get('/messages/status?ids=a')).status).toBe(400);
});

describe('templates of an account', () => {
  const isNumber = (id: unknown) => typeof id === 'number';
  const list = async (strict: 'partner' | 'platform' | undefined, channel: string, query = '') => {
    const { get } = await start({ strict });
    const { body } = await get(`/message-server/${channel}/templates${query}`);
    return (body.data as { id: unknown }[]).map(({ id }) => id);
  };

  test.each(['rcs', 'whatsapp'])('have its form of ids: %s', async (channel) => {
    const [both, partner, platform] = [
      await list(undefined, channel),
      await list('partner', channel),
      await list('platform', channel),
    ];
    expect(partner.filter(isNumber)).toEqual([]);
    expect(platform.filter((id) => !isNumber(id))).toEqual([]);
    expect([...partner, ...platform]).toEqual(both);
    expect(Math.min(partner.length, platform.length)).toBeGreaterThan(2);
    expect(await list('platform', channel, '?status=PENDING')).toHaveLength(1);
  });

  test.each([
    ['partner', 'template_123', 200],
    ['partner', '12', 404],
    ['platform', '12', 200],
    ['platform', 'template_123', 404],
    [undefined, '12', 200],
    [undefined, 'template_123', 200],
  ] as const)('are shown only then: %s %s', async (strict, id, code) => {
    expect((await (await start({ strict })).get(`/message-server/rcs/templates/${id}`)).status).toBe(code);
  });

  test.each([
    ['partner', 'template_123', 200],
    ['partner', '12', 400],
    [undefined, '12', 200],
  ] as const)('are sent only then: %s %s', async (strict, templateId, code) => {
    const { post } = await start({ strict });
    const body = { phoneNumber: to, templateId, variables: { name: 'A' } };
    expect((await post('/message-server/rcs/send', body)).status).toBe(code);
  });

  const template = { name: 'n', description: 'd', type: 'TEXT', body: { text: 'Hi' } };
  test.each([
    ['partner', /^template_\w+$/],
    ['platform', /^1000$/],
    [undefined, /^1000$/],
  ] as const)('are created with its form of ids: %s', async (strict, form) => {
    const { post, get, call, clock } = await start({ strict });
    const { body } = await post<{ id: unknown }>('/message-server/rcs/templates', template);
    expect([typeof body.id, String(body.id)]).toEqual([
      strict === 'partner' ? 'string' : 'number',
      expect.stringMatching(form),
    ]);
    const path = `/message-server/rcs/templates/${body.id}`;
    expect((await get(path)).body).toMatchObject({ id: body.id });
    clock.now += 20_000;
    const message =
      strict === 'partner'
        ? { phoneNumber: to, templateId: body.id }
        : { destination: to, agentId: 1, templateId: body.id };
    expect((await post('/message-server/rcs/send', message)).status).toBe(200);
    expect((await call('PUT', path, { body: JSON.stringify(template) })).body).toMatchObject({ id: body.id });
    expect((await call('DELETE', path)).body).toEqual({ id: body.id, deleted: true });
    // The id of a template that was deleted is not given again.
    const next = await post<{ id: unknown }>('/message-server/rcs/templates', template);
    expect(next.body.id).not.toBe(body.id);
  });

  test('of one state are those of the form of the account', async () => {
    const { post, get } = await start();
    await post('/message-server/rcs/templates', template);
    const { body } = await post<{ id: number }>('/message-server/rcs/templates', template);
    const sent = { phoneNumber: to, templateId: String(body.id) };
    expect(await post('/message-server/rcs/send', sent)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('is PENDING') },
    });
    const { data } = (await get('/message-server/rcs/templates?limit=100')).body;
    expect(data.slice(-2)).toMatchObject([{ id: 1000 }, { id: 1001 }]);
  });
});

describe('webhook calls of an account', () => {
  const platformPath = '/partner-gateway/v1/webhooks/delivery-status';
  const partnerEvent = { status: 'SENT', customerMessageId: 'a' };
  const platformEvent = { eventType: 'DELIVERY', statusCode: 3, messageId: 'a' };

  test.each([
    ['partner', '/webhooks/delivery-status', 'url', partnerBody, partnerEvent],
    ['platform', platformPath, 'callbackUrl', platformBody, platformEvent],
  ] as const)('%s: of its shape when registered', async (strict, path, field, body, event) => {
    const hook = await receiver();
    const { post, clock } = await start({ strict, sendsWebhooks: true });
    expect((await post(path, { [field]: hook.url })).status).toBe(201);
    await post(send, body);
    clock.now += 2000;
    await hook.count(1);
    expect(hook.events()[0]).toMatchObject(event);
  });

  test.each([
    ['partner', partnerBody, partnerEvent],
    ['platform', platformBody, platformEvent],
  ] as const)('%s: of its shape at the URL of the options', async (strict, body, event) => {
    const hook = await receiver();
    const { post, clock } = await start({ strict, sendsWebhooks: true, webhookUrl: hook.url });
    await post(send, body);
    clock.now += 2000;
    await hook.count(1);
    expect(hook.events()[0]).toMatchObject(event);
  });

  test('the guide’s, when registered by its body at the older path', async () => {
    const hook = await receiver();
    const { post, clock } = await start({ sendsWebhooks: true });
    const answer = await post('/webhooks/delivery-status', { callbackUrl: hook.url });
    expect(answer).toMatchObject({ status: 201, body: { callbackUrl: hook.url, status: 'ACTIVE' } });
    await post(send, platformBody);
    clock.now += 2000;
    await hook.count(1);
    expect(hook.events()).toMatchObject([
      { eventType: 'DELIVERY', messageId: 'a', customerMessageId: 'a', destination: to, statusCode: 3 },
    ]);
  });
});
