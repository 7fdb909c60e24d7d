import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, only, rowsOf, shell } from '../support/program.ts';
import { accepts, envelope, json, serve, standing, taking, text } from '../support/server.ts';

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
  ...['simulation', 'bulk', 'createdAt', 'updatedAt'],
];
const numbers = ['+393901234567', '+393901234568'];
const send = ['send', 'sms', '-t', numbers.join(','), '-m', 'Ciao'];
const one = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1'];
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const esc = '\u001b';

async function printed(words: readonly string[], env: Record<string, string> = {}) {
  const { url } = await serve();
  return invoke(words, { env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: url, ...env } });
}

describe.concurrent('json', () => {
  test.for([
    ['one message', one],
    ['two messages', send],
  ] as const)(
    '%s: an array of rows with the documented keys, in their order',
    async ([, words], { expect }) => {
      const ran = await printed([...words, '--json']);
      const rows = rowsOf(ran);
      expect(rows.map(Object.keys)).toEqual(words === one ? [keys] : [keys, keys]);
      for (const row of rows) {
        expect(row).toMatchObject({ channel: 'sms', status: 'submitted', final: false, reason: null });
        expect(row).toMatchObject({ parts: 1, encoding: 'gsm7', simulation: false, bulk: null });
        expect(Object.keys(only(row.attempts))).toEqual(['channel', 'status', 'reason', 'at']);
        for (const time of [row.createdAt, row.updatedAt, only(row.attempts).at]) expect(time).toMatch(iso);
      }
      expect(ran.stderr).toBe('');
    },
  );

  test('--output json and QLARA_OUTPUT=json say the same, and a flag wins over the environment', async ({
    expect,
  }) => {
    const ways = await Promise.all([
      printed([...one, '--output', 'json']),
      printed(one, { QLARA_OUTPUT: 'json' }),
      printed([...one, '--json'], { QLARA_OUTPUT: 'csv' }),
    ]);
    for (const ran of ways) expect(only(rowsOf(ran)).id).toBe('order-1');
  });

  test('nothing to show is an empty array', async ({ expect }) => {
    const ran = await printed(['status', '--json']);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, '[]\n', '']);
  });

  test('a message that failed is still a row, and the error is an object on stderr', async ({ expect }) => {
    const { url } = await serve({ post: envelope(401, 'no') });
    const ran = await invoke([...one, '--json', '--base-url', url], { env: { QLARA_API_KEY: 'any' } });
    expect(only(rowsOf(ran))).toMatchObject({ id: 'order-1', status: 'queued' });
    expect(JSON.parse(ran.stderr)).toEqual({
      error: { code: 'gateway.unauthorized', message: expect.any(String), hint: expect.any(String) },
    });
  });
});

describe.concurrent('other forms', () => {
  test('ndjson: a row a line', async ({ expect }) => {
    const ran = await printed([...send, '-o', 'ndjson']);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([keys, keys]);
  });

  test('csv: a header and rows, quoted as RFC 4180 has it, harmless for spreadsheets', async ({ expect }) => {
    const { url } = await serve({ post: envelope(400, '=HYPERLINK("x"), a "quoted"\nline') });
    const ran = await invoke([...one, '-o', 'csv', '--base-url', url], { env: { QLARA_API_KEY: 'any' } });
    const [header, ...rest] = ran.stdout.split('\r\n');
    expect(header).toBe(keys.join(','));
    expect(rest.join('\r\n')).toContain(`,+393901234567,sms,rejected,true,"'=HYPERLINK(""x""), a ""quoted""`);
    expect(ran.stdout.endsWith('\r\n')).toBe(true);
  });

  test('table in a pipe: tabs, whole ids, ISO times, nothing drawn', async ({ expect }) => {
    const ran = await printed(send);
    const [header = '', ...rows] = ran.stdout.trimEnd().split('\n');
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
  ] as const)('%j', async ([words, stdout], { expect }) => {
    expect((await printed([...one, ...words])).stdout).toBe(stdout);
  });
});

