import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, only, parseError, run } from '../support/program.ts';
import { envelope, html, json, type ReceivedRequest, serve } from '../support/server.ts';

interface TemplateRow {
  id: string;
  name: string;
  channel: string;
  status: string;
  placeholders: string[];
  missing: string[];
  text: string;
  content: { text: string };
}

const parseTemplates = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as TemplateRow[];
const sandbox = (args: readonly string[], home: Home = freshHome(), env = {}) =>
  invoke(['templates', ...args, '--sandbox', '--json'], { home, env });

const offer = { name: 'offer', description: 'An offer', type: 'TEXT', body: { text: 'Hi {name}' } };

function writeFile(home: Home, name: string, content: unknown): string {
  const path = join(home.path, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe.concurrent('list', () => {
  test.for([
    [[], 21],
    [['--channel', 'rcs'], 12],
    [['--channel', 'whatsapp', '--status', 'approved'], 5],
    [['--status', 'rejected'], 4],
    [['--limit', '7'], 7],
    [['--status', 'unknown'], 0],
  ] as const)('%j: %i', async ([args, count], { expect }) => {
    const result = await sandbox(['list', ...args]);
    expect([result.code, parseTemplates(result).length]).toEqual([0, count]);
  });

  test('has a row in every format', async ({ expect }) => {
    const home = freshHome();
    const list = (form: string) =>
      invoke(['templates', 'list', '--sandbox', '--channel', 'whatsapp', '--limit', '1', '-o', form], {
        home,
      });
    const [json, ndjson, csv, table] = [
      await list('json'),
      await list('ndjson'),
      await list('csv'),
      await list('table'),
    ];
    const [row] = JSON.parse(json.stdout) as TemplateRow[];
    expect(row).toMatchObject({ id: 'template_123', channel: 'whatsapp', placeholders: ['name'] });
    expect(JSON.parse(ndjson.stdout)).toEqual(row);
    expect(csv.stdout.split('\r\n')[0]).toBe(
      'id,name,channel,status,language,category,placeholders,description,presets,content',
    );
    expect(table.stdout).toBe(
      'id\tname\tchannel\tstatus\tlanguage\tcategory\tplaceholders\n' +
        'template_123\tgreeting\twhatsapp\tapproved\ten\tUTILITY\t["name"]\n',
    );
  });

  test('lists 5,000 templates of 20 kB in little memory', async ({ expect }) => {
    const text = 'x'.repeat(20_000);
    const get = ({ path }: ReceivedRequest) => {
      const page = Number(new URL(path, 'http://x').searchParams.get('page'));
      const length = page < 50 ? 100 : 0;
      return json(
        200,
        Array.from({ length }, (_, index) => ({ id: page * 100 + index, name: 'n', body: { text } })),
      );
    };
    const server = await serve({ get });
    const env = {
      QLARA_API_KEY: 'k',
      QLARA_BASE_URL: server.url,
      NODE_OPTIONS: '--max-old-space-size=48',
    };
    const result = await run(['templates', 'list', '--channel', 'rcs', '-o', 'ndjson', '--columns', 'id'], {
      env,
    });
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(5_000);
  });

  test('lists the other channel if the gateway does not know one', async ({ expect }) => {
    const get = ({ path }: ReceivedRequest) =>
      path.includes('rcs') ? json(200, [{ id: 1, name: 'a' }]) : envelope(404, 'No such path');
    const server = await serve({ get });
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const both = await invoke(['templates', 'list', '--json'], { env });
    expect([both.code, parseTemplates(both).length]).toEqual([0, 1]);
    expect(both.stderr).toMatch(/^note: cannot list WhatsApp templates/);
    const one = await invoke(['templates', 'list', '--json', '--channel', 'whatsapp'], { env });
    expect([one.code, one.stdout, parseError(one).code]).toEqual([3, '', 'gateway.not-found']);
  });

  test.for([
    [html(200), 4, 'gateway.unreadable'],
    [envelope(401, 'no'), 3, 'gateway.unauthorized'],
    [envelope(500, 'no'), 4, 'gateway.failing'],
  ] as const)('fails on response %#', async ([get, code, error], { expect }) => {
    const server = await serve({ get });
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const result = await invoke(['templates', 'list', '--json'], { env });
    expect([result.code, parseError(result).code]).toEqual([code, error]);
  });
});

describe.concurrent('show and preview', () => {
  test('shows the templates of both channels with one id', async ({ expect }) => {
    expect(parseTemplates(await sandbox(['show', 'template_123'])).map(({ channel }) => channel)).toEqual([
      'rcs',
      'whatsapp',
    ]);
    const one = only(parseTemplates(await sandbox(['show', 'template_order'])));
    expect([one.channel, one.placeholders]).toEqual(['whatsapp', ['1', '2']]);
  });

  test.for([
    [['show', 'nobody'], 2, 'template.unknown'],
    [['show', 'template_order', '--channel', 'rcs'], 2, 'template.unknown'],
    [['show'], 2, 'operand.missing'],
    [['show', 'a', 'b'], 2, 'operand.unexpected'],
    [['show', 'a', '--channel', 'sms'], 2, 'channel.unknown'],
    [['preview', 'template_456', '--var', 'nmae=x'], 2, 'placeholder.unknown'],
    [['lst'], 2, 'command.unknown'],
    [['delete', 'template_123'], 2, 'confirm.missing'],
    [['delete', 'template_123', '--yes'], 2, 'template.ambiguous'],
    [['delete', 'template_123', '--yes', '--channel', 'rcs'], 1, 'template.refused'],
    [['delete', 'nobody', '--yes', '--channel', 'rcs'], 2, 'template.unknown'],
    [['watch', 'template_pending', '--channel', 'rcs', '--timeout', '50ms'], 5, 'template.pending'],
    [['watch', 'nobody'], 2, 'template.unknown'],
  ] as const)('exits for %j with %i', async ([args, code, error], { expect }) => {
    const result = await sandbox(args);
    expect([result.code, parseError(result).code]).toEqual([code, error]);
  });

  test('fills a preview with presets and variables, and names missing ones', async ({ expect }) => {
    const preset = only(parseTemplates(await sandbox(['preview', 'template_123', '--channel', 'rcs'])));
    expect([preset.text, preset.missing]).toEqual(['Hello customer, there is news about your order.', []]);
    const partial = only(
      parseTemplates(await sandbox(['preview', 'template_456', '--channel', 'rcs', '--var', 'code=1'])),
    );
    expect([partial.text, partial.missing]).toEqual(['Hello {name}, your code is 1.', ['name']]);
  });

  test('draws without color in a pipe', async ({ expect }) => {
    const result = await run(
      ['templates', 'preview', 'template_456', '--channel', 'rcs', '--sandbox', '--var', 'name=Mario'],
      { env: { LANG: 'C.UTF-8' } },
    );
    expect(result.stdout).toBe(
      '╭─────────────────────────────────────╮\n│ Hello [Mario], your code is {code}. │\n╰─────────────────────────────────────╯\n',
    );
  });
});

describe.concurrent('create, update, watch, delete', () => {
  test.for([
    ['offer.json', JSON.stringify(offer)],
    ['offer.yaml', 'name: offer\ndescription: An offer\ntype: TEXT\nbody:\n  text: Hi {name}\n'],
    ['offer', 'channel: rcs\nname: offer\ndescription: d\ntype: TEXT\nbody: {text: "Hi {name}"}\n'],
    ['greeting.yml', '# WhatsApp\nname: offer\nlang: it\ncategory: UTILITY\nbody: Hi {name}\n'],
  ] as const)('creates, updates, watches and deletes %s', async ([name, content], { expect }) => {
    const home = freshHome();
    const created = await sandbox(['create', writeFile(home, name, content)], home);
    const row = only(parseTemplates(created));
    expect([created.code, row]).toMatchObject([
      0,
      { name: 'offer', status: 'pending', placeholders: ['name'] },
    ]);
    const watched = await sandbox(['watch', row.id, '--interval', '20ms'], home);
    expect([watched.code, only(parseTemplates(watched)).status]).toEqual([0, 'approved']);
    const update = row.channel === 'rcs' ? { ...offer, body: { text: 'Bye {who}' } } : { body: 'Bye {who}' };
    const updated = await sandbox(['update', row.id, writeFile(home, 'change.json', update)], home);
    expect([updated.code, only(parseTemplates(updated))]).toMatchObject([
      0,
      { id: row.id, status: 'pending', placeholders: ['who'], content: { text: 'Bye {who}' } },
    ]);
    const deleted = await sandbox(['delete', row.id, '--yes'], home);
    expect([deleted.code, parseTemplates(deleted)]).toEqual([
      0,
      [{ id: row.id, channel: row.channel, deleted: true }],
    ]);
    expect((await sandbox(['show', row.id], home)).code).toBe(2);
  });

  test('watch prints a line per change and exits with 1 for a rejected template', async ({ expect }) => {
    const home = freshHome();
    const file = writeFile(home, 'a.json', { ...offer, name: 'reject_me' });
    const { id } = only(parseTemplates(await sandbox(['create', file], home, { QLARA_SANDBOX_SPEED: '3' })));
    const result = await invoke(
      ['templates', 'watch', id, '--sandbox', '-o', 'ndjson', '--interval', '20ms', '--columns', 'status'],
      { home, env: { QLARA_SANDBOX_SPEED: '3' } },
    );
    expect([result.code, result.stdout]).toEqual([1, '{"status":"pending"}\n{"status":"rejected"}\n']);
  });

  test('create reads standard input', async ({ expect }) => {
    const result = await invoke(['templates', 'create', '-', '--sandbox', '--json'], {
      stdin: JSON.stringify(offer),
    });
    expect([result.code, only(parseTemplates(result)).name]).toEqual([0, 'offer']);
  });

  const carousel = (text: string) => ({
    ...offer,
    type: 'CAROUSEL',
    body: { cards: [{ title: 'a' }, { title: 'b', suggestions: [{ type: 'reply', text }] }] },
  });
  test.for([
    ['a.json', '{"name": ', 'file.not-json', /a\.json is not valid JSON/],
    ['a.yaml', 'name: [', 'file.not-yaml', /a\.yaml is not valid YAML.*line 1/],
    ['a.yaml', 'a: 1\na: 2\n', 'file.not-yaml', /unique/],
    ['a.yaml', '\ud800'.slice(1), 'file.empty', /empty/],
    ['a.json', [offer], 'template.invalid', /is not an object/],
    ['a.json', 'null', 'template.invalid', /is not an object/],
    ['a.json', { name: 'x' }, 'template.channel', /does not say/],
    ['a.json', { ...offer, channel: 'sms' }, 'template.invalid', /channel/],
    [
      'a.json',
      carousel('x'.repeat(25)),
      'template.invalid',
      /body\.cards\[1\]\.suggestions\[0\]\.text: has 25/,
    ],
    ['a.json', { ...offer, name: '', type: 'X' }, 'template.invalid', /name: is empty\ntype: "X" is not/],
  ] as const)('refuses %s %j with %s before sending', async ([name, content, code, args], { expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const result = await invoke(['templates', 'create', writeFile(home, name, content), '--json'], {
      home,
      env,
    });
    const error = parseError(result);
    expect([result.code, error.code]).toEqual([2, code]);
    expect(`${error.message}\n${error.hint}`).toMatch(args);
    expect(server.seen).toEqual([]);
  });

  test('create reports a missing file', async ({ expect }) => {
    const result = await sandbox(['create', '/nowhere/a.json']);
    expect([result.code, parseError(result).code]).toEqual([2, 'file.unreadable']);
  });

  test('requires the same channel in file, flag and id', async ({ expect }) => {
    const home = freshHome();
    const file = writeFile(home, 'a.json', { channel: 'rcs', ...offer });
    const line = await sandbox(['create', file, '--channel', 'whatsapp'], home);
    expect([line.code, parseError(line).code]).toEqual([2, 'template.channel']);
    const both = await sandbox(['update', 'template_123', file], home);
    expect([both.code, parseError(both).code]).toEqual([2, 'template.ambiguous']);
    const id = await sandbox(['update', 'template_order', file], home);
    expect([id.code, parseError(id).code]).toEqual([2, 'template.channel']);
  });

  test('exits with 6 for a template in doubt, without a retry', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(500, 'failed') });
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const result = await invoke(['templates', 'create', writeFile(home, 'a.json', offer), '--json'], {
      home,
      env,
    });
    expect([result.code, parseError(result).code, server.seen.length]).toEqual([6, 'template.in-doubt', 1]);
    expect(parseError(result).hint).toContain('qlara templates list');
  });
});

