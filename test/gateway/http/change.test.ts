import { afterAll, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import { createHttpClient } from '../../../src/gateway/http/client.ts';
import { createNodeTransport } from '../../../src/gateway/http/node-transport.ts';
import { openInbox } from '../../../src/gateway/partner/inbox.ts';
import { openTemplates } from '../../../src/gateway/partner/templates.ts';
import { createWebhooks } from '../../../src/gateway/partner/webhooks.ts';
import { early, late } from '../../support/faults.ts';
import { envelope, reset, serve } from '../../support/server.ts';
import { makeCertificate } from '../../support/tls.ts';
import { closedPort, serveWire } from '../../support/wire.ts';

vi.setConfig({ maxConcurrency: 8 });

const certificate = makeCertificate('IP:127.0.0.1');
const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

function clientOf(url: string) {
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

/** Changes that must not be made twice, and how each reports a doubt or that the change surely was not made. */
const changes = {
  'a template': async (url: string) => {
    const made = openTemplates(clientOf(url)).create('rcs', { name: 'a' });
    return made.then(
      () => 'made',
      (cause) =>
        cause instanceof Failure ? { doubt: 'doubt', gateway: 'notSent' }[cause.kind as string] : cause,
    );
  },
  'a reply': async (url: string) => (await openInbox(clientOf(url)).reply('chat', 'id-1', 'Hello')).kind,
} as const;

const names = Object.keys(changes) as (keyof typeof changes)[];
const plain = late.filter(({ schemes }) => schemes.includes('http'));

describe.concurrent('a change that may have arrived is in doubt and not repeated', () => {
  test.for(plain.flatMap(({ name, behavior }) => names.map((what) => ({ what, name, behavior }))))(
    '$what, $name',
    async ({ what, behavior }, { expect }) => {
      const server = await serveWire(behavior);
      expect(await changes[what](`http://127.0.0.1:${server.port}`)).toBe('doubt');
      expect(server.connections()).toBe(1);
    },
  );
});

describe.concurrent('a change that surely did not arrive is not in doubt', () => {
  test.for(early.flatMap(({ name, behavior }) => names.map((what) => ({ what, name, behavior }))))(
    '$what, $name',
    async ({ what, behavior }, { expect }) => {
      const server = await serveWire({ ...behavior, certificate });
      expect(await changes[what](`https://127.0.0.1:${server.port}`)).toBe('notSent');
    },
  );

  test.for(names)('%s, connection refused', async (what, { expect }) => {
    expect(await changes[what](`http://127.0.0.1:${await closedPort()}`)).toBe('notSent');
  });
});

test('a webhook does not wait for a gateway that asks for a day', async () => {
  const server = await serve({ get: envelope(429, 'wait', { retryAfter: 86_400 }) });
  await expect(createWebhooks(clientOf(server.url)).remove()).rejects.toMatchObject({
    code: 'gateway.limited',
  });
  expect(server.seen.length).toBe(1);
});

describe.concurrent('the removal of a webhook, which may be repeated', () => {
  test.for([
    ['none was there', [envelope(404, 'none')], false],
    ['the try before may have removed it', [reset(), envelope(404, 'none')], true],
    ['the try before failed on its way', [envelope(500, 'failed'), envelope(404, 'none')], true],
    ['the try before was refused', [envelope(429, 'wait'), envelope(404, 'none')], false],
  ] as const)('%s', async ([, get, removed], { expect }) => {
    const server = await serve({ get });
    expect(await createWebhooks(clientOf(server.url)).remove()).toBe(removed);
  });
});
