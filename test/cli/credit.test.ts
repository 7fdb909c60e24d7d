import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseError } from '../support/program.ts';
import { envelope, html, json, serve } from '../support/server.ts';

const env = { QLARA_API_KEY: 'any' };

describe.concurrent('credit', () => {
  test('shows the credit from the gateway', async ({ expect }) => {
    const server = await serve({ get: json(200, { credit: 12.5, frozenCredit: 2, availableCredit: 10.5 }) });
    const result = await invoke(['credit', '--json', '--base-url', server.url], { env });
    expect([result.code, JSON.parse(result.stdout)]).toEqual([
      0,
      [{ credit: 12.5, frozenCredit: 2, availableCredit: 10.5, currency: 'EUR' }],
    ]);
  });

  test('falls back to the older endpoint, in a pipe', async ({ expect }) => {
    const server = await serve({ get: [envelope(404, 'none'), json(200, { credit: 10.324 })] });
    const result = await invoke(['credit', '--base-url', server.url], { env });
    expect([result.code, result.stdout]).toEqual([
      0,
      'credit\tfrozenCredit\tavailableCredit\tcurrency\n10.324\t\t\tEUR\n',
    ]);
  });

  test('is requested again after a temporary error', async ({ expect }) => {
    const server = await serve({ get: [envelope(502, 'wallet'), json(200, { credit: 1 })] });
    expect((await invoke(['credit', '--base-url', server.url], { env })).code).toBe(0);
  });

  test('decreases in the sandbox with each message', async ({ expect }) => {
    const home = freshHome();
    await invoke(['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--sandbox'], { home });
    const result = await invoke(['credit', '--json', '--sandbox'], { home });
    expect(JSON.parse(result.stdout)).toEqual([
      { credit: 99_999.96, frozenCredit: 0, availableCredit: 99_999.96, currency: 'EUR' },
    ]);
  });

  test.for([
    ['refused key', envelope(401, 'no'), 3, 'gateway.unauthorized'],
    ['HTML page', html(200), 4, 'gateway.unreadable'],
    ['not a number', json(200, { credit: 'much' }), 4, 'gateway.unreadable'],
    ['list', json(200, [{ credit: 1 }]), 4, 'gateway.unreadable'],
  ] as const)('reports %s', async ([, get, exit, code], { expect }) => {
    const server = await serve({ get });
    const result = await invoke(['credit', '--json', '--base-url', server.url], { env });
    expect([result.code, result.stdout, parseError(result).code]).toEqual([exit, '', code]);
  });

  test('suggests login and the sandbox without a key', async ({ expect }) => {
    const result = await invoke(['credit']);
    expect([result.code, result.stderr]).toEqual([
      3,
      'error: no API key for the gateway\nhint: to log in, run `qlara login` or set QLARA_API_KEY\n' +
        'hint: to try without a key, add --sandbox: nothing leaves this machine\n',
    ]);
  });
});
