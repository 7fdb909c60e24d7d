import { gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { inboundBody, listening, post, receiptBody } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import {
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  recorded,
  run,
  start,
  until,
} from '../support/program.ts';
import { accept, json, serve, statusEntry } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };

/** Sends an SMS with this id; the gateway reports it as SENT. */
async function sendMessage(id: string, home: Home) {
  const server = await serve({ get: () => json(200, statusEntry(id, 'SENT')) });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const result = await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', id, '--json'], {
    home,
    env,
  });
  if (result.code !== 0) throw new Error(result.stderr);
  return { server, env };
}

const getStatus = async (home: Home, id: string) =>
  only(parseRows(await invoke(['status', id, '--no-refresh', '--json'], { home })));

describe.concurrent('a webhook event', () => {
  test('is in the ledger and printed before the response', async ({ expect }) => {
    const home = freshHome();
    await sendMessage('a', home);
    const { url, lines } = await listening([], { home });
    expect(await post(url, receiptBody('a'))).toEqual({ status: 200, text: '' });
    expect(await getStatus(home, 'a')).toMatchObject({ status: 'delivered', final: true });
    await until(() => lines().length === 1, 'a line is printed');
    expect(lines()).toMatchObject([
      { kind: 'receipt', id: 'a', phone: '+393901234567', channel: 'sms', status: 'delivered', final: true },
    ]);
  });

  test('changes nothing when repeated or out of order', async ({ expect }) => {
    const home = freshHome();
    await sendMessage('a', home);
    const { url, lines } = await listening([], { home });
    for (const status of ['DELIVERED', 'SENT', 'DELIVERED'])
      await post(url, receiptBody('a', status, { timestamp: '2026-11-24T03:00:00Z' }));
    const inboundEvent = inboundBody('Ciao', { messageId: 'in_1' });
    await post(url, inboundEvent);
    await post(url, inboundEvent);
    await until(() => lines().length >= 3, 'all events are printed');
    expect(lines().map(({ kind, status, text }) => [kind, status, text])).toEqual([
      ['receipt', 'delivered', null],
      ['receipt', 'sent', null],
      ['inbound', null, 'Ciao'],
    ]);
    expect((await getStatus(home, 'a')).status).toBe('delivered');
  });

  test('marks a message delivered with the receipt of its last part', async ({ expect }) => {
    const home = freshHome();
    await sendMessage('a', home);
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
    expect((await getStatus(home, 'a')).status).toBe('received');
    await part(1);
    expect((await getStatus(home, 'a')).status).toBe('delivered');
  });

  test.for([['ours'], ['the gateway’s']] as const)(
    'has the price of each part, by the id in an SMS event alone: %s',
    async ([whose], { expect }) => {
      const home = freshHome({ dialect: 'platform', from: 'Acme' });
      const id = '0a1b2c3d-0000-4000-8000-000000000001';
      const messageId = whose === 'ours' ? id : '0a1b2c3d-0000-4000-8000-000000000002';
      const server = await serve({ post: json(200, { messageId, results: { sms: { accepted: true } } }) });
      const env = { ...key, QLARA_BASE_URL: server.url };
      await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', id], { home, env });
      const { url } = await listening(['--dialect', 'partner'], { home });
      for (const numPart of [1, 2, 2])
        await post(url, {
          channel: 'SMS',
          eventType: 'DELIVERY',
          messageId,
          statusCode: 3,
          statusDescription: 'Delivered',
          price: 0.035,
          numPart,
          totalParts: 2,
        });
      expect(await getStatus(home, id)).toMatchObject({
        status: 'delivered',
        price: 0.07,
        gatewayId: whose === 'ours' ? null : messageId,
      });
    },
  );

  test('is applied once its message is known', async ({ expect }) => {
    const home = freshHome();
    const { url, lines } = await listening([], { home });
    await post(url, receiptBody('a'));
    await until(() => lines().length === 1, 'the event is printed');
    expect(lines()).toMatchObject([{ kind: 'unknown', id: 'a', status: 'delivered' }]);
    await sendMessage('a', home);
    await until(() => lines().length === 2, 'the event is matched');
    expect(lines()[1]).toMatchObject({ kind: 'receipt', id: 'a', status: 'delivered' });
    expect((await getStatus(home, 'a')).status).toBe('delivered');
  });

  test('is matched to a bulk row by gateway id', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { ...key, QLARA_BASE_URL: server.url };
    const file = ['send', 'sms', '--file', '-', '-m', 'Hello', '--yes', '--json'];
    const result = await run(file, { home, env, stdin: 'to\n+393901234567\n+393901234568\n' });
    const [row] = parseRows(result);
    const { url, lines } = await listening([], { home });
    await post(url, { eventType: 'DELIVERY', messageId: row?.gatewayId, statusCode: 3, channel: 'SMS' });
    await until(() => lines().some(({ kind }) => kind === 'receipt'), 'the receipt is matched');
    expect((await getStatus(home, row?.id ?? '')).status).toBe('delivered');
  });

  test('as a form gets the vendor’s response; STOP opts out', async ({ expect }) => {
    const { url, lines, home } = await listening();
    const form = (text: string) =>
      post(
        url,
        `originator=393901234567&destination=3939&date_time=20261124030000&text=${text}`,
        'application/x-www-form-urlencoded',
      );
    expect(await form('Stop')).toEqual({ status: 200, text: '+OK' });
    await until(() => lines().length === 1, 'the event is printed');
    expect(lines()).toMatchObject([{ kind: 'inbound', phone: '+393901234567', text: 'Stop', optout: 'out' }]);
    const ledger = await openLedger(`${home.state}/default.db`);
    expect([...(await ledger.optOuts.findByPhone(['+393901234567'])).values()]).toMatchObject([
      { source: 'inbound' },
    ]);
    await form('START');
    expect((await ledger.optOuts.findByPhone(['+393901234567'])).size).toBe(0);
    ledger.close();
  });

  test('opts out with our sender ID behind the word, that of the call or of the profile', async ({
    expect,
  }) => {
    const home = freshHome();
    await run(['profile', 'set', 'from', 'Shop'], { home });
    const { url, lines } = await listening([], { home });
    const write = (originator: string, destination: string, text: string) =>
      post(
        url,
        `originator=${originator}&destination=${destination}&date_time=20261124030000&text=${text}`,
        'application/x-www-form-urlencoded',
      );
    await write('393901234567', 'ACME', 'Stop ACME');
    await write('393901234568', '3939', 'basta shop, grazie');
    await write('393901234569', 'ACME', 'Stop Anvils');
    await until(() => lines().length === 3, 'the events are printed');
    expect(lines().map(({ text, optout }) => [text, optout])).toEqual([
      ['Stop ACME', 'out'],
      ['basta shop, grazie', 'out'],
      ['Stop Anvils', null],
    ]);
  });

  test('as a form in ISO 8859-1 opts out, escaped or not', async ({ expect }) => {
    const { url, home } = await listening();
    const form = (originator: string, text: string) =>
      post(
        url,
        Buffer.from(
          `originator=${originator}&destination=3939&date_time=20261124030000&text=${text}`,
          'latin1',
        ),
        'application/x-www-form-urlencoded; charset=ISO-8859-1',
      );
    expect(await form('393901234567', 'ARR%CAT')).toEqual({ status: 200, text: '+OK' });
    expect(await form('393901234568', 'ARRÊT')).toEqual({ status: 200, text: '+OK' });
    const ledger = await openLedger(`${home.state}/default.db`);
    expect(await ledger.optOuts.list()).toMatchObject([
      { phone: '+393901234567', note: 'arrêt', at: Date.parse('2026-11-24T03:00:00Z') },
      { phone: '+393901234568', note: 'arrêt' },
    ]);
    await form('393901234567', 'D%C9MARRER');
    expect(await ledger.optOuts.list()).toMatchObject([{ phone: '+393901234568' }]);
    ledger.close();
  });

  test('that was written before a newer one changes nothing', async ({ expect }) => {
    const { url, lines, home } = await listening();
    const write = (text: string, minute: number) =>
      post(url, { ...inboundBody(text), timestamp: `2026-11-24T03:${minute}:00Z` });
    await write('STOP', 30);
    await write('START', 20);
    await until(() => lines().length === 2, 'both are printed');
    expect(lines().map(({ optout }) => optout)).toEqual(['out', null]);
    const ledger = await openLedger(`${home.state}/default.db`);
    expect(await ledger.optOuts.list()).toMatchObject([{ at: Date.parse('2026-11-24T03:30:00Z') }]);
    ledger.close();
  });

  test('with control characters does not control the terminal', async ({ expect }) => {
    const { url, printed } = await listening(['-o', 'table']).catch(() => listening());
    await post(url, inboundBody('\u001b[2J\u001b]0;gone\u0007 hi'));
    await until(() => printed.stdout.includes('hi'), 'the event is printed');
    expect(printed.stdout).not.toMatch(/\u001b/);
  });
});

