import { describe, test } from 'vitest';
import { freshHome, recorded, run } from '../support/program.ts';
import { serve } from '../support/server.ts';
import { serveProxy } from '../support/wire.ts';

const sendArgs = (url: string) => [
  'send',
  'sms',
  '--to',
  '+393901234567',
  '-m',
  'hi',
  '--json',
  '--base-url',
  url,
];
const key = { QLARA_API_KEY: 'key' };

describe.concurrent('the proxy from the environment', () => {
  test('is used', async ({ expect }) => {
    const [server, { asked, url }] = await Promise.all([serve(), serveProxy()]);
    const { code, stderr } = await run(sendArgs(server.url), { env: { ...key, HTTP_PROXY: url } });
    expect([code, stderr, server.taken.length]).toEqual([0, '', 1]);
    expect(asked).toEqual([new URL(server.url).host]);
  });

  test('is not used for hosts in NO_PROXY', async ({ expect }) => {
    const [server, { asked, url }] = await Promise.all([serve(), serveProxy()]);
    const { code } = await run(sendArgs(server.url), {
      env: { ...key, HTTP_PROXY: url, NO_PROXY: '127.0.0.1' },
    });
    expect([code, server.taken.length, asked]).toEqual([0, 1, []]);
  });

  test('is not used for the sandbox', async ({ expect }) => {
    const { asked, url } = await serveProxy();
    const args = ['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--sandbox', '--wait'];
    const { code } = await run(args, { env: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    expect([code, asked]).toEqual([0, []]);
  });

  test.for([
    ['refuses', '502 Bad Gateway'],
    ['requires credentials', '407 Proxy Authentication Required'],
  ] as const)('leaves the message queued when it %s', async ([, refusal], { expect }) => {
    const [server, { url }, home] = [await serve(), await serveProxy({ refusal }), freshHome()];
    const { code, stderr } = await run(sendArgs(server.url), { home, env: { ...key, HTTP_PROXY: url } });
    expect([code, server.seen.length]).toEqual([4, 0]);
    expect(stderr).toContain(refusal.slice(0, 3));
    expect((await recorded(home)).map(({ phase }) => phase)).toEqual(['queued']);
  });
});
