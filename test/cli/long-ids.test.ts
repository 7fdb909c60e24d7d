import { describe, test } from 'vitest';
import { inboundBody, listening, post, receiptBody } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseRows, until } from '../support/program.ts';
import { json, serve, text } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };
const ids = ['9007199254740993', '1234567890123456789', '18446744073709551615'];
const type = { 'content-type': 'application/json' };

describe.concurrent.for(ids)('the numeric id %s', (id) => {
  test('keeps its digits in a send and in statuses', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({
      post: text(202, `{"messageId":${id},"results":{"sms":{"accepted":true}}}`, type),
      get: text(200, `[{"messageId": ${id}, "deliveryStatus":"DELIVERED","channel":"SMS"}]`, type),
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const sent = await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--json'], { home, env });
    expect(parseRows(sent)[0]).toMatchObject({ gatewayId: id, status: 'submitted' });
    const status = await invoke(['status', id, '--json'], { home, env });
    expect(parseRows(status)[0]).toMatchObject({ gatewayId: id, status: 'delivered' });
  });

  test('keeps its digits in webhook calls', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: json(202, { messageId: id, results: { sms: { accepted: true } } }) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--id', 'a'], { home, env });
    const target = await serve({ post: json(200, {}) });
    const { url, lines } = await listening(['--forward-to', target.url], { home });
    const { customerMessageId: _, ...receipt } = receiptBody('a', 'DELIVERED', { messageId: 1 });
    const body = JSON.stringify(receipt).replace('"messageId":1', `"messageId":${id}`);
    await post(url, body);
    await post(url, JSON.stringify(inboundBody('Ciao', { source: 1 })).replace(':1,', ':393901234567,'));
    await until(() => lines().length === 2, 'both events are printed');
    for (const field of ['messageId', 'customerMessageId']) {
      await post(url, `{"status":"SENT","${field}":${id}1}`);
      await until(() => lines().at(-1)?.id === `${id}1`, `the receipt with ${field} is printed`);
    }
    expect(lines().slice(0, 2)).toMatchObject([
      { kind: 'receipt', id: 'a', status: 'delivered' },
      { kind: 'inbound', phone: '+393901234567' },
    ]);
    await until(() => target.posts().length === 4, 'all calls are forwarded');
    expect(target.posts().map((one) => one.text)).toContain(body);
  });

  test('keeps its digits in conversations', async ({ expect }) => {
    const chat = `{"chatId":${id},"channel":"SMS","contact":{"phoneNumber":"+393901234567"}}`;
    const message = `{"id":${id},"direction":"INBOUND","content":"Ciao","timestamp":"2026-04-09T10:32:00Z"}`;
    const server = await serve({
      get: ({ path }) =>
        text(
          200,
          path.includes('/messages') ? `[${message}]` : path.includes(`/${id}`) ? chat : `[${chat}]`,
          type,
        ),
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const list = await invoke(['inbox', 'list', '--json'], { env });
    expect(JSON.parse(list.stdout)).toMatchObject([{ id }]);
    const shown = await invoke(['inbox', 'show', id, '--json'], { env });
    expect(JSON.parse(shown.stdout)).toMatchObject([{ id, text: 'Ciao' }]);
  });
});