describe.concurrent('refused requests', () => {
  const large = 'x'.repeat(2 * 1024 * 1024);
  test.for([
    ['malformed JSON', '{', 'application/json', 422],
    ['unrelated form', 'a=b', 'application/x-www-form-urlencoded', 422],
    ['gzip without a header', gzipSync('{}'), 'application/json', 415],
    ['XML', '<a/>', 'application/xml', 415],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'application/json', 400],
    ['too large', large, 'application/json', 413],
  ] as const)('%s', async ([, body, type, status], { expect }) => {
    const { url, printed, child, done } = await listening();
    // A client that is still writing may miss the response; the next request must be accepted.
    const response = await post(url, body, type);
    expect([status, undefined]).toContain(response?.status);
    expect((await post(url, inboundBody('still here')))?.status).toBe(200);
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(printed.stderr).toMatch(/call refused: /);
    expect(printed.stderr).toMatch(/1 message; 1 refused: /);
  });

  test.for(['gzip', 'GZIP', 'x-gzip', 'br', 'deflate', 'gzip, identity'])(
    'refuses the content encoding %s',
    async (encoding, { expect }) => {
      const { url, child, done, printed } = await listening();
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const response = await fetch(url, { method: 'POST', headers, body: gzipSync('[]') });
      expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity']);
      const plain = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-encoding': 'identity' },
        body: '[]',
      });
      expect(plain.status).toBe(200);
      child.kill('SIGINT');
      await done;
      expect(printed.stderr).toMatch(/1 refused: compressed body/);
    },
  );

  test('refuses other paths and methods, and bytes that are not HTTP', async ({ expect }) => {
    const { url } = await listening();
    expect((await post(`${url}x`, receiptBody('a')))?.status).toBe(404);
    expect((await post(new URL('/', url).href, receiptBody('a')))?.status).toBe(404);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405);
  });

  test('refuses clients outside --allow', async ({ expect }) => {
    const foreignOnly = await listening(['--allow', '192.0.2.0/24']);
    expect(await post(foreignOnly.url, receiptBody('a'))).toBe(null);
    const localAllowed = await listening(['--allow', '192.0.2.7,127.0.0.0/8']);
    expect((await post(localAllowed.url, receiptBody('a')))?.status).toBe(200);
    const invalid = await run(['listen', '--allow', '192.0.2.0/40', '--json']);
    expect([invalid.code, parseError(invalid).code]).toEqual([2, 'allow.invalid']);
  });
});

