import { describe, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { inboundOf, listening, post, receiptOf } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import {
  errorOf,
  freshHome,
  type Home,
  only,
  recorded,
  rowsOf,
  run,
  start,
  until,
} from '../support/program.ts';
import { accepts, json, serve, standing } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };

/** A message sent by SMS under this id, of which the gateway knows no more than that it left. */
async function sent(id: string, home: Home) {
  const server = await serve({ get: () => json(200, standing(id, 'SENT')) });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const ran = await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', id, '--json'], {
    home,
    env,
  });
  if (ran.code !== 0) throw new Error(ran.stderr);
  return { server, env };
}

const statusIn = async (home: Home, id: string) =>
  only(rowsOf(await invoke(['status', id, '--no-refresh', '--json'], { home })));

describe.concurrent('a webhook event', () => {
  test('is in the ledger and in the feed before the gateway has its answer', async ({ expect }) => {
    const home = freshHome();
    await sent('a', home);
    const { url, lines } = await listening([], { home });
    expect(await post(url, receiptOf('a'))).toEqual({ status: 200, text: '' });
    expect(await statusIn(home, 'a')).toMatchObject({ status: 'delivered', final: true });
    await until(() => lines().length === 1, 'a line is printed');
    expect(lines()).toMatchObject([
      { kind: 'receipt', id: 'a', phone: '+393901234567', channel: 'sms', status: 'delivered', final: true },
    ]);
  });

  test('repeated and out of order change nothing', async ({ expect }) => {
    const home = freshHome();
    await sent('a', home);
    const { url, lines } = await listening([], { home });
    for (const status of ['DELIVERED', 'SENT', 'DELIVERED'])
      await post(url, receiptOf('a', status, { timestamp: '2026-11-24T03:00:00Z' }));
    const said = inboundOf('Ciao', { messageId: 'in_1' });
    await post(url, said);
    await post(url, said);
    await until(() => lines().length >= 3, 'all are printed');
    expect(lines().map(({ kind, status, text }) => [kind, status, text])).toEqual([
      ['receipt', 'delivered', null],
      ['receipt', 'sent', null],
      ['inbound', null, 'Ciao'],
    ]);
    expect((await statusIn(home, 'a')).status).toBe('delivered');
  });

  test('for each part makes the message delivered with the last one', async ({ expect }) => {
    const home = freshHome();
    await sent('a', home);
    const { url } = await listening([], { home });
    const part = (numPart: number, statusCode = 3) =>
      post(url, {
        channel: 'SMS',
        eventType: 'DELIVERY',
        messageId: 'a',
        statusCode,
        numPart,
        totalParts: 2,
      });
    await part(2);
    expect((await statusIn(home, 'a')).status).toBe('received');
    await part(1);
    expect((await statusIn(home, 'a')).status).toBe('delivered');
  });

  test('for an unknown message is applied once the message is known', async ({ expect }) => {
    const home = freshHome();
    const { url, lines } = await listening([], { home });
    await post(url, receiptOf('a'));
    await until(() => lines().length === 1, 'it is told of');
    expect(lines()).toMatchObject([{ kind: 'unknown', id: 'a', status: 'delivered' }]);
    await sent('a', home);
    await until(() => lines().length === 2, 'it is found');
    expect(lines()[1]).toMatchObject({ kind: 'receipt', id: 'a', status: 'delivered' });
    expect((await statusIn(home, 'a')).status).toBe('delivered');
  });

  test('with only the gateway’s id is applied to a row of a bulk too', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { ...key, QLARA_BASE_URL: server.url };
    const file = ['send', 'sms', '--file', '-', '-m', 'Hello', '--yes', '--json'];
    const ran = await run(file, { home, env, stdin: 'to\n+393901234567\n+393901234568\n' });
    const [row] = rowsOf(ran);
    const { url, lines } = await listening([], { home });
    await post(url, { eventType: 'DELIVERY', messageId: row?.gatewayId, statusCode: 3, channel: 'SMS' });
    await until(() => lines().some(({ kind }) => kind === 'receipt'), 'it is found');
    expect((await statusIn(home, row?.id ?? '')).status).toBe('delivered');
  });

  test('as a form is answered as the vendor wants, and STOP opts out', async ({ expect }) => {
    const { url, lines, home } = await listening();
    const form = (text: string) =>
      post(
        url,
        `originator=393901234567&destination=3939&date_time=20261124030000&text=${text}`,
        'application/x-www-form-urlencoded',
      );
    expect(await form('Stop')).toEqual({ status: 200, text: '+OK' });
    await until(() => lines().length === 1, 'it is printed');
    expect(lines()).toMatchObject([{ kind: 'inbound', phone: '+393901234567', text: 'Stop', optout: 'out' }]);
    const ledger = await openLedger(`${home.state}/default.db`);
    expect([...(await ledger.optOuts.findByPhone(['+393901234567'])).values()]).toMatchObject([
      { source: 'inbound' },
    ]);
    await form('START');
    expect((await ledger.optOuts.findByPhone(['+393901234567'])).size).toBe(0);
    ledger.close();
  });

  test('with control characters cannot take over the screen', async ({ expect }) => {
    const { url, printed } = await listening(['-o', 'table']).catch(() => listening());
    await post(url, inboundOf('\u001b[2J\u001b]0;gone\u0007 hi'));
    await until(() => printed.stdout.includes('hi'), 'it is printed');
    expect(printed.stdout).not.toMatch(/\u001b/);
  });
});

