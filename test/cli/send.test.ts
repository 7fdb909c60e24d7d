import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, only, type Row, recorded, rowsOf } from '../support/program.ts';
import { accepts, envelope, gatewayIdOf, json, serve } from '../support/server.ts';

const number = '+393901234567';
const other = '+393901234568';

/** The templates that are sent here; the gateway does not tell what they say. */
const templates = json(
  200,
  ['template_123', 'template_456', 't'].map((id) => ({ id, name: id, status: 'APPROVED' })),
);

/** Runs a line against a gateway that takes everything. */
async function sent(words: readonly string[], options: Parameters<typeof invoke>[1] = {}) {
  const home = options.home ?? freshHome();
  const server = await serve(words.includes('--template') ? { get: templates } : {});
  const env = { QLARA_API_KEY: 'ak_live_1', QLARA_BASE_URL: server.url, ...options.env };
  return { server, home, ran: await invoke(words, { ...options, home, env }) };
}

describe.concurrent('the request as it leaves', () => {
  const sms = '/api/message-server/sms/send';
  const rcs = '/api/message-server/rcs/send';
  const whatsapp = '/api/message-server/whatsapp/send';
  test.for([
    ['send sms', ['-m', 'Ciao'], sms, { message: 'Ciao' }],
    ['send sms', ['--message=Ciao', '--from', 'ACME'], sms, { message: 'Ciao', senderName: 'ACME' }],
    [
      'send sms',
      ['-mCiao', '--from', '1234567890123456'],
      sms,
      { message: 'Ciao', senderName: '1234567890123456' },
    ],
    ['send sms', ['-m', 'Hi {n}, {n}!', '--var', 'n=a=b {x}'], sms, { message: 'Hi a=b {x}, a=b {x}!' }],
    ['send sms', ['-m', '--to is a flag'], sms, { message: '--to is a flag' }],
    ['send sms', ['-m', 'two\nlines €'], sms, { message: 'two\nlines €' }],
    ['send sms', ['-m', '  kept  '], sms, { message: '  kept  ' }],
    ['send sms', ['-m', 'Ciao', '--simulate'], sms, { message: 'Ciao', simulation: true }],
    ['send rcs', ['--template', 'template_123'], rcs, { templateId: 'template_123' }],
    [
      'send rcs',
      ['--template', 'template_123', '--var', 'name=John'],
      rcs,
      { templateId: 'template_123', variables: { name: 'John' } },
    ],
    [
      'send rcs',
      ['--template', 't', '--fallback', '-m', 'Hi {name}', '--var', 'name=John'],
      rcs,
      { templateId: 't', variables: { name: 'John' }, message: 'Hi John', fallback: true },
    ],
    [
      'send whatsapp',
      ['--template', 'template_456', '--var', 'name=John', '--var', 'code=123456'],
      whatsapp,
      { templateId: 'template_456', variables: { name: 'John', code: '123456' } },
    ],
    ['send whatsapp', ['-m', 'On our way'], whatsapp, { message: 'On our way' }],
    [
      'send',
      ['--fallback', '-m', 'Important update', '--template', 'template_123'],
      whatsapp,
      { message: 'Important update', fallback: true, templateId: 'template_123' },
    ],
  ] as const)('%s %j', async ([command, words, path, body], { expect }) => {
    const { server, ran } = await sent([...command.split(' '), ...words, '-t', number, '--id', 'order-1']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const request = only(server.posts());
    expect(request.path).toBe(path);
    // Each channel that has templates is asked for them once.
    const withTemplate = (words as readonly string[]).includes('--template');
    expect(server.gets().length).toBe(withTemplate ? (command === 'send' ? 2 : 1) : 0);
    expect(request.body).toEqual({ phoneNumber: number, ...body, customerMessageId: 'order-1' });
  });

  test('carries the key, and says that it is JSON', async ({ expect }) => {
    const { server } = await sent(['send', 'sms', '-t', number, '-m', 'Ciao €']);
    const { headers, text } = only(server.seen);
    expect(headers).toMatchObject({
      'x-api-key': 'ak_live_1',
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      'user-agent': expect.stringMatching(/^qlara\/\d+\.\d+\.\d+/),
    });
    expect(headers.authorization).toBeUndefined();
  });

  test('carries user and password where there is no key', async ({ expect }) => {
    const env = { QLARA_API_KEY: '', QLARA_USERNAME: 'ada', QLARA_PASSWORD: 'pä:ss' };
    const { headers } = only((await sent(['send', 'sms', '-t', number, '-m', 'Ciao'], { env })).server.seen);
    expect(headers.authorization).toBe(`Basic ${Buffer.from('ada:pä:ss').toString('base64')}`);
    expect(headers['x-api-key']).toBeUndefined();
  });
});

describe.concurrent('the order of words and flags', () => {
  test.for([
    ['flags before the command', ['-t', number, '-m', 'Ciao', 'send', 'sms']],
    ['flags between its words', ['send', '-m', 'Ciao', 'sms', '-t', number]],
    ['switches anywhere', ['--quiet', 'send', '--json', 'sms', '-t', number, '-m', 'Ciao']],
    ['bundled letters', ['send', 'sms', '-qt', number, '-mCiao']],
    [
      'a national number with its country',
      ['send', 'sms', '-t', '390 1234567', '--country', 'it', '-m', 'Ciao'],
    ],
    ['a number with blanks', ['send', 'sms', '-t', ' +39 390 123-4567 ', '-m', 'Ciao']],
  ] as const)('%s', async ([, words], { expect }) => {
    const { server, ran } = await sent(words);
    expect(ran.code).toBe(0);
    expect(only(server.seen).body).toMatchObject({ phoneNumber: number, message: 'Ciao' });
  });
});

describe.concurrent('many destinations', () => {
  test.for([
    ['repeated', ['-t', number, '-t', other]],
    ['by commas', ['-t', `${number}, ${other}`]],
    ['written twice in other ways', ['-t', `${number},${other},+39 390 1234567`]],
  ] as const)('%s: one message each, in their order', async ([, words], { expect }) => {
    const { server, ran } = await sent(['send', 'sms', ...words, '-m', 'Ciao', '--json']);
    expect(ran.code).toBe(0);
    expect(
      server
        .posts()
        .map(({ body }) => body.phoneNumber)
        .sort(),
    ).toEqual([number, other]);
    expect(rowsOf(ran).map(({ to }) => to)).toEqual([number, other]);
    expect(new Set(rowsOf(ran).map(({ id }) => id)).size).toBe(2);
    expect(rowsOf(ran).every(({ id, gatewayId }) => gatewayId === gatewayIdOf(id))).toBe(true);
  });

  test('a refused message does not hold up the others', async ({ expect }) => {
    const server = await serve({
      post: ({ body }) => (body.phoneNumber === other ? envelope(400, 'no such number') : accepts()),
    });
    const ran = await invoke(
      ['send', 'sms', '-t', `${number},${other},+393901234569`, '-m', 'Ciao', '--json'],
      {
        env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
      },
    );
    expect(ran.code).toBe(1);
    expect(rowsOf(ran).map(({ status }) => status)).toEqual(['submitted', 'rejected', 'submitted']);
  });

  test('a refused key ends the run before every destination met it, and nothing is lost', async ({
    expect,
  }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(401, 'no') });
    const numbers = Array.from({ length: 30 }, (_, at) => `+3939012345${String(at + 10)}`);
    const ran = await invoke(['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao', '--json'], {
      home,
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
    });
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'gateway.unauthorized']);
    expect(server.posts().length).toBeLessThan(20);
    expect(rowsOf(ran).map(({ status }) => status)).toEqual(numbers.map(() => 'queued'));
    expect(await recorded(home)).toHaveLength(30);
  });
});

