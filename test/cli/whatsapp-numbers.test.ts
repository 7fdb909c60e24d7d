import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseError } from '../support/program.ts';
import { empty, envelope, html, json, serve } from '../support/server.ts';

const listNumbers = (url: string, settings: Record<string, string> = {}, ...more: string[]) =>
  invoke(['numbers', '--json', ...more], {
    env: { QLARA_API_KEY: 'key', QLARA_BASE_URL: url },
    home: freshHome({ dialect: 'platform', ...settings }),
  });

const entry = (id: number | string, status = 'ACTIVE') => ({
  id,
  phoneNumber: `+3939012399${String(id).padStart(2, '0')}`,
  displayName: 'Acme',
  status,
});
const row = {
  id: '5',
  phoneNumber: '+393901239905',
  displayName: 'Acme',
  verifiedName: null,
  status: 'active',
  qualityRating: null,
  messagingLimit: null,
};
const used = {
  phoneNumberId: 'waba-num-001',
  phoneNumber: '393901239900',
  displayName: 'Acme',
  qualityRating: 'GREEN',
  status: 'PENDING',
  messagingLimit: 'TIER_10K',
  verifiedName: 'Acme S.r.l.',
};

describe.concurrent('numbers', () => {
  test.for<[name: string, body: unknown, rows: unknown[]]>([
    ['a bare list', [entry(5)], [row]],
    ...['data', 'content', 'items', 'phoneNumbers'].map((name): [string, unknown, unknown[]] => [
      `a list in ${name}`,
      { [name]: [entry(5)], total: 1 },
      [row],
    ]),
    [
      'the fields of the use case',
      { phoneNumbers: [used] },
      [
        {
          id: 'waba-num-001',
          phoneNumber: '+393901239900',
          displayName: 'Acme',
          verifiedName: 'Acme S.r.l.',
          status: 'pending',
          qualityRating: 'green',
          messagingLimit: 'TIER_10K',
        },
      ],
    ],
    [
      'a number beyond the integers of JavaScript',
      [{ ...entry(5), id: '9007199254740993' }],
      [{ ...row, id: '9007199254740993' }],
    ],
    ['entries that are none', [null, 1, {}, { phoneNumber: '+39' }, entry(5)], [row]],
    ['no number', { data: [] }, []],
  ])('reads %s', async ([, body, rows], { expect }) => {
    const server = await serve({ get: json(200, body) });
    const result = await listNumbers(server.url);
    expect([result.code, JSON.parse(result.stdout)]).toEqual([0, rows]);
    expect(server.seen[0]?.path).toBe('/api/message-server/whatsapp/phone-numbers?limit=100&page=0');
  });

  test.for<[count: number, most: number]>([
    [250, 100],
    [250, 10],
    [100, 100],
    [7, 100],
  ])('reads all pages of %i numbers, %i on a page at most', async ([count, most], { expect }) => {
    const all = Array.from({ length: count }, (_, index) => entry(index + 1));
    const server = await serve({
      get({ path }) {
        const page = Number(new URL(path, 'http://x').searchParams.get('page'));
        return json(200, { data: all.slice(page * most, (page + 1) * most) });
      },
    });
    const result = await listNumbers(server.url);
    expect((JSON.parse(result.stdout) as unknown[]).length).toBe(count);
  });

  test('ends with a gateway that ignores the page', async ({ expect }) => {
    const server = await serve({
      get: json(
        200,
        Array.from({ length: 100 }, (_, index) => entry(index)),
      ),
    });
    expect((await listNumbers(server.url)).code).toBe(0);
    expect(server.seen.length).toBe(2);
  });

  test('suggests the only active number', async ({ expect }) => {
    const server = await serve({ get: json(200, [entry(5), entry(6, 'PENDING')]) });
    expect((await listNumbers(server.url)).stderr).toContain('`qlara profile set phoneNumberId 5`');
    expect((await listNumbers(server.url, { phoneNumberId: '5' })).stderr).toBe('');
    const two = await serve({ get: json(200, [entry(5), entry(6)]) });
    expect((await listNumbers(two.url)).stderr).toBe('');
  });

  test('are refused in the partner dialect, without a request', async ({ expect }) => {
    const server = await serve();
    const result = await listNumbers(server.url, { dialect: 'partner' });
    expect([result.code, result.stdout, parseError(result)]).toMatchObject([
      2,
      '',
      { code: 'dialect.unsupported', hint: expect.stringContaining('`qlara profile set dialect platform`') },
    ]);
    expect(server.seen).toEqual([]);
  });

  test.for([
    ['refused key', envelope(401, 'no'), 3, 'gateway.unauthorized'],
    ['plan without WhatsApp', envelope(403, 'not in your plan'), 3, 'gateway.forbidden'],
    ['gateway without the call', empty(404), 3, 'gateway.not-found'],
    ['HTML page', html(200), 4, 'gateway.unreadable'],
    ['object without a list', json(200, { total: 0 }), 4, 'gateway.unreadable'],
  ] as const)('report a %s', async ([, get, exit, code], { expect }) => {
    const server = await serve({ get });
    const result = await listNumbers(server.url);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([exit, '', code]);
  });
});
