import { describe, expect, test } from 'vitest';
import { freshState, start } from './start.ts';

const rcs = '/message-server/rcs/templates';
const whatsapp = '/message-server/whatsapp/templates';
const text = { name: 'offer', description: 'An offer', type: 'TEXT', body: { text: 'Hi {name}' } };
const greeting = {
  name: 'greeting',
  lang: 'it',
  category: 'UTILITY',
  headerText: 'Ciao',
  body: 'Ciao {name}',
  footer: 'STOP',
  buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }],
};

interface Shown {
  id: number;
  status: string;
}

async function open(options: Parameters<typeof start>[0] = {}) {
  const sandbox = await start(options);
  const call = async <Body = Shown>(method: string, path: string, body?: unknown) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await sandbox.call<Body>(method, path, init);
    return { status: answer.status, body: answer.body };
  };
  return { ...sandbox, call };
}

describe('a created template', () => {
  test.each([
    ['rcs', rcs, text, 1, 10_000],
    ['whatsapp', whatsapp, greeting, 1, 10_000],
    ['rcs, faster', rcs, text, 50, 200],
  ])('on %s is pending, then approved by the clock', async (_, path, body, speed, after) => {
    const { call, clock } = await open({ speed });
    const created = await call('POST', path, body);
    expect(created).toMatchObject({ status: 201, body: { name: body.name, status: 'PENDING' } });
    const url = `${path}/${created.body.id}`;
    clock.now += after - 1;
    expect((await call('GET', url)).body.status).toBe('PENDING');
    clock.now += 1;
    expect((await call('GET', url)).body.status).toBe('APPROVED');
    clock.now -= 1;
    expect((await call('GET', url)).body.status).toBe('PENDING');
  });

  test('is rejected if its name says so', async () => {
    const { call, clock } = await open();
    const { body } = await call('POST', rcs, { ...text, name: 'reject_me' });
    clock.now += 10_000;
    expect((await call('GET', `${rcs}/${body.id}`)).body.status).toBe('REJECTED');
  });

  test('is returned in the format of its channel, and only there', async () => {
    const { call } = await open();
    const { body } = await call('POST', whatsapp, greeting);
    expect((await call('GET', `${whatsapp}/${body.id}`)).body).toEqual({
      id: body.id,
      name: 'greeting',
      status: 'PENDING',
      language: 'it',
      category: 'UTILITY',
      components: [
        { type: 'HEADER', text: 'Ciao', format: 'TEXT' },
        { type: 'BODY', text: 'Ciao {name}' },
        { type: 'FOOTER', text: 'STOP' },
        { type: 'BUTTONS', buttons: greeting.buttons },
      ],
    });
    expect((await call('GET', `${rcs}/${body.id}`)).status).toBe(404);
  });

  test('can be sent once approved, with its variables', async () => {
    const { call, clock } = await open();
    const { id } = (await call('POST', rcs, text)).body;
    const send = (variables: object) =>
      call('POST', '/message-server/rcs/send', {
        phoneNumber: '+393901234567',
        templateId: String(id),
        variables,
      });
    expect((await send({ name: 'A' })).status).toBe(400);
    clock.now += 10_000;
    expect((await send({ name: 'A' })).status).toBe(200);
    expect((await send({})).status).toBe(400);
  });

  test('is kept across a restart', async () => {
    const state = freshState();
    const first = await open({ state });
    const { id } = (await first.call('POST', rcs, text)).body;
    await first.close();
    const second = await open({ state });
    expect((await second.call('GET', `${rcs}/${id}`)).body).toMatchObject({ id, status: 'PENDING' });
  });
});

describe('a mutation', () => {
  test('restarts the review', async () => {
    const { call, clock } = await open();
    const { id } = (await call('POST', whatsapp, greeting)).body;
    clock.now += 20_000;
    const updated = await call<Shown & { components: { type: string; text: string }[] }>(
      'PATCH',
      `${whatsapp}/${id}`,
      { footer: 'new' },
    );
    expect(updated).toMatchObject({ status: 200, body: { id, status: 'PENDING' } });
    expect(updated.body.components.map(({ text }) => text)).toEqual([
      'Ciao',
      'Ciao {name}',
      'new',
      undefined,
    ]);
  });

  test.each([
    ['POST', rcs, {}, 400],
    ['POST', whatsapp, { ...greeting, name: 'Not So' }, 400],
    ['PUT', `${rcs}/none`, text, 404],
    ['PATCH', `${whatsapp}/none`, {}, 404],
    ['DELETE', `${rcs}/none`, undefined, 404],
    ['PATCH', `${rcs}/template_123`, text, 405],
    ['PUT', `${rcs}/template_123`, text, 409],
    ['PATCH', `${whatsapp}/template_123`, { footer: 'x' }, 409],
    ['DELETE', `${rcs}/template_order`, undefined, 404],
    ['DELETE', `${whatsapp}/template_order`, undefined, 409],
  ])('%s %s %j -> %i', async (method, path, body, status) => {
    const { call } = await open();
    expect((await call(method, path, body)).status).toBe(status);
  });

  test('deletes a template', async () => {
    const { call } = await open();
    const { id } = (await call('POST', rcs, text)).body;
    expect((await call('DELETE', `${rcs}/${id}`)).body).toEqual({ id, deleted: true });
    expect((await call('GET', `${rcs}/${id}`)).status).toBe(404);
    expect((await call('DELETE', `${rcs}/${id}`)).status).toBe(404);
  });
});

test('lists each template once across pages', async () => {
  const { call, get } = await open();
  for (let n = 0; n < 7; n++) await call('POST', rcs, { ...text, name: `n${n}` });
  const list = async (query: string) =>
    ((await get(`${rcs}${query}`)).body.data as Shown[]).map(({ id }) => String(id));
  const all = await list('');
  expect(all).toHaveLength(19);
  for (const limit of [1, 4, 6, 13, 50]) {
    const paged: string[] = [];
    for (let page = 0; ; page++) {
      const found = await list(`?page=${page}&limit=${limit}`);
      if (found.length === 0) break;
      paged.push(...found);
    }
    expect(paged).toEqual(all);
  }
  expect(await list('?status=PENDING&limit=3&page=1')).toEqual((await list('?status=pending')).slice(3, 6));
  for (const query of ['?page=-1', '?page=x', '?limit=0', '?limit=1.5', '?page=1e30'])
    expect((await get(`${rcs}${query}`)).status).toBe(400);
});

test('returns presets', async () => {
  const { get } = await open();
  expect((await get(`${rcs}/template_123`)).body).toMatchObject({ presets: { name: 'customer' } });
  expect((await get(`${rcs}/template_456`)).body).not.toHaveProperty('presets');
});