describe.concurrent('the platform dialect', () => {
  const listed = (id: number, name: string) => ({
    id,
    name,
    language: 'it',
    status: 'APPROVED',
    components: [{ type: 'BODY', text: 'Ciao {{1}}' }],
  });

  /** Starts a gateway with two WhatsApp templates, which lists them only by number, and two of RCS without a status. */
  const startGateway = () =>
    serve({
      post: (seen) => json(201, { id: 51, name: seen.body.name }),
      get({ method, path }) {
        const { pathname, searchParams } = new URL(path, 'http://x');
        const [, channel = '', id] = /\/message-server\/(\w+)\/templates(?:\/(\d+))?$/.exec(pathname) ?? [];
        if (method === 'DELETE') return json(200, {});
        if (channel === 'rcs') {
          const all = [7, 8].map((one) => ({
            id: one,
            name: `rcs ${one}`,
            type: 'TEXT',
            body: { text: 'Hi' },
          }));
          const one = all.find((template) => String(template.id) === id);
          return id === undefined ? json(200, all) : one ? json(200, one) : envelope(404, 'not found');
        }
        if (id !== undefined) return envelope(405, 'no such call');
        if (method === 'GET' && searchParams.get('phoneNumberId') === null)
          return envelope(400, 'phoneNumberId is mandatory');
        return json(200, { data: [listed(42, 'order_shipped'), listed(43, 'hello')] });
      },
    });
  const use = async (
    args: string[],
    settings: Record<string, string> = { phoneNumberId: 'waba-num-001' },
  ) => {
    const home = freshHome({ dialect: 'platform', ...settings });
    const server = await startGateway();
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const result = await invoke(['templates', ...args, '--json'], { home, env });
    return {
      ...result,
      paths: server.seen.map(({ method, path }) => `${method} ${path.slice('/api/message-server'.length)}`),
    };
  };
  const getRows = ({ stdout }: { stdout: string }) =>
    parseTemplates({ stdout }).map(({ id, channel, status }) => [channel, id, status]);

  test('lists WhatsApp templates of the number in the profile; RCS has no status', async ({ expect }) => {
    const result = await use(['list']);
    expect([result.code, getRows(result)]).toEqual([
      0,
      [
        ['rcs', '7', 'unknown'],
        ['rcs', '8', 'unknown'],
        ['whatsapp', '42', 'approved'],
        ['whatsapp', '43', 'approved'],
      ],
    ]);
    expect(result.paths.at(-1)).toMatch(/^GET \/whatsapp\/templates\?.*phoneNumberId=waba-num-001/);
    expect(result.paths[0]).not.toContain('phoneNumberId');
  });

  test('uses the number of --phone-number-id instead', async ({ expect }) => {
    const list = await use(['list', '--channel', 'whatsapp', '--phone-number-id', '6']);
    expect([list.code, list.paths]).toEqual([0, [expect.stringContaining('phoneNumberId=6')]]);
    const path = writeFile(freshHome(), 'template.json', {
      name: 'x',
      lang: 'en',
      category: 'UTILITY',
      body: 'Hi',
    });
    const create = await use(['create', path, '--phone-number-id', '6']);
    expect([create.code, create.paths]).toEqual([0, ['POST /whatsapp/templates?phoneNumberId=6']]);
  });

  test('says how to set the number where the gateway needs one', async ({ expect }) => {
    const result = await use(['list', '--channel', 'whatsapp'], {});
    expect([result.code, parseError(result)]).toMatchObject([
      3,
      { code: 'phone-number.missing', hint: expect.stringContaining('`qlara profile set phoneNumberId N`') },
    ]);
    const both = await use(['list'], {});
    expect([both.code, both.stderr]).toEqual([0, expect.stringContaining('phoneNumberId is mandatory')]);
  });

  test.for<[args: string[], rows: unknown, last: string]>([
    [['show', '42', '--channel', 'whatsapp'], [['whatsapp', '42', 'approved']], 'GET /whatsapp/templates?'],
    [['show', 'hello'], [['whatsapp', '43', 'approved']], 'GET /whatsapp/templates?'],
    [['show', 'rcs 8'], [['rcs', '8', 'unknown']], 'GET /whatsapp/templates?'],
    [['show', '8'], [['rcs', '8', 'unknown']], 'GET /whatsapp/templates?'],
    [['delete', 'rcs 8', '--channel', 'rcs', '--yes'], undefined, 'DELETE /rcs/templates/8'],
    [['delete', '43', '--channel', 'whatsapp', '--yes'], undefined, 'DELETE /whatsapp/templates/43'],
  ])('finds by id and by name: %j', async ([args, rows, last], { expect }) => {
    const result = await use(args);
    expect([result.code, rows && getRows(result)]).toEqual([0, rows]);
    expect(result.paths.at(-1)?.startsWith(last)).toBe(true);
  });

  test('names no path of a template that it does not know', async ({ expect }) => {
    for (const args of [
      ['show', 'abc'],
      ['delete', 'abc', '--channel', 'rcs', '--yes'],
    ]) {
      const result = await use(args);
      expect([result.code, parseError(result).code]).toEqual([2, 'template.unknown']);
      expect(result.paths.filter((path) => path.includes('abc'))).toEqual([]);
    }
  });

  test('creates for the number of the file, else of the profile', async ({ expect }) => {
    const body = { name: 'x', lang: 'en', category: 'UTILITY', body: 'Hello {name}' };
    for (const [number, expected] of [
      [undefined, 'waba-num-001'],
      [5, '5'],
      ['waba-num-002', 'waba-num-002'],
    ] as const) {
      const path = writeFile(freshHome(), 'template.json', {
        ...body,
        ...(number && { phoneNumberId: number }),
      });
      const result = await use(['create', path]);
      expect([result.code, result.paths]).toEqual([
        0,
        [`POST /whatsapp/templates?phoneNumberId=${expected}`],
      ]);
    }
  });
});

