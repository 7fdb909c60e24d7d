import { describe, test } from 'vitest';
import { inboundBody, listening, post, receiptBody } from '../support/hook.ts';
import { freshHome, parseError, parseRows, readAllBytes, run, start, until } from '../support/program.ts';
import { accept, empty, hang, json, serve, statusEntry } from '../support/server.ts';

const key = { QLARA_API_KEY: 'sekret-key-123456' };

describe.concurrent('a listener without events', () => {
  test('does not delay status requests', async ({ expect }) => {
    const home = freshHome();
    let requestCount = 0;
    const server = await serve({
      get: () => json(200, statusEntry('a', ++requestCount < 3 ? 'SENT' : 'DELIVERED')),
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    await listening([], { home });
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a'], { home, env });
    const args = ['status', 'a', '--wait', '--interval', '300ms', '--timeout', '2500ms', '--json'];
    const result = await run(args, { home, env });
    expect([result.code, parseRows(result)[0]?.status]).toEqual([0, 'delivered']);
  });

  test('does not keep status waiting after it was killed', async ({ expect }) => {
    const home = freshHome();
    let delivered = false;
    const server = await serve({ get: () => json(200, statusEntry('a', delivered ? 'DELIVERED' : 'SENT')) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { url, child, done } = await listening([], { home });
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a'], { home, env });
    const args = ['status', 'a', '--watch', '--interval', '1s', '--timeout', '9s', '-o', 'ndjson'];
    const watching = start(args, { home, env });
    await until(() => server.gets().length > 0, 'a status request');
    await post(url, receiptBody('a', 'SENT'));
    child.kill('SIGKILL');
    await done;
    delivered = true;
    expect((await watching.done).code).toBe(0);
  });
});

describe.concurrent('secrets repeated by a gateway', () => {
  test('are neither printed nor stored', async ({ expect }) => {
    const home = freshHome();
    const { url, printed, lines } = await listening([], { home, env: key });
    await post(url, receiptBody('a', 'ERROR', { error: 'refused sekret-key-123456' }));
    await post(url, inboundBody('my key is sekret-key-123456'));
    await until(() => lines().length === 2, 'both events are printed');
    expect(printed.stdout).not.toContain('sekret');
    expect(lines()).toMatchObject([{ reason: 'refused ****' }, { text: 'my key is ****' }]);
    expect(readAllBytes(home)).not.toContain('sekret');
  });
});

describe.concurrent('forwarding a webhook', () => {
  test('keeps the URL out of the ledger and reports the reason of a refusal', async ({ expect }) => {
    const home = freshHome();
    const target = await serve({ post: empty(503) });
    const { url, printed, child, done } = await listening(['--forward-to', `${target.url}/in?token=tok123`], {
      home,
    });
    await post(url, receiptBody('a'));
    await until(() => target.posts().length > 0, 'the webhook is forwarded');
    await until(() => printed.stderr.includes('did not accept a call'), 'the refusal is reported');
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toMatch(/\/in did not accept a call: HTTP 503; qlara keeps it and tries again/);
    expect(printed.stderr).toMatch(/1 call for .*\/in will be forwarded/);
    expect(printed.stderr + readAllBytes(home)).not.toContain('tok123');
  });

  test('continues while another request hangs', async ({ expect }) => {
    const target = await serve({ post: (_, nth) => (nth === 0 ? hang() : accept()) });
    const { url } = await listening(['--forward-to', target.url]);
    for (const id of ['a', 'b', 'c']) await post(url, receiptBody(id));
    await until(() => target.posts().length >= 3, 'the other webhooks are forwarded');
    expect(new Set(target.posts().map(({ id }) => id))).toEqual(new Set(['a', 'b', 'c']));
  });

  test('resumes with the oldest when the target accepts again', async ({ expect }) => {
    let open = false;
    const target = await serve({ post: () => (open ? accept() : empty(503)) });
    const { url, printed } = await listening(['--forward-to', target.url]);
    for (const id of ['a', 'b', 'c']) await post(url, receiptBody(id));
    // After three failed attempts the next one would be five seconds later.
    await until(() => target.posts().length >= 9, 'the target has been called 9 times', 20_000);
    open = true;
    await post(url, receiptBody('d'));
    await until(() => target.taken.length === 4, 'the target has accepted all', 4_000);
    expect(target.taken.filter((id) => id !== 'd')).toEqual(['a', 'b', 'c']);
    expect(printed.stderr.match(/accepts calls again/g)).toHaveLength(1);
  });

  test('refuses a URL with credentials', async ({ expect }) => {
    const result = await run(['listen', '--forward-to', 'http://a:b@127.0.0.1/', '--json']);
    expect([result.code, parseError(result).code]).toEqual([2, 'url.credentials']);
  });
});

test('answers webhooks promptly despite thousands of receipts for unknown messages', {
  timeout: 60_000,
}, async ({ expect }) => {
  const { url, lines } = await listening([], { timeout: 60_000 });
  let next = 0;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (next < 20_000) await post(url, receiptBody(`other-${next++}`));
    }),
  );
  const statuses = new Set<number | undefined>();
  for (let i = 0; i < 100; i++) statuses.add((await post(url, inboundBody(`hello ${i}`)))?.status);
  // A response that takes longer than a second is a 503.
  expect(statuses).toEqual(new Set([200]));
  await until(() => lines().length === 20_100, 'all events are printed');
});

test('reports a missing value when a flag follows instead', async ({ expect }) => {
  const commandLine = ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--sandbox'];
  for (const args of [
    [...commandLine, '--force', '--json'],
    ['send', 'sms', '-t', '+393901234567', '--message', '--json'],
  ]) {
    const result = await run(args);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(result.stderr).toMatch(/has no value: --json is a flag/);
  }
  const equalsForm = await run(['send', 'sms', '-t=+393901234567', '-m=hi', '--sandbox', '--json']);
  expect([equalsForm.code, parseRows(equalsForm)[0]?.to, parseRows(equalsForm)[0]?.parts]).toEqual([
    0,
    '+393901234567',
    1,
  ]);
  const dashValue = await run([
    'send',
    'sms',
    '-t',
    '+393901234567',
    '--message=--json',
    '--sandbox',
    '--columns',
    'status',
  ]);
  expect([dashValue.code, dashValue.stdout]).toEqual([0, 'status\nsubmitted\n']);
});
