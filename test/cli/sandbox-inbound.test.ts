import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { receiver } from '../sandbox/receiver.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, only, parseError, start, until } from '../support/program.ts';
import { envelope, json, serve } from '../support/server.ts';

const from = '+393901234567';
const args = ['sandbox', 'inbound', '--from', from, '--message', 'Where are you?'];
const sandboxArgs = [...args, '--sandbox'];

/** Starts `qlara sandbox` and waits until it listens. */
async function startSandbox(more: readonly string[], home: Home) {
  const server = start(['sandbox', '--port', '0', '--speed', '50', ...more], { home, timeout: 25_000 });
  await until(() => server.printed.stdout.includes('\n'), 'the sandbox is ready');
  return { ...server, url: /http:\S+/.exec(server.printed.stdout)?.[0] ?? '' };
}

describe('sandbox inbound', () => {
  test('prints the message as JSON and in a pipe', async () => {
    const result = await invoke([...sandboxArgs, '--json']);
    const row = only(JSON.parse(result.stdout));
    expect([result.code, result.stderr, row]).toEqual([
      0,
      '',
      {
        id: expect.stringMatching(/^in_\w+$/),
        from,
        channel: 'whatsapp',
        message: 'Where are you?',
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    ]);
    const table = await invoke([...sandboxArgs, '--channel', 'sms', '--columns', 'from,channel,message']);
    expect(table.stdout).toBe(`from\tchannel\tmessage\n${from}\tsms\tWhere are you?\n`);
    const csv = await invoke([...sandboxArgs, '--output', 'csv', '--columns', 'from,channel']);
    expect(csv.stdout).toMatch(/^from,channel\r?\n\S+whatsapp\r?\n$/);
  });

  test('accepts a national number with --country and a text from standard input', async () => {
    const commandLine = [
      'sandbox',
      'inbound',
      '--from',
      '390 123 4567',
      '--country',
      'IT',
      '-m',
      '-',
      '--json',
      '--sandbox',
    ];
    const result = await invoke(commandLine, { stdin: 'Ciao\n' });
    expect(only(JSON.parse(result.stdout))).toMatchObject({ from, message: 'Ciao' });
  });

  test.each([
    ['an invalid number', ['--from', '+39', '-m', 'x'], 'phone.invalid'],
    ['a national number without a country', ['--from', '3901234567', '-m', 'x'], 'phone.not-e164'],
    ['no sender', ['-m', 'x'], 'from.missing'],
    ['no message', ['--from', from], 'message.missing'],
    ['an empty text', ['--from', from, '-m', ''], 'inbound.refused'],
    ['another channel', ['--from', from, '-m', 'x', '--channel', 'fax'], 'channel.unknown'],
    ['an in-memory state', ['--from', from, '-m', 'x', '--state', 'memory'], 'state.memory'],
  ])('refuses %s', async (_, more, code) => {
    const result = await invoke(['sandbox', 'inbound', ...more, '--json', '--sandbox']);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([2, '', code]);
  });

  test('opens the 24-hour window for sends with --sandbox', async () => {
    const home = freshHome();
    const send = ['send', 'whatsapp', '-t', '+393901230024', '-m', 'Soon', '--sandbox', '--json'];
    expect((await invoke(send, { home })).code).toBe(1);
    await invoke(['sandbox', 'inbound', '--from', '+393901230024', '-m', 'Hello?', '--sandbox'], { home });
    expect((await invoke(send, { home })).code).toBe(0);
  });

  test('reaches the server of --base-url without a key', async () => {
    const home = freshHome();
    const server = await startSandbox(['--state', 'memory'], home);
    expect((await invoke([...args, '--base-url', server.url])).code).toBe(0);
    const answer = await fetch(`${server.url}/partner-gateway/v1/inbox/conversations`, {
      headers: { 'x-api-key': 'any' },
    });
    expect(await answer.json()).toMatchObject({ conversations: [{ lastMessage: 'Where are you?' }] });
    server.child.kill('SIGTERM');
    await server.done;
  });

  test.each([
    ['no sandbox', envelope(404, 'No such path'), 2, 'sandbox.none'],
    ['another service', json(200, {}), 2, 'sandbox.none'],
    ['failing sandbox', envelope(500, 'broken'), 4, 'gateway.failing'],
  ] as const)('reports %s at the base URL', async (_, post, exit, code) => {
    const server = await serve({ post });
    const result = await invoke([...args, '--base-url', server.url, '--json']);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([exit, '', code]);
  });

  test('reports an unreachable gateway', async () => {
    const result = await invoke([...args, '--base-url', 'http://127.0.0.1:1', '--json']);
    expect([result.code, parseError(result).code]).toEqual([4, 'gateway.unreachable']);
  });

  test('has help behind `help` too', async () => {
    const [helpCommand, helpFlag] = await Promise.all([
      invoke(['help', 'sandbox', 'inbound']),
      invoke(['sandbox', 'inbound', '--help']),
    ]);
    expect([helpCommand.code, helpCommand.stdout]).toEqual([0, helpFlag.stdout]);
  });
});

describe('sandbox --webhook-url', () => {
  test('reports messages of other processes on its state', async () => {
    const home = freshHome();
    const hook = await receiver();
    const server = await startSandbox(['--webhook-url', hook.url, '--webhook-shape', 'guide'], home);
    await until(() => server.printed.stderr.includes('\n'), 'the webhook URL is printed');
    expect(server.printed.stderr).toBe(`webhook: calls ${hook.url} in the guide format\n`);
    await invoke(['send', 'whatsapp', '-t', from, '-m', 'Soon', '--id', 'order-1', '--sandbox'], { home });
    await invoke(sandboxArgs, { home });
    await hook.count(3);
    expect(hook.events()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ eventType: 'DELIVERY', customerMessageId: 'order-1', statusCode: 3 }),
        expect.objectContaining({ eventType: 'READ', destination: from }),
        expect.objectContaining({ eventType: 'INBOUND', source: from, text: 'Where are you?' }),
      ]),
    );
    server.child.kill('SIGTERM');
    expect((await server.done).code).toBe(143);
  });

  test('continues after a kill', async () => {
    const home = freshHome();
    const hook = await receiver();
    const state = join(home.path, 'kept.db');
    const more = ['--webhook-url', hook.url, '--state', state];
    const first = await startSandbox(more, home);
    first.child.kill('SIGKILL');
    await first.done;
    // Sent while no process delivers webhooks.
    await invoke([...args, '--state', state], { home });
    const second = await startSandbox(more, home);
    await hook.count(1);
    expect(hook.events()).toMatchObject([{ eventType: 'INBOUND', source: from }]);
    second.child.kill('SIGTERM');
    await second.done;
  });

  test.each(['ftp://127.0.0.1/', 'http://example.com/', 'hook'])(
    'refuses the webhook URL %s',
    async (url) => {
      const result = await invoke([
        'sandbox',
        '--port',
        '0',
        '--state',
        'memory',
        '--webhook-url',
        url,
        '--json',
      ]);
      expect([result.code, result.stdout, parseError(result).code]).toEqual([2, '', 'url.invalid']);
    },
  );
});