describe.concurrent('an event of no documented shape', () => {
  test('is acknowledged, noted and forwarded', async ({ expect }) => {
    const target = await serve({ post: json(200, {}) });
    const { url, child, done, printed } = await listening(['--forward-to', target.url]);
    const bodies = [
      '{"eventType":"TYPING","messageId":"a"}',
      '{ "eventType" : "TYPING" }',
      '{"template":{"id":12345678901234567890}}',
      '[]',
      '{}',
    ];
    for (const body of bodies) expect(await post(url, body)).toEqual({ status: 200, text: '' });
    await until(() => target.posts().length === bodies.length, 'all calls are forwarded');
    expect(target.posts().map(({ text }) => text)).toEqual(bodies);
    child.kill('SIGINT');
    await done;
    expect(printed.stderr.match(/^note: .*eventType TYPING$/gm)).toHaveLength(1);
    expect(printed.stderr).toMatch(/^note: .*fields template$/m);
    expect(printed.stderr).toMatch(/0 receipts, 0 messages; 4 unknown events/);
  });

  test('does not lose the others of its batch', async ({ expect }) => {
    const home = freshHome();
    await sendMessage('a', home);
    const { url, lines } = await listening([], { home });
    const batch = [{ eventType: 'TYPING' }, receiptBody('a'), null, inboundBody('Ciao')];
    expect((await post(url, batch))?.status).toBe(200);
    await until(() => lines().length === 2, 'both known events are printed');
    expect((await getStatus(home, 'a')).status).toBe('delivered');
  });
});