describe.concurrent('refused calls', () => {
  const large = 'x'.repeat(2 * 1024 * 1024);
  test.for([
    ['no JSON', '{', 'application/json', 422],
    ['an event that is not known', '{"eventType":"TYPING","messageId":"a"}', 'application/json', 422],
    ['XML', '<a/>', 'application/xml', 415],
    ['what is not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'application/json', 400],
    ['too much', large, 'application/json', 413],
  ] as const)('%s', async ([, body, type, status], { expect }) => {
    const { url, printed, child, done } = await listening();
    // A sender that is still writing may miss the answer; what matters is that the next call is taken.
    const answered = await post(url, body, type);
    expect([status, undefined]).toContain(answered?.status);
    expect((await post(url, inboundOf('still here')))?.status).toBe(200);
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(printed.stderr).toMatch(/call refused: /);
    expect(printed.stderr).toMatch(/1 message; 1 refused: /);
  });

  test('other paths, other methods, and nothing that is no HTTP', async ({ expect }) => {
    const { url } = await listening();
    expect((await post(`${url}x`, receiptOf('a')))?.status).toBe(404);
    expect((await post(new URL('/', url).href, receiptOf('a')))?.status).toBe(404);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405);
  });

  test('callers from elsewhere than is allowed', async ({ expect }) => {
    const other = await listening(['--allow', '192.0.2.0/24']);
    expect(await post(other.url, receiptOf('a'))).toBe(null);
    const own = await listening(['--allow', '192.0.2.7,127.0.0.0/8']);
    expect((await post(own.url, receiptOf('a')))?.status).toBe(200);
    const wrong = await run(['listen', '--allow', '192.0.2.0/40', '--json']);
    expect([wrong.code, errorOf(wrong).code]).toEqual([2, 'allow.invalid']);
  });
});

describe.concurrent('the path', () => {
  test('cannot be guessed, and stays for the profile', async ({ expect }) => {
    const home = freshHome();
    const one = await listening([], { home });
    expect(new URL(one.url).pathname).toMatch(/^\/hook\/[\w-]{22}$/);
    one.child.kill('SIGTERM');
    expect((await one.done).code).toBe(143);
    const two = await listening([], { home });
    expect(new URL(two.url).pathname).toBe(new URL(one.url).pathname);
    expect(new URL((await listening()).url).pathname).not.toBe(new URL(one.url).pathname);
  });

  test('can be chosen, with a secret part or without', async ({ expect }) => {
    expect(new URL((await listening(['--path', '/a/b'])).url).pathname).toBe('/a/b');
    const secret = await listening(['--path', '/a/', '--secret-path']);
    expect(new URL(secret.url).pathname).toMatch(/^\/a\/[\w-]{22}$/);
  });
});

test('one process listens for a profile, and another port is not another profile', async ({ expect }) => {
  const { home } = await listening();
  const second = await run(['listen', '--port', '0', '--json'], { home });
  expect([second.code, errorOf(second).code]).toEqual([3, 'listen.running']);
});

test('a port in use is an error', async ({ expect }) => {
  const { url } = await listening();
  const second = await run(['listen', '--port', new URL(url).port, '--json']);
  expect([second.code, errorOf(second).code]).toEqual([3, 'listen.port-in-use']);
});

test('acknowledged events survive kill -9', async ({ expect }) => {
  const { url, child, done, home } = await listening();
  const acknowledged = new Set<string>();
  let next = 0;
  const posting = Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let answered = true; answered && next < 5_000; ) {
        const id = `in_${next++}`;
        answered = (await post(url, inboundOf(id)))?.status === 200;
        if (answered) acknowledged.add(id);
      }
    }),
  );
  await until(() => acknowledged.size > 200, 'it is busy');
  child.kill('SIGKILL');
  await Promise.all([posting, done]);
  const ledger = await openLedger(`${home.state}/default.db`);
  const kept = new Set((await ledger.inbounds.list({})).map((inbound) => inbound.text));
  ledger.close();
  expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([]);
});