describe.concurrent('sources of the content', () => {
  test.for([
    ['with one line end', 'From a pipe\n', 'From a pipe'],
    ['with the line end of Windows', 'From a pipe\r\n', 'From a pipe'],
    ['without one', 'From a pipe', 'From a pipe'],
    ['with more lines', 'a\nb\n\n', 'a\nb\n'],
  ] as const)('standard input %s', async ([, stdin, message], { expect }) => {
    const { server } = await sent(['send', 'sms', '-t', number, '-m', '-'], { stdin });
    expect(only(server.seen).body.message).toBe(message);
  });

  test('standard input without a text is refused', async ({ expect }) => {
    const { server, ran } = await sent(['send', 'sms', '-t', number, '-m', '-', '--json'], { stdin: '\n' });
    expect([ran.code, errorOf(ran).code, server.seen]).toEqual([2, 'text.empty', []]);
  });

  test('values from a file, those of the line first', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'values.json');
    writeFileSync(file, '{"name":"Ada","count":3,"paid":true}');
    const words = ['-m', '{name} {count} {paid}', '--vars-file', file, '--var', 'name=Eve'];
    const { server } = await sent(['send', 'sms', '-t', number, ...words], { home });
    expect(only(server.seen).body.message).toBe('Eve 3 true');
  });

  test('sender and country of the profile, where the line names none', async ({ expect }) => {
    const home = freshHome({ from: 'ACME', country: 'IT' });
    const { server } = await sent(['send', 'sms', '-t', '390 1234567', '-m', 'Ciao'], { home });
    expect(only(server.seen).body).toMatchObject({ phoneNumber: number, senderName: 'ACME' });
  });
});

describe.concurrent('a dry run', () => {
  test('shows the request, sends nothing, needs no key and leaves no trace', async ({ expect }) => {
    const { server, ran, home } = await sent(
      [
        'send',
        'sms',
        '-t',
        number,
        '-m',
        'Perché {x}? ☂',
        '--var',
        'x=no',
        '--id',
        'order-1',
        '--dry-run',
        '--json',
      ],
      { env: { QLARA_API_KEY: '' } },
    );
    expect(ran.code).toBe(0);
    const row = only(JSON.parse(ran.stdout) as (Row & { request: { url: string; body: object } })[]);
    expect(row).toMatchObject({ id: 'order-1', to: number, chain: ['sms'], encoding: 'ucs2', parts: 1 });
    expect(row.request).toMatchObject({
      method: 'POST',
      url: `${server.url}/message-server/sms/send`,
      headers: { 'x-api-key': '****' },
      body: { phoneNumber: number, message: 'Perché no? ☂', customerMessageId: 'order-1' },
    });
    expect(server.seen).toEqual([]);
    expect(await recorded(home)).toEqual([]);
  });

  test('is refused where the message is', async ({ expect }) => {
    const { ran } = await sent(['send', 'sms', '-t', number, '-m', '{x}', '--dry-run', '--json']);
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([2, '', 'placeholder.missing']);
  });
});

test('an unconfirmed --simulate is reported', async () => {
  const server = await serve({ post: accepts({ simulation: false }) });
  const ran = await invoke(['send', 'sms', '-t', number, '-m', 'Ciao', '--simulate', '--json'], {
    env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
  });
  expect([ran.code, only(rowsOf(ran)).simulation]).toEqual([0, false]);
  expect(ran.stderr).toMatch(/^warning: .*simulation/m);
});
