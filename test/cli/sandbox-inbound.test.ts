import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { receiver } from '../sandbox/receiver.ts';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, only, start, until } from '../support/program.ts';
import { envelope, json, serve } from '../support/server.ts';

const from = '+393901234567';
const words = ['sandbox', 'inbound', '--from', from, '--message', 'Where are you?'];
const here = [...words, '--sandbox'];

/** The sandbox as a program of its own, once it says where it listens. */
async function served(more: readonly string[], home: Home) {
  const server = start(['sandbox', '--port', '0', '--speed', '50', ...more], { home, timeout: 25_000 });
  await until(() => server.printed.stdout.includes('\n'), 'the sandbox says that it is ready');
  return { ...server, url: /http:\S+/.exec(server.printed.stdout)?.[0] ?? '' };
}

describe('sandbox inbound', () => {
  test('prints what was written, as JSON and in a pipe', async () => {
    const ran = await invoke([...here, '--json']);
    const row = only(JSON.parse(ran.stdout));
    expect([ran.code, ran.stderr, row]).toEqual([
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
    const table = await invoke([...here, '--channel', 'sms', '--columns', 'from,channel,message']);
    expect(table.stdout).toBe(`from\tchannel\tmessage\n${from}\tsms\tWhere are you?\n`);
    const csv = await invoke([...here, '--output', 'csv', '--columns', 'from,channel']);
    expect(csv.stdout).toMatch(/^from,channel\r?\n\S+whatsapp\r?\n$/);
  });

  test('takes a national number with its country, and a text from standard input', async () => {
    const line = [
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
    const ran = await invoke(line, { stdin: 'Ciao\n' });
    expect(only(JSON.parse(ran.stdout))).toMatchObject({ from, message: 'Ciao' });
  });

  test.each([
    ['a wrong number', ['--from', '+39', '-m', 'x'], 'phone.invalid'],
    ['a national number without its country', ['--from', '3901234567', '-m', 'x'], 'phone.not-e164'],
    ['nobody', ['-m', 'x'], 'from.missing'],
    ['nothing', ['--from', from], 'message.missing'],
    ['an empty text', ['--from', from, '-m', ''], 'inbound.refused'],
    ['another channel', ['--from', from, '-m', 'x', '--channel', 'fax'], 'channel.unknown'],
    ['a state that nobody shares', ['--from', from, '-m', 'x', '--state', 'memory'], 'state.memory'],
  ])('%s is a matter of usage', async (_, more, code) => {
    const ran = await invoke(['sandbox', 'inbound', ...more, '--json', '--sandbox']);
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([2, '', code]);
  });

  test('opens the 24 hours for sends with --sandbox', async () => {
    const home = freshHome();
    const send = ['send', 'whatsapp', '-t', '+393901230024', '-m', 'Soon', '--sandbox', '--json'];
    expect((await invoke(send, { home })).code).toBe(1);
    await invoke(['sandbox', 'inbound', '--from', '+393901230024', '-m', 'Hello?', '--sandbox'], { home });
    expect((await invoke(send, { home })).code).toBe(0);
  });

  test('reaches the server that --base-url names, without a key', async () => {
    const home = freshHome();
    const server = await served(['--state', 'memory'], home);
    expect((await invoke([...words, '--base-url', server.url])).code).toBe(0);
    const answer = await fetch(`${server.url}/partner-gateway/v1/inbox/conversations`, {
      headers: { 'x-api-key': 'any' },
    });
    expect(await answer.json()).toMatchObject({ conversations: [{ lastMessage: 'Where are you?' }] });
    server.child.kill('SIGTERM');
    await server.done;
  });

  test.each([
    ['no sandbox', envelope(404, 'No such path'), 2, 'sandbox.none'],
    ['something else', json(200, {}), 2, 'sandbox.none'],
    ['one that fails', envelope(500, 'broken'), 4, 'gateway.failing'],
  ] as const)('%s at the base URL is an error', async (_, post, exit, code) => {
    const server = await serve({ post });
    const ran = await invoke([...words, '--base-url', server.url, '--json']);
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([exit, '', code]);
  });

  test('an unreachable gateway is an error', async () => {
    const ran = await invoke([...words, '--base-url', 'http://127.0.0.1:1', '--json']);
    expect([ran.code, errorOf(ran).code]).toEqual([4, 'gateway.unreachable']);
  });

  test('has help behind `help` too', async () => {
    const [asked, flagged] = await Promise.all([
      invoke(['help', 'sandbox', 'inbound']),
      invoke(['sandbox', 'inbound', '--help']),
    ]);
    expect([asked.code, asked.stdout]).toEqual([0, flagged.stdout]);
  });
});

describe('sandbox --webhook-url', () => {
  test('reports what other processes send and play on its state', async () => {
    const home = freshHome();
    const hook = await receiver();
    const server = await served(['--webhook-url', hook.url, '--webhook-shape', 'guide'], home);
    await until(() => server.printed.stderr.includes('\n'), 'it says where it tells');
    expect(server.printed.stderr).toBe(`webhook: calls ${hook.url} in the guide format\n`);
    await invoke(['send', 'whatsapp', '-t', from, '-m', 'Soon', '--id', 'order-1', '--sandbox'], { home });
    await invoke(here, { home });
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

  test('goes on after it was killed', async () => {
    const home = freshHome();
    const hook = await receiver();
    const state = join(home.path, 'kept.db');
    const more = ['--webhook-url', hook.url, '--state', state];
    const first = await served(more, home);
    first.child.kill('SIGKILL');
    await first.done;
    // Played while no process delivers webhooks.
    await invoke([...words, '--state', state], { home });
    const second = await served(more, home);
    await hook.count(1);
    expect(hook.events()).toMatchObject([{ eventType: 'INBOUND', source: from }]);
    second.child.kill('SIGTERM');
    await second.done;
  });

  test.each(['ftp://127.0.0.1/', 'http://example.com/', 'hook'])('%s is a matter of usage', async (url) => {
    const ran = await invoke(['sandbox', '--port', '0', '--state', 'memory', '--webhook-url', url, '--json']);
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([2, '', 'url.invalid']);
  });
});
