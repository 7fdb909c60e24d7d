import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, only, parseRows, shell } from '../support/program.ts';
import { accept, acceptThen, envelope, json, serve, statusEntry, text } from '../support/server.ts';

const keys = [
  ...[
    'id',
    'gatewayId',
    'to',
    'channel',
    'status',
    'final',
    'reason',
    'inDoubt',
    'attempts',
    'parts',
    'encoding',
  ],
  ...['simulation', 'bulk', 'campaign', 'scheduledAt', 'price', 'createdAt', 'updatedAt'],
];
const numbers = ['+393901234567', '+393901234568'];
const send = ['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao'];
const one = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1'];
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const esc = '\u001b';

async function invokeWithServer(args: readonly string[], env: Record<string, string> = {}) {
  const { url } = await serve();
  return invoke(args, { env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: url, ...env } });
}

describe.concurrent('json', () => {
  test.for([
    ['one message', one],
    ['two messages', send],
  ] as const)('%s: an array of rows with the documented keys in order', async ([, args], { expect }) => {
    const result = await invokeWithServer([...args, '--json']);
    const rows = parseRows(result);
    expect(rows.map(Object.keys)).toEqual(args === one ? [keys] : [keys, keys]);
    for (const row of rows) {
      expect(row).toMatchObject({ channel: 'sms', status: 'submitted', final: false, reason: null });
      expect(row).toMatchObject({ parts: 1, encoding: 'gsm7', simulation: false, bulk: null });
      expect(Object.keys(only(row.attempts))).toEqual(['channel', 'status', 'reason', 'at']);
      for (const time of [row.createdAt, row.updatedAt, only(row.attempts).at]) expect(time).toMatch(iso);
    }
    expect(result.stderr).toBe('');
  });

  test('treats --output json and QLARA_OUTPUT=json alike; flags override the environment', async ({
    expect,
  }) => {
    const variants = await Promise.all([
      invokeWithServer([...one, '--output', 'json']),
      invokeWithServer(one, { QLARA_OUTPUT: 'json' }),
      invokeWithServer([...one, '--json'], { QLARA_OUTPUT: 'csv' }),
    ]);
    for (const result of variants) expect(only(parseRows(result)).id).toBe('order-1');
  });

  test('prints an empty array without rows', async ({ expect }) => {
    const result = await invokeWithServer(['status', '--json']);
    expect([result.code, result.stdout, result.stderr]).toEqual([0, '[]\n', '']);
  });

  test('prints a failed message as a row, and the error as an object on stderr', async ({ expect }) => {
    const { url } = await serve({ post: envelope(401, 'no') });
    const result = await invoke([...one, '--json', '--base-url', url], { env: { QLARA_API_KEY: 'any' } });
    expect(only(parseRows(result))).toMatchObject({ id: 'order-1', status: 'queued' });
    expect(JSON.parse(result.stderr)).toEqual({
      error: {
        code: 'gateway.unauthorized',
        message: expect.any(String),
        hint: expect.any(String),
        retryable: false,
      },
    });
  });
});