describe.concurrent('the path', () => {
  test('cannot be guessed and stays the same for a profile', async ({ expect }) => {
    const home = freshHome();
    const one = await listening([], { home });
    expect(new URL(one.url).pathname).toMatch(/^\/hook\/[\w-]{22}$/);
    one.child.kill('SIGTERM');
    expect((await one.done).code).toBe(143);
    const two = await listening([], { home });
    expect(new URL(two.url).pathname).toBe(new URL(one.url).pathname);
    expect(new URL((await listening()).url).pathname).not.toBe(new URL(one.url).pathname);
  });

  test('can be set, with or without a secret part', async ({ expect }) => {
    expect(new URL((await listening(['--path', '/a/b'])).url).pathname).toBe('/a/b');
    const secret = await listening(['--path', '/a/', '--secret-path']);
    expect(new URL(secret.url).pathname).toMatch(/^\/a\/[\w-]{22}$/);
  });
});

test('allows one listener per profile, even on another port', async ({ expect }) => {
  const { home } = await listening();
  const second = await run(['listen', '--port', '0', '--json'], { home });
  expect([second.code, parseError(second).code]).toEqual([3, 'listen.running']);
});

test('reports a port in use', async ({ expect }) => {
  const { url } = await listening();
  const second = await run(['listen', '--port', new URL(url).port, '--json']);
  expect([second.code, parseError(second).code]).toEqual([3, 'listen.port-in-use']);
});

test('keeps acknowledged events after kill -9', async ({ expect }) => {
  const { url, child, done, home } = await listening();
  const acknowledged = new Set<string>();
  let next = 0;
  const posting = Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let response = true; response && next < 5_000; ) {
        const id = `in_${next++}`;
        response = (await post(url, inboundBody(id)))?.status === 200;
        if (response) acknowledged.add(id);
      }
    }),
  );
  await until(() => acknowledged.size > 200, 'more than 200 events are acknowledged');
  child.kill('SIGKILL');
  await Promise.all([posting, done]);
  const ledger = await openLedger(`${home.state}/default.db`);
  const stored = new Set((await ledger.inbounds.list({})).map((inbound) => inbound.text));
  ledger.close();
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
});

describe.concurrent('forwarding', () => {
  test('passes webhooks on unchanged and retries until they are accepted', async ({ expect }) => {
    const target = await serve({ post: (_, nth) => (nth < 1 ? json(500, {}) : accept()) });
    const { url } = await listening(['--forward-to', `${target.url}/in`]);
    const body = JSON.stringify(receiptBody('a', 'DELIVERED', { error: 'così è' }));
    await post(url, body);
    await until(() => target.posts().length === 2, 'the webhook is retried');
    expect(target.posts().map(({ text, path }) => [text, path])).toEqual([
      [body, '/api/in'],
      [body, '/api/in'],
    ]);
  });

  test('continues after a restart without duplicates', async ({ expect }) => {
    const home = freshHome();
    const target = await serve({ post: (_, nth) => (nth < 1 ? json(503, {}) : accept()) });
    const one = await listening(['--forward-to', target.url], { home });
    await post(one.url, receiptBody('a'));
    await until(() => target.posts().length === 1, 'the webhook is forwarded');
    one.child.kill('SIGKILL');
    await one.done;
    const two = await listening(['--forward-to', target.url], { home });
    await until(() => target.posts().length === 2, 'the webhook is retried');
    await post(two.url, receiptBody('b'));
    await until(() => target.posts().length === 3, 'the next webhook is forwarded');
    expect(target.posts().map(({ id }) => id)).toEqual(['a', 'a', 'b']);
  });
});

