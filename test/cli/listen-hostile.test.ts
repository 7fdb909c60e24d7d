import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { openReceiver, type ReceiverOptions } from '../../src/gateway/webhook/server.ts';
import { inboundOf, listening, post, receiptOf } from '../support/hook.ts';
import { hostileValues, withValueAt } from '../support/hostile.ts';
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

describe.concurrent('every call is answered', () => {
  test('with any values', { timeout: 60_000 }, async ({ expect }) => {
    const { url, printed, child, lines } = await listening();
    for (const [name, json] of hostileValues) {
      const answers = await Promise.all(
        [receiptOf('a'), part, inboundOf('hi'), [receiptOf('a')]]
          .flatMap((event) => withValueAt(event, json))
          .filter((text) => text.length < 1_048_576)
          .map((text) => post(url, text)),
      );
      const statuses = new Set(answers.map((answer) => answer?.status ?? null));
      expect([name, [...statuses].every((status) => status === 200 || status === 422)]).toEqual([name, true]);
    }
    const before = lines().length;
    expect((await post(url, inboundOf('still there')))?.status).toBe(200);
    await until(() => lines().length > before && lines().at(-1)?.text === 'still there', 'it goes on');
    expect([child.exitCode, printed.stderr.includes('internal error')]).toEqual([null, false]);
  });

  test('when taking it fails', async ({ expect }) => {
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

test('ids and texts as long as a call can be do not fill the ledger', async ({ expect }) => {
  const { url, home, lines } = await listening();
  const long = 'x'.repeat(300_000);
  const calls = Array.from({ length: 30 }, (_, nth) => [
    receiptOf('a', 'ERROR', { messageId: `${long}${nth}`, error: `${long}${nth}` }),
    receiptOf('a', 'ERROR', { customerMessageId: `${long}${nth}`, messageId: `${nth}` }),
    receiptOf('a', `${long}${nth}`, { phoneNumber: long }),
    inboundOf('hi', { messageId: `${long}${nth}`, messageType: long, destination: long }),
    inboundOf('hi', { source: `${long}${nth}` }),
  ]).flat();
  const statuses = await Promise.all(calls.map(async (call) => (await post(url, call))?.status));
  // A message without its sender is none.
  expect(new Set(statuses)).toEqual(new Set([200, 422]));
  await until(() => lines().length >= 90, 'all are told');
  expect(Math.max(...lines().map((line) => JSON.stringify(line).length))).toBeLessThan(1_000);
  const size = (end: string) => statSync(join(home.state, `default.db${end}`)).size;
  expect(size('') + size('-wal')).toBeLessThan(4_000_000);
});

test('a call is passed on byte for byte, less the secrets in its values', async ({ expect }) => {
  const target = await serve();
  const key = 'channel';
  const { url } = await listening(['--forward-to', target.url], { env: { QLARA_API_KEY: key } });
  const odd =
    '\uFEFF{ "messageId" : "m\\u002d1",\r\n\t"channel":"sms", "status":"ERROR","x":[1e2,-0.0,"\\/"],"x":{} }';
  const secret = odd.replace('{ ', '{ "error":"no \\u0063hannel here", ');
  for (const text of [odd, secret]) expect((await post(url, text))?.status).toBe(200);
  await until(() => target.posts().length === 2, 'both are passed on');
  expect(target.posts().map(({ text }) => text)).toEqual([
    odd,
    odd.replace('{ ', '{ "error":"no **** here", '),
  ]);
});

test('a caller from a foreign address is disconnected before it sends anything', async ({ expect }) => {
  const { url, printed, child, done } = await listening(['--allow', '192.0.2.0/24']);
  const { port, hostname } = new URL(url);
  for (let nth = 0; nth < 3; nth++)
    await new Promise<void>((resolve) => {
      connect(Number(port), hostname)
        .on('error', () => {})
        .on('close', () => resolve());
    });
  expect(await post(url, receiptOf('a'))).toBe(null);
  child.kill('SIGINT');
  await done;
  expect(printed.stderr).toMatch(/^call refused: address not allowed$/m);
  expect(printed.stderr).toMatch(/[4-9] refused: address not allowed/);
});
