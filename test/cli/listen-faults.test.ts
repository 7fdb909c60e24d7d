import { describe, test } from 'vitest';
import { inboundOf, listening, post, receiptOf } from '../support/hook.ts';
import { bytesIn, errorOf, freshHome, rowsOf, run, start, until } from '../support/program.ts';
import { accepts, empty, json, never, serve, standing } from '../support/server.ts';

const key = { QLARA_API_KEY: 'sekret-key-123456' };

describe.concurrent('a listener without events', () => {
  test('does not delay status calls to the gateway', async ({ expect }) => {
    const home = freshHome();
    let asked = 0;
    const server = await serve({ get: () => json(200, standing('a', ++asked < 3 ? 'SENT' : 'DELIVERED')) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    await listening([], { home });
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a'], { home, env });
    const words = ['status', 'a', '--wait', '--interval', '300ms', '--timeout', '2500ms', '--json'];
    const ran = await run(words, { home, env });
    expect([ran.code, rowsOf(ran)[0]?.status]).toEqual([0, 'delivered']);
  });

  test('that was killed does not leave status waiting', async ({ expect }) => {
    const home = freshHome();
    let over = false;
    const server = await serve({ get: () => json(200, standing('a', over ? 'DELIVERED' : 'SENT')) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const { url, child, done } = await listening([], { home });
    await run(['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'a'], { home, env });
    const words = ['status', 'a', '--watch', '--interval', '1s', '--timeout', '9s', '-o', 'ndjson'];
    const watching = start(words, { home, env });
    await until(() => server.gets().length > 0, 'it asks');
    await post(url, receiptOf('a', 'SENT'));
    child.kill('SIGKILL');
    await done;
    over = true;
    expect((await watching.done).code).toBe(0);
  });
});

describe.concurrent('secrets repeated by a gateway', () => {
  test('are neither shown nor kept', async ({ expect }) => {
    const home = freshHome();
    const { url, printed, lines } = await listening([], { home, env: key });
    await post(url, receiptOf('a', 'ERROR', { error: 'refused sekret-key-123456' }));
    await post(url, inboundOf('my key is sekret-key-123456'));
    await until(() => lines().length === 2, 'both are told');
    expect(printed.stdout).not.toContain('sekret');
    expect(lines()).toMatchObject([{ reason: 'refused ****' }, { text: 'my key is ****' }]);
    expect(bytesIn(home)).not.toContain('sekret');
  });
});

describe.concurrent('a call is passed on', () => {
  test('without its address in the ledger, and with the reason of a refusal', async ({ expect }) => {
    const home = freshHome();
    const target = await serve({ post: empty(503) });
    const { url, printed, child, done } = await listening(['--forward-to', `${target.url}/in?token=tok123`], {
      home,
    });
    await post(url, receiptOf('a'));
    await until(() => target.posts().length > 0, 'it is passed on');
    await until(() => printed.stderr.includes('did not accept a call'), 'it is said');
    child.kill('SIGINT');
    await done;
    expect(printed.stderr).toMatch(/\/in did not accept a call: HTTP 503; qlara keeps it and tries again/);
    expect(printed.stderr).toMatch(/1 call for .*\/in will be forwarded/);
    expect(printed.stderr + bytesIn(home)).not.toContain('tok123');
  });

  test('even while another one hangs', async ({ expect }) => {
    const target = await serve({ post: (_, nth) => (nth === 0 ? never() : accepts()) });
    const { url } = await listening(['--forward-to', target.url]);
    for (const id of ['a', 'b', 'c']) await post(url, receiptOf(id));
    await until(() => target.posts().length >= 3, 'the others are passed on');
    expect(new Set(target.posts().map(({ id }) => id))).toEqual(new Set(['a', 'b', 'c']));
  });

  test('at once, the oldest first, when the target accepts again', async ({ expect }) => {
    let open = false;
    const target = await serve({ post: () => (open ? accepts() : empty(503)) });
    const { url, printed } = await listening(['--forward-to', target.url]);
    for (const id of ['a', 'b', 'c']) await post(url, receiptOf(id));
    // Three tries have come to nothing: the next would be five seconds later.
    await until(() => target.posts().length >= 9, 'it is tried again and again', 20_000);
    open = true;
    await post(url, receiptOf('d'));
    await until(() => target.taken.length === 4, 'all are taken', 4_000);
    expect(target.taken.filter((id) => id !== 'd')).toEqual(['a', 'b', 'c']);
    expect(printed.stderr.match(/accepts calls again/g)).toHaveLength(1);
  });

  test('never with credentials in its address', async ({ expect }) => {
    const ran = await run(['listen', '--forward-to', 'http://a:b@127.0.0.1/', '--json']);
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'url.credentials']);
  });
});

test('thousands of receipts for unknown messages delay no call', { timeout: 60_000 }, async ({ expect }) => {
  const { url, lines } = await listening([], { timeout: 60_000 });
  let next = 0;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (next < 20_000) await post(url, receiptOf(`other-${next++}`));
    }),
  );
  const statuses = new Set<number | undefined>();
  for (let i = 0; i < 100; i++) statuses.add((await post(url, inboundOf(`hello ${i}`)))?.status);
  // Slower than a second is a 503.
  expect(statuses).toEqual(new Set([200]));
  await until(() => lines().length === 20_100, 'all are told');
});

test('a flag that was swallowed as a value is a value that is missing', async ({ expect }) => {
  const line = ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--sandbox'];
  for (const words of [
    [...line, '--force', '--json'],
    ['send', 'sms', '-t', '+393901234567', '--message', '--json'],
  ]) {
    const ran = await run(words);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/has no value: --json is a flag/);
  }
  const signed = await run(['send', 'sms', '-t=+393901234567', '-m=hi', '--sandbox', '--json']);
  expect([signed.code, rowsOf(signed)[0]?.to, rowsOf(signed)[0]?.parts]).toEqual([0, '+393901234567', 1]);
  const meant = await run([
    'send',
    'sms',
    '-t',
    '+393901234567',
    '--message=--json',
    '--sandbox',
    '--columns',
    'status',
  ]);
  expect([meant.code, meant.stdout]).toEqual([0, 'status\nsubmitted\n']);
});
