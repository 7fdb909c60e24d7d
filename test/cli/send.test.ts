import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, only, parseError, parseRows, type Row, recorded } from '../support/program.ts';
import { accept, envelope, json, serve, toGatewayId } from '../support/server.ts';

const number = '+393901234567';
const other = '+393901234568';

/** Templates without their text. */
const templates = json(
  200,
  ['template_123', 'template_456', 't'].map((id) => ({ id, name: id, status: 'APPROVED' })),
);

/** Runs a command against a gateway that accepts every message. */
async function invokeWithServer(args: readonly string[], options: Parameters<typeof invoke>[1] = {}) {
  const home = options.home ?? freshHome();
  const server = await serve(args.includes('--template') ? { get: templates } : {});
  const env = { QLARA_API_KEY: 'ak_live_1', QLARA_BASE_URL: server.url, ...options.env };
  return { server, home, result: await invoke(args, { ...options, home, env }) };
}

describe.concurrent('the request', () => {
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
  ] as const)('%s %j', async ([command, args, path, body], { expect }) => {
    const { server, result } = await invokeWithServer([
      ...command.split(' '),
      ...args,
      '-t',
      number,
      '--id',
      'order-1',
    ]);
    expect([result.code, result.stderr]).toEqual([0, '']);
    const request = only(server.posts());
    expect(request.path).toBe(path);
    // Each channel with templates is queried once.
    const withTemplate = (args as readonly string[]).includes('--template');
    expect(server.gets().length).toBe(withTemplate ? (command === 'send' ? 2 : 1) : 0);
    expect(request.body).toEqual({ phoneNumber: number, ...body, customerMessageId: 'order-1' });
  });

  test('has the key and a JSON content type', async ({ expect }) => {
    const { server } = await invokeWithServer(['send', 'sms', '-t', number, '-m', 'Ciao €']);
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

  test('has username and password without a key', async ({ expect }) => {
    const env = { QLARA_API_KEY: '', QLARA_USERNAME: 'ada', QLARA_PASSWORD: 'pä:ss' };
    const { headers } = only(
      (await invokeWithServer(['send', 'sms', '-t', number, '-m', 'Ciao'], { env })).server.seen,
    );
    expect(headers.authorization).toBe(`Basic ${Buffer.from('ada:pä:ss').toString('base64')}`);
    expect(headers['x-api-key']).toBeUndefined();
  });
});

describe.concurrent('the order of arguments and flags', () => {
  test.for([
    ['flags before the command', ['-t', number, '-m', 'Ciao', 'send', 'sms']],
    ['flags within the command', ['send', '-m', 'Ciao', 'sms', '-t', number]],
    ['switches anywhere', ['--quiet', 'send', '--json', 'sms', '-t', number, '-m', 'Ciao']],
    ['bundled short flags', ['send', 'sms', '-qt', number, '-mCiao']],
    [
      'a national number with its country',
      ['send', 'sms', '-t', '390 1234567', '--country', 'it', '-m', 'Ciao'],
    ],
    ['a number with spaces', ['send', 'sms', '-t', ' +39 390 123-4567 ', '-m', 'Ciao']],
  ] as const)('%s', async ([, args], { expect }) => {
    const { server, result } = await invokeWithServer(args);
    expect(result.code).toBe(0);
    expect(only(server.seen).body).toMatchObject({ phoneNumber: number, message: 'Ciao' });
  });
});