describe.concurrent('messages on stderr', () => {
  test('leave stdout to JSON', async ({ expect }) => {
    const ran = await invoke([...one, '--sandbox', '--json', '--verbose']);
    expect(only(rowsOf(ran)).status).toBe('submitted');
    expect(ran.stderr).toMatch(/^sandbox: /);
    expect(ran.stderr).toContain('> POST http://127.0.0.1:');
  });

  test('--quiet leaves it out, but not the error', async ({ expect }) => {
    const quiet = await invoke([...one, '--sandbox', '--quiet']);
    expect([quiet.code, quiet.stderr]).toEqual([0, '']);
    const failed = await printed(['send', 'sms', '-m', 'x', '--quiet']);
    expect(failed.stderr).toMatch(/^error: .*\nhint: .*\n$/);
  });

  test('--verbose shows the exchange without the text of the message', async ({ expect }) => {
    const { url } = await serve({
      post: (seen) => taking(text(400, `cannot send ${String(seen.body.message)}`)),
    });
    const words = [
      'send',
      'sms',
      '-t',
      '+393901234567',
      '-m',
      'My PIN is {pin}',
      '--var',
      'pin=998877',
      '-v',
    ];
    const ran = await invoke([...words, '--base-url', url], { env: { QLARA_API_KEY: 'any' } });
    expect(ran.stderr).toContain('"phoneNumber":"+393901234567"');
    expect(ran.stderr).toContain('x-api-key: ****');
    expect(ran.stderr).toContain('< 400 after');
    expect(ran.stderr).not.toContain('998877');
  });

  test.for([
    ['nothing said', [], {}, false],
    ['NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['FORCE_COLOR', [], { FORCE_COLOR: '1' }, true],
    ['CLICOLOR_FORCE', [], { CLICOLOR_FORCE: '1' }, true],
    ['--color always', ['--color', 'always'], {}, true],
    ['--color=always over NO_COLOR', ['--color=always'], { NO_COLOR: '1' }, true],
    ['--color never over FORCE_COLOR', ['--color', 'never'], { FORCE_COLOR: '1' }, false],
  ] as const)('%s', async ([, words, env, colored], { expect }) => {
    const { stderr } = await invoke(['send', 'sms', '-m', 'x', ...words], { env });
    expect(stderr.includes(`${esc}[31merror:`)).toBe(colored);
    expect(stderr.replace(/\u001b\[\d+m/g, '')).toMatch(/^error: --to is missing\nhint: /);
  });
});

describe.concurrent('text from a gateway never controls the terminal', () => {
  const hostile = `${esc}]0;owned\u0007${esc}[2Jred\u009b31m\u202Eback\r\n\u0000`;
  const harmful = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;
  test.for([
    ['refusing', { post: envelope(400, hostile) }],
    ['refusing in plain text', { post: text(400, hostile) }],
    ['in doubt', { post: [text(500, hostile), accepts()] }],
    ['in doubt, and known', { post: taking(envelope(500, hostile)) }],
    ['barring', { post: envelope(403, hostile) }],
    ['limiting', { post: envelope(429, hostile, { retryAfter: 9999 }) }],
    ['accepting', { post: accepts({ messageId: hostile }) }],
    [
      'telling why not',
      {
        post: taking(text(500, 'x')),
        get: json(200, standing('order-1', 'ERROR', { deliveryStatusDescription: hostile })),
      },
    ],
    ['telling the status by a word', { post: accepts(), get: json(200, standing('order-1', hostile)) }],
    [
      'failing while one waits',
      { post: accepts(), get: [envelope(500, hostile), json(200, standing('order-1'))] },
    ],
  ] as const)('%s', async ([, behavior], { expect }) => {
    const { url } = await serve(behavior);
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
    for (const form of [[], ['-o', 'json', '--verbose'], ['-o', 'csv']]) {
      const home = freshHome({ grace: '50ms' });
      const ran = await invoke([...one, ...form, '--wait', '--timeout', '100ms'], {
        home,
        env,
        timeout: 6_000,
      });
      expect(ran.signal).toBeNull();
      expect(ran.stdout.replaceAll('\r\n', '\n')).not.toMatch(harmful);
      expect(ran.stderr).not.toMatch(harmful);
    }
  });
});

describe.concurrent('a reader that is gone', () => {
  test.for([
    ['sends all the same', `qlara send sms -t ${numbers.join(',')} -m Ciao -o ndjson`, 2],
    [
      'sends all the same while waiting',
      `qlara send sms -t ${numbers.join(',')} -m Ciao -o ndjson --wait`,
      2,
    ],
  ] as const)('%s, and counts as success', async ([, line, posts], { expect }) => {
    const server = await serve();
    const ran = await shell(`${line} | true; echo \${PIPESTATUS[0]}`, {
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
    });
    expect([ran.stdout, server.posts().length, server.taken.length]).toEqual(['0\n', posts, posts]);
    expect(ran.stderr).not.toMatch(/error|Error| at /);
  });

  test('a disk that is full is an error in words, not a trace', async ({ expect }) => {
    const server = await serve();
    const ran = await shell('qlara send sms -t +393901234567 -m Ciao > /dev/full', {
      env: { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url },
    });
    expect(ran.stderr).toMatch(/^error: /m);
    expect(ran.stderr).not.toMatch(/^\s+at |core\.cjs/m);
  });
});
