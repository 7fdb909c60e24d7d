import { afterAll, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import { createHttpClient } from '../../../src/gateway/http/client.ts';
import { createNodeTransport } from '../../../src/gateway/http/node-transport.ts';
import { openInbox } from '../../../src/gateway/vendor/inbox.ts';
import { openTemplates } from '../../../src/gateway/vendor/templates.ts';
import { createWebhooks } from '../../../src/gateway/vendor/webhooks.ts';
import { handshakeFaults, postHandshakeFaults } from '../../support/faults.ts';
import { envelope, reset, serve } from '../../support/server.ts';
import { makeCertificate } from '../../support/tls.ts';
import { closedPort, serveWire } from '../../support/wire.ts';

vi.setConfig({ maxConcurrency: 8 });

const certificate = makeCertificate('IP:127.0.0.1');
const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

function createClient(url: string) {
  const transport = createNodeTransport({ connect: 20_000, response: 20_000 });
  closing.push(() => transport.close());
  return createHttpClient(
    url,
    { kind: 'key', key: 'test-key-0123456789' },
    {
      transport,
      now: Date.now,
      sleep: async () => {},
    },
  );
}

/** Mutations that must not be repeated, and how each reports a doubt or that it was not made. */
const mutations = {
  'a template': async (url: string) => {
    const made = openTemplates(createClient(url)).create('rcs', { name: 'a' });
    return made.then(
      () => 'made',
      (cause) =>
        cause instanceof Failure ? { doubt: 'doubt', gateway: 'notSent' }[cause.kind as string] : cause,
    );
  },
  'a reply': async (url: string) =>
    (await openInbox(createClient(url), 'account').reply('chat', 'id-1', 'Hello')).kind,
} as const;

const names = Object.keys(mutations) as (keyof typeof mutations)[];
const overHttp = postHandshakeFaults.filter(({ schemes }) => schemes.includes('http'));

describe.concurrent('a mutation that may have arrived is in doubt and not repeated', () => {
  test.for(overHttp.flatMap(({ name, behavior }) => names.map((what) => ({ what, name, behavior }))))(
    '$what, $name',
    async ({ what, behavior }, { expect }) => {
      const server = await serveWire(behavior);
      expect(await mutations[what](`http://127.0.0.1:${server.port}`)).toBe('doubt');
      expect(server.connections()).toBe(1);
    },
  );
});

describe.concurrent('a mutation that cannot have arrived is not in doubt', () => {
  test.for(handshakeFaults.flatMap(({ name, behavior }) => names.map((what) => ({ what, name, behavior }))))(
    '$what, $name',
    async ({ what, behavior }, { expect }) => {
      const server = await serveWire({ ...behavior, certificate });
      expect(await mutations[what](`https://127.0.0.1:${server.port}`)).toBe('notSent');
    },
  );

  test.for(names)('%s, connection refused', async (what, { expect }) => {
    expect(await mutations[what](`http://127.0.0.1:${await closedPort()}`)).toBe('notSent');
  });
});

test('does not retry a webhook request when the gateway asks qlara to wait for a day', async () => {
  const server = await serve({ get: envelope(429, 'wait', { retryAfter: 86_400 }) });
  await expect(createWebhooks(createClient(server.url), 'partner').remove()).rejects.toMatchObject({
    code: 'gateway.limited',
  });
  expect(server.seen.length).toBe(1);
});

describe.concurrent('deleting a webhook, which may be repeated', () => {
  test.for([
    ['there was none', [envelope(404, 'none')], false],
    ['the previous attempt may have deleted it', [reset(), envelope(404, 'none')], true],
    ['the previous attempt failed', [envelope(500, 'failed'), envelope(404, 'none')], true],
    ['the previous attempt was refused', [envelope(429, 'wait'), envelope(404, 'none')], false],
  ] as const)('%s', async ([, get, removed], { expect }) => {
    const server = await serve({ get });
    expect(await createWebhooks(createClient(server.url), 'partner').remove()).toBe(removed);
  });
});