describe.concurrent('following', () => {
  test('shows a message’s receipt at once and rarely polls the gateway', async ({ expect }) => {
    const home = freshHome();
    const { server, env } = await sendMessage('a', home);
    const { url } = await listening([], { home });
    const args = ['status', 'a', '--watch', '--interval', '500ms', '-o', 'ndjson', '--columns', 'status'];
    const watching = start(args, { home, env });
    await until(() => server.gets().length > 0, 'a status request');
    await post(url, receiptBody('a'));
    const result = await watching.done;
    expect([result.code, result.stdout.trim().split('\n').at(-1)]).toEqual([0, '{"status":"delivered"}']);
  });

  test('shows receipts of a bulk’s rows', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ get: json(200, []) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { url } = await listening([], { home });
    const commandLine = ['send', 'sms', '--file', '-', '-m', 'Hello', '--yes', '--wait', '-o', 'ndjson'];
    const sending = start(commandLine, { home, env, stdin: 'to,id\n+393901234567,a\n+393901234568,b\n' });
    await until(() => server.posts().length === 2, 'both messages are sent');
    for (const id of ['a', 'b']) await post(url, receiptBody(id));
    const result = await sending.done;
    const rows = result.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { id: string; status: string });
    expect(result.code).toBe(0);
    expect(new Map(rows.map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        ['a', 'delivered'],
        ['b', 'delivered'],
      ]),
    );
  });
});

test('shows a receipt that arrives before its row is recorded as sent', async ({ expect }) => {
  const home = freshHome();
  const { url } = await listening([], { home });
  // The gateway sends the receipt before its response.
  const server = await serve({
    get: json(200, []),
    post: (seen) => ({
      takes: true,
      play: (response, one) => void post(url, receiptBody(seen.id)).then(() => accept().play(response, one)),
    }),
  });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const commandLine = ['send', 'sms', '--file', '-', '-m', 'Hello', '--yes', '--wait', '-o', 'ndjson'];
  const result = await run(commandLine, { home, env, stdin: 'to,id\n+393901234567,a\n+393901234568,b\n' });
  const rows = result.stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { id: string; status: string });
  const last = new Map(rows.map(({ id, status }) => [id, status]));
  expect([result.code, [...last].sort()]).toEqual([
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
  const singleRun = await run(single, { home, env });
  expect([singleRun.code, singleRun.stdout.trim().split('\n').at(-1)]).toEqual([0, '{"status":"delivered"}']);
});

test('survives 10,000 mutated events', { timeout: 60_000 }, async ({ expect }) => {
  const { url, child } = await listening();
  const base = JSON.stringify(receiptBody('a'));
  const mutate = (seed: number) => {
    const bytes = Buffer.from(base);
    for (let i = 0; i < 1 + (seed % 4); i++)
      bytes[(seed * 31 + i * 97) % bytes.length] = (seed * 7 + i * 13) % 256;
    return seed % 5 === 0 ? bytes.subarray(0, seed % bytes.length) : bytes;
  };
  const statuses = new Set<number | undefined>();
  for (let at = 0; at < 10_000; at += 50)
    for (const answer of await Promise.all(Array.from({ length: 50 }, (_, i) => post(url, mutate(at + i)))))
      statuses.add(answer?.status);
  expect([...statuses].every((status) => status === 200 || status === 400 || status === 422)).toBe(true);
  expect(child.exitCode).toBeNull();
  expect((await post(url, receiptBody('b')))?.status).toBe(200);
});

test('stores events in the ledger of their profile', async ({ expect }) => {
  const home = freshHome();
  await sendMessage('a', home);
  const { url } = await listening(['--profile', 'other'], { home });
  await post(url, receiptBody('a'));
  expect(only(await recorded(home)).attempts).toMatchObject([{ status: 'submitted' }]);
});
