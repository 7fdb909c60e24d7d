import { describe, test } from 'vitest';
import { inboundOf, listening, post } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, recorded, rowsOf, start, until } from '../support/program.ts';
import { empty, json, serve, taking } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };

const written = (home: Home, from: string, message: string, channel = 'whatsapp') =>
  invoke(['sandbox', 'inbound', '--from', from, '--message', message, '--channel', channel, '--sandbox'], {
    home,
  });

const json_ = async <T>(args: readonly string[], home: Home) =>
  JSON.parse((await invoke([...args, '--sandbox', '--json'], { home })).stdout) as T;

interface Chat {
  id: string;
  channel: string;
  phone: string;
  unread: number;
  last: string;
  windowUntil: string | null;
}
interface Said {
  direction: string;
  text: string;
  status: string | null;
  id: string | null;
}

describe.concurrent('the inbox', () => {
  test('lists conversations, the latest first, and how long the window is open', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901230001', 'Ciao');
    await written(home, '+393901230002', 'Hello', 'sms');
    const list = await json_<Chat[]>(['inbox', 'list'], home);
    expect(list).toMatchObject([
      { channel: 'sms', phone: '+393901230002', unread: 1, last: 'Hello', windowUntil: null },
      { channel: 'whatsapp', phone: '+393901230001', unread: 1, last: 'Ciao' },
    ]);
    expect(await json_<Chat[]>(['inbox', 'list', '--channel', 'whatsapp'], home)).toHaveLength(1);
    expect(await json_<Chat[]>(['inbox', 'list', '--limit', '1'], home)).toMatchObject([{ channel: 'sms' }]);
    await json_(['inbox', 'show', '+393901230001', '--mark-read'], home);
    expect(await json_<Chat[]>(['inbox', 'list', '--unread'], home)).toMatchObject([{ channel: 'sms' }]);
    const [, opened] = await json_<Chat[]>(['inbox', 'list'], home);
    const left = Date.parse(opened?.windowUntil ?? '') - Date.now();
    expect(left).toBeGreaterThan(23 * 3_600_000);
    expect(left).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('shows the messages of both sides, each once', async ({ expect }) => {
    const home = freshHome();
    await invoke(['send', 'whatsapp', '-t', '+393901234567', '-m', 'Hello', '--id', 'a', '--sandbox'], {
      home,
    });
    await written(home, '+393901234567', 'Ciao');
    const reply = await invoke(
      ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--id', 'b', '--sandbox', '--json'],
      { home },
    );
    expect([reply.code, rowsOf(reply)]).toMatchObject([
      0,
      [{ id: 'b', channel: 'whatsapp', status: 'submitted' }],
    ]);
    const [chat] = await json_<Chat[]>(['inbox', 'list'], home);
    for (const name of ['+393901234567', '+39 390 123 4567', 'whatsapp:+393901234567', chat?.id ?? ''])
      expect(
        (await json_<Said[]>(['inbox', 'show', name], home)).map(({ direction, text }) => [direction, text]),
      ).toEqual([
        ['out', 'Hello'],
        ['in', 'Ciao'],
        ['out', 'At ten'],
      ]);
  });

  test('answers once under one id', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'Ciao', 'rcs');
    const line = ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--id', 'b', '--sandbox', '--json'];
    const [first, second] = [await invoke(line, { home }), await invoke(line, { home })];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.stderr).toMatch(/^note: b was sent before/m);
    const said = await json_<Said[]>(['inbox', 'show', '+393901234567'], home);
    expect(said.filter(({ direction }) => direction === 'out')).toHaveLength(1);
  });

  test('does not reply to an opted-out number', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'Stop', 'sms');
    await json_(['inbox', 'show', '+393901234567'], home);
    const line = ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--sandbox', '--json'];
    const ran = await invoke(line, { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'destination.opted-out']);
    expect(await recorded(home, 'sandbox')).toEqual([]);
    const forced = await invoke([...line, '--force', 'they rang us'], { home });
    expect([forced.code, rowsOf(forced)[0]?.status]).toEqual([0, 'submitted']);
  });

  test('knows by what nobody has read how long the window is open', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'Ciao');
    const [chat] = await json_<Chat[]>(['inbox', 'list'], home);
    expect(Date.parse(chat?.windowUntil ?? '') - Date.now()).toBeGreaterThan(23 * 3_600_000);
  });

  test('records a STOP while it lists', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'Basta, grazie', 'sms');
    await json_(['inbox', 'list'], home);
    const list = await invoke(['optout', 'list', '--sandbox', '--json'], { home });
    expect(JSON.parse(list.stdout)).toMatchObject([{ phone: '+393901234567', source: 'inbound' }]);
  });

  test('with two channels of one number --channel chooses', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'by sms', 'sms');
    await written(home, '+393901234567', 'by whatsapp');
    const line = ['inbox', 'reply', '+393901234567', '-m', 'At ten', '--sandbox', '--json'];
    const ran = await invoke(line, { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'chat.several']);
    const meant = await invoke([...line, '--channel', 'sms'], { home });
    expect([meant.code, rowsOf(meant)[0]?.channel]).toEqual([0, 'sms']);
    const shown = await invoke(['inbox', 'show', '+393901234567', '--sandbox', '--json'], { home });
    expect(shown.stderr).toMatch(/note: other conversations with \+393901234567/);
  });

  test('sends no placeholders', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'Ciao');
    const ran = await invoke(['inbox', 'reply', '+393901234567', '-m', 'Hi {name}', '--sandbox', '--json'], {
      home,
    });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'placeholder.missing']);
  });

  test('--follow shows new messages', async ({ expect }) => {
    const home = freshHome();
    await written(home, '+393901234567', 'one');
    const words = [
      'inbox',
      'show',
      '+393901234567',
      '--follow',
      '--interval',
      '50ms',
      '--sandbox',
      '-o',
      'ndjson',
    ];
    const following = start(words, { home });
    await until(() => following.printed.stdout.includes('one'), 'the first is there');
    await written(home, '+393901234567', 'two');
    await until(() => following.printed.stdout.includes('two'), 'the second is there');
    following.child.kill('SIGINT');
    const ran = await following.done;
    expect(ran.code).toBe(130);
    expect(
      ran.stdout
        .trim()
        .split('\n')
        .map((text) => (JSON.parse(text) as Said).text),
    ).toEqual(['one', 'two']);
  });

  test('an unknown conversation is not found', async ({ expect }) => {
    for (const name of ['+393901234567', 'nobody']) {
      const ran = await invoke(['inbox', 'show', name, '--sandbox', '--json']);
      expect([ran.code, errorOf(ran).code]).toEqual([2, 'chat.unknown']);
    }
  });
});

