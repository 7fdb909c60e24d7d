import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseError, parseRows } from '../support/program.ts';
import { acceptThen, raw, serve, text } from '../support/server.ts';

const env = { QLARA_API_KEY: 'sekret-key-123456' };
const send = ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'order-1'];
const fields = [
  ...[
    'messageId',
    'customerMessageId',
    'status',
    'deliveryStatus',
    'results',
    'message',
    'error',
    'attempts',
  ],
  ...[
    'channel',
    'timestamp',
    'retryAfter',
    'credit',
    'callbackUrl',
    'chatId',
    'contact',
    'phoneNumber',
    'id',
  ],
  ...['text', 'lastMessage', 'unreadCount', 'components', 'body', 'name', 'presets', 'language', 'direction'],
];
const fillFields = (value: unknown) => Object.fromEntries(fields.map((name) => [name, value]));
const unprintable = { toString: 1, valueOf: 1 };
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

const answers: [name: string, body: string][] = [
  ['fields that cannot be converted to strings', JSON.stringify([fillFields(unprintable)])],
  [
    'lists of values that cannot be converted to strings',
    JSON.stringify({ data: [fillFields([unprintable])], ...fillFields([unprintable]) }),
  ],
  ['nested lists', deep],
  ['nested lists in a field', `{"results":${deep},"message":"x"}`],
  [
    'lone surrogate in ids',
    JSON.stringify({ data: [{ ...fillFields('\ud800'), channel: 'sms' }], ...fillFields('\ud800') }),
  ],
];