describe.concurrent('calls are passed on', () => {
  test('as they came, again and again until they are taken', async ({ expect }) => {
    const target = await serve({ post: (_, nth) => (nth < 1 ? json(500, {}) : accepts()) });
    const { url } = await listening(['--forward-to', `${target.url}/in`]);
    const body = JSON.stringify(receiptOf('a', 'DELIVERED', { error: 'così è' }));
    await post(url, body);
    await until(() => target.posts().length === 2, 'it is tried again');
    expect(target.posts().map(({ text, path }) => [text, path])).toEqual([
      [body, '/api/in'],
      [body, '/api/in'],
    ]);
  });

  test('after a restart too, and not twice', async ({ expect }) => {
    const home = freshHome();
    const target = await serve({ post: (_, nth) => (nth < 1 ? json(503, {}) : accepts()) });
    const one = await listening(['--forward-to', target.url], { home });
    await post(one.url, receiptOf('a'));
    await until(() => target.posts().length === 1, 'it is passed on');
    one.child.kill('SIGKILL');
    await one.done;
    const two = await listening(['--forward-to', target.url], { home });
    await until(() => target.posts().length === 2, 'it is tried again');
    await post(two.url, receiptOf('b'));
    await until(() => target.posts().length === 3, 'the next is passed on');
    expect(target.posts().map(({ id }) => id)).toEqual(['a', 'a', 'b']);
  });
});

describe.concurrent('following', () => {
  test('a message shows a receipt at once, and rarely asks the gateway', async ({ expect }) => {
    const home = freshHome();
    const { server, env } = await sent('a', home);
    const { url } = await listening([], { home });
    const words = ['status', 'a', '--watch', '--interval', '500ms', '-o', 'ndjson', '--columns', 'status'];
    const watching = start(words, { home, env });
    await until(() => server.gets().length > 0, 'it asks');
    await post(url, receiptOf('a'));
    const ran = await watching.done;
    expect([ran.code, ran.stdout.trim().split('\n').at(-1)]).toEqual([0, '{"status":"delivered"}']);
  });

  test('a bulk shows receipts of its rows', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, []) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { url } = await listening([], { home });
    const line = ['send', 'sms', '--file', '-', '-m', 'Hello', '--yes', '--wait', '-o', 'ndjson'];
    const sending = start(line, { home, env, stdin: 'to,id\n+393901234567,a\n+393901234568,b\n' });
    await until(() => server.posts().length === 2, 'both are sent');
    for (const id of ['a', 'b']) await post(url, receiptOf(id));
    const ran = await sending.done;
    const rows = ran.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { id: string; status: string });
    expect(ran.code).toBe(0);
    expect(new Map(rows.map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        ['a', 'delivered'],
        ['b', 'delivered'],
      ]),
    );
  });
});

test('a receipt that arrives before its row is recorded as sent is shown all the same', async ({
  expect,
}) => {
  const home = freshHome();
  const { url } = await listening([], { home });
  // The gateway calls before it answers.
  const server = await serve({
    get: json(200, []),
    post: (seen) => ({
      takes: true,
      play: (response, one) => void post(url, receiptOf(seen.id)).then(() => accepts().play(response, one)),
    }),
  });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const line = ['send', 'sms', '--file', '-', '-m', 'Hello', '--yes', '--wait', '-o', 'ndjson'];
  const ran = await run(line, { home, env, stdin: 'to,id\n+393901234567,a\n+393901234568,b\n' });
  const rows = ran.stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { id: string; status: string });
  const last = new Map(rows.map(({ id, status }) => [id, status]));
  expect([ran.code, [...last].sort()]).toEqual([
    0,
    [
      ['a', 'delivered'],
      ['b', 'delivered'],
    ],
  ]);
  const single = [
    'send',
    'sms',
    '-t',
    '+393901234567',
    '-m',
    'Hello',
    '--wait',
    '-o',
    'ndjson',
    '--columns',
    'status',
  ];
  const alone = await run(single, { home, env });
  expect([alone.code, alone.stdout.trim().split('\n').at(-1)]).toEqual([0, '{"status":"delivered"}']);
});

test('ten thousand mutated events do not crash the listener', { timeout: 60_000 }, async ({ expect }) => {
  const { url, child } = await listening();
  const base = JSON.stringify(receiptOf('a'));
  const mutated = (seed: number) => {
    const bytes = Buffer.from(base);
    for (let i = 0; i < 1 + (seed % 4); i++)
      bytes[(seed * 31 + i * 97) % bytes.length] = (seed * 7 + i * 13) % 256;
    return seed % 5 === 0 ? bytes.subarray(0, seed % bytes.length) : bytes;
  };
  const statuses = new Set<number | undefined>();
  for (let at = 0; at < 10_000; at += 50)
    for (const answer of await Promise.all(Array.from({ length: 50 }, (_, i) => post(url, mutated(at + i)))))
      statuses.add(answer?.status);
  expect([...statuses].every((status) => status === 200 || status === 400 || status === 422)).toBe(true);
  expect(child.exitCode).toBeNull();
  expect((await post(url, receiptOf('b')))?.status).toBe(200);
});

test('events stay in the ledger of their profile', async ({ expect }) => {
  const home = freshHome();
  await sent('a', home);
  const { url } = await listening(['--profile', 'other'], { home });
  await post(url, receiptOf('a'));
  expect(only(await recorded(home)).attempts).toMatchObject([{ status: 'submitted' }]);
});
