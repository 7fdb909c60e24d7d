import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { afterFile } from '../support/after-file.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, only, parseError, parseRows, type Row, recorded } from '../support/program.ts';
import { json, serve } from '../support/server.ts';

const ada = '+393901234567';
const account = { dialect: 'platform', from: 'ACME', agentId: '10', phoneNumberId: '5' };

type PlatformRow = Row & { campaign: string | null; scheduledAt: string | null; price: number | null };

/** Starts a gateway that behaves as an account of the newer generation. */
async function startStrict(strict: 'platform' | 'partner' = 'platform') {
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    speed: 50,
    rateLimit: false,
    state: 'memory',
    sendsWebhooks: false,
    strict,
  });
  afterFile(() => sandbox.close());
  return sandbox.url;
}

const strict = startStrict();

/** Runs a command of a profile that speaks to the gateway at `url`. */
function qlara(args: readonly string[], home: Home, url: string) {
  return invoke([...args, '--json', '--base-url', url], { home, env: { QLARA_API_KEY: 'any' } });
}

async function send(args: readonly string[], home = freshHome(account)) {
  const result = await qlara(['send', ...args], home, await strict);
  return { ...result, home };
}

describe.concurrent('an account of the newer generation', () => {
  test.for<[what: string, args: string[], channel: string, status: string]>([
    ['an SMS', ['sms', '-t', ada, '-m', 'Ciao'], 'sms', 'delivered'],
    ['a text by RCS', ['rcs', '-t', ada, '-m', 'Ciao'], 'rcs', 'read'],
    ['a template by RCS', ['rcs', '-t', ada, '--template', '12', '--var', 'name=Ada'], 'rcs', 'read'],
    [
      'an image by RCS',
      ['rcs', '-t', ada, '-m', 'Look', '--media', 'https://example.com/a.jpg'],
      'rcs',
      'read',
    ],
    [
      'a template by WhatsApp',
      ['whatsapp', '-t', ada, '--template', '42', '--var', '1=A', '--var', '2=B'],
      'whatsapp',
      'read',
    ],
    [
      'a template by its name',
      ['whatsapp', '-t', ada, '--template', 'order_shipped:en', '--var', '1=A', '--var', '2=B'],
      'whatsapp',
      'read',
    ],
    ['a text by WhatsApp', ['whatsapp', '-t', ada, '-m', 'Ciao'], 'whatsapp', 'read'],
    ['RCS, then SMS', ['rcs', '-t', '+393901230002', '-m', 'Ciao', '--fallback'], 'sms', 'delivered'],
    [
      'the chain',
      ['--fallback', '-t', '+393901230002', '-m', 'Ciao', '--template', '42', '--var', '1=A', '--var', '2=B'],
      'sms',
      'delivered',
    ],
    [
      'a chain that ends on RCS',
      ['--fallback', '-t', '+393901230001', '-m', 'Ciao', '--template', '42', '--var', '1=A', '--var', '2=B'],
      'rcs',
      'read',
    ],
    [
      'a chain with a template of RCS',
      [
        '--fallback',
        '-t',
        '+393901230001',
        '-m',
        'Ciao',
        '--template',
        '42',
        '--rcs-template',
        '12',
        '--var',
        '1=A',
        '--var',
        '2=B',
        '--var',
        'name=Ada',
      ],
      'rcs',
      'read',
    ],
  ])('delivers %s', async ([, args, channel, status], { expect }) => {
    const result = await send([...args, '--wait']);
    expect([result.stderr.includes('error'), result.code]).toEqual([false, 0]);
    const row = only(parseRows(result));
    // A read receipt may follow later.
    expect([row.channel, ['delivered', status].includes(row.status), row.final]).toEqual([
      channel,
      true,
      true,
    ]);
  });

  test.for<[args: string[], code: string, parts: string[]]>([
    [['sms', '-t', ada, '-m', 'Ciao'], 'sender.missing', ['profile set from NAME']],
    [['rcs', '-t', ada, '-m', 'Ciao'], 'agent.missing', ['profile set agentId N']],
    [
      ['--fallback', '-t', ada, '--template', '42'],
      'text.missing',
      ['--message', 'profile set agentId', 'profile set from'],
    ],
    [['rcs', '-t', ada, '--template', 'abc', '--agent-id', '1'], 'template.not-number', ['templates list']],
    [['whatsapp', '-t', ada, '--template', 'nothing'], 'template.unknown', ['templates list']],
    [['sms', '-t', ada, '-m', 'x', '--from', 'A', '--at', '+1h', '--wait'], 'at.wait', ['status']],
    [['sms', '-t', ada, '-m', 'x', '--from', 'A', '--at', '2020-01-01T00:00:00Z'], 'time.past', ['+2h']],
    [['rcs', '-t', ada, '--content', '/nowhere.json', '--agent-id', '1'], 'file.unreadable', []],
    [
      ['rcs', '-t', ada, '--media', 'http://example.com/a.jpg', '--agent-id', '1'],
      'url.invalid',
      ['https://'],
    ],
  ])('refuses %j before anything is recorded: %s', async ([args, code, parts], { expect }) => {
    const home = freshHome({ dialect: 'platform' });
    const result = await send(args, home);
    expect(result.code).toBe(2);
    const error = parseError(result);
    expect(error.code).toBe(code);
    for (const part of parts) expect(error.hint).toContain(part);
    expect(await recorded(home)).toEqual([]);
  });

  test('a check refuses with the code of the send', async ({ expect }) => {
    const home = freshHome({ dialect: 'platform' });
    for (const args of [
      ['sms', '-t', ada, '-m', 'x'],
      ['rcs', '-t', ada, '-m', 'x'],
      ['rcs', '-t', ada, '--template', '13', '--var', 'name=A', '--agent-id', '1'],
      ['whatsapp', '-t', ada, '--template', '42', '--var', '1=A'],
      ['whatsapp', '-t', ada, '--template', '42', '--var', '1=A', '--var', '2=B', '--var', 'shortLinkT1=x'],
    ]) {
      const sent = await qlara(['send', ...args, '--dry-run'], home, await strict);
      const checked = await qlara(['check', ...args], home, await strict);
      const wrong = parseRows<{ verdict: string; code: string | null }>(checked).filter(
        ({ verdict }) => verdict === 'wrong',
      );
      const code = sent.code === 0 ? undefined : parseError(sent).code;
      expect([args, wrong[0]?.code ?? undefined]).toEqual([args, code]);
    }
  });

  test('a planned message is submitted, has its time and label, and is not asked about before', async ({
    expect,
  }) => {
    const gateway = await serve({
      post: json(200, { messageId: 'm-1', results: { sms: { accepted: true } } }),
    });
    const home = freshHome(account);
    const sent = await qlara(
      ['send', 'sms', '-t', ada, '-m', 'x', '--at', '+2h', '--campaign', 'May'],
      home,
      gateway.url,
    );
    const row = only(parseRows<PlatformRow>(sent));
    expect([sent.code, row.status, row.campaign]).toEqual([0, 'submitted', 'May']);
    const body = only(gateway.posts()).body;
    expect(body.scheduledDate).toBe(`${row.scheduledAt?.replace('T', ' ').replace('Z', '+0000')}`);
    expect(body.campaignId).toBe('May');
    expect(sent.stderr).toContain('cancel');
    await qlara(['status', row.id], home, gateway.url);
    expect(gateway.gets()).toEqual([]);
  });

  test('the same id with a time relative to now is the same message', async ({ expect }) => {
    const home = freshHome(account);
    const args = ['sms', '-t', ada, '-m', 'x', '--id', 'order-1', '--at'];
    await send([...args, '+1h'], home);
    const again = await send([...args, '+2h'], home);
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('was sent before')]);
  });

  test('an SMS that the account sends over RCS shows that channel and is asked for there', async ({
    expect,
  }) => {
    const gateway = await serve({
      post: json(200, { messageId: 'any', results: { rcs: { accepted: true } } }),
      get: ({ ids, path }) =>
        json(
          200,
          path.includes('channel=RCS')
            ? ids.map((id) => ({ customerMessageId: id, deliveryStatus: 'DELIVERED' }))
            : [],
        ),
    });
    const home = freshHome(account);
    const result = await qlara(['send', 'sms', '-t', ada, '-m', 'x', '--wait'], home, gateway.url);
    expect(result.code).toBe(0);
    expect(only(parseRows(result))).toMatchObject({ channel: 'rcs', status: 'delivered', final: true });
  });

  test('the size that the gateway counts is shown', async ({ expect }) => {
    const gateway = await serve({
      post: json(200, { messageId: 'any', results: { sms: { accepted: true, unicode: true, parts: 2 } } }),
    });
    const result = await qlara(['send', 'sms', '-t', ada, '-m', 'x'], freshHome(account), gateway.url);
    expect(only(parseRows(result))).toMatchObject({ parts: 2, encoding: 'ucs2' });
  });

  test('columns of a file give agent, template of RCS and label of each row', async ({ expect }) => {
    const home = freshHome(account);
    const file = join(home.path, 'rows.csv');
    writeFileSync(
      file,
      [
        'to,1,2,name,rcsTemplate,agent-id,campaign',
        '+393901230001,A,B,Ada,12,7,May',
        '+393901230101,A,B,Bob,,,',
        '+393901230201,A,B,Cid,x,y,',
      ].join('\n'),
    );
    const args = [
      '--fallback',
      '--file',
      file,
      '--template',
      '42',
      '-m',
      'Ciao {name}',
      '--skip-invalid',
      '--yes',
    ];
    const result = await send([...args, '--name', 'spring'], home);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('1 invalid row');
    const plans = (await recorded(home)).map(({ plan }) => plan.message);
    const [first, second] = plans.toSorted((a, b) => (a.text ?? '').localeCompare(b.text ?? ''));
    expect(first).toMatchObject({ text: 'Ciao Ada', rcsTemplate: '12', agentId: 7, campaign: 'May' });
    expect([first?.variables, first?.rcsVariables]).toEqual([{ 1: 'A', 2: 'B' }, { name: 'Ada' }]);
    expect([second?.text, second?.rcsTemplate ?? null, second?.agentId, second?.campaign]).toEqual([
      'Ciao Bob',
      null,
      10,
      'spring',
    ]);
    const again = await send([...args, '--name', 'spring'], home);
    expect(again.stderr).toContain('sent before');
  });

  test('the address behind a tracked link goes along, from a column or a flag', async ({ expect }) => {
    const home = freshHome(account);
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,1,2,shortLinkT1\n${ada},A,B,https://example.com/a\n`);
    const args = [
      'whatsapp',
      '--file',
      file,
      '--template',
      '42',
      '--var',
      'shortLinkT2=https://example.com/b',
      '--yes',
    ];
    expect((await send(args, home)).code).toBe(0);
    expect(only(await recorded(home)).plan.message.variables).toMatchObject({
      shortLinkT1: 'https://example.com/a',
      shortLinkT2: 'https://example.com/b',
    });
  });

  test('a row sends its template no value that only its text needs', async ({ expect }) => {
    const home = freshHome(account);
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,1,2,city\n${ada},A,B,Rome\n`);
    const result = await send(
      ['--fallback', '--file', file, '--template', '42', '-m', 'Ciao {city}', '--yes'],
      home,
    );
    expect(result.code).toBe(0);
    expect(only(await recorded(home)).plan.message).toMatchObject({
      text: 'Ciao Rome',
      variables: { 1: 'A', 2: 'B' },
    });
  });

  test('the only active WhatsApp number is used, with a note, by a message and by a file', async ({
    expect,
  }) => {
    const home = freshHome({ dialect: 'platform' });
    const one = await send(['whatsapp', '-t', ada, '-m', 'Ciao'], home);
    expect([one.code, one.stderr.match(/the only active/g)?.length]).toEqual([0, 1]);
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${ada}\n`);
    const many = await send(['whatsapp', '--file', file, '-m', 'Salve', '--yes'], home);
    expect([many.code, many.stderr.match(/the only active/g)?.length]).toEqual([0, 1]);
  });

  test('of several WhatsApp numbers one must be named', async ({ expect }) => {
    const numbers = [1, 2].map((id) => ({ id, phoneNumber: `+39390${id}`, status: 'ACTIVE' }));
    const gateway = await serve({ get: json(200, { data: numbers }) });
    const result = await qlara(
      ['send', 'whatsapp', '-t', ada, '-m', 'x'],
      freshHome({ dialect: 'platform' }),
      gateway.url,
    );
    expect([result.code, parseError(result).code]).toEqual([2, 'phone-number.missing']);
    expect(parseError(result).message).toContain('1 (+393901), 2 (+393902)');
    expect(gateway.posts()).toEqual([]);
  });

  test('a template of RCS is checked without another template too', async ({ expect }) => {
    for (const [id, code] of [
      ['12', 'placeholder.missing'],
      ['13', 'template.not-approved'],
      ['999', 'template.unknown'],
    ]) {
      const result = await send(['--fallback', '-t', ada, '-m', 'Hi', '--rcs-template', `${id}`]);
      expect([id, result.code, parseError(result).code]).toEqual([id, 2, code]);
    }
  });

  test('an error about values names the template that has the placeholder', async ({ expect }) => {
    const home = freshHome(account);
    const args = [
      '--fallback',
      '-m',
      'Hi',
      '--template',
      '42',
      '--rcs-template',
      '12',
      '--var',
      '1=A',
      '--var',
      '2=B',
    ];
    const sent = await send([...args, '-t', ada], home);
    expect(parseError(sent).message).toBe('template 12 has no value for {name}');
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${ada}\n`);
    const many = await send([...args, '--file', file, '--yes'], home);
    expect(many.stderr).toContain('template 12 has no value for {name}');
  });

  test('a message under a known id is the same only with the same values of both templates', async ({
    expect,
  }) => {
    const home = freshHome(account);
    const args = [
      '--fallback',
      '-t',
      ada,
      '-m',
      'Hi',
      '--template',
      '42',
      '--rcs-template',
      '12',
      '--id',
      'order-1',
    ];
    const values = (name: string) => ['--var', '1=A', '--var', '2=B', '--var', `name=${name}`];
    const sent = await send([...args, ...values('Ada')], home);
    expect([sent.code, only(await recorded(home)).plan.message.rcsVariables]).toEqual([0, { name: 'Ada' }]);
    expect((await send([...args, ...values('Ada')], home)).stderr).toContain('was sent before');
    expect(parseError(await send([...args, ...values('Bob')], home)).code).toBe('id.reused');
  });

  test('everything that is missing is in one error, with one hint', async ({ expect }) => {
    const result = await send(
      ['--fallback', '-t', ada, '-m', 'Hi {a}'],
      freshHome({ dialect: 'platform', phoneNumberId: '5' }),
    );
    expect(parseError(result)).toMatchObject({
      code: 'placeholder.missing',
      message: 'the message has no value for {a}; RCS needs an agent; SMS needs a sender ID',
      hint: 'add --var a=VALUE, --agent-id N and --from NAME; `qlara profile set agentId N` and `qlara profile set from NAME` keep them for every send',
    });
  });

  test('a text beside content is refused, and goes with --fallback', async ({ expect }) => {
    const home = freshHome(account);
    const file = join(home.path, 'card.json');
    writeFileSync(file, JSON.stringify({ type: 'TEXT', body: { text: 'Hi' } }));
    const args = ['rcs', '-t', ada, '-m', 'Ciao', '--content', file];
    const refused = await send(args, home);
    expect([refused.code, parseError(refused).code]).toEqual([2, 'content.twice']);
    expect((await send([...args, '--fallback'], home)).code).toBe(0);
  });

  test('a template by name needs the gateway', async ({ expect }) => {
    const args = ['send', 'whatsapp', '-t', ada, '--template', 'order_shipped'];
    const result = await qlara(args, freshHome(account), 'http://127.0.0.1:1/api');
    expect([result.code, parseError(result).code]).toEqual([4, 'template.unlisted']);
  });

  test('a row without a WhatsApp number takes the only one, beside a row with one', async ({ expect }) => {
    const home = freshHome({ dialect: 'platform' });
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, 'to,phoneNumberId\n+393901230101,7\n+393901230102,\n');
    const result = await send(['whatsapp', '--file', file, '-m', 'Hi', '--yes'], home);
    expect(result.code).toBe(0);
    const numbers = (await recorded(home)).map(({ plan }) => plan.message.phoneNumberId);
    expect(numbers.sort()).toEqual(['5', '7']);
  });

  test('the rest of a bulk is not sent at once where a later time is asked for', async ({ expect }) => {
    const home = freshHome(account);
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${ada}\n`);
    const args = ['send', 'sms', '--file', file, '-m', 'x', '--yes', '--at'];
    const refusing = await serve({ post: json(401, {}) });
    expect((await qlara([...args, '+200ms'], home, refusing.url)).code).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const later = await qlara([...args, '+6h'], home, refusing.url);
    expect([later.code, parseError(later).code, refusing.posts().length]).toEqual([2, 'bulk.planned', 1]);
  });

  test('--verbose shows no text that the gateway returns', async ({ expect }) => {
    const home = freshHome(account);
    const url = await startStrict();
    const secret = 'meet me at ten';
    await qlara(['send', 'sms', '-t', ada, '-m', secret], home, url);
    await invoke(['sandbox', 'inbound', '--from', ada, '--message', secret, '--base-url', url], { home });
    for (const args of [
      ['status', '--history'],
      ['inbox', 'list'],
      ['inbox', 'show', ada],
    ]) {
      const { stderr } = await qlara([...args, '--verbose'], home, url);
      expect([args, stderr.includes('redacted'), stderr.includes(secret)]).toEqual([args, true, false]);
    }
  });

  test('RCS that the gateway sent as SMS by itself becomes final', async ({ expect }) => {
    const gateway = await serve({
      post: json(200, { messageId: 'any', results: { rcs: { accepted: true } } }),
      get: ({ ids, path }) =>
        json(
          200,
          path.includes('channel=SMS')
            ? ids.map((id) => ({ customerMessageId: id, deliveryStatus: 'DELIVERED' }))
            : [],
        ),
    });
    const args = ['send', 'rcs', '-t', ada, '-m', 'x', '--wait', '--timeout', '5s'];
    const result = await qlara(args, freshHome(account), gateway.url);
    expect([result.code, only(parseRows(result)).channel]).toEqual([0, 'sms']);
  });

  test('a template of RCS falls back to its own SMS, and must have one', async ({ expect }) => {
    const home = freshHome(account);
    const args = ['rcs', '-t', ada, '--fallback', '-m', 'Ciao', '--template'];
    const own = await send([...args, '7', '--var', 'name=A'], home);
    expect([own.code, own.stderr]).toEqual([0, expect.stringContaining('falls back to its own SMS')]);
    expect(parseError(await send([...args, '12', '--var', 'name=A'], home)).code).toBe('template.no-sms');
    const checked = await qlara(['check', ...args, '12', '--var', 'name=A'], home, await strict);
    expect(checked.stdout).toContain('template.no-sms');
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,name\n${ada},A\n`);
    const rows = await send(
      ['rcs', '--file', file, '--fallback', '-m', 'Ciao', '--template', '12', '--yes'],
      home,
    );
    expect([rows.code, rows.stderr]).toEqual([2, expect.stringContaining('has no SMS of its own')]);
  });

  test('a check of a chain takes the only WhatsApp number, as a send does', async ({ expect }) => {
    const args = ['check', '--fallback', '-t', ada, '-m', 'Hi', '--agent-id', '10', '--from', 'ACME'];
    expect((await qlara(args, freshHome({ dialect: 'platform' }), await strict)).code).toBe(0);
  });

  test('HTTP 402 leaves the message queued and names the balance', async ({ expect }) => {
    const gateway = await serve({ post: json(402, { message: 'wallet empty' }) });
    const home = freshHome(account);
    const result = await qlara(['send', 'sms', '-t', ada, '-m', 'x'], home, gateway.url);
    expect([result.code, parseError(result).code]).toEqual([3, 'gateway.no-credit']);
    expect(parseError(result).hint).toContain('qlara credit');
    expect(only(await recorded(home)).phase).toBe('queued');
  });

  test('--verbose shows no text, in no channel of a chain', async ({ expect }) => {
    const secret = 'meet me at nine';
    const args = [
      '--fallback',
      '-t',
      ada,
      '-m',
      secret,
      '--template',
      '42',
      '--var',
      `1=${secret}`,
      '--var',
      '2=B',
    ];
    const { stderr, code } = await send([...args, '--verbose']);
    expect([code, stderr.includes('fallbackSms'), stderr.includes(secret)]).toEqual([0, true, false]);
  });

  test('a queued message of another dialect that lacks its sender is not sent', async ({ expect }) => {
    const home = freshHome();
    const closed = 'http://127.0.0.1:1/api';
    const queued = await invoke(['send', 'sms', '-t', ada, '-m', 'x', '--id', 'a', '--base-url', closed], {
      home,
      env: { QLARA_API_KEY: 'any' },
    });
    expect(queued.code).toBe(4);
    const gateway = await serve();
    const args = ['send', 'sms', '-t', ada, '-m', 'x', '--id', 'a', '--dialect', 'platform'];
    const result = await qlara(args, home, gateway.url);
    expect([result.code, gateway.posts().length]).toEqual([2, 0]);
  });
});

describe.concurrent('an account of the other generation', () => {
  test.for<[what: string, args: string[], env: Record<string, string>, command: string]>([
    ['the profile', [], {}, '`qlara profile set dialect platform`'],
    ['another profile', ['--profile', 'shop'], {}, '`qlara profile set dialect platform --profile shop`'],
    ['the environment', [], { QLARA_DIALECT: 'partner' }, '`QLARA_DIALECT=platform`'],
    ['a flag', ['--dialect', 'partner'], {}, '`--dialect platform`'],
  ])('the hint mends what %s decides', async ([, args, more, command], { expect }) => {
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: await strict, ...more };
    const result = await invoke(['send', 'sms', '-t', ada, '-m', 'x', ...args], { env });
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining(command)]);
  });

  test('the hint for a gateway that a flag names leaves the profile alone', async ({ expect }) => {
    const args = ['send', 'sms', '-t', ada, '-m', 'x', '--base-url', await strict];
    const { stderr } = await invoke(args, { env: { QLARA_API_KEY: 'any' } });
    expect(stderr).toContain('`--dialect platform`');
  });

  test('a retry takes from the profile what the messages lack for this dialect', async ({ expect }) => {
    const home = freshHome();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: await strict };
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${ada}\n`);
    const first = await invoke(['send', 'sms', '--file', file, '-m', 'x', '--yes', '--json'], { home, env });
    const bulk = only(parseRows(first)).bulk ?? '';
    await invoke(['profile', 'set', 'dialect', 'platform'], { home });
    const refused = await invoke(['bulk', 'retry', bulk, '--yes', '--json'], { home, env });
    expect([refused.code, parseError(refused).code]).toEqual([2, 'sender.missing']);
    expect(parseError(refused).hint).toBe('`qlara profile set from NAME`');
    await invoke(['profile', 'set', 'from', 'ACME'], { home });
    const retried = await invoke(['bulk', 'retry', bulk, '--yes', '--json'], { home, env });
    expect([retried.code, only(parseRows(retried)).status]).toEqual([0, 'submitted']);
  });

  test.for<[flag: string, value: string, kind: string, code: string]>([
    ['--at', '+1h', 'sms', 'dialect.unsupported'],
    ['--media', 'https://example.com/a.jpg', 'rcs', 'dialect.unsupported'],
    ['--campaign', 'May', 'rcs', 'template.missing'],
  ])(
    'a queued bulk with %s is not resumed in a dialect that cannot carry it',
    async ([flag, value, kind, code], { expect }) => {
      const home = freshHome(account);
      const file = join(home.path, 'rows.csv');
      writeFileSync(file, `to\n${ada}\n`);
      const refusing = await serve({ post: json(401, {}) });
      const queued = await qlara(
        ['send', kind, '--file', file, '-m', 'x', flag, value, '--yes'],
        home,
        refusing.url,
      );
      expect(queued.code).toBe(3);
      const gateway = await serve();
      const bulk = only(parseRows(await qlara(['bulk', 'list'], home, gateway.url))) as unknown as {
        id: string;
      };
      const resumed = await qlara(
        ['bulk', 'resume', bulk.id, '--yes', '--dialect', 'partner'],
        home,
        gateway.url,
      );
      expect([resumed.code, parseError(resumed).code, gateway.posts().length]).toEqual([3, code, 0]);
    },
  );

  test.for(['platform', 'partner'] as const)(
    'a refusal of a strict %s account names the command to run',
    async (dialect, { expect }) => {
      const url = await startStrict(dialect);
      const other = dialect === 'platform' ? 'partner' : 'platform';
      const home = freshHome({ ...account, dialect: other });
      const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: url };
      const message = ['send', 'sms', '-t', ada, '-m', 'x'];
      const refused = await invoke(message, { home, env });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`\`qlara profile set dialect ${dialect}\``);
      await invoke(['profile', 'set', 'dialect', dialect], { home });
      const sent = await qlara(['send', 'sms', '-t', ada, '-m', 'x', '--wait'], home, url);
      expect(sent.code).toBe(0);
    },
  );

  test.for([
    ['--at', '+1h'],
    ['--campaign', 'May'],
    ['--sms-only'],
    ['--phone-number-id', '5'],
    ['--agent-id', '5'],
    ['--rcs-template', '5'],
    ['--media', 'https://example.com/a.jpg'],
    ['--content', 'card.json'],
  ])('the older dialect refuses %s', async (flags, { expect }) => {
    const kind = flags[0] === '--sms-only' ? 'sms' : 'whatsapp';
    const result = await invoke(['send', kind, '-t', ada, '-m', 'x', ...flags, '--sandbox', '--json']);
    expect([result.code, parseError(result).code]).toEqual([2, 'dialect.unsupported']);
    expect(parseError(result).message).toContain(flags[0]);
    expect(parseError(result).hint).toContain('platform');
  });

  test('a webhook that the gateway cannot remove is not said to be gone', async ({ expect }) => {
    const home = freshHome();
    const url = await startStrict('partner');
    await qlara(['webhook', 'set', 'http://127.0.0.1:9/h', '--yes'], home, url);
    const result = await qlara(['webhook', 'remove', '--yes'], home, url);
    expect([result.code, parseError(result).code]).toEqual([4, 'webhook.unremovable']);
  });

  test('a history that no channel has fails once', async ({ expect }) => {
    const url = await startStrict('partner');
    const result = await qlara(['status', '--history', '--dialect', 'platform'], freshHome(), url);
    expect([result.code, result.stderr.trim().split('\n').length]).toEqual([3, 1]);
    expect(parseError(result).hint).toContain('--dialect partner');
  });

  test('a file with columns of the newer dialect keeps them as values', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,campaign,agentId\n${ada},May,seven\n`);
    const args = [
      'send',
      'sms',
      '--file',
      file,
      '-m',
      '{campaign} {agentId}',
      '--yes',
      '--sandbox',
      '--json',
    ];
    const result = await invoke(args, { home });
    expect(result.code).toBe(0);
    expect((await recorded(home, 'sandbox')).map(({ plan }) => plan.message.text)).toEqual(['May seven']);
  });
});
