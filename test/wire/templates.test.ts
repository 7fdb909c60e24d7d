import { describe, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../src/gateway/http/client.ts';
import { openTransport } from '../../src/gateway/http/transport.ts';
import type { Templates } from '../../src/gateway/templates.ts';
import { readTemplate } from '../../src/gateway/vendor/template-reader.ts';
import { openTemplates } from '../../src/gateway/vendor/templates.ts';
import { start } from '../sandbox/start.ts';
import { type Answer, json, serve } from '../support/server.ts';
import { all, type Exchange, filled, golden } from './golden.ts';

// The requests are documented, and the responses in `vendor`. The other responses follow the vendor's list
// format, on which sandbox and client agree.

vi.stubGlobal('__VERSION__', '0.0.0');

interface Given extends Exchange {
  /** The template created before; its id is `<id>`. */
  given?: { path: string; request: unknown };
}

const id = 'template_9f2c';

/** Loads an exchange, with `id` in place of the template id. */
const exchange = (name: string) =>
  JSON.parse(JSON.stringify(golden('templates', name)).replaceAll('<id>', id)) as Exchange;

describe('the sandbox responds', () => {
  test.each(all<Given>('templates'))(
    '$name',
    async ({ method, path, request, given, after = 0, ...told }) => {
      const { call, clock } = await start();
      const known = new Map<string, unknown>();
      const body = (content: unknown) => (content === null ? {} : { body: JSON.stringify(content) });
      if (given) {
        const made = await call('POST', given.path, body(given.request));
        expect(made.status).toBe(201);
        filled({ id: '<id>' }, made.body, known);
      }
      clock.now += after * 1000;
      const answer = await call(method, path.replace('<id>', String(known.get('<id>'))), body(request));
      expect({ status: answer.status, response: answer.body }).toEqual({
        status: told.status,
        response: filled(told.response, answer.body, known),
      });
    },
  );

  test('with all fields of the vendor’s list of WhatsApp templates', async () => {
    const { get } = await start();
    const [documented] = (golden('vendor', 'whatsapp-list').response as { data: object[] }).data;
    const ours = (await get('/message-server/whatsapp/templates?status=APPROVED&limit=10')).body.data;
    const order = ours.find((one) => (one as { id: string }).id === 'template_order') as Shape;
    expect(Object.keys(order).sort()).toEqual(Object.keys(documented ?? {}).sort());
    const shapes = ({ components }: Shape) => components.map(({ type }) => type);
    expect(shapes(order)).toEqual(shapes(documented as Shape));
    for (const [index, component] of (documented as Shape).components.entries())
      expect(Object.keys(order.components[index] ?? {})).toEqual(
        expect.arrayContaining(Object.keys(component)),
      );
  });
});

interface Shape {
  components: { type: string }[];
}

/** Creates a client of a server with this response; the server records requests. */
async function createTemplates({ status, response }: Exchange) {
  const answer: Answer = json(status, response);
  const server = await serve({ post: answer, get: answer });
  const client = createHttpClient(
    server.url,
    { kind: 'key', key: 'key' },
    { transport: openTransport(), now: Date.now, sleep: async () => {} },
  );
  return { templates: openTemplates(client), server };
}

const collect = async (templates: Templates, ...args: Parameters<Templates['list']>) => {
  const found: unknown[] = [];
  for await (const one of templates.list(...args)) found.push(one);
  return found;
};

const getRequest = (name: string) => golden('templates', name).request as Record<string, unknown>;

const order = { id, status: 'pending', placeholders: ['name', 'order'], language: null };

/** Client calls and their expected results. */
const calls: [name: string, call: (templates: Templates) => Promise<unknown>, told: unknown][] = [
  [
    'rcs-create-text',
    (templates) => templates.create('rcs', getRequest('rcs-create-text')),
    {
      ...order,
      content: {
        text: 'Hello {name}, order {order} is on its way.',
        buttons: [
          { kind: 'url', text: 'Track it', target: 'https://example.com/track' },
          { kind: 'dial', text: 'Call us', target: '+390212345678' },
          { kind: 'reply', text: 'Thank you', target: null },
        ],
        fallbackSms: { sender: 'Example', text: 'Order {order} is on its way.' },
      },
    },
  ],
  [
    'rcs-create-card',
    (templates) => templates.create('rcs', getRequest('rcs-create-card')),
    {
      id,
      placeholders: ['name', 'discount'],
      content: {
        text: null,
        cards: [
          {
            title: 'Summer',
            media: { url: 'https://example.com/media/summer.jpg', height: 'tall', kind: 'image' },
            buttons: [{ kind: 'url', text: 'Shop now', target: 'https://example.com/summer' }],
          },
        ],
        fallbackSms: { sender: 'Example' },
      },
    },
  ],
  [
    'rcs-create-carousel',
    (templates) => templates.create('rcs', getRequest('rcs-create-carousel')),
    { id, placeholders: ['name'], content: { cards: [{ title: 'Shoes' }, { title: 'Bags' }] } },
  ],
  [
    'rcs-create-refused',
    (templates) => templates.create('rcs', getRequest('rcs-create-refused')).catch((cause) => cause),
    { kind: 'failed', code: 'template.refused' },
  ],
  [
    'rcs-list',
    (templates) => collect(templates, 'rcs'),
    [
      { id: 'template_123', status: 'approved', placeholders: ['name'], presets: { name: 'customer' } },
      { id: 'template_456', status: 'approved', placeholders: ['name', 'code'], presets: {} },
      { id: 'template_card', content: { cards: [{ title: 'Spring offer' }] } },
      { id: 'template_carousel', content: { cards: [{}, {}, {}] } },
      { id: 'template_pending', status: 'pending' },
      { id: 'template_rejected', status: 'rejected' },
      { id: '7', content: { fallbackSms: { sender: 'Example' } } },
      { id: '8', content: { cards: [{ title: 'Offer' }], fallbackSms: { sender: 'Example' } } },
      { id: '9', content: { cards: [{}, {}] } },
      { id: '12', status: 'approved', placeholders: ['name'] },
      { id: '13', status: 'pending' },
      { id: '14', status: 'rejected' },
    ],
  ],
  ['rcs-get', (templates) => templates.get('rcs', id), { ...order, status: 'approved' }],
  ['rcs-get-none', (templates) => templates.get('rcs', 'template_none'), undefined],
  [
    'rcs-update',
    (templates) => templates.update('rcs', id, getRequest('rcs-update')),
    { id, status: 'pending', placeholders: ['name', '1'], content: { fallbackSms: null } },
  ],
  ['rcs-delete', (templates) => templates.delete('rcs', id), undefined],
  [
    'whatsapp-create',
    (templates) => templates.create('whatsapp', getRequest('whatsapp-create'), '5'),
    {
      id,
      status: 'pending',
      // Written as `lang`, returned as `language`.
      language: 'en',
      category: 'UTILITY',
      placeholders: ['firstName', 'order'],
      content: { header: 'Your order', footer: 'Reply STOP to hear no more', buttons: [{ kind: 'url' }] },
    },
  ],
  [
    'whatsapp-create-numbered',
    (templates) => templates.create('whatsapp', getRequest('whatsapp-create-numbered'), '5'),
    { id, language: 'it', category: 'MARKETING', placeholders: ['1', '2'] },
  ],
  [
    'whatsapp-list',
    (templates) => collect(templates, 'whatsapp', { status: 'approved' }),
    [
      { id: 'template_123', placeholders: ['name'] },
      { id: 'template_456', placeholders: ['name', 'code'] },
      { id: 'template_order', language: 'en', placeholders: ['1', '2'], content: { header: 'Your order' } },
      { id: '42', language: 'en', placeholders: ['1', '2'] },
      { id: '43', placeholders: ['firstName'] },
    ],
  ],
  ['whatsapp-get', (templates) => templates.get('whatsapp', id), { id, status: 'approved', language: 'en' }],
  [
    'whatsapp-update',
    (templates) => templates.update('whatsapp', id, getRequest('whatsapp-update')),
    { id, status: 'pending', content: { header: 'Your order', footer: 'Reply STOP' } },
  ],
  [
    'whatsapp-update-none',
    (templates) =>
      templates
        .update('whatsapp', 'template_none', getRequest('whatsapp-update-none'))
        .catch((cause) => cause),
    { kind: 'usage', code: 'template.unknown' },
  ],
  ['whatsapp-delete', (templates) => templates.delete('whatsapp', id), undefined],
];

describe('the client sends and parses', () => {
  test.each(calls)('%s', async (name, call, told) => {
    const { method, path, request, ...answer } = exchange(name);
    const { templates, server } = await createTemplates({ method, path, request, ...answer });
    const read = await call(templates);
    if (told === undefined) expect(read).toBeUndefined();
    else expect(read).toMatchObject(told as object);
    expect(server.seen.map((seen) => [seen.method, seen.path.replace('/api', ''), seen.text])).toEqual([
      [method, path, request === null ? '' : JSON.stringify(request)],
    ]);
  });

  test('every exchange', () => {
    expect(calls.map(([name]) => golden('templates', name).name).sort()).toEqual(
      all('templates')
        .map(({ name }) => name)
        .sort(),
    );
  });
});

describe('the vendor’s examples are parsed', () => {
  test('the list of WhatsApp templates', async () => {
    const { templates } = await createTemplates(golden('vendor', 'whatsapp-list'));
    expect(await collect(templates, 'whatsapp')).toMatchObject([
      {
        id: '42',
        name: 'order_confirmation',
        status: 'approved',
        language: 'en',
        category: 'UTILITY',
        placeholders: ['1', '2'],
        content: {
          media: { kind: 'image', url: null },
          text: 'Hello {{1}}, order {{2}} is confirmed.',
          footer: 'Reply STOP to hear no more',
          buttons: [{ kind: 'url', text: 'Track it', target: 'https://example.com/track' }],
        },
      },
    ]);
  });

  test('an RCS template in the simpler format', async () => {
    const { request, ...others } = golden('vendor', 'rcs-create');
    const { templates } = await createTemplates({ request, ...others });
    const written = {
      name: 'promo',
      placeholders: ['name', 'discount'],
      content: {
        cards: [
          {
            title: 'Promo',
            media: { url: 'https://example.com/media/promo.jpg' },
            buttons: [{ text: 'Shop now', target: 'https://example.com/promo' }],
          },
        ],
        fallbackSms: { text: '{name}, {discount} off: https://example.com/promo' },
      },
    };
    expect(await templates.create('rcs', request as Record<string, unknown>)).toMatchObject({
      ...written,
      id: 'tmpl_prod_promo_001',
      status: 'unknown',
    });
    expect(readTemplate('rcs', { ...(request as object), id: 'x' })).toMatchObject(written);
  });
});
