import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { openReceiver, type ReceiverOptions } from '../../src/gateway/webhook/server.ts';
import { inboundBody, listening, post, receiptBody } from '../support/hook.ts';
import { hostileValues, replaceEachValue } from '../support/hostile.ts';
import { until } from '../support/program.ts';
import { serve } from '../support/server.ts';

const part = {
  eventType: 'DELIVERY',
  messageId: 'm',
  channel: 'SMS',
  statusCode: 6,
  statusDescription: 'd',
  numPart: 1,
  totalParts: 2,
};

describe.concurrent('every webhook gets a response', () => {
  test('with unexpected values', { timeout: 60_000 }, async ({ expect }) => {
    const { url, printed, child, lines } = await listening();
    for (const [name, json] of hostileValues) {
      const answers = await Promise.all(
        [receiptBody('a'), part, inboundBody('hi'), [receiptBody('a')]]
          .flatMap((event) => replaceEachValue(event, json))
          .filter((text) => text.length < 1_048_576)
          .map((text) => post(url, text)),
      );
      const statuses = new Set(answers.map((answer) => answer?.status ?? null));
      expect([name, [...statuses].every((status) => status === 200 || status === 422)]).toEqual([name, true]);
    }
    const before = lines().length;
    expect((await post(url, inboundBody('still there')))?.status).toBe(200);
    await until(
      () => lines().length > before && lines().at(-1)?.text === 'still there',
      'the next event is printed',
    );
    expect([child.exitCode, printed.stderr.includes('internal error')]).toEqual([null, false]);
  });

  test('when storing it fails', async ({ expect }) => {
    const refused: string[] = [];
    const receiver = await openReceiver({
      ...{ host: '127.0.0.1', port: 0, path: '/hook', isAllowed: () => true },
      onRefused: (why) => refused.push(why),
      handleCall: async ({ text }) => {
        if (text === '{}') throw new RangeError('out of range');
        return { status: 200, text: '' };
      },
    } satisfies ReceiverOptions);
    expect(await post(receiver.url, '{}')).toEqual({ status: 500, text: 'internal error' });
    expect(refused).toEqual(['internal error: out of range']);
    expect((await post(receiver.url, '[]'))?.status).toBe(200);
    await receiver.close();
  });
});

test('truncates large ids and texts in the ledger', async ({ expect }) => {
  const { url, home, lines } = await listening();
  const largeText = 'x'.repeat(300_000);
  const calls = Array.from({ length: 30 }, (_, nth) => [
    receiptBody('a', 'ERROR', { messageId: `${largeText}${nth}`, error: `${largeText}${nth}` }),
    receiptBody('a', 'ERROR', { customerMessageId: `${largeText}${nth}`, messageId: `${nth}` }),
    receiptBody('a', `${largeText}${nth}`, { phoneNumber: largeText }),
    inboundBody('hi', { messageId: `${largeText}${nth}`, messageType: largeText, destination: largeText }),
    inboundBody('hi', { source: `${largeText}${nth}` }),
  ]).flat();
  const statuses = await Promise.all(calls.map(async (call) => (await post(url, call))?.status));
  expect(new Set(statuses)).toEqual(new Set([200]));
  await until(() => lines().length >= 90, 'all events are printed');
  expect(Math.max(...lines().map((line) => JSON.stringify(line).length))).toBeLessThan(1_000);
  const size = (end: string) => statSync(join(home.state, `default.db${end}`)).size;
  expect(size('') + size('-wal')).toBeLessThan(4_000_000);
});

test('forwards a webhook byte for byte, except for redacted secrets', async ({ expect }) => {
  const target = await serve();
  const key = 'channel';
  const { url } = await listening(['--forward-to', target.url], { env: { QLARA_API_KEY: key } });
  const unusualBody =
    '\uFEFF{ "messageId" : "m\\u002d1",\r\n\t"channel":"sms", "status":"ERROR","x":[1e2,-0.0,"\\/"],"x":{} }';
  const secret = unusualBody.replace('{ ', '{ "error":"no \\u0063hannel here", ');
  for (const text of [unusualBody, secret]) expect((await post(url, text))?.status).toBe(200);
  await until(() => target.posts().length === 2, 'both webhooks are forwarded');
  expect(target.posts().map(({ text }) => text)).toEqual([
    unusualBody,
    unusualBody.replace('{ ', '{ "error":"no **** here", '),
  ]);
});

test('disconnects a client outside --allow before it sends anything', async ({ expect }) => {
  const { url, printed, child, done } = await listening(['--allow', '192.0.2.0/24']);
  const { port, hostname } = new URL(url);
  for (let nth = 0; nth < 3; nth++)
    await new Promise<void>((resolve) => {
      connect(Number(port), hostname)
        .on('error', () => {})
        .on('close', () => resolve());
    });
  expect(await post(url, receiptBody('a'))).toBe(null);
  child.kill('SIGINT');
  await done;
  expect(printed.stderr).toMatch(/^call refused: address not allowed$/m);
  expect(printed.stderr).toMatch(/[4-9] refused: address not allowed/);
});
