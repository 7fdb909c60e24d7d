import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, vi } from 'vitest';
import { handshakeFaults, interim, postHandshakeFaults } from '../support/faults.ts';
import { freshHome, only, parseError, parseRows, run } from '../support/program.ts';
import { makeCertificate } from '../support/tls.ts';
import { closedPort, serveProxy, serveWire } from '../support/wire.ts';

// Mostly waits; CPU is not the limit.
vi.setConfig({ maxConcurrency: 8, testTimeout: 60_000 });

const certificate = makeCertificate('DNS:localhost', 'IP:127.0.0.1');
const otherHostCertificate = makeCertificate('DNS:gateway.example');
const env = { QLARA_API_KEY: 'any', NODE_EXTRA_CA_CERTS: certificate.path };

/** Environments that select Node's HTTP client, or undici for a single request. */
const clients = {
  'Node’s client': env,
  'undici’s client': { ...env, HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' },
} as const;
const names = Object.keys(clients) as (keyof typeof clients)[];
const withClients = <T>(list: readonly T[]) =>
  list.flatMap((one) => names.map((client) => ({ ...one, client })));
/** Runs every fault with Node's client and every fourth with undici, which has its own test table. */
const withMostlyNode = <T>(list: readonly T[]) =>
  withClients(list).filter(({ client }, index) => client === names[0] || index % 8 === 1);

const sendArgs = ['send', 'sms', '--to', '+393901234567', '--message', 'Hello', '--id', 'order-1', '--json'];

async function send(url: string, clientEnv: Record<string, string>) {
  const home = freshHome({ grace: '300ms' });
  const result = await run([...sendArgs, '--base-url', url], { home, env: clientEnv, timeout: 40_000 });
  return { result, row: only(parseRows(result)) };
}

/** Starts a server with the fault; uses TLS if the fault allows it. */
async function serveFault({ schemes, behavior }: (typeof postHandshakeFaults)[number]) {
  const secure = schemes.includes('https');
  const server = await serveWire({ ...behavior, ...(secure && { certificate }) });
  return { server, url: `${secure ? 'https' : 'http'}://127.0.0.1:${server.port}` };
}

describe.concurrent('a send that may have arrived is in doubt and not repeated', () => {
  test.for(withMostlyNode(postHandshakeFaults))(
    '$name, $client',
    async ({ client, ...fault }, { expect }) => {
      const { server, url } = await serveFault(fault);
      const { result, row } = await send(url, clients[client]);
      expect([result.code, parseError(result).code, row.status]).toEqual([6, 'send.in-doubt', 'unknown']);
      expect(server.posts.length).toBeLessThanOrEqual(1);
    },
  );
});

describe.concurrent('a send that cannot have arrived stays queued', () => {
  test.for(withMostlyNode(handshakeFaults))('$name, $client', async ({ client, ...fault }, { expect }) => {
    const { server, url } = await serveFault(fault);
    const { result, row } = await send(url, clients[client]);
    expect([result.code, parseError(result).code, row.status]).toEqual([4, 'gateway.unreachable', 'queued']);
    expect([server.posts, server.connections()]).toEqual([[], 5]);
  });

  test.for(
    withClients([
      { name: 'for another host', path: otherHostCertificate.path },
      { name: 'from an untrusted issuer', path: '' },
    ]),
  )('certificate $name, $client', async ({ client, path }, { expect }) => {
    const server = await serveWire({ certificate: otherHostCertificate });
    const url = `https://127.0.0.1:${server.port}`;
    const { result, row } = await send(url, { ...clients[client], NODE_EXTRA_CA_CERTS: path });
    expect([result.code, row.status, server.posts]).toEqual([4, 'queued', []]);
  });

  test('stays queued when the proxy refuses the connection', async ({ expect }) => {
    const { result, row } = await send('https://127.0.0.1:1', {
      ...env,
      HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}`,
    });
    expect([result.code, row.status]).toEqual([4, 'queued']);
  });

  test('stays queued when the proxy closes the connection instead of opening the tunnel', async ({
    expect,
  }) => {
    const proxy = await serveProxy({ accept: (near) => void near.end() });
    const { result, row } = await send('https://127.0.0.1:1', { ...env, HTTPS_PROXY: proxy.url });
    expect([result.code, row.status, proxy.asked.length]).toEqual([4, 'queued', 5]);
  });
});

describe.concurrent('a send accepted after an interim response', () => {
  test.for(withClients(interim))('$name, $client', async ({ client, ...fault }, { expect }) => {
    const { server, url } = await serveFault(fault);
    const { result, row } = await send(url, clients[client]);
    expect([result.code, row.status, server.posts.length]).toEqual([0, 'submitted', 1]);
  });
});

describe.concurrent('a bulk message that may have arrived is in doubt and not repeated', () => {
  const sample = ['TLS alert', 'FIN', 'RST', '101 without Upgrade headers', 'malformed chunk'];
  test.for(postHandshakeFaults.filter(({ name }) => sample.includes(name)))(
    '$name',
    async (fault, { expect }) => {
      const { server, url } = await serveFault(fault);
      const home = freshHome({ grace: '300ms' });
      const rows = Array.from({ length: 6 }, (_, i) => `+39390123456${i}`);
      const file = join(home.path, 'rows.csv');
      writeFileSync(file, ['to', ...rows, ''].join('\n'));
      const clientEnv = ['send', 'sms', '--file', file, '-m', 'Ciao', '--rate', '100/s', '--yes', '--json'];
      const result = await run([...clientEnv, '--base-url', url], { home, env, timeout: 50_000 });
      expect(result.code).toBe(6);
      const sent = server.posts.map((body) => /"phoneNumber":"([^"]*)"/.exec(body)?.[1]);
      expect(sent.length).toBe(new Set(sent).size);
    },
  );
});