describe.concurrent('several recipients', () => {
  test.for([
    ['in repeated flags', ['-t', number, '-t', other]],
    ['separated by commas', ['-t', `${number}, ${other}`]],
    ['with a duplicate in another format', ['-t', `${number},${other},+39 390 1234567`]],
  ] as const)('%s get one message each, in order', async ([, args], { expect }) => {
    const { server, result } = await invokeWithServer(['send', 'sms', ...args, '-m', 'Ciao', '--json']);
    expect(result.code).toBe(0);
    expect(
      server
        .posts()
        .map(({ body }) => body.phoneNumber)
        .sort(),
    ).toEqual([number, other]);
    expect(parseRows(result).map(({ to }) => to)).toEqual([number, other]);
    expect(new Set(parseRows(result).map(({ id }) => id)).size).toBe(2);
    expect(parseRows(result).every(({ id, gatewayId }) => gatewayId === toGatewayId(id))).toBe(true);
  });

  test('sends the other messages after a refused one', async ({ expect }) => {
    const server = await serve({
      post: ({ body }) => (body.phoneNumber === other ? envelope(400, 'no such number') : accept()),
    });
    const result = await invoke(
      ['send', 'sms', '-t', `${number},${other},+393901234569`, '-m', 'Ciao', '--json'],
      {
        env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
      },
    );
    expect(result.code).toBe(1);
    expect(parseRows(result).map(({ status }) => status)).toEqual(['submitted', 'rejected', 'submitted']);
  });

  test('stops at a refused key before trying every recipient, and loses nothing', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(401, 'no') });
    const numbers = Array.from({ length: 30 }, (_, at) => `+3939012345${String(at + 10)}`);
    const result = await invoke(['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao', '--json'], {
      home,
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
    });
    expect([result.code, parseError(result).code]).toEqual([3, 'gateway.unauthorized']);
    expect(server.posts().length).toBeLessThan(20);
    expect(parseRows(result).map(({ status }) => status)).toEqual(numbers.map(() => 'queued'));
    expect(await recorded(home)).toHaveLength(30);
  });
});

describe.concurrent('sources of the content', () => {
  test.for([
    ['with a line feed', 'From a pipe\n', 'From a pipe'],
    ['with a Windows line break', 'From a pipe\r\n', 'From a pipe'],
    ['without a line break', 'From a pipe', 'From a pipe'],
    ['with several lines', 'a\nb\n\n', 'a\nb\n'],
  ] as const)('standard input %s', async ([, stdin, message], { expect }) => {
    const { server } = await invokeWithServer(['send', 'sms', '-t', number, '-m', '-'], { stdin });
    expect(only(server.seen).body.message).toBe(message);
  });

  test('refuses standard input without text', async ({ expect }) => {
    const { server, result } = await invokeWithServer(['send', 'sms', '-t', number, '-m', '-', '--json'], {
      stdin: '\n',
    });
    expect([result.code, parseError(result).code, server.seen]).toEqual([2, 'text.empty', []]);
  });

  test('reads variables from a file; flags override them', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'values.json');
    writeFileSync(file, '{"name":"Ada","count":3,"paid":true}');
    const args = ['-m', '{name} {count} {paid}', '--vars-file', file, '--var', 'name=Eve'];
    const { server } = await invokeWithServer(['send', 'sms', '-t', number, ...args], { home });
    expect(only(server.seen).body.message).toBe('Eve 3 true');
  });

  test('uses the profile’s sender and country by default', async ({ expect }) => {
    const home = freshHome({ from: 'ACME', country: 'IT' });
    const { server } = await invokeWithServer(['send', 'sms', '-t', '390 1234567', '-m', 'Ciao'], { home });
    expect(only(server.seen).body).toMatchObject({ phoneNumber: number, senderName: 'ACME' });
  });
});

describe.concurrent('a dry run', () => {
  test('shows the request, sends nothing, needs no key and stores nothing', async ({ expect }) => {
    const { server, result, home } = await invokeWithServer(
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
    expect(result.code).toBe(0);
    const row = only(JSON.parse(result.stdout) as (Row & { request: { url: string; body: object } })[]);
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

  test('is refused like the message', async ({ expect }) => {
    const { result } = await invokeWithServer([
      'send',
      'sms',
      '-t',
      number,
      '-m',
      '{x}',
      '--dry-run',
      '--json',
    ]);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([2, '', 'placeholder.missing']);
  });
});

test('reports an unconfirmed --simulate', async () => {
  const server = await serve({ post: accept({ simulation: false }) });
  const result = await invoke(['send', 'sms', '-t', number, '-m', 'Ciao', '--simulate', '--json'], {
    env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
  });
  expect([result.code, only(parseRows(result)).simulation]).toEqual([0, false]);
  expect(result.stderr).toMatch(/^warning: .*simulation/m);
});
