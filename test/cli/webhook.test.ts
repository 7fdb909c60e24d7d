import { describe, test } from 'vitest';
import { listening } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, start, until } from '../support/program.ts';
import { empty, json, type Seen, serve } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };
const theirs = 'https://example.com/theirs';

/** The sandbox as a server, in this test's own state. */
async function sandbox() {
  const running = start(['sandbox', '--port', '0', '--state', 'memory', '--speed', '50', '--json'], {
    timeout: 60_000,
  });
  await until(() => running.printed.stdout.includes('\n'), 'the sandbox is there', 20_000);
  const { url } = JSON.parse(running.printed.stdout) as { url: string };
  return { url, child: running.child, env: { ...key, QLARA_BASE_URL: url } };
}

const urls = async (env: Record<string, string>) =>
  (JSON.parse((await invoke(['webhook', 'show', '--json'], { env })).stdout) as { url: string }[]).map(
    ({ url }) => url,
  );

describe.concurrent('the webhook of an account', () => {
  test('is set, shown, replaced with --yes, and removed', async ({ expect }) => {
    const { env } = await sandbox();
    expect(await urls(env)).toEqual([]);
    expect((await invoke(['webhook', 'set', theirs, '--json'], { env })).code).toBe(0);
    expect(await urls(env)).toEqual([theirs]);
    const second = await invoke(['webhook', 'set', 'https://example.com/ours', '--json'], { env });
    expect([second.code, errorOf(second).code]).toEqual([2, 'webhook.taken']);
    expect(await urls(env)).toEqual([theirs]);
    expect((await invoke(['webhook', 'set', 'https://example.com/ours', '--yes'], { env })).code).toBe(0);
    expect(await urls(env)).toEqual(['https://example.com/ours']);
    expect((await invoke(['webhook', 'remove', '--json'], { env })).code).toBe(2);
    expect((await invoke(['webhook', 'remove', '--yes'], { env })).code).toBe(0);
    expect(await urls(env)).toEqual([]);
    expect((await invoke(['webhook', 'remove', '--yes'], { env })).code).toBe(0);
  });

  test('works on the newer platform too, where another webhook is replaced', async ({ expect }) => {
    const { env } = await sandbox();
    for (const url of [theirs, 'https://example.com/ours'])
      expect((await invoke(['webhook', 'set', url, '--form', 'platform', '--yes'], { env })).code).toBe(0);
    expect(await urls(env)).toEqual(['https://example.com/ours']);
  });

  test('by a gateway that has only the newer way', async ({ expect }) => {
    let url = theirs;
    const isNew = ({ path }: Seen) => path.includes('/partner-gateway/');
    const server = await serve({
      post: (seen) => (isNew(seen) ? json(409, { message: 'there is one' }) : empty(404)),
      get(seen) {
        if (seen.method === 'PUT') url = String(seen.body.callbackUrl);
        return json(200, { callbackUrl: url });
      },
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const ran = await invoke(['webhook', 'set', 'https://example.com/ours', '--yes', '--json'], { env });
    expect([ran.code, url]).toEqual([0, 'https://example.com/ours']);
  });

  test('is not guessed where the gateway does not return it', async ({ expect }) => {
    const server = await serve({ get: empty(405) });
    const ran = await invoke(['webhook', 'show', '--json'], { env: { ...key, QLARA_BASE_URL: server.url } });
    expect([ran.code, errorOf(ran).code]).toEqual([4, 'webhook.untold']);
  });

  test('needs an address', async ({ expect }) => {
    const none = await invoke(['webhook', 'set', '--json']);
    expect([none.code, errorOf(none).code]).toEqual([2, 'operand.missing']);
    const wrong = await invoke(['webhook', 'set', 'ftp://example.com', '--json']);
    expect([wrong.code, errorOf(wrong).code]).toEqual([2, 'url.invalid']);
  });
});

describe.concurrent('listen --register', () => {
  test('has the gateway call it, and puts back what was there', async ({ expect }) => {
    const { env } = await sandbox();
    await invoke(['webhook', 'set', theirs], { env });
    const refused = await invoke(['listen', '--port', '0', '--register', 'https://example.com', '--json'], {
      env,
    });
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'webhook.taken']);
    const { child, done, url } = await listening(['--register', 'https://example.com', '--yes'], { env });
    expect(await urls(env)).toEqual([`https://example.com${new URL(url).pathname}`]);
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(await urls(env)).toEqual([theirs]);
  });

  test('after kill -9 the next run puts it back', async ({ expect }) => {
    const { env } = await sandbox();
    const home = freshHome();
    await invoke(['webhook', 'set', theirs], { env });
    const one = await listening(['--register', 'https://example.com/hook', '--yes'], { env, home });
    one.child.kill('SIGKILL');
    await one.done;
    const two = await listening(['--register', 'https://example.com/hook'], { env, home });
    two.child.kill('SIGINT');
    await two.done;
    expect(await urls(env)).toEqual([theirs]);
  });

  test('after kill -9 under another name too, and a plain listener says so', async ({ expect }) => {
    const { env } = await sandbox();
    const home = freshHome();
    await invoke(['webhook', 'set', theirs], { env });
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
    expect(await urls(env)).toEqual([theirs]);
  });

  test('a registration changed meanwhile is left alone', async ({ expect }) => {
    const { env } = await sandbox();
    await invoke(['webhook', 'set', theirs], { env });
    const { child, done, printed } = await listening(['--register', 'https://one.example', '--yes'], { env });
    await invoke(['webhook', 'set', 'https://third.example/', '--yes'], { env });
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toContain('the webhook was changed meanwhile');
    expect(await urls(env)).toEqual(['https://third.example/']);
  });

  test('an unreachable gateway is reported to keep calling', async ({ expect }) => {
    const { env, child: gateway } = await sandbox();
    const home = freshHome();
    const { child, done, printed } = await listening(['--register', 'https://one.example'], { env, home });
    gateway.kill('SIGKILL');
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(printed.stderr).toMatch(/warning: could not restore the previous webhook/);
    expect(printed.stderr).toMatch(/0 receipts, 0 messages/);
  });

  test('of a gateway that does not tell nothing is removed', async ({ expect }) => {
    const server = await serve({ get: empty(405), post: json(200, {}) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const words = ['--register', 'https://one.example'];
    const refused = await invoke(['listen', '--port', '0', ...words, '--json'], { env });
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'webhook.untold']);
    const { child, done, printed } = await listening([...words, '--yes'], { env });
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toContain('the gateway still calls https://one.example/');
    expect(server.seen.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('where nothing was there, nothing is there after it', async ({ expect }) => {
    const { env } = await sandbox();
    const { child, done } = await listening(['--register', 'https://example.com'], { env });
    child.kill('SIGTERM');
    await done;
    expect(await urls(env)).toEqual([]);
  });

  test('receives events of sent messages', async ({ expect }) => {
    const { env } = await sandbox();
    const home = freshHome();
    // What is registered is what this machine can be reached by: here, itself.
    const probe = await listening(['--path', '/hook'], { home });
    const port = new URL(probe.url).port;
    probe.child.kill('SIGKILL');
    await probe.done;
    const words = ['--port', port, '--path', '/hook', '--register', `http://127.0.0.1:${port}/hook`];
    const { lines } = await listening(words, { env, home });
    await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a'], { env, home });
    await until(() => lines().some(({ status }) => status === 'delivered'), 'it is delivered');
    expect(lines().every(({ id, kind }) => id === 'a' && kind === 'receipt')).toBe(true);
  });
});

test('listen --sandbox receives events of messages that others send to the sandbox', async ({ expect }) => {
  const home = freshHome();
  const { lines, child, done } = await listening(['--sandbox'], { home });
  await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a', '--sandbox'], { home });
  await invoke(
    ['sandbox', 'inbound', '--from', '+393901234567', '--message', 'STOP', '--channel', 'sms', '--sandbox'],
    {
      home,
    },
  );
  await until(() => lines().some(({ status }) => status === 'delivered'), 'it is delivered');
  await until(() => lines().some(({ optout }) => optout === 'out'), 'they have opted out');
  const again = await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--sandbox', '--json'], {
    home,
  });
  expect([again.code, errorOf(again).code]).toEqual([2, 'destination.opted-out']);
  child.kill('SIGINT');
  await done;
});