describe.concurrent('other formats', () => {
  test('prints one row per line as ndjson', async ({ expect }) => {
    const result = await invokeWithServer([...send, '-o', 'ndjson']);
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([keys, keys]);
  });

  test('prints csv with a header, RFC 4180 quoting and no formulas', async ({ expect }) => {
    const { url } = await serve({ post: envelope(400, '=HYPERLINK("x"), a "quoted"\nline') });
    const result = await invoke([...one, '-o', 'csv', '--base-url', url], { env: { QLARA_API_KEY: 'any' } });
    const [header, ...rest] = result.stdout.split('\r\n');
    expect(header).toBe(keys.join(','));
    expect(rest.join('\r\n')).toContain(`,+393901234567,sms,rejected,true,"'=HYPERLINK(""x""), a ""quoted""`);
    expect(result.stdout.endsWith('\r\n')).toBe(true);
  });

  test('prints a table in a pipe with tabs, full ids and ISO times, without borders', async ({ expect }) => {
    const result = await invokeWithServer(send);
    const [header = '', ...rows] = result.stdout.trimEnd().split('\n');
    expect(header.split('\t')).toEqual(['to', 'channel', 'status', 'reason', 'parts', 'updatedAt', 'id']);
    for (const [at, row] of rows.entries()) {
      const cells = row.split('\t');
      expect(cells.slice(0, 5)).toEqual([numbers[at], 'sms', 'submitted', '', '1']);
      expect(cells[5]).toMatch(iso);
      expect(cells[6]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
    expect(rows).toHaveLength(2);
  });

  test.for([
    [['--columns', 'id,status'], 'id\tstatus\norder-1\tsubmitted\n'],
    [['--columns', 'status', '--columns', 'id'], 'status\tid\nsubmitted\torder-1\n'],
    [['--columns', 'id,id'], 'id\norder-1\n'],
    [['--columns', 'id', '-o', 'csv'], 'id\r\norder-1\r\n'],
    [['--columns', 'id,final', '-o', 'ndjson'], '{"id":"order-1","final":false}\n'],
    [['--columns', 'id', '--json'], '[\n  {\n    "id": "order-1"\n  }\n]\n'],
  ] as const)('%j', async ([args, stdout], { expect }) => {
    expect((await invokeWithServer([...one, ...args])).stdout).toBe(stdout);
  });
});

describe.concurrent('messages on stderr', () => {
  test('leave stdout to JSON', async ({ expect }) => {
    const result = await invoke([...one, '--sandbox', '--json', '--verbose']);
    expect(only(parseRows(result)).status).toBe('submitted');
    expect(result.stderr).toMatch(/^sandbox: /);
    expect(result.stderr).toContain('> POST http://127.0.0.1:');
  });

  test('are limited to errors by --quiet', async ({ expect }) => {
    const quiet = await invoke([...one, '--sandbox', '--quiet']);
    expect([quiet.code, quiet.stderr]).toEqual([0, '']);
    const failed = await invokeWithServer(['send', 'sms', '-m', 'x', '--quiet']);
    expect(failed.stderr).toMatch(/^error: .*\nhint: .*\n$/);
  });

  test('show the exchange with --verbose, without the message text', async ({ expect }) => {
    const { url } = await serve({
      post: (seen) => acceptThen(text(400, `cannot send ${String(seen.body.message)}`)),
    });
    const args = ['send', 'sms', '-t', '+393901234567', '-m', 'My PIN is {pin}', '--var', 'pin=998877', '-v'];
    const result = await invoke([...args, '--base-url', url], { env: { QLARA_API_KEY: 'any' } });
    expect(result.stderr).toContain('"phoneNumber":"+393901234567"');
    expect(result.stderr).toContain('x-api-key: ****');
    expect(result.stderr).toContain('< 400 after');
    expect(result.stderr).not.toContain('998877');
  });

  test.for([
    ['default', [], {}, false],
    ['NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['FORCE_COLOR', [], { FORCE_COLOR: '1' }, true],
    ['CLICOLOR_FORCE', [], { CLICOLOR_FORCE: '1' }, true],
    ['--color always', ['--color', 'always'], {}, true],
    ['--color=always over NO_COLOR', ['--color=always'], { NO_COLOR: '1' }, true],
    ['--color never over FORCE_COLOR', ['--color', 'never'], { FORCE_COLOR: '1' }, false],
  ] as const)('%s', async ([, args, env, colored], { expect }) => {
    const { stderr } = await invoke(['send', 'sms', '-m', 'x', ...args], { env });
    expect(stderr.includes(`${esc}[31merror:`)).toBe(colored);
    expect(stderr.replace(/\u001b\[\d+m/g, '')).toMatch(/^error: --to is missing\nhint: /);
  });
});

describe.concurrent('text from a gateway never controls the terminal', () => {
  const hostile = `${esc}]0;owned\u0007${esc}[2Jred\u009b31m\u202Eback\r\n\u0000`;
  const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;
  test.for([
    ['refused', { post: envelope(400, hostile) }],
    ['refused in plain text', { post: text(400, hostile) }],
    ['in doubt, not accepted', { post: [text(500, hostile), accept()] }],
    ['in doubt, accepted', { post: acceptThen(envelope(500, hostile)) }],
    ['forbidden', { post: envelope(403, hostile) }],
    ['rate limited', { post: envelope(429, hostile, { retryAfter: 9999 }) }],
    ['accepted', { post: accept({ messageId: hostile }) }],
    [
      'refused with a reason',
      {
        post: acceptThen(text(500, 'x')),
        get: json(200, statusEntry('order-1', 'ERROR', { deliveryStatusDescription: hostile })),
      },
    ],
    ['unknown delivery status', { post: accept(), get: json(200, statusEntry('order-1', hostile)) }],
    [
      'failed while waiting',
      { post: accept(), get: [envelope(500, hostile), json(200, statusEntry('order-1'))] },
    ],
  ] as const)('%s', async ([, behavior], { expect }) => {
    const { url } = await serve(behavior);
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    for (const form of [[], ['-o', 'json', '--verbose'], ['-o', 'csv']]) {
      const home = freshHome({ grace: '50ms' });
      const result = await invoke([...one, ...form, '--wait', '--timeout', '100ms'], {
        home,
        env,
        timeout: 6_000,
      });
      expect(result.signal).toBeNull();
      expect(result.stdout.replaceAll('\r\n', '\n')).not.toMatch(controlCharacters);
      expect(result.stderr).not.toMatch(controlCharacters);
    }
  });
});

describe.concurrent('a closed output pipe', () => {
  test.for([
    ['does not stop a send', `qlara send sms -t ${numbers.join(',')} -m Ciao -o ndjson`, 2],
    ['does not stop a send that waits', `qlara send sms -t ${numbers.join(',')} -m Ciao -o ndjson --wait`, 2],
  ] as const)('%s and exits with 0', async ([, line, posts], { expect }) => {
    const server = await serve();
    const result = await shell(`${line} | true; echo \${PIPESTATUS[0]}`, {
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
    });
    expect([result.stdout, server.posts().length, server.taken.length]).toEqual(['0\n', posts, posts]);
    expect(result.stderr).not.toMatch(/error|Error| at /);
  });

  test('reports a full disk without a stack trace', async ({ expect }) => {
    const server = await serve();
    const result = await shell('qlara send sms -t +393901234567 -m Ciao > /dev/full', {
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
    });
    expect(result.stderr).toMatch(/^error: /m);
    expect(result.stderr).not.toMatch(/^\s+at |core\.cjs/m);
    expect(result.code).toBe(7);
  });
});
