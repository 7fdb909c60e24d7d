import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome } from '../support/program.ts';
import { envelope, html, json, serve } from '../support/server.ts';

const env = { QLARA_API_KEY: 'any' };

describe.concurrent('credit', () => {
  test('shows the credit of the gateway', async ({ expect }) => {
    const server = await serve({ get: json(200, { credit: 12.5, frozenCredit: 2, availableCredit: 10.5 }) });
    const ran = await invoke(['credit', '--json', '--base-url', server.url], { env });
    expect([ran.code, JSON.parse(ran.stdout)]).toEqual([0, [{ credit: 12.5, availableCredit: 10.5 }]]);
  });

  test('of the older call, in a pipe', async ({ expect }) => {
    const server = await serve({ get: [envelope(404, 'none'), json(200, { credit: 10.324 })] });
    const ran = await invoke(['credit', '--base-url', server.url], { env });
    expect([ran.code, ran.stdout]).toEqual([0, 'credit\tavailableCredit\n10.324\t\n']);
  });

  test('is asked for again when the wallet is down for a moment', async ({ expect }) => {
    const server = await serve({ get: [envelope(502, 'wallet'), json(200, { credit: 1 })] });
    expect((await invoke(['credit', '--base-url', server.url], { env })).code).toBe(0);
  });

  test('of the sandbox goes down with what is sent', async ({ expect }) => {
    const home = freshHome();
    await invoke(['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--sandbox'], { home });
    const ran = await invoke(['credit', '--json', '--sandbox'], { home });
    expect(JSON.parse(ran.stdout)).toEqual([{ credit: 99.96, availableCredit: null }]);
  });

  test.for([
    ['a refused key', envelope(401, 'no'), 3, 'gateway.unauthorized'],
    ['a page', html(200), 4, 'gateway.unreadable'],
    ['no number', json(200, { credit: 'much' }), 4, 'gateway.unreadable'],
    ['a list', json(200, [{ credit: 1 }]), 4, 'gateway.unreadable'],
  ] as const)('%s is no balance', async ([, get, exit, code], { expect }) => {
    const server = await serve({ get });
    const ran = await invoke(['credit', '--json', '--base-url', server.url], { env });
    expect([ran.code, ran.stdout, errorOf(ran).code]).toEqual([exit, '', code]);
  });

  test('without a key it says how to get in, and how to try', async ({ expect }) => {
    const ran = await invoke(['credit']);
    expect([ran.code, ran.stderr]).toEqual([
      3,
      'error: no API key for the gateway\nhint: to log in, run `qlara login` or set QLARA_API_KEY\n' +
        'hint: to try without a key, add --sandbox: nothing leaves this machine\n',
    ]);
  });
});
