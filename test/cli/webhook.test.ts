import { describe, test } from 'vitest';
import { listening } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseError, start, until } from '../support/program.ts';
import {
  type Answer,
  empty,
  envelope,
  html,
  json,
  type ReceivedRequest,
  serve,
  type TestGateway,
  text,
} from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };
const otherUrl = 'https://example.com/theirs';

/** Starts a sandbox with an in-memory state. */
async function startSandbox() {
  const running = start(['sandbox', '--port', '0', '--state', 'memory', '--speed', '50', '--json'], {
    timeout: 60_000,
  });
  await until(() => running.printed.stdout.includes('\n'), 'the sandbox is ready', 20_000);
  const { url } = JSON.parse(running.printed.stdout) as { url: string };
  return { url, child: running.child, env: { ...key, QLARA_BASE_URL: url } };
}

const getUrls = async (env: Record<string, string>) =>
  (JSON.parse((await invoke(['webhook', 'show', '--json'], { env })).stdout) as { url: string }[]).map(
    ({ url }) => url,
  );

describe.concurrent('the webhook of an account', () => {
  test('is set, shown, replaced with --yes, and removed', async ({ expect }) => {
    const { env } = await startSandbox();
    expect(await getUrls(env)).toEqual([]);
    expect((await invoke(['webhook', 'set', otherUrl, '--json'], { env })).code).toBe(0);
    expect(await getUrls(env)).toEqual([otherUrl]);
    const second = await invoke(['webhook', 'set', 'https://example.com/ours', '--json'], { env });
    expect([second.code, parseError(second).code]).toEqual([2, 'webhook.taken']);
    expect(await getUrls(env)).toEqual([otherUrl]);
    expect((await invoke(['webhook', 'set', 'https://example.com/ours', '--yes'], { env })).code).toBe(0);
    expect(await getUrls(env)).toEqual(['https://example.com/ours']);
    expect((await invoke(['webhook', 'remove', '--json'], { env })).code).toBe(2);
    expect((await invoke(['webhook', 'remove', '--yes'], { env })).code).toBe(0);
    expect(await getUrls(env)).toEqual([]);
    expect((await invoke(['webhook', 'remove', '--yes'], { env })).code).toBe(0);
  });

  test('is replaced on the newer platform too', async ({ expect }) => {
    const { env } = await startSandbox();
    for (const url of [otherUrl, 'https://example.com/ours'])
      expect((await invoke(['webhook', 'set', url, '--form', 'platform', '--yes'], { env })).code).toBe(0);
    expect(await getUrls(env)).toEqual(['https://example.com/ours']);
  });

  test.for<[flags: string[], path: string, body: object]>([
    [[], '/webhooks/delivery-status', { url: otherUrl, method: 'POST' }],
    [['--dialect', 'platform'], '/partner-gateway/v1/webhooks/delivery-status', { callbackUrl: otherUrl }],
    [['--form', 'platform'], '/partner-gateway/v1/webhooks/delivery-status', { callbackUrl: otherUrl }],
    [
      ['--dialect', 'platform', '--form', 'partner'],
      '/webhooks/delivery-status',
      { url: otherUrl, method: 'POST' },
    ],
  ])('is registered in the form of the dialect with %j', async ([flags, path, body], { expect }) => {
    const server = await serve({ post: json(201, {}), get: empty(404) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    expect((await invoke(['webhook', 'set', otherUrl, '--yes', ...flags], { env })).code).toBe(0);
    expect(server.posts().map((one) => [one.path, one.body])).toEqual([[`/api${path}`, body]]);
  });

  test('of the platform dialect takes the place of another, and no answer means none', async ({ expect }) => {
    let url: string | null = null;
    const server = await serve({
      post: () => (url === null ? json(201, {}) : json(409, { message: 'there is one' })),
      get(seen) {
        if (seen.method === 'PUT') url = String(seen.body.callbackUrl);
        return url === null ? empty(404) : json(200, { id: 1, callbackUrl: url, status: 'ACTIVE' });
      },
    });
    const env = { ...key, QLARA_BASE_URL: server.url, QLARA_DIALECT: 'platform' };
    const set = ['webhook', 'set', 'https://example.com/ours'];
    expect(await getUrls(env)).toEqual([]);
    // Nothing is replaced, so no confirmation is needed.
    expect((await invoke(set, { env })).code).toBe(0);
    url = otherUrl;
    expect((await invoke(set, { env })).code).toBe(2);
    expect((await invoke([...set, '--yes'], { env })).code).toBe(0);
    expect(await getUrls(env)).toEqual(['https://example.com/ours']);
  });

  test('is replaced through a gateway with only the newer API', async ({ expect }) => {
    let url = otherUrl;
    const isNewerApi = ({ path }: ReceivedRequest) => path.includes('/partner-gateway/');
    const server = await serve({
      post: (seen) => (isNewerApi(seen) ? json(409, { message: 'there is one' }) : empty(404)),
      get(seen) {
        if (seen.method === 'PUT') url = String(seen.body.callbackUrl);
        return json(200, { callbackUrl: url });
      },
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const result = await invoke(['webhook', 'set', 'https://example.com/ours', '--yes', '--json'], { env });
    expect([result.code, url]).toEqual([0, 'https://example.com/ours']);
  });

  test('is shown if only the older path reports it', async ({ expect }) => {
    const server = await serve({
      get: ({ path }) => (path.includes('/partner-gateway/') ? empty(404) : json(200, { url: otherUrl })),
    });
    expect(await getUrls({ ...key, QLARA_BASE_URL: server.url })).toEqual([otherUrl]);
  });

  test('is reported as unknown if the gateway does not return it', async ({ expect }) => {
    const server = await serve({ get: empty(405) });
    const result = await invoke(['webhook', 'show', '--json'], {
      env: { ...key, QLARA_BASE_URL: server.url },
    });
    expect([result.code, parseError(result).code]).toEqual([4, 'webhook.untold']);
  });

  test('requires a URL', async ({ expect }) => {
    const none = await invoke(['webhook', 'set', '--json']);
    expect([none.code, parseError(none).code]).toEqual([2, 'operand.missing']);
    const wrong = await invoke(['webhook', 'set', 'ftp://example.com', '--json']);
    expect([wrong.code, parseError(wrong).code]).toEqual([2, 'url.invalid']);
  });
});

/** Responses to a request for the webhook that do not say which one is registered, if any. */
const unreadable: readonly (readonly [name: string, answer: Answer])[] = [
  ['no such method', empty(405)],
  ['an HTML page', html(200)],
  ['an HTML page for an unknown path', html(404)],
  ['a line for an unknown path', text(404, '404 page not found')],
  ['the default error of a server', json(404, { status: 404, error: 'Not Found', path: '/api/x' })],
  ['no such path', json(404, { status: 404, error: 'Not Found', message: 'No such path' })],
  ['no handler', json(404, { title: 'Not Found', detail: 'No handler found for GET /webhooks' })],
  ['no body', empty(200)],
  ['no content', empty(204)],
  ['malformed JSON', text(200, '{"callbackUrl":"https://exa')],
  ['no URL', json(200, { id: 'wh-1', status: 'ACTIVE' })],
  ['a URL that is null', json(200, { callbackUrl: null })],
  ['an empty URL', json(200, { callbackUrl: '' })],
  ['a URL that is an object', json(200, { callbackUrl: { href: otherUrl } })],
  ['an empty list', json(200, [])],
  ['several', json(200, [{ callbackUrl: otherUrl }, { callbackUrl: 'https://example.com/third' }])],
];

/** Responses that say that none is registered. */
const none: readonly (readonly [name: string, answer: Answer])[] = [
  ['an empty 404', empty(404)],
  ['the message of the sandbox', json(404, { status: 404, message: 'No webhook is configured' })],
  ['a message in RFC 9457', json(404, { title: 'Not Found', detail: 'No callback URL configured' })],
  ['a 404 without a message', json(404, { status: 404, error: 'Not Found' })],
];

/** Responses that name the registered one. */
const named: readonly (readonly [name: string, answer: Answer])[] = [
  ['a field', json(200, { callbackUrl: otherUrl })],
  ['the older field', json(200, { url: otherUrl, method: 'POST' })],
  ['an envelope', json(200, { data: { callbackUrl: otherUrl } })],
  ['a list of one', json(200, [{ id: 'wh-1', callbackUrl: otherUrl }])],
  ['a list in an envelope', json(200, { data: [{ callbackUrl: otherUrl }] })],
];

describe.concurrent('webhook set', () => {
  const args = ['webhook', 'set', 'https://example.com/ours', '--json'];
  const writes = ({ seen }: TestGateway) => seen.filter(({ method }) => method !== 'GET');

  test.for(unreadable)('replaces nothing unasked after %s', async ([, answer], { expect }) => {
    for (const form of ['partner', 'platform']) {
      const server = await serve({ get: answer });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const result = await invoke([...args, '--form', form], { env });
      expect([result.code, parseError(result).code, writes(server)]).toEqual([2, 'webhook.untold', []]);
      expect(parseError(result).hint).toContain('--yes');
      const listen = await invoke(['listen', '--port', '0', '--register', 'https://example.com', '--json'], {
        env,
      });
      expect([listen.code, parseError(listen).code, writes(server)]).toEqual([2, 'webhook.untold', []]);
      expect((await invoke([...args, '--yes'], { env })).code).toBe(0);
      expect(writes(server)).toHaveLength(1);
    }
  });

  test.for(named)('replaces nothing unasked after %s', async ([, answer], { expect }) => {
    const server = await serve({ get: answer });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const result = await invoke(args, { env });
    expect([result.code, parseError(result).code, writes(server)]).toEqual([2, 'webhook.taken', []]);
    expect(parseError(result).message).toContain(otherUrl);
  });

  /** Responses of the newer path that name no webhook, though one may be set on the older path. */
  const newerAnswers: readonly (readonly [name: string, answer: Answer])[] = [...none, ...unreadable];

  test.for(newerAnswers)(
    'replaces nothing unasked that the older path reports, after %s from the newer',
    async ([, answer], { expect }) => {
      for (const [, older] of named) {
        const server = await serve({
          get: ({ path }) => (path.includes('/partner-gateway/') ? answer : older),
          post: json(201, {}),
        });
        const env = { ...key, QLARA_BASE_URL: server.url };
        for (const command of [
          args,
          ['listen', '--port', '0', '--register', 'https://example.com', '--json'],
        ]) {
          const result = await invoke(command, { env });
          expect([result.code, parseError(result).code, writes(server)]).toEqual([2, 'webhook.taken', []]);
          expect(parseError(result).message).toContain(otherUrl);
        }
      }
    },
  );

  test.for(unreadable)(
    'replaces nothing unasked after an empty 404 from the newer path and %s from the older',
    async ([, answer], { expect }) => {
      const server = await serve({
        get: ({ path }) => (path.includes('/partner-gateway/') ? empty(404) : answer),
        post: json(201, {}),
      });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const result = await invoke(args, { env });
      expect([result.code, parseError(result).code, writes(server)]).toEqual([2, 'webhook.untold', []]);
      // The newer form does not write the older path.
      expect((await invoke([...args, '--form', 'platform'], { env })).code).toBe(0);
    },
  );

  test.for([
    ...unreadable,
    ['a refused key', envelope(401, 'no')],
    ['a forbidden call', envelope(403, 'no')],
  ] as const)(
    'needs no confirmation if the newer path says that none is configured, after %s from the older',
    async ([, answer], { expect }) => {
      const server = await serve({
        get: ({ path }) =>
          path.includes('/partner-gateway/') ? json(404, { message: 'No webhook is configured' }) : answer,
        post: json(201, {}),
      });
      const env = { ...key, QLARA_BASE_URL: server.url };
      expect((await invoke(args, { env })).code).toBe(0);
      expect(writes(server)).toHaveLength(1);
    },
  );

  test.for([
    ['unreachable', empty(503), 4],
    ['failing', json(500, {}), 4],
    ['a refused key', envelope(401, 'no'), 3],
    ['a forbidden call', envelope(403, 'no'), 3],
  ] as const)('ends without a change after %s', async ([, answer, code], { expect }) => {
    const server = await serve({ get: answer });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const result = await invoke([...args, '--yes'], { env });
    expect([result.code, writes(server)]).toEqual([code, []]);
  });

  test.for(none)('needs no confirmation after %s', async ([, answer], { expect }) => {
    const server = await serve({ get: answer, post: json(201, {}) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    expect((await invoke(args, { env })).code).toBe(0);
    expect(writes(server)).toHaveLength(1);
  });

  test.for(['partner', 'platform'])(
    'replaces nothing unasked if the gateway reports a conflict (%s)',
    async (form, { expect }) => {
      const home = freshHome();
      const server = await serve({
        post: json(409, { message: 'A webhook is configured already' }),
        get: ({ method }) => (method === 'PUT' ? json(200, {}) : empty(404)),
      });
      const env = { ...key, QLARA_BASE_URL: server.url };
      const isReplaced = () => server.seen.some(({ method }) => method === 'PUT');
      const commands = [args, ['listen', '--port', '0', '--register', 'https://example.com', '--json']];
      for (const command of commands) {
        const result = await invoke([...command, '--form', form], { home, env });
        expect([result.code, parseError(result).code, isReplaced()]).toEqual([2, 'webhook.untold', false]);
      }
      const { printed } = await listening([], { home });
      expect(printed.stderr).not.toContain('may still call');
      expect((await invoke([...args, '--form', form, '--yes'], { env })).code).toBe(0);
      expect(isReplaced()).toBe(true);
    },
  );

  test('takes a conflict with its own unclear try for success', async ({ expect }) => {
    let registered: string | undefined;
    const server = await serve({
      post({ body }) {
        if (registered !== undefined) return json(409, { message: 'A webhook is configured already' });
        registered = String(body.callbackUrl);
        return json(502, {});
      },
      get: () => (registered === undefined ? empty(404) : json(200, { callbackUrl: registered })),
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const result = await invoke([...args, '--form', 'platform'], { env });
    expect([result.code, result.stderr]).toEqual([0, '']);
  });
});

describe.concurrent('listen --register', () => {
  test('registers a webhook and restores the previous one', async ({ expect }) => {
    const { env } = await startSandbox();
    await invoke(['webhook', 'set', otherUrl], { env });
    const refused = await invoke(['listen', '--port', '0', '--register', 'https://example.com', '--json'], {
      env,
    });
    expect([refused.code, parseError(refused).code]).toEqual([2, 'webhook.taken']);
    const { child, done, url } = await listening(['--register', 'https://example.com', '--yes'], { env });
    expect(await getUrls(env)).toEqual([`https://example.com${new URL(url).pathname}`]);
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(await getUrls(env)).toEqual([otherUrl]);
  });

  test('restores the webhook on the next run after kill -9', async ({ expect }) => {
    const { env } = await startSandbox();
    const home = freshHome();
    await invoke(['webhook', 'set', otherUrl], { env });
    const one = await listening(['--register', 'https://example.com/hook', '--yes'], { env, home });
    one.child.kill('SIGKILL');
    await one.done;
    const two = await listening(['--register', 'https://example.com/hook'], { env, home });
    two.child.kill('SIGINT');
    await two.done;
    expect(await getUrls(env)).toEqual([otherUrl]);
  });

  test('restores the webhook after kill -9 under another URL, and warns in a plain listener', async ({
    expect,
  }) => {
    const { env } = await startSandbox();
    const home = freshHome();
    await invoke(['webhook', 'set', otherUrl], { env });
    const one = await listening(['--register', 'https://one.example/hook', '--yes'], { env, home });
    one.child.kill('SIGKILL');
    await one.done;
    const plain = await listening([], { env, home });
    expect(plain.printed.stderr).toContain('may still call https://one.example/hook');
    plain.child.kill('SIGINT');
    await plain.done;
    const two = await listening(['--register', 'https://two.example/hook'], { env, home });
    two.child.kill('SIGINT');
    await two.done;
    expect(await getUrls(env)).toEqual([otherUrl]);
  });

  test('leaves a registration alone that was changed meanwhile', async ({ expect }) => {
    const { env } = await startSandbox();
    await invoke(['webhook', 'set', otherUrl], { env });
    const { child, done, printed } = await listening(['--register', 'https://one.example', '--yes'], { env });
    await invoke(['webhook', 'set', 'https://third.example/', '--yes'], { env });
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toContain('the webhook was changed meanwhile');
    expect(await getUrls(env)).toEqual(['https://third.example/']);
  });

  test('warns that the gateway keeps calling if it is unreachable', async ({ expect }) => {
    const { env, child: gateway } = await startSandbox();
    const home = freshHome();
    const { child, done, printed } = await listening(['--register', 'https://one.example'], { env, home });
    gateway.kill('SIGKILL');
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(printed.stderr).toMatch(/warning: could not restore the previous webhook/);
    expect(printed.stderr).toMatch(/0 receipts, 0 messages/);
  });

  test('removes nothing if the gateway does not return the webhook', async ({ expect }) => {
    const server = await serve({ get: empty(405), post: json(200, {}) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const args = ['--register', 'https://one.example'];
    const refused = await invoke(['listen', '--port', '0', ...args, '--json'], { env });
    expect([refused.code, parseError(refused).code]).toEqual([2, 'webhook.untold']);
    const { child, done, printed } = await listening([...args, '--yes'], { env });
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toContain('the gateway still calls https://one.example/');
    expect(server.seen.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('says that the gateway keeps calling if only the older path has the webhook', async ({ expect }) => {
    let registered: unknown;
    const server = await serve({
      get({ method, path }) {
        if (method === 'GET' && !path.includes('/partner-gateway/') && registered !== undefined)
          return json(200, { url: registered });
        return empty(404);
      },
      post({ body }) {
        registered = body.url;
        return json(200, {});
      },
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { child, done, printed } = await listening(['--register', 'https://one.example'], { env });
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toMatch(
      /the gateway still calls https:\/\/one\.example\S*: .*`qlara webhook set` changes it/,
    );
  });

  test('removes the webhook if there was none before', async ({ expect }) => {
    const { env } = await startSandbox();
    const { child, done } = await listening(['--register', 'https://example.com'], { env });
    child.kill('SIGTERM');
    await done;
    expect(await getUrls(env)).toEqual([]);
  });

  test('receives events of sent messages', async ({ expect }) => {
    const { env } = await startSandbox();
    const home = freshHome();
    // The registered URL must reach this machine.
    const probe = await listening(['--path', '/hook'], { home });
    const port = new URL(probe.url).port;
    probe.child.kill('SIGKILL');
    await probe.done;
    const args = ['--port', port, '--path', '/hook', '--register', `http://127.0.0.1:${port}/hook`];
    const { lines } = await listening(args, { env, home });
    await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a'], { env, home });
    await until(() => lines().some(({ status }) => status === 'delivered'), 'a message is delivered');
    expect(lines().every(({ id, kind }) => id === 'a' && kind === 'receipt')).toBe(true);
  });
});

test('listen --sandbox receives events of other processes’ messages', async ({ expect }) => {
  const home = freshHome();
  const { lines, child, done } = await listening(['--sandbox'], { home });
  await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a', '--sandbox'], { home });
  await invoke(
    ['sandbox', 'inbound', '--from', '+393901234567', '--message', 'STOP', '--channel', 'sms', '--sandbox'],
    {
      home,
    },
  );
  await until(() => lines().some(({ status }) => status === 'delivered'), 'a message is delivered');
  await until(() => lines().some(({ optout }) => optout === 'out'), 'an opt-out is recorded');
  const again = await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--sandbox', '--json'], {
    home,
  });
  expect([again.code, parseError(again).code]).toEqual([2, 'destination.opted-out']);
  child.kill('SIGINT');
  await done;
});
