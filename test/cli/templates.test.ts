import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, only, run } from '../support/program.ts';
import { envelope, html, json, type Seen, serve } from '../support/server.ts';

interface Told {
  id: string;
  name: string;
  channel: string;
  status: string;
  placeholders: string[];
  missing: string[];
  text: string;
  content: { text: string };
}

const told = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Told[];
const sandbox = (words: readonly string[], home: Home = freshHome(), env = {}) =>
  invoke(['templates', ...words, '--sandbox', '--json'], { home, env });

const offer = { name: 'offer', description: 'An offer', type: 'TEXT', body: { text: 'Hi {name}' } };

function fileOf(home: Home, name: string, content: unknown): string {
  const path = join(home.path, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe.concurrent('list', () => {
  test.for([
    [[], 11],
    [['--channel', 'rcs'], 6],
    [['--channel', 'whatsapp', '--status', 'approved'], 3],
    [['--status', 'rejected'], 2],
    [['--limit', '7'], 7],
    [['--status', 'unknown'], 0],
  ] as const)('%j: %i', async ([words, count], { expect }) => {
    const ran = await sandbox(['list', ...words]);
    expect([ran.code, told(ran).length]).toEqual([0, count]);
  });

  test('has a row in every form', async ({ expect }) => {
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
    const [row] = JSON.parse(json.stdout) as Told[];
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

  test('5,000 of 20 kB each are listed with little memory', async ({ expect }) => {
    const text = 'x'.repeat(20_000);
    const get = ({ path }: Seen) => {
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
    const ran = await run(['templates', 'list', '--channel', 'rcs', '-o', 'ndjson', '--columns', 'id'], {
      env,
    });
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(5_000);
  });

  test('a channel that the gateway does not know hinders the other one not', async ({ expect }) => {
    const get = ({ path }: Seen) =>
      path.includes('rcs') ? json(200, [{ id: 1, name: 'a' }]) : envelope(404, 'No such path');
    const server = await serve({ get });
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const both = await invoke(['templates', 'list', '--json'], { env });
    expect([both.code, told(both).length]).toEqual([0, 1]);
    expect(both.stderr).toMatch(/^note: cannot list whatsapp templates/);
    const one = await invoke(['templates', 'list', '--json', '--channel', 'whatsapp'], { env });
    expect([one.code, one.stdout, errorOf(one).code]).toEqual([3, '[]\n', 'gateway.not-found']);
  });

  test.for([
    [html(200), 4, 'gateway.unreadable'],
    [envelope(401, 'no'), 3, 'gateway.unauthorized'],
    [envelope(500, 'no'), 4, 'gateway.failing'],
  ] as const)('%#: what the gateway answers, fails', async ([get, code, error], { expect }) => {
    const server = await serve({ get });
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const ran = await invoke(['templates', 'list', '--json'], { env });
    expect([ran.code, errorOf(ran).code]).toEqual([code, error]);
  });
});

describe.concurrent('show and preview', () => {
  test('one id may stand for a template on each channel', async ({ expect }) => {
    expect(told(await sandbox(['show', 'template_123'])).map(({ channel }) => channel)).toEqual([
      'rcs',
      'whatsapp',
    ]);
    const one = only(told(await sandbox(['show', 'template_order'])));
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
  ] as const)('%j ends with %i', async ([words, code, error], { expect }) => {
    const ran = await sandbox(words);
    expect([ran.code, errorOf(ran).code]).toEqual([code, error]);
  });

  test('a preview fills in presets and values, and names what is missing', async ({ expect }) => {
    const preset = only(told(await sandbox(['preview', 'template_123', '--channel', 'rcs'])));
    expect([preset.text, preset.missing]).toEqual(['Hello customer, there is news about your order.', []]);
    const part = only(
      told(await sandbox(['preview', 'template_456', '--channel', 'rcs', '--var', 'code=1'])),
    );
    expect([part.text, part.missing]).toEqual(['Hello {name}, your code is 1.', ['name']]);
  });

  test('in a pipe it is drawn without color', async ({ expect }) => {
    const ran = await run(
      ['templates', 'preview', 'template_456', '--channel', 'rcs', '--sandbox', '--var', 'name=Mario'],
      { env: { LANG: 'C.UTF-8' } },
    );
    expect(ran.stdout).toBe(
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
  ] as const)('the whole life of %s', async ([name, content], { expect }) => {
    const home = freshHome();
    const made = await sandbox(['create', fileOf(home, name, content)], home);
    const row = only(told(made));
    expect([made.code, row]).toMatchObject([0, { name: 'offer', status: 'pending', placeholders: ['name'] }]);
    const watched = await sandbox(['watch', row.id, '--interval', '20ms'], home);
    expect([watched.code, only(told(watched)).status]).toEqual([0, 'approved']);
    const change = row.channel === 'rcs' ? { ...offer, body: { text: 'Bye {who}' } } : { body: 'Bye {who}' };
    const changed = await sandbox(['update', row.id, fileOf(home, 'change.json', change)], home);
    expect([changed.code, only(told(changed))]).toMatchObject([
      0,
      { id: row.id, status: 'pending', placeholders: ['who'], content: { text: 'Bye {who}' } },
    ]);
    const deleted = await sandbox(['delete', row.id, '--yes'], home);
    expect([deleted.code, told(deleted)]).toEqual([0, [{ id: row.id, channel: row.channel, deleted: true }]]);
    expect((await sandbox(['show', row.id], home)).code).toBe(2);
  });

  test('a watched template that is rejected ends with 1, and each change is a line', async ({ expect }) => {
    const home = freshHome();
    const file = fileOf(home, 'a.json', { ...offer, name: 'reject_me' });
    const { id } = only(told(await sandbox(['create', file], home, { QLARA_SANDBOX_SPEED: '3' })));
    const ran = await invoke(
      ['templates', 'watch', id, '--sandbox', '-o', 'ndjson', '--interval', '20ms', '--columns', 'status'],
      { home, env: { QLARA_SANDBOX_SPEED: '3' } },
    );
    expect([ran.code, ran.stdout]).toEqual([1, '{"status":"pending"}\n{"status":"rejected"}\n']);
  });

  test('from standard input', async ({ expect }) => {
    const ran = await invoke(['templates', 'create', '-', '--sandbox', '--json'], {
      stdin: JSON.stringify(offer),
    });
    expect([ran.code, only(told(ran)).name]).toEqual([0, 'offer']);
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
  ] as const)('%s %j: %s, and nothing is sent', async ([name, content, code, words], { expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const ran = await invoke(['templates', 'create', fileOf(home, name, content), '--json'], { home, env });
    const error = errorOf(ran);
    expect([ran.code, error.code]).toEqual([2, code]);
    expect(`${error.message}\n${error.hint}`).toMatch(words);
    expect(server.seen).toEqual([]);
  });

  test('a file that is not there', async ({ expect }) => {
    const ran = await sandbox(['create', '/nowhere/a.json']);
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'file.unreadable']);
  });

  test('the channel of file, line and id must agree', async ({ expect }) => {
    const home = freshHome();
    const file = fileOf(home, 'a.json', { channel: 'rcs', ...offer });
    const line = await sandbox(['create', file, '--channel', 'whatsapp'], home);
    expect([line.code, errorOf(line).code]).toEqual([2, 'template.channel']);
    const both = await sandbox(['update', 'template_123', file], home);
    expect([both.code, errorOf(both).code]).toEqual([2, 'template.ambiguous']);
    const id = await sandbox(['update', 'template_order', file], home);
    expect([id.code, errorOf(id).code]).toEqual([2, 'template.channel']);
  });

  test('an answer that leaves in doubt ends with 6, and is not sent again', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(500, 'failed') });
    const env = { QLARA_API_KEY: 'k', QLARA_BASE_URL: server.url };
    const ran = await invoke(['templates', 'create', fileOf(home, 'a.json', offer), '--json'], { home, env });
    expect([ran.code, errorOf(ran).code, server.seen.length]).toEqual([6, 'template.in-doubt', 1]);
    expect(errorOf(ran).hint).toContain('qlara templates list');
  });
});

describe.concurrent('before a template is sent', () => {
  const number = '+393901234567';
  const rcs = ['send', 'rcs', '-t', number, '--template'];
  const send = (words: readonly string[], home = freshHome(), env: Record<string, string> = {}) =>
    invoke([...words, '--json'], { home, env });

  test.for([
    [['template_456', '--var', 'name=A'], 'placeholder.missing', /--var code=VALUE/],
    [
      ['template_456', '--var', 'name=A', '--var', 'cod=1'],
      'placeholder.missing',
      /--var code=\.\.\. instead of cod/,
    ],
    [['template_123', '--var', 'nmae=A'], 'placeholder.unknown', /--var name=\.\.\. instead of nmae/],
    [['template_carousel', '--var', 'name=A'], 'placeholder.unknown', /remove --var/],
    [['template_pending', '--var', 'name=A'], 'template.not-approved', /--no-template-check/],
    [['template_rejected'], 'template.not-approved', /--no-template-check/],
    [['template_132'], 'template.unknown', /did you mean template_123/],
    [['something-else'], 'template.unknown', /templates list --sandbox/],
    [['template_order'], 'template.unknown', /./],
  ] as const)('%j: %s', async ([words, code, hint], { expect }) => {
    const home = freshHome();
    const ran = await send([...rcs, ...words, '--sandbox'], home);
    expect([ran.code, errorOf(ran).code]).toEqual([2, code]);
    expect(errorOf(ran).hint).toMatch(hint);
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
  ])('%j goes through', async (words, { expect }) => {
    const ran = await send([...words, '--sandbox']);
    expect(ran.stderr).not.toContain('note: template');
    // What is not checked here, the sandbox refuses.
    expect(ran.code).toBe(words.includes('--no-check') ? 1 : 0);
  });

  const known = json(200, {
    data: [{ id: 't', name: 't', status: 'APPROVED', type: 'TEXT', body: { text: 'Hi {name}' } }],
  });
  const at = (url: string) => ({ QLARA_API_KEY: 'ak_live_1', QLARA_BASE_URL: url });

  test('is asked once in five minutes; a complaint is never made from memory', async ({ expect }) => {
    const home = freshHome();
    const now = { answer: known };
    const server = await serve({ get: () => now.answer });
    const words = [...rcs, 't', '--var'];
    for (let n = 0; n < 3; n++) expect((await send([...words, 'name=A'], home, at(server.url))).code).toBe(0);
    expect([server.gets().length, server.posts().length]).toEqual([1, 3]);
    const file = join(home.state, 'templates-default.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('ak_live_1');
    now.answer = json(200, [{ id: 't', body: { text: 'Hi {who}' } }]);
    expect((await send([...words, 'who=A'], home, at(server.url))).code).toBe(0);
    expect([server.gets().length, server.posts().length]).toEqual([2, 4]);
    expect((await send([...words, 'name=A'], home, at(server.url))).code).toBe(2);
    expect([server.gets().length, server.posts().length]).toEqual([3, 4]);
    // Another gateway is another memory; one that is broken is none.
    const other = await serve({ get: now.answer });
    expect((await send([...words, 'who=A'], home, at(other.url))).code).toBe(0);
    expect(other.gets()).toHaveLength(1);
    writeFileSync(file, '{"gateway":');
    expect((await send([...words, 'who=A'], home, at(other.url))).code).toBe(0);
    expect(other.gets()).toHaveLength(2);
  });

  test.for([
    ['404', envelope(404, 'No such path'), 1],
    ['405', envelope(405, 'no'), 1],
    ['a page', html(200), 1],
    ['500', envelope(500, 'no'), 2],
    ['503', envelope(503, 'no'), 2],
    ['403', envelope(403, 'no'), 2],
  ] as const)('a gateway that answers %s hinders nothing', async ([, get, gets], { expect }) => {
    const home = freshHome();
    const server = await serve({ get });
    for (let n = 0; n < 2; n++) {
      const ran = await send([...rcs, 't', '--var', 'a=b'], home, at(server.url));
      expect(ran.code).toBe(0);
      expect(ran.stderr).toMatch(/^note: template t is not checked on rcs: .*\n$/);
    }
    expect([server.gets().length, server.posts().length]).toEqual([gets, 2]);
  });

  test('costs one request a channel, and none where it is not wanted', async ({ expect }) => {
    const server = await serve({ get: known });
    const chain = ['send', '--fallback', '-t', number, '-m', 'Hi', '--template', 't', '--var', 'name=A'];
    expect((await send(chain, freshHome(), at(server.url))).code).toBe(0);
    expect(server.gets().map(({ path }) => path)).toEqual([
      '/api/message-server/whatsapp/templates?page=0&limit=1000',
      '/api/message-server/rcs/templates?page=0&limit=1000',
    ]);
    const home = freshHome();
    expect((await send([...chain, '--no-check'], home, at(server.url))).code).toBe(0);
    expect((await send([...chain, '--dry-run'], home, at(server.url))).code).toBe(0);
    expect(server.gets()).toHaveLength(2);
    expect(existsSync(join(home.state, 'templates-default.json'))).toBe(false);
  });

  test('a message sent before is shown again, even when its template has changed', async ({ expect }) => {
    const home = freshHome();
    const now = { answer: known };
    const server = await serve({ get: () => now.answer });
    const words = [...rcs, 't', '--var', 'name=A', '--id', 'order-1'];
    expect((await send(words, home, at(server.url))).code).toBe(0);
    now.answer = json(200, []);
    const again = await send(words, home, at(server.url));
    expect([again.code, server.posts().length]).toEqual([0, 1]);
  });

  test('names of the text count, and a template of one channel serves the chain', async ({ expect }) => {
    const get = ({ path }: Seen) =>
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
    expect((await send([...chain, '--var', 'who=B'], freshHome(), at(server.url))).code).toBe(0);
    expect(server.posts()[0]?.body).toMatchObject({ message: 'Hi B', variables: { name: 'A' } });
    const surplus = await send([...chain, '--var', 'who=B', '--var', 'x=y'], freshHome(), at(server.url));
    expect([surplus.code, errorOf(surplus).code]).toEqual([2, 'placeholder.unknown']);
  });
});
