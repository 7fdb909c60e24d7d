import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, describe, test } from 'vitest';
import { freshHome, recorded, run } from '../support/program.ts';
import { serve } from '../support/server.ts';

const open: { close(): void }[] = [];
afterAll(() => {
  for (const server of open.splice(0)) server.close();
});

/** A proxy that tunnels, or refuses with a status; it remembers the hosts it was asked for. */
async function proxy(refusal?: string) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(501).end();
  });
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    asked.push(url);
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const [host, port] = url.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const one of [socket, far]) sockets.add(one.on('error', () => {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const line = (url: string) => [
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

describe.concurrent('a proxy that the environment names', () => {
  test('is gone through', async ({ expect }) => {
    const [server, { asked, url }] = await Promise.all([serve(), proxy()]);
    const { code, stderr } = await run(line(server.url), { env: { ...key, HTTP_PROXY: url } });
    expect([code, stderr, server.taken.length]).toEqual([0, '', 1]);
    expect(asked).toEqual([new URL(server.url).host]);
  });

  test('is left out for the hosts that NO_PROXY names', async ({ expect }) => {
    const [server, { asked, url }] = await Promise.all([serve(), proxy()]);
    const { code } = await run(line(server.url), { env: { ...key, HTTP_PROXY: url, NO_PROXY: '127.0.0.1' } });
    expect([code, server.taken.length, asked]).toEqual([0, 1, []]);
  });

  test('is left out for the sandbox', async ({ expect }) => {
    const { asked, url } = await proxy();
    const words = ['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--sandbox', '--wait'];
    const { code } = await run(words, { env: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    expect([code, asked]).toEqual([0, []]);
  });

  test.for([
    ['refuses', '502 Bad Gateway'],
    ['wants credentials', '407 Proxy Authentication Required'],
  ] as const)('that %s has not let the message out', async ([, refusal], { expect }) => {
    const [server, { url }, home] = [await serve(), await proxy(refusal), freshHome()];
    const { code, stderr } = await run(line(server.url), { home, env: { ...key, HTTP_PROXY: url } });
    expect([code, server.seen.length]).toEqual([4, 0]);
    expect(stderr).toContain(refusal.slice(0, 3));
    expect((await recorded(home)).map(({ phase }) => phase)).toEqual(['queued']);
  });
});
