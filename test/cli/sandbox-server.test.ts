import { readdirSync } from 'node:fs';
import { describe, test } from 'vitest';
import { errorOf, freshHome, only, rowsOf, run, start, until } from '../support/program.ts';

const number = '+393901234567';

/** The sandbox as a server of its own, once it says where it listens. */
async function served(
  words: readonly string[] = ['--port', '0', '--state', 'memory', '--speed', '50'],
  home = freshHome(),
) {
  const server = start(['sandbox', ...words], { home, timeout: 25_000 });
  await until(() => server.printed.stdout.includes('\n'), 'the sandbox says that it is ready');
  const url = /http:\S+/.exec(server.printed.stdout)?.[0] ?? '';
  const call = async <Body = Record<string, unknown>>(path: string, body?: unknown, key = 'any') => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(url + path, {
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...init,
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  };
  return { ...server, home, url, call };
}

const guide = {
  phoneNumber: number,
  message: 'Important update',
  fallback: true,
  templateId: 'template_123',
};

describe.concurrent('the sandbox as a server', () => {
  test('says in one line where it is, and ends with SIGTERM', async ({ expect }) => {
    const server = await served();
    expect(server.printed.stdout).toMatch(/^\S.*http:\/\/127\.0\.0\.1:\d+\/api\n$/);
    server.child.kill('SIGTERM');
    const ran = await server.done;
    expect([ran.code, ran.signal]).toEqual([143, null]);
    expect(ran.stdout.split('\n')).toHaveLength(2);
  });

  test('answers any client, by the documented bodies', async ({ expect }) => {
    const { call, child } = await served();
    const taken = await call('/message-server/whatsapp/send', { ...guide, customerMessageId: 'order-1' });
    expect(taken).toMatchObject({
      status: 200,
      body: {
        customerMessageId: 'order-1',
        simulation: false,
        results: [{ phoneNumber: number, accepted: true, channel: 'whatsapp', statusCode: 200 }],
      },
    });
    const known = await call('/messages/status/order-1');
    expect(known.body).toMatchObject({ messageId: taken.body.messageId, customerMessageId: 'order-1' });
    expect((await call('/messages/status/nobody')).status).toBe(404);
    expect((await call('/messages/status/order-1', undefined, 'invalid')).status).toBe(401);
    expect((await call('/messages/status/order-1', undefined, 'forbidden')).status).toBe(403);
    expect((await call('/message-server/sms/send', { phoneNumber: 'x' })).status).toBe(400);
    child.kill('SIGKILL');
  });

  test('the program against it: the guide’s example leaves exactly so', async ({ expect }) => {
    const { url, call, child, home } = await served();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    const words = [
      'send',
      '--fallback',
      '-t',
      number,
      '-m',
      'Important update',
      '--template',
      'template_123',
    ];
    const ran = await run([...words, '--id', 'order-1', '--json'], { home, env });
    expect(ran.code).toBe(0);
    const kept = await call('/sandbox/messages');
    expect(kept.body).toEqual([
      expect.objectContaining({
        customerMessageId: 'order-1',
        channel: 'whatsapp',
        body: { ...guide, customerMessageId: 'order-1' },
      }),
    ]);
    const status = await run(
      ['status', String(only(rowsOf(ran)).gatewayId), '--wait', '--interval', '50ms', '--json'],
      { home, env },
    );
    expect([status.code, only(rowsOf(status)).id]).toEqual([0, 'order-1']);
    child.kill('SIGKILL');
  });

  test.for([
    ['invalid', 'gateway.unauthorized'],
    ['forbidden', 'gateway.forbidden'],
  ] as const)('the key %s is refused, and nothing was sent', async ([key, code], { expect }) => {
    const { url, call, child } = await served();
    const ran = await run(['send', 'sms', '-t', number, '-m', 'Ciao', '--json'], {
      env: { QLARA_API_KEY: key, QLARA_BASE_URL: url },
    });
    expect([ran.code, errorOf(ran).code]).toEqual([3, code]);
    expect((await call('/sandbox/messages')).body).toEqual([]);
    child.kill('SIGKILL');
  });

  test('outside the 24 hours free-form text is refused, until they write', async ({ expect }) => {
    const { url, call, child } = await served();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    const words = ['send', 'whatsapp', '-t', '+393901230024', '-m', 'We are on our way', '--json'];
    expect((await run(words, { env })).code).toBe(1);
    await call('/sandbox/inbound', { from: '+393901230024', message: 'Where are you?' });
    expect((await run(words, { env })).code).toBe(0);
    child.kill('SIGKILL');
  });

  test('with --rate-limit many messages still all arrive, once', async ({ expect }) => {
    const { url, call, child } = await served(['--port', '0', '--state', 'memory', '--rate-limit']);
    const numbers = Array.from({ length: 80 }, (_, at) => `+3939012345${at + 10}`);
    const ran = await run(['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao', '--json'], {
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: url },
    });
    expect(ran.code).toBe(0);
    const { body: kept } = await call<{ phoneNumber: string }[]>('/sandbox/messages');
    expect(kept.map(({ phoneNumber }) => phoneNumber).sort()).toEqual([...numbers].sort());
    child.kill('SIGKILL');
  });

  test('a port in use is a matter of setup', async ({ expect }) => {
    const { url, child } = await served();
    const ran = await run(['sandbox', '--port', new URL(url).port, '--state', 'memory', '--json']);
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([3, '', 'sandbox.port-in-use']);
    child.kill('SIGKILL');
  });

  test('--state memory leaves nothing behind', async ({ expect }) => {
    const { child, done, home, call } = await served();
    await call('/message-server/sms/send', { phoneNumber: number, message: 'Ciao' });
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(readdirSync(home.path)).toEqual([]);
  });

  test('a state that is kept knows its messages after a kill', async ({ expect }) => {
    const first = await served(['--port', '0', '--speed', '50']);
    await first.call('/message-server/sms/send', {
      phoneNumber: number,
      message: 'Ciao',
      customerMessageId: 'order-1',
    });
    first.child.kill('SIGKILL');
    await first.done;
    const second = await served(['--port', '0', '--speed', '50'], first.home);
    expect((await second.call('/messages/status/order-1')).status).toBe(200);
    second.child.kill('SIGKILL');
    const sandbox = await run(['status', 'order-1', '--sandbox', '--json'], { home: first.home });
    expect(only(rowsOf(sandbox))).toMatchObject({ id: 'order-1', to: number });
  });
});