describe.concurrent('checking a template before sending', () => {
  const number = '+393901234567';
  const rcs = ['send', 'rcs', '-t', number, '--template'];
  const send = (args: readonly string[], home = freshHome(), env: Record<string, string> = {}) =>
    invoke([...args, '--json'], { home, env });

  test.for([
    [['template_456', '--var', 'name=A'], 'placeholder.missing', /--var code=VALUE/],
    [
      ['template_456', '--var', 'name=A', '--var', 'cod=1'],
      'placeholder.missing',
      /--var code=\.\.\. instead of cod/,
    ],
    [['template_123', '--var', 'nmae=A'], 'placeholder.unknown', /did you mean --var name=\.\.\.\?/],
    [['template_carousel', '--var', 'name=A'], 'placeholder.unknown', /remove --var/],
    [['template_pending', '--var', 'name=A'], 'template.not-approved', /--no-template-check/],
    [['template_rejected'], 'template.not-approved', /--no-template-check/],
    [['template_132'], 'template.unknown', /did you mean template_123/],
    [['something-else'], 'template.unknown', /templates list --sandbox/],
    [['template_order'], 'template.unknown', /./],
  ] as const)('%j: %s', async ([args, code, hint], { expect }) => {
    const home = freshHome();
    const result = await send([...rcs, ...args, '--sandbox'], home);
    expect([result.code, parseError(result).code]).toEqual([2, code]);
    expect(parseError(result).hint).toMatch(hint);
    const status = await invoke(['status', '--sandbox', '--json', '--no-refresh'], { home });
    expect(JSON.parse(status.stdout)).toEqual([]);
  });

  test.for([
    [...rcs, 'template_123'],
    [...rcs, 'template_456', '--var', 'name=A', '--var', 'code=1'],
    [...rcs, 'template_123', '--fallback', '-m', 'Hi'],
    [
      'send',
      '--fallback',
      '-t',
      number,
      '-m',
      'Hi',
      '--template',
      'template_order',
      '--var',
      '1=a',
      '--var',
      '2=b',
    ],
    [...rcs, 'template_456', '--no-check'],
  ])('accepts %j', async (args, { expect }) => {
    const result = await send([...args, '--sandbox']);
    expect(result.stderr).not.toContain('note: template');
    // The sandbox refuses what is not checked locally.
    expect(result.code).toBe(args.includes('--no-check') ? 1 : 0);
  });

  const known = json(200, {
    data: [{ id: 't', name: 't', status: 'APPROVED', type: 'TEXT', body: { text: 'Hi {name}' } }],
  });
  const envFor = (url: string) => ({ QLARA_API_KEY: 'ak_live_1', QLARA_BASE_URL: url });

  test('requests the template once in five minutes, and refuses nothing from the cache', async ({
    expect,
  }) => {
    const home = freshHome();
    const current = { answer: known };
    const server = await serve({ get: () => current.answer });
    const args = [...rcs, 't', '--var'];
    for (let n = 0; n < 3; n++)
      expect((await send([...args, 'name=A'], home, envFor(server.url))).code).toBe(0);
    expect([server.gets().length, server.posts().length]).toEqual([1, 3]);
    const file = join(home.state, 'templates-default.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('ak_live_1');
    current.answer = json(200, [{ id: 't', body: { text: 'Hi {who}' } }]);
    expect((await send([...args, 'who=A'], home, envFor(server.url))).code).toBe(0);
    expect([server.gets().length, server.posts().length]).toEqual([2, 4]);
    expect((await send([...args, 'name=A'], home, envFor(server.url))).code).toBe(2);
    expect([server.gets().length, server.posts().length]).toEqual([3, 4]);
    // Each gateway has its own cache; a broken one is ignored.
    const other = await serve({ get: current.answer });
    expect((await send([...args, 'who=A'], home, envFor(other.url))).code).toBe(0);
    expect(other.gets()).toHaveLength(1);
    writeFileSync(file, '{"gateway":');
    expect((await send([...args, 'who=A'], home, envFor(other.url))).code).toBe(0);
    expect(other.gets()).toHaveLength(2);
  });

  test.for([
    ['404', envelope(404, 'No such path'), 1],
    ['405', envelope(405, 'no'), 1],
    ['HTML page', html(200), 1],
    ['500', envelope(500, 'no'), 2],
    ['503', envelope(503, 'no'), 2],
    ['403', envelope(403, 'no'), 2],
  ] as const)(
    'does not prevent a send when the gateway responds with %s',
    async ([, get, gets], { expect }) => {
      const home = freshHome();
      const server = await serve({ get });
      for (let n = 0; n < 2; n++) {
        const result = await send([...rcs, 't', '--var', 'a=b'], home, envFor(server.url));
        expect(result.code).toBe(0);
        expect(result.stderr).toMatch(/^note: template t is not checked on RCS: .*\n$/);
      }
      expect([server.gets().length, server.posts().length]).toEqual([gets, 2]);
    },
  );

  test('makes one request per channel, and none with --no-check', async ({ expect }) => {
    const server = await serve({ get: known });
    const chain = ['send', '--fallback', '-t', number, '-m', 'Hi', '--template', 't', '--var', 'name=A'];
    expect((await send(chain, freshHome(), envFor(server.url))).code).toBe(0);
    expect(server.gets().map(({ path }) => path)).toEqual([
      '/api/message-server/whatsapp/templates?page=0&limit=1000',
      '/api/message-server/rcs/templates?page=0&limit=1000',
    ]);
    const home = freshHome();
    expect((await send([...chain, '--no-check'], home, envFor(server.url))).code).toBe(0);
    expect(server.gets()).toHaveLength(2);
    expect(existsSync(join(home.state, 'templates-default.json'))).toBe(false);
    // A dry run makes the same checks as a send.
    expect((await send([...chain, '--dry-run'], home, envFor(server.url))).code).toBe(0);
    expect(server.gets()).toHaveLength(4);
  });

  test('reports a message sent before, even if its template has changed', async ({ expect }) => {
    const home = freshHome();
    const current = { answer: known };
    const server = await serve({ get: () => current.answer });
    const args = [...rcs, 't', '--var', 'name=A', '--id', 'order-1'];
    expect((await send(args, home, envFor(server.url))).code).toBe(0);
    current.answer = json(200, []);
    const again = await send(args, home, envFor(server.url));
    expect([again.code, server.posts().length]).toEqual([0, 1]);
  });

  test('accepts the text’s variables, and a template of one channel for the fallback chain', async ({
    expect,
  }) => {
    const get = ({ path }: ReceivedRequest) =>
      json(200, [{ id: path.includes('rcs') ? 'other' : 't', status: 'APPROVED', body: 'Hi {name}' }]);
    const server = await serve({ get });
    const chain = [
      'send',
      '--fallback',
      '-t',
      number,
      '--template',
      't',
      '-m',
      'Hi {who}',
      '--var',
      'name=A',
    ];
    expect((await send([...chain, '--var', 'who=B'], freshHome(), envFor(server.url))).code).toBe(0);
    expect(server.posts()[0]?.body).toMatchObject({ message: 'Hi B', variables: { name: 'A' } });
    const surplus = await send([...chain, '--var', 'who=B', '--var', 'x=y'], freshHome(), envFor(server.url));
    expect([surplus.code, parseError(surplus).code]).toEqual([2, 'placeholder.unknown']);
  });
});
