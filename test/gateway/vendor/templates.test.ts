import { describe, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../../src/gateway/http/client.ts';
import { openTransport } from '../../../src/gateway/http/transport.ts';
import type { Templates } from '../../../src/gateway/templates.ts';
import { readTemplate } from '../../../src/gateway/vendor/template-reader.ts';
import { openTemplates } from '../../../src/gateway/vendor/templates.ts';
import {
  type Answer,
  empty,
  envelope,
  html,
  huge,
  json,
  type ReceivedRequest,
  redirect,
  reset,
  serve,
  text,
  truncated,
} from '../../support/server.ts';

vi.stubGlobal('__VERSION__', '0.0.0');

type Behaviour = Parameters<typeof serve>[0];

async function createTemplates(behavior: Behaviour) {
  const server = await serve(behavior);
  const client = createHttpClient(
    server.url,
    { kind: 'key', key: 'ak_live_secret' },
    { transport: openTransport(), now: Date.now, sleep: async () => {} },
  );
  return { server, templates: openTemplates(client) };
}

const rcs = (id: number | string, more = {}) => ({
  id,
  name: `n${id}`,
  type: 'TEXT',
  body: { text: 'Hi {name}' },
  ...more,
});

const getQuery = ({ path }: ReceivedRequest) => new URL(path, 'http://x').searchParams;

/** Creates a gateway with `count` templates; by default it pages as documented. */
const pageTemplates =
  (count: number, most = Number.POSITIVE_INFINITY) =>
  (seen: ReceivedRequest): Answer => {
    const limit = Math.min(Number(getQuery(seen).get('limit')), most);
    const from = Number(getQuery(seen).get('page')) * limit;
    const length = Math.max(Math.min(limit, count - from), 0);
    return json(200, { data: Array.from({ length }, (_, index) => rcs(from + index + 1)) });
  };

async function listIds(templates: Templates, ...args: Parameters<Templates['list']>): Promise<string[]> {
  const found: string[] = [];
  for await (const { id } of templates.list(...args)) found.push(id);
  return found;
}

describe('listing', () => {
  test.each([
    [0, 1],
    [1, 1],
    [99, 1],
    [100, 2],
    [250, 3],
    [300, 4],
  ])('reads %i in %i requests', async (count, requests) => {
    const { server, templates } = await createTemplates({ get: pageTemplates(count) });
    expect(await listIds(templates, 'rcs')).toEqual(
      Array.from({ length: count }, (_, index) => String(index + 1)),
    );
    expect(server.gets()).toHaveLength(requests);
  });

  test('requests only as many pages as needed', async () => {
    const { server, templates } = await createTemplates({ get: pageTemplates(5_000) });
    for await (const { id } of templates.list('rcs')) if (id === '120') break;
    expect(server.gets().map((seen) => getQuery(seen).toString())).toEqual([
      'page=0&limit=100',
      'page=1&limit=100',
    ]);
  });

  test.each<[string, unknown]>([
    ['an array', [rcs(1), rcs(2)]],
    ['data', { data: [rcs(1), rcs(2)] }],
    ['templates', { templates: [rcs(1), rcs('2')] }],
    ['nested data', { data: { templates: [rcs(1), rcs(2)] } }],
    ['some invalid entries', [null, rcs(1), 'x', {}, rcs(2), []]],
  ])('reads a list in %s', async (_, body) => {
    const { server, templates } = await createTemplates({ get: json(200, body) });
    expect(await listIds(templates, 'rcs')).toEqual(['1', '2']);
    expect(server.gets()).toHaveLength(1);
  });

  test('reads the list of a gateway without paging once', async () => {
    const all = (count: number) =>
      json(
        200,
        Array.from({ length: count }, (_, index) => rcs(index)),
      );
    for (const [count, requests] of [
      [100, 2],
      [250, 1],
      [40, 1],
    ] as const) {
      const { server, templates } = await createTemplates({ get: all(count) });
      expect(await listIds(templates, 'rcs')).toHaveLength(count);
      expect(server.gets()).toHaveLength(requests);
    }
  });

  test('continues when the gateway returns smaller pages and a total', async () => {
    const pages = (seen: ReceivedRequest) => {
      const page = Number(getQuery(seen).get('page'));
      return json(200, {
        total: 50,
        data: Array.from({ length: 20 }, (_, index) => rcs(page * 20 + index)).slice(0, 50 - page * 20),
      });
    };
    const { templates } = await createTemplates({ get: pages });
    expect(await listIds(templates, 'rcs')).toHaveLength(50);
  });

  test('filters by status in the request for WhatsApp, locally for RCS', async () => {
    const data = [rcs(1, { status: 'APPROVED' }), rcs(2, { status: 'REJECTED' }), rcs(3)];
    for (const channel of ['rcs', 'whatsapp'] as const) {
      const { server, templates } = await createTemplates({ get: json(200, { data }) });
      expect(await listIds(templates, channel, { status: 'rejected' })).toEqual(['2']);
      expect(server.gets().map((seen) => getQuery(seen).get('status'))).toEqual([
        channel === 'rcs' ? null : 'REJECTED',
      ]);
    }
  });

  test('keeps none of 5,000 templates in memory', async () => {
    const filler = 'x'.repeat(4_000);
    const { templates } = await createTemplates({
      get: (seen) => {
        const page = Number(getQuery(seen).get('page'));
        const data = Array.from({ length: page < 50 ? 100 : 0 }, (_, index) =>
          rcs(page * 100 + index, { body: { text: filler } }),
        );
        return json(200, { data });
      },
    });
    let count = 0;
    let most = 0;
    const heapBefore = process.memoryUsage().heapUsed;
    for await (const _ of templates.list('rcs'))
      if (++count % 500 === 0) {
        global.gc?.();
        most = Math.max(most, process.memoryUsage().heapUsed - heapBefore);
      }
    expect(count).toBe(5_000);
    // All of them are 20 MB of text, twice that in UTF-16; garbage is not collected at once.
    expect(most).toBeLessThan(60_000_000);
  });

  test.each<[string, Behaviour, string]>([
    ['HTML page', { get: html(200) }, 'gateway.unreadable'],
    ['empty body', { get: empty(200) }, 'gateway.unreadable'],
    ['a string', { get: text(200, 'hello') }, 'gateway.unreadable'],
    ['truncated response', { get: truncated() }, 'gateway.unreachable'],
    ['too large', { get: huge(9_000_000) }, 'gateway.unreadable'],
    ['401', { get: envelope(401, 'no') }, 'gateway.unauthorized'],
    ['403', { get: envelope(403, 'no') }, 'gateway.forbidden'],
    ['404', { get: envelope(404, 'no') }, 'gateway.not-found'],
    ['redirect', { get: redirect('http://127.0.0.1:1/') }, 'gateway.redirected'],
    ['500', { get: envelope(500, 'no ak_live_secret here') }, 'gateway.failing'],
    ['503 forever', { get: envelope(503, 'busy') }, 'gateway.failing'],
  ])('%s', async (_, behavior, code) => {
    const { templates } = await createTemplates(behavior);
    const failure = await listIds(templates, 'rcs').catch((cause) => cause);
    expect(failure).toMatchObject({ code });
    expect(String(failure.message)).not.toContain('ak_live_secret');
  });

  test('retries after a temporary error', async () => {
    const { server, templates } = await createTemplates({
      get: [envelope(503, 'busy'), reset(), json(200, [rcs(1)])],
    });
    expect(await listIds(templates, 'rcs')).toEqual(['1']);
    expect(server.gets()).toHaveLength(3);
  });
});

describe('a page for a lookup', () => {
  test.each([
    [{ data: [rcs(1)] }, true],
    [{ data: [] }, false],
    [{ data: Array.from({ length: 20 }, (_, index) => rcs(index)) }, false],
    [{ total: 20, data: Array.from({ length: 20 }, (_, index) => rcs(index)) }, true],
    [{ total: 21, data: Array.from({ length: 20 }, (_, index) => rcs(index)) }, false],
    [Array.from({ length: 1_000 }, (_, index) => rcs(index)), false],
  ])('%#', async (body, whole) => {
    const { server, templates } = await createTemplates({ get: json(200, body) });
    expect((await templates.page('rcs', 1_000)).isComplete).toBe(whole);
    expect(server.gets()).toHaveLength(1);
  });

  test('is never retried', async () => {
    const { server, templates } = await createTemplates({ get: envelope(503, 'busy') });
    await expect(templates.page('rcs', 10)).rejects.toMatchObject({ code: 'gateway.failing' });
    expect(server.gets()).toHaveLength(1);
  });
});

describe('getting one template', () => {
  test('searches the list if the gateway has no endpoint for it', async () => {
    const isSingle = ({ path }: ReceivedRequest) => /templates\/42$/.test(path);
    for (const none of [envelope(404, 'no'), envelope(405, 'no'), html(404)]) {
      const { templates } = await createTemplates({
        get: (seen) => (isSingle(seen) ? none : json(200, { data: [rcs(41), rcs(42)] })),
      });
      expect(await templates.get('whatsapp', '42')).toMatchObject({ id: '42', name: 'n42' });
    }
  });

  test('finds no RCS template if the gateway says so', async () => {
    const { server, templates } = await createTemplates({ get: envelope(404, 'no') });
    expect(await templates.get('rcs', 'a/b?c')).toBeUndefined();
    expect(server.gets().map(({ path }) => path)).toEqual(['/api/message-server/rcs/templates/a%2Fb%3Fc']);
  });

  test.each<[unknown]>([[rcs(7)], [{ data: rcs(7) }], [{ template: rcs(7) }], [[rcs(6), rcs(7)]]])(
    'in %j',
    async (body) => {
      const { templates } = await createTemplates({ get: json(200, body) });
      expect(await templates.get('rcs', '7')).toMatchObject({ id: '7' });
    },
  );
});

const body = { name: 'offer', description: 'd', type: 'TEXT', body: { text: 'Hi {name}' } };

describe('a mutation', () => {
  test.each<[string, Behaviour, string, number]>([
    ['reset after reading', { post: reset() }, 'template.in-doubt', 1],
    ['500', { post: envelope(500, 'no') }, 'template.in-doubt', 1],
    ['503', { post: envelope(503, 'no') }, 'template.in-doubt', 1],
    ['HTML page', { post: html(200) }, 'template.in-doubt', 1],
    ['400', { post: envelope(400, 'bad ak_live_secret') }, 'template.refused', 1],
    ['409', { post: envelope(409, 'there is one') }, 'template.refused', 1],
    ['401', { post: envelope(401, 'no') }, 'gateway.unauthorized', 1],
    ['404', { post: envelope(404, 'no') }, 'gateway.not-found', 1],
    ['429 for ever', { post: envelope(429, 'no', { retryAfter: 1 }) }, 'gateway.limited', 5],
  ])('is never blindly repeated after %s', async (_, behavior, code, posts) => {
    const { server, templates } = await createTemplates(behavior);
    const failure = await templates.create('rcs', body).catch((cause) => cause);
    expect(failure).toMatchObject({ code });
    expect(failure.message).not.toContain('ak_live_secret');
    expect(server.posts()).toHaveLength(posts);
  });

  test('is retried if it cannot have been made', async () => {
    const busy = await createTemplates({ post: [envelope(429, 'no', { retryAfter: 1 }), json(201, rcs(5))] });
    expect(await busy.templates.create('rcs', body)).toMatchObject({ id: '5' });
    expect(busy.server.posts()).toHaveLength(2);
  });

  test.each<[unknown, object]>([
    [
      { id: 5, status: 'PENDING' },
      { id: '5', status: 'pending' },
    ],
    [
      { templateId: 'tmpl_1', status: 'created' },
      { id: 'tmpl_1', status: 'unknown' },
    ],
    [{ data: { id: '5' } }, { id: '5', status: 'unknown' }],
  ])("keeps the request's fields for the response %j", async (answer, expected) => {
    const { server, templates } = await createTemplates({ post: json(201, answer) });
    expect(await templates.create('rcs', body)).toMatchObject({
      name: 'offer',
      description: 'd',
      placeholders: ['name'],
      ...expected,
    });
    expect(server.posts().map((seen) => [seen.path, seen.body])).toEqual([
      ['/api/message-server/rcs/templates', body],
    ]);
  });

  test('is looked up by name after an empty response', async () => {
    const get = json(200, [rcs(1), { ...rcs(2), name: 'offer' }]);
    const { templates } = await createTemplates({ post: empty(201), get });
    expect(await templates.create('rcs', body)).toMatchObject({ id: '2' });
    const none = await createTemplates({ post: empty(201), get: json(200, []) });
    await expect(none.templates.create('rcs', body)).rejects.toMatchObject({ code: 'template.in-doubt' });
  });

  test('is sent as documented for each channel', async () => {
    const { server, templates } = await createTemplates({ get: empty(204), post: json(201, { id: 1 }) });
    await templates.update('rcs', 'a', body);
    await templates.update('whatsapp', '4 2', { footer: 'x' });
    await templates.delete('rcs', 'a');
    await templates.create('whatsapp', { name: 'x' }, '5');
    expect(
      server.seen.map(({ method, path }) => `${method} ${path.replace('/api/message-server', '')}`),
    ).toEqual([
      'PUT /rcs/templates/a',
      'PATCH /whatsapp/templates/4%202',
      'DELETE /rcs/templates/a',
      'POST /whatsapp/templates?phoneNumberId=5',
    ]);
  });

  test('reports a missing template', async () => {
    const { templates } = await createTemplates({ get: envelope(404, 'no') });
    await expect(templates.update('rcs', 'a', body)).rejects.toMatchObject({
      code: 'template.unknown',
      kind: 'usage',
    });
    await expect(templates.delete('whatsapp', 'a')).rejects.toMatchObject({ code: 'template.unknown' });
  });
});

describe('parsing', () => {
  test.each<['rcs' | 'whatsapp', unknown, object | undefined]>([
    ['rcs', { name: 'x' }, undefined],
    ['rcs', { id: 3, name: 'x' }, { id: '3', status: 'unknown', content: null, placeholders: [] }],
    [
      'rcs',
      {
        id: 3,
        type: 'CARD',
        body: { title: 'T', description: 'D {a}', media: { fileUrl: 'https://x/a.mp4' } },
      },
      { content: { text: null, cards: [{ title: 'T', media: { kind: 'video', height: null } }] } },
    ],
    [
      'rcs',
      {
        id: 3,
        card: { image: 'https://x/a.jpg', title: 'T', buttons: [{ label: 'Go', action: 'https://x' }] },
        fallback: 'S {b}',
      },
      {
        placeholders: ['b'],
        content: {
          cards: [{ media: { url: 'https://x/a.jpg' }, buttons: [{ text: 'Go', target: 'https://x' }] }],
          fallbackSms: { text: 'S {b}' },
        },
      },
    ],
    [
      'whatsapp',
      {
        id: 42,
        lang: 'it',
        category: 'UTILITY',
        status: 'approved',
        headerText: 'H',
        body: 'B {{1}}',
        footer: 'F',
      },
      {
        language: 'it',
        status: 'approved',
        placeholders: ['1'],
        content: { header: 'H', text: 'B {{1}}', footer: 'F' },
      },
    ],
    [
      'whatsapp',
      {
        id: 42,
        language: { code: 'en' },
        components: [
          { type: 'header', format: 'image' },
          { type: 'body', text: 'B' },
        ],
      },
      { language: 'en', content: { media: { kind: 'image', url: null }, text: 'B' } },
    ],
    [
      'whatsapp',
      { id: 1, components: 'x', presets: { a: 'b', c: null } },
      { content: null, presets: { a: 'b' } },
    ],
  ])('%s %j', (channel, entry, expected) => {
    const read = readTemplate(channel, entry);
    if (expected === undefined) expect(read).toBeUndefined();
    else expect(read).toMatchObject(expected);
  });

  test('masks a secret in a template', async () => {
    const { templates } = await createTemplates({
      get: json(200, [rcs('ak_live_secret', { body: { text: 'ak_live_secret' } })]),
    });
    expect(JSON.stringify((await templates.page('rcs', 5)).templates)).not.toContain('ak_live_secret');
  });
});

test('treats values that cannot be converted to strings as missing', () => {
  const hostile = { toString: 1, valueOf: 1 };
  const components = [
    { type: hostile },
    { type: 'HEADER', format: hostile },
    { type: 'BODY', text: 'Ciao' },
    { type: 'BUTTONS', buttons: [{ type: hostile, text: hostile }] },
  ];
  expect(readTemplate('whatsapp', { id: 1, components })?.content).toMatchObject({
    text: 'Ciao',
    media: null,
    buttons: [{ kind: 'other' }],
  });
  const media = { fileUrl: 'https://example.com/a.png', height: hostile };
  for (const entry of [{ content: { media } }, { media }, { richCard: { media, height: hostile } }])
    expect(() => readTemplate('rcs', { id: 1, ...entry, type: hostile, text: hostile })).not.toThrow();
});