describe.concurrent('no gateway response is reported as a bug in the program', () => {
  test.for(answers)('%s', { timeout: 60_000 }, async ([, body], { expect }) => {
    const home = freshHome();
    const workingServer = await serve();
    await invoke([...send, '--base-url', workingServer.url], { home, env });
    for (const status of body === answers[0]?.[1] ? [200, 400] : [200]) {
      const server = await serve({ post: text(status, body), get: text(status, body) });
      for (const args of [
        [...send, '--id', 'order-2', '--verbose'],
        ['status', 'order-1'],
        ['templates', 'list'],
        ['templates', 'show', 'a', '--channel', 'rcs'],
        ['inbox', 'list'],
        ['credit'],
        ['webhook', 'show'],
      ]) {
        const { code, stderr } = await invoke([...args, '--base-url', server.url], { home, env });
        expect([stderr, code === 70]).toEqual([
          expect.not.stringContaining('should not have happened'),
          false,
        ]);
        expect(code).not.toBe(null);
      }
    }
  });

  test('ignores an id of 7 MB and truncates a reason of 7 MB', async ({ expect }) => {
    const home = freshHome();
    const long = 'x'.repeat(7_000_000);
    const accepted = JSON.stringify({ messageId: long, results: [{ accepted: true, channel: 'sms' }] });
    const result = await invoke(
      [...send, '--json', '--base-url', (await serve({ post: acceptThen(text(200, accepted)) })).url],
      {
        home,
        env,
      },
    );
    expect([result.code, parseRows(result)[0]?.gatewayId, parseRows(result)[0]?.status]).toEqual([
      0,
      null,
      'submitted',
    ]);
    const refused = JSON.stringify({
      results: [{ accepted: false, reasons: [long.slice(1_000_000), 'x'] }],
    });
    const refusedRun = await invoke(
      [
        ...send.slice(0, -1),
        'order-2',
        '--json',
        '--base-url',
        (await serve({ post: text(200, refused) })).url,
      ],
      { home, env },
    );
    expect([refusedRun.code, parseRows(refusedRun)[0]?.reason?.length]).toEqual([1, 300]);
    const sizes = readdirSync(home.state).map((name) => statSync(join(home.state, name)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(2_000_000);
  });

  test('redacts an escaped secret, even in malformed JSON', async ({ expect }) => {
    const escaped = [...env.QLARA_API_KEY].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join('');
    for (const body of [`{"x":"${escaped}"}`, `{"x":"${escaped}","y":${deep}}`, `{"x":"${escaped}"`]) {
      const server = await serve({ get: text(200, body) });
      const { stdout, stderr } = await invoke(['credit', '--verbose', '--base-url', server.url], { env });
      const unescaped = (stdout + stderr).replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
      expect([body.length, unescaped.includes(env.QLARA_API_KEY)]).toEqual([body.length, false]);
    }
  });

  test('gives up on a delay that exceeds any timer', async ({ expect }) => {
    for (const retryAfter of ['1e999', '1e300', '9007199254740991']) {
      const body = `{"retryAfter":${retryAfter}}`;
      const answer = `HTTP/1.1 429 Slow\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const server = await serve({ get: raw(answer), post: raw(answer) });
      const args = [
        'webhook',
        'set',
        'https://example.com/hook',
        '--yes',
        '--json',
        '--base-url',
        server.url,
      ];
      const result = await invoke(args, { env, timeout: 15_000 });
      expect([retryAfter, result.code, server.posts().length < 10]).toEqual([retryAfter, 4, true]);
    }
  });
});

describe.concurrent('files given by a user', () => {
  const lines = Array.from({ length: 3_000 }, (_, nth) => `{"to":"+393901230002","k${nth}":"v"}\n`).join('');
  const header = `to,${Array.from({ length: 3_000 }, (_, nth) => `c${nth}`).join()}\n+393901230002\n`;
  test.for([
    ['new name in each row', 'a.jsonl', lines, 'file.too-many-columns', 'line 1000'],
    ['thousands of columns', 'a.csv', header, 'file.too-many-columns', 'line 1'],
    ['100,000 cells', 'a.csv', `to\n+39${','.repeat(100_000)}\n`, 'file.too-many-columns', 'line 2'],
    ['endless line', 'a.csv', `to\n${'x'.repeat(2_000_000)}`, 'file.row-too-long', 'line 2'],
  ] as const)('%s', async ([, name, content, code, line], { expect }) => {
    const home = freshHome();
    const path = join(home.path, name);
    writeFileSync(path, content);
    for (const args of [
      ['check', '--message', 'Hello', '--file', path],
      ['optout', 'import', path, '--skip-invalid'],
      ['send', 'sms', '--message', 'Hello', '--file', path, '--yes'],
    ]) {
      const result = await invoke([...args, '--sandbox', '--json'], { home });
      expect([args[0], result.code, parseError(result).code]).toEqual([args[0], 2, code]);
      expect(parseError(result).message).toContain(`${name}, ${line}: `);
    }
  });

  test('rejects deeply nested documents and values', async ({ expect }) => {
    const home = freshHome();
    const writeFile = (name: string, content: string) => {
      writeFileSync(join(home.path, name), content);
      return join(home.path, name);
    };
    for (const [args, name] of [
      [
        ['templates', 'create', writeFile('a.json', `{"name":\n${deep}}`), '--channel', 'rcs'],
        'a.json, line 2',
      ],
      [
        ['templates', 'create', writeFile('a.yaml', `name:\n  - ${'- '.repeat(50_000)}`), '--channel', 'rcs'],
        'a.yaml, line 2',
      ],
      [
        ['templates', 'create', writeFile('b.yaml', '['.repeat(50_000)), '--channel', 'rcs'],
        'b.yaml, line 1',
      ],
      [[...send, '--vars-file', writeFile('vars.json', `{"a":\n\n${deep}}`)], 'vars.json, line 3'],
    ] as const) {
      const result = await invoke([...args, '--sandbox', '--json'], { home });
      expect([result.code, parseError(result).code]).toEqual([2, 'file.too-deep']);
      expect(parseError(result).message).toContain(
        `${name}: lists and objects are nested more than 64 levels deep`,
      );
    }
  });

  test('reports a deeply nested row as invalid', async ({ expect }) => {
    const home = freshHome();
    const path = join(home.path, 'a.jsonl');
    writeFileSync(path, `{"to":"+393901230002"}\n{"to":"+393901230003","x":${deep}}\n`);
    for (const args of [
      ['check', '--message', 'Hello', '--file', path],
      ['optout', 'import', path],
      ['send', 'sms', '--message', 'Hello', '--file', path, '--yes'],
    ]) {
      const result = await invoke([...args, '--sandbox'], { home });
      expect([args[0], result.code]).toEqual([args[0], 2]);
      expect(result.stdout + result.stderr).toContain('nested more than 64 levels deep');
    }
  });
});
