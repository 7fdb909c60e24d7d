import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, vi } from 'vitest';
import { early, interim, late } from '../support/faults.ts';
import { errorOf, freshHome, only, rowsOf, run } from '../support/program.ts';
import { makeCertificate } from '../support/tls.ts';
import { closedPort, serveProxy, serveWire } from '../support/wire.ts';

// They wait more than they work.
vi.setConfig({ maxConcurrency: 8, testTimeout: 60_000 });

const certificate = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
const misnamed = makeCertificate('DNS:gateway.example');
const env = { QLARA_API_KEY: 'any', NODE_EXTRA_CA_CERTS: certificate.path };

/** What has the program take Node's own client, or undici's for a single request. */
const clients = {
  'Node’s client': env,
  'undici’s client': { ...env, HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' },
} as const;
const names = Object.keys(clients) as (keyof typeof clients)[];
const withClients = <T>(list: readonly T[]) =>
  list.flatMap((one) => names.map((client) => ({ ...one, client })));
/** Of many, all with Node's client and every fourth with undici's, whose transport has a table of its own. */
const mostlyNode = <T>(list: readonly T[]) =>
  withClients(list).filter(({ client }, index) => client === names[0] || index % 8 === 1);

const words = ['send', 'sms', '--to', '+393901234567', '--message', 'Hello', '--id', 'order-1', '--json'];

async function send(url: string, given: Record<string, string>) {
  const home = freshHome({ grace: '300ms' });
  const ran = await run([...words, '--base-url', url], { home, env: given, timeout: 40_000 });
  return { ran, row: only(rowsOf(ran)) };
}

/** Starts such a server, with TLS where the fault allows it. */
async function serveFault({ schemes, behavior }: (typeof late)[number]) {
  const secure = schemes.includes('https');
  const server = await serveWire({ ...behavior, ...(secure && { certificate }) });
  return { server, url: `${secure ? 'https' : 'http'}://127.0.0.1:${server.port}` };
}

describe.concurrent('a send that may have arrived is in doubt and not repeated', () => {
  test.for(mostlyNode(late))('$name, $client', async ({ client, ...fault }, { expect }) => {
    const { server, url } = await serveFault(fault);
    const { ran, row } = await send(url, clients[client]);
    expect([ran.code, errorOf(ran).code, row.status]).toEqual([6, 'send.in-doubt', 'unknown']);
    expect(server.posts.length).toBeLessThanOrEqual(1);
  });
});

describe.concurrent('a send that surely did not arrive is queued', () => {
  test.for(mostlyNode(early))('$name, $client', async ({ client, ...fault }, { expect }) => {
    const { server, url } = await serveFault(fault);
    const { ran, row } = await send(url, clients[client]);
    expect([ran.code, errorOf(ran).code, row.status]).toEqual([4, 'gateway.unreachable', 'queued']);
    expect([server.posts, server.connections()]).toEqual([[], 5]);
  });

  test.for(
    withClients([
      { name: 'for another host', path: misnamed.path },
      { name: 'that nobody trusts', path: '' },
    ]),
  )('a certificate $name, $client', async ({ client, path }, { expect }) => {
    const server = await serveWire({ certificate: misnamed });
    const url = `https://127.0.0.1:${server.port}`;
    const { ran, row } = await send(url, { ...clients[client], NODE_EXTRA_CA_CERTS: path });
    expect([ran.code, row.status, server.posts]).toEqual([4, 'queued', []]);
  });

  test('connection refused by a proxy', async ({ expect }) => {
    const { ran, row } = await send('https://127.0.0.1:1', {
      ...env,
      HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}`,
    });
    expect([ran.code, row.status]).toEqual([4, 'queued']);
  });

  test('a proxy that closes instead of opening the tunnel', async ({ expect }) => {
    const proxy = await serveProxy({ accept: (near) => void near.end() });
    const { ran, row } = await send('https://127.0.0.1:1', { ...env, HTTPS_PROXY: proxy.url });
    expect([ran.code, row.status, proxy.asked.length]).toEqual([4, 'queued', 5]);
  });
});

describe.concurrent('a send that is answered after an interim answer', () => {
  test.for(withClients(interim))('$name, $client', async ({ client, ...fault }, { expect }) => {
    const { server, url } = await serveFault(fault);
    const { ran, row } = await send(url, clients[client]);
    expect([ran.code, row.status, server.posts.length]).toEqual([0, 'submitted', 1]);
  });
});

describe.concurrent('of a bulk, each message that may have arrived is in doubt and not repeated', () => {
  const some = ['a TLS alert', 'FIN', 'RST', '101 without Upgrade headers', 'a malformed chunk'];
  test.for(late.filter(({ name }) => some.includes(name)))('$name', async (fault, { expect }) => {
    const { server, url } = await serveFault(fault);
    const home = freshHome({ grace: '300ms' });
    const rows = Array.from({ length: 6 }, (_, i) => `+39390123456${i}`);
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, ['to', ...rows, ''].join('\n'));
    const given = ['send', 'sms', '--file', file, '-m', 'Ciao', '--rate', '100/s', '--yes', '--json'];
    const ran = await run([...given, '--base-url', url], { home, env, timeout: 50_000 });
    expect(ran.code).toBe(6);
    const sent = server.posts.map((body) => /"phoneNumber":"([^"]*)"/.exec(body)?.[1]);
    expect(sent.length).toBe(new Set(sent).size);
  });
});
