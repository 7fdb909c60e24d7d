import { readdirSync } from 'node:fs';
import { describe, test } from 'vitest';
import { freshHome, only, parseError, parseRows, run, start, until } from '../support/program.ts';

const number = '+393901234567';

/** Starts `qlara sandbox` and waits until it listens. */
async function startSandbox(
  args: readonly string[] = ['--port', '0', '--state', 'memory', '--speed', '50'],
  home = freshHome(),
) {
  const server = start(['sandbox', ...args], { home, timeout: 25_000 });
  await until(() => server.printed.stdout.includes('\n'), 'the sandbox is ready');
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
  test('prints its address on one line and exits on SIGTERM', async ({ expect }) => {
    const server = await startSandbox();
    expect(server.printed.stdout).toMatch(/^\S.*http:\/\/127\.0\.0\.1:\d+\/api\n$/);
    server.child.kill('SIGTERM');
    const result = await server.done;
    expect([result.code, result.signal]).toEqual([143, null]);
    expect(result.stdout.split('\n')).toHaveLength(2);
  });

  test('serves the documented API to any client', async ({ expect }) => {
    const { call, child } = await startSandbox();
    const taken = await call('/message-server/whatsapp/send', { ...guide, customerMessageId: 'order-1' });
    expect(taken).toMatchObject({
      status: 200,
      body: {
        customerMessageId: 'order-1',
        simulation: false,
        results: [{ phoneNumber: number, accepted: true, channel: 'whatsapp', statusCode: 200 }],
      },
    });
    const status = await call('/messages/status/order-1');
    expect(status.body).toMatchObject({ messageId: taken.body.messageId, customerMessageId: 'order-1' });
    expect((await call('/messages/status/nobody')).status).toBe(404);
    expect((await call('/messages/status/order-1', undefined, 'invalid')).status).toBe(401);
    expect((await call('/messages/status/order-1', undefined, 'forbidden')).status).toBe(403);
    expect((await call('/message-server/sms/send', { phoneNumber: 'x' })).status).toBe(400);
    child.kill('SIGKILL');
  });

  test('receives the guide’s example from qlara unchanged', async ({ expect }) => {
    const { url, call, child, home } = await startSandbox();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    const args = ['send', '--fallback', '-t', number, '-m', 'Important update', '--template', 'template_123'];
    const result = await run([...args, '--id', 'order-1', '--json'], { home, env });
    expect(result.code).toBe(0);
    const messages = await call('/sandbox/messages');
    expect(messages.body).toEqual([
      expect.objectContaining({
        customerMessageId: 'order-1',
        channel: 'whatsapp',
        body: { ...guide, customerMessageId: 'order-1' },
      }),
    ]);
    const status = await run(
      ['status', String(only(parseRows(result)).gatewayId), '--wait', '--interval', '50ms', '--json'],
      { home, env },
    );
    expect([status.code, only(parseRows(status)).id]).toEqual([0, 'order-1']);
    child.kill('SIGKILL');
  });

  test.for([
    ['invalid', 'gateway.unauthorized'],
    ['forbidden', 'gateway.forbidden'],
  ] as const)('refuses the key %s and leaves the message queued', async ([key, code], { expect }) => {
    const { url, call, child } = await startSandbox();
    const result = await run(['send', 'sms', '-t', number, '-m', 'Ciao', '--json'], {
      env: { QLARA_API_KEY: key, QLARA_BASE_URL: url },
    });
    expect([result.code, parseError(result).code]).toEqual([3, code]);
    expect((await call('/sandbox/messages')).body).toEqual([]);
    child.kill('SIGKILL');
  });

  test('refuses free-form text outside the 24-hour window', async ({ expect }) => {
    const { url, call, child } = await startSandbox();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    const args = ['send', 'whatsapp', '-t', '+393901230024', '-m', 'We are on our way', '--json'];
    expect((await run(args, { env })).code).toBe(1);
    await call('/sandbox/inbound', { from: '+393901230024', message: 'Where are you?' });
    expect((await run(args, { env })).code).toBe(0);
    child.kill('SIGKILL');
  });

  test('delivers many messages once with --rate-limit', async ({ expect }) => {
    const { url, call, child } = await startSandbox(['--port', '0', '--state', 'memory', '--rate-limit']);
    const numbers = Array.from({ length: 80 }, (_, at) => `+3939012345${at + 10}`);
    const result = await run(['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao', '--json'], {
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: url },
    });
    expect(result.code).toBe(0);
    const { body: messages } = await call<{ phoneNumber: string }[]>('/sandbox/messages');
    expect(messages.map(({ phoneNumber }) => phoneNumber).sort()).toEqual([...numbers].sort());
    child.kill('SIGKILL');
  });

  test('is an account of one generation with --strict, and has the balance of --credit', async ({
    expect,
  }) => {
    const args = ['--port', '0', '--state', 'memory', '--strict', 'platform', '--credit', '0.05'];
    const { call, child, home } = await startSandbox([...args, '--webhook-url', 'http://127.0.0.1:9/hook']);
    expect(await call('/message-server/sms/send', { phoneNumber: number, message: 'x' })).toMatchObject({
      status: 400,
      body: { message: 'destination: must not be null' },
    });
    const send = () => call('/message-server/sms/send', { destination: number, sender: 'Acme', body: 'x' });
    expect((await send()).body).toMatchObject({ results: { sms: { accepted: true, parts: 1 } } });
    expect((await send()).body).toMatchObject({
      results: { sms: { accepted: false, reasons: ['insufficient credit'] } },
    });
    expect((await call('/v1/partner-gateway/subscription/credit')).body).toMatchObject({
      availableCredit: 0.01,
    });
    expect((await call('/messages/status/a')).status).toBe(404);
    child.kill('SIGKILL');
    for (const [flag, value, code] of [
      ['--strict', 'both', 'dialect.unknown'],
      ['--credit', '-1', 'amount.invalid'],
      ['--credit', '0.001', 'amount.invalid'],
      ['--credit', 'much', 'amount.invalid'],
    ] as const) {
      const result = await run(['sandbox', `${flag}=${value}`, '--json'], { home });
      expect([result.code, parseError(result).code]).toEqual([2, code]);
    }
  });

  test('names the format of webhook calls', async ({ expect }) => {
    for (const [args, shape] of [
      [[], 'partner'],
      [['--strict', 'platform'], 'platform'],
      [['--strict', 'platform', '--webhook-shape', 'guide'], 'guide'],
    ] as const) {
      const common = ['--port', '0', '--state', 'memory', '--webhook-url', 'http://127.0.0.1:9/hook'];
      const { printed, child } = await startSandbox([...common, ...args]);
      await expect.poll(() => printed.stderr).toContain(`in the ${shape} format`);
      child.kill('SIGKILL');
    }
  });

  test('reports a port in use as a setup error', async ({ expect }) => {
    const { url, child } = await startSandbox();
    const result = await run(['sandbox', '--port', new URL(url).port, '--state', 'memory', '--json']);
    expect([result.code, result.stdout, parseError(result).code]).toEqual([3, '', 'sandbox.port-in-use']);
    child.kill('SIGKILL');
  });

  test('stores nothing with --state memory', async ({ expect }) => {
    const { child, done, home, call } = await startSandbox();
    await call('/message-server/sms/send', { phoneNumber: number, message: 'Ciao' });
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(readdirSync(home.path)).toEqual([]);
  });

  test('keeps messages in a state file after a kill', async ({ expect }) => {
    const first = await startSandbox(['--port', '0', '--speed', '50']);
    await first.call('/message-server/sms/send', {
      phoneNumber: number,
      message: 'Ciao',
      customerMessageId: 'order-1',
    });
    first.child.kill('SIGKILL');
    await first.done;
    const second = await startSandbox(['--port', '0', '--speed', '50'], first.home);
    expect((await second.call('/messages/status/order-1')).status).toBe(200);
    second.child.kill('SIGKILL');
    const sandbox = await run(['status', 'order-1', '--sandbox', '--json'], { home: first.home });
    expect(only(parseRows(sandbox))).toMatchObject({ id: 'order-1', to: number });
  });
});