describe.concurrent('of a gateway without one', () => {
  test('messages received by a listener are shown all the same', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: empty(404) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { url } = await listening([], { home });
    await post(url, inboundOf('Ciao'));
    const list = await invoke(['inbox', 'list', '--json'], { home, env });
    expect([list.code, JSON.parse(list.stdout)]).toMatchObject([
      0,
      [{ id: 'whatsapp:+393901234567', phone: '+393901234567', last: 'Ciao', unread: null }],
    ]);
    const shown = await invoke(['inbox', 'show', '+393901234567', '--json'], { home, env });
    expect(JSON.parse(shown.stdout)).toMatchObject([{ direction: 'in', text: 'Ciao' }]);
    const reply = await invoke(['inbox', 'reply', '+393901234567', '-m', 'Hi', '--json'], { home, env });
    expect([reply.code, errorOf(reply).code]).toEqual([2, 'inbox.none']);
    // A gateway without this call may keep more than is known here.
    const gone = { ...key, QLARA_BASE_URL: 'http://127.0.0.1:1/api' };
    const asked = await invoke(['inbox', 'show', 'chat-1', '--json'], { home, env: gone });
    expect([asked.code, errorOf(asked).code]).toEqual([4, 'gateway.unreachable']);
    // No key is needed for what is known here.
    const local = await invoke(['inbox', 'list', '--no-refresh', '--json'], { home });
    expect(JSON.parse(local.stdout)).toHaveLength(1);
  });
});

describe.concurrent('a reply in doubt', () => {
  const chat = { chatId: 'c1', channel: 'WHATSAPP', contact: { phoneNumber: '+393901234567' } };
  const line = ['inbox', 'reply', 'c1', '-m', 'At ten', '--id', 'b', '--json'];

  test('is in doubt, and not sent again', async ({ expect }) => {
    const home = freshHome({ grace: '300ms' });
    const server = await serve({ get: json(200, chat), post: taking(json(500, {})) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const [first, second] = [await invoke(line, { home, env }), await invoke(line, { home, env })];
    expect([first.code, errorOf(first).code]).toEqual([6, 'send.in-doubt']);
    expect([second.code, errorOf(second).code]).toEqual([6, 'send.in-doubt']);
    expect(server.posts()).toHaveLength(1);
  });

  test('of a gateway that asks to wait is sent then', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      get: json(200, chat),
      post: [json(429, { retryAfter: 0.2 }), taking(json(202, { messageId: 'm1' }))],
    });
    const ran = await invoke(line, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    expect([ran.code, server.posts().length]).toEqual([0, 2]);
    const different = line.map((word) => (word === 'At ten' ? 'At eleven' : word));
    const other = await invoke(different, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    expect([other.code, errorOf(other).code]).toEqual([2, 'id.reused']);
    expect(server.posts()).toHaveLength(2);
  });

  test('that was not taken says so', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      get: json(200, chat),
      post: json(400, { message: 'outside the 24-hour window' }),
    });
    const ran = await invoke(line, { home, env: { ...key, QLARA_BASE_URL: server.url } });
    expect([ran.code, rowsOf(ran)]).toMatchObject([
      1,
      [{ status: 'rejected', reason: 'outside the 24-hour window' }],
    ]);
  });
});
