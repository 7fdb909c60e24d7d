import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import {
  configure,
  environment,
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  program,
  type RunResult,
  run,
  shell,
  start,
  until,
} from '../support/program.ts';
import { accept, empty, envelope, json, reset, serve, type TestGateway } from '../support/server.ts';

const envFor = (server: TestGateway) => ({ QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });

function writeFile(home: Home, name: string, ...lines: string[]): string {
  const path = join(home.path, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const makeNumbers = (count: number) => Array.from({ length: count }, (_, i) => `+3934${71_001_000 + i * 7}`);

/** Writes a file of `count` distinct rows. */
function writeRows(home: Home, count: number): string {
  return writeFile(home, 'many.csv', 'to,name', ...makeNumbers(count).map((to, i) => `${to},Mario ${i}`));
}

const [first = '', second = ''] = makeNumbers(2);
const hello = ['-m', 'Ciao {name}'];
const getIds = (result: RunResult) => parseRows(result).map(({ id }) => id);

describe.concurrent('file formats', () => {
  test.for([
    ['CSV', 'rows.csv', `to,name\n${first},Mario\n${second},"Rossi, Anna"\n`],
    [
      'semicolon CSV with BOM and CRLF',
      'rows.csv',
      `\ufeffto;name\r\n${first};Mario\r\n${second};"Rossi, Anna"\r\n`,
    ],
    ['TSV', 'rows.tsv', `to\tname\n${first}\tMario\n${second}\tRossi, Anna\n`],
    [
      'JSON Lines',
      'rows.jsonl',
      `{"to":"${first}","name":"Mario"}\n{"to":"${second}","name":"Rossi, Anna"}\n`,
    ],
    ['synonym of a field', 'rows.csv', `Telefono,name\n${first},Mario\n${second},"Rossi, Anna"\n`],
  ] as const)('%s', async ([, name, text], { expect }) => {
    const home = freshHome();
    const server = await serve();
    writeFileSync(join(home.path, name), text);
    const result = await invoke(
      ['send', 'sms', '--file', join(home.path, name), ...hello, '--yes', '--json'],
      {
        home,
        env: envFor(server),
      },
    );
    expect(result).toMatchObject({ code: 0 });
    expect(server.posts().map(({ body }) => [body.phoneNumber, body.message])).toEqual([
      [first, 'Ciao Mario'],
      [second, 'Ciao Rossi, Anna'],
    ]);
    expect(getIds(result)).toEqual(server.taken);
    const [one, two] = parseRows(result);
    expect(one).toMatchObject({ status: 'submitted', parts: 1, encoding: 'gsm7' });
    expect(one?.bulk).toBe(two?.bulk);
  });

  test('reads rows from standard input', async ({ expect }) => {
    const server = await serve();
    const commandLine = ['send', 'sms', '--file', '-', ...hello, '--yes', '-o', 'ndjson'];
    const result = await invoke(commandLine, { stdin: `to,name\n${first},Mario\n`, env: envFor(server) });
    expect([result.code, server.posts().map(({ body }) => body.message)]).toEqual([0, ['Ciao Mario']]);
    expect(result.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('uses fields from columns, and --map', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const file = writeFile(
      home,
      'rows.csv',
      'to,handy,message,from,id',
      `,${first},uno,ACME,order-1`,
      `,${second},due,,`,
    );
    const commandLine = [
      'send',
      'sms',
      '--file',
      file,
      '--map',
      'to=handy',
      '--from',
      'Shop',
      '--yes',
      '--json',
    ];
    const result = await invoke(commandLine, { home, env: envFor(server) });
    const bodies = server.posts().map(({ body }) => [body.phoneNumber, body.message, body.customerMessageId]);
    expect(bodies[0]).toEqual([first, 'uno', 'order-1']);
    expect(bodies[1]?.slice(0, 2)).toEqual([second, 'due']);
    expect(result.code).toBe(0);
  });

  test('fills a template and sends it through the fallback chain', async ({ expect }) => {
    const home = freshHome();
    const file = writeFile(home, 'rows.csv', 'to,name,notes', `${first},Mario,x`, `${second},Anna,y`);
    const commandLine = [
      'send',
      '--fallback',
      '--file',
      file,
      '--template',
      'template_123',
      '-m',
      'Ciao {name}',
      '--sandbox',
    ];
    const result = await invoke([...commandLine, '--yes', '--json', '--wait'], { home });
    expect(parseRows(result).map(({ final, channel }) => [final, channel])).toEqual([
      [true, 'whatsapp'],
      [true, 'whatsapp'],
    ]);
    expect(result.code).toBe(0);
  });
});

describe.concurrent('invalid rows', () => {
  const rows = ['to,name', `${first},Mario`, 'nonsense,Anna', `${second},Luca`, `${first},Mario`];

  test('prevent the bulk from being sent, and are listed', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const file = writeFile(home, 'rows.csv', ...rows);
    const commandLine = ['send', 'sms', '--file', file, ...hello, '--yes', '--json'];
    const result = await invoke(commandLine, { home, env: envFor(server) });
    expect([result.code, server.posts(), parseError(result).code]).toEqual([2, [], 'file.invalid']);
    expect(result.stderr).toContain('line 3, to: "nonsense" is not a phone number');
    expect(parseRows(await invoke(['bulk', 'list', '--json'], { home }))).toEqual([]);
  });

  test('are skipped with --skip-invalid and written to a file', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const file = writeFile(home, 'rows.csv', ...rows);
    const commandLine = ['send', 'sms', '--file', file, ...hello, '--yes', '--json', '--skip-invalid'];
    const result = await invoke(commandLine, { home, env: envFor(server) });
    expect([result.code, server.posts().map(({ body }) => body.phoneNumber)]).toEqual([0, [first, second]]);
    const rejects = readFileSync(join(home.path, 'rows.rejects.csv'), 'utf8').split('\r\n');
    expect(rejects[0]).toBe('line,reason,to,name');
    expect(rejects[1]).toMatch(/^3,"?to: .*nonsense,Anna$/);
    expect(rejects[2]).toBe('');
  });

  test('sends duplicate rows once; each time with --allow-duplicates', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const file = writeFile(home, 'rows.csv', 'to,name', `${first},Mario`, `${first},Mario`, `${first},Anna`);
    const commandLine = ['send', 'sms', '--file', file, ...hello, '--yes', '--json'];
    await invoke(commandLine, { home, env: envFor(server) });
    expect(server.posts()).toHaveLength(2);
    await invoke([...commandLine, '--allow-duplicates', '--name', 'all'], { home, env: envFor(server) });
    expect(server.posts()).toHaveLength(5);
  });

  test.for([
    ['missing file', ['--file', '/nowhere/rows.csv'], 'file.unreadable'],
    ['empty file', ['--file', '/dev/null'], 'file.empty'],
    ['both --file and --to', ['--file', 'x.csv', '--to', first], 'to.twice'],
    ['one id for all rows', ['--file', 'x.csv', '--id', 'one'], 'id.many'],
  ] as const)('%s', async ([, flags, code], { expect }) => {
    const server = await serve();
    const result = await invoke(['send', 'sms', ...flags, '-m', 'hi', '--yes', '--json'], {
      env: envFor(server),
    });
    expect([result.code, parseError(result).code, server.seen]).toEqual([2, code, []]);
  });

  test('reports the second row with the same id', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const file = writeFile(home, 'rows.csv', 'to,name,id', `${first},Mario,a`, `${second},Anna,a`);
    const result = await invoke(['send', 'sms', '--file', file, ...hello, '--yes', '--json'], {
      home,
      env: envFor(server),
    });
    expect([result.code, parseError(result).code, server.posts()]).toEqual([2, 'file.invalid', []]);
    expect(result.stderr).toContain('line 3, id: the same id as in line 2');
  });

  test('accepts corrected rejects as a file; uncorrected ones stay invalid', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = envFor(server);
    const file = writeFile(
      home,
      'rows.csv',
      'to,message',
      `${first},uno`,
      `${second},due, and more`,
      'x,tre',
      `${first},uno`,
    );
    const buildArgs = (path: string) => ['send', 'sms', '--file', path, '--yes', '--json', '--skip-invalid'];
    expect((await invoke(buildArgs(file), { home, env })).code).toBe(0);
    const rejects = join(home.path, 'rows.rejects.csv');
    const again = await invoke(buildArgs(rejects), { home, env });
    expect([again.code, parseError(again).code, server.taken.length]).toEqual([2, 'file.invalid', 1]);
    writeFileSync(
      rejects,
      readFileSync(rejects, 'utf8')
        .replace('due, and more', '"due, and more"')
        .replace(/^.*tre\r\n/m, ''),
    );
    expect((await invoke(buildArgs(rejects), { home, env })).code).toBe(0);
    expect(server.posts().map(({ body }) => body.message)).toEqual(['uno', 'due, and more']);
  });

  test('requires --yes without a terminal', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const result = await invoke(['send', 'sms', '--file', writeRows(home, 3), ...hello, '--json'], {
      home,
      env: envFor(server),
    });
    expect([result.code, parseError(result).code, server.seen]).toEqual([2, 'yes.missing', []]);
  });

  test('shows the first messages with --dry-run and stores nothing', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const commandLine = ['send', 'sms', '--file', writeRows(home, 5), ...hello];
    const result = await invoke([...commandLine, '--dry-run', '--json'], { home, env: envFor(server) });
    expect([result.code, server.seen, JSON.parse(result.stdout).length]).toEqual([0, [], 5]);
    expect(parseRows(await invoke(['bulk', 'list', '--json'], { home }))).toEqual([]);
  });

  test('refuses a missing template column before reading rows', async ({ expect }) => {
    const home = freshHome();
    const file = writeFile(home, 'rows.csv', 'to,nome', `${first},Mario`);
    const commandLine = [
      'send',
      'whatsapp',
      '--file',
      file,
      '--template',
      'template_456',
      '--sandbox',
      '--yes',
      '--json',
    ];
    const result = await invoke(commandLine, { home });
    expect([result.code, parseError(result).code]).toEqual([2, 'placeholder.missing']);
  });
});

describe.concurrent('sending each row once', () => {
  test('sends nothing and reports the earlier result when repeated', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 50),
      ...hello,
      '--yes',
      '--json',
      '--rate',
      '1000/s',
    ];
    const [one, two] = [
      await run(commandLine, { home, env: envFor(server) }),
      await run(commandLine, { home, env: envFor(server) }),
    ];
    expect([one.code, two.code, server.taken.length]).toEqual([0, 0, 50]);
    expect(two.stdout).toBe(one.stdout);
    expect(two.stderr).toMatch(/sent before/);
    const other = await run([...commandLine, '--name', 'again'], { home, env: envFor(server) });
    expect([other.code, server.taken.length]).toEqual([0, 100]);
  });

  test('skips a row whose id was used before', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    await run(['send', 'sms', '--to', first, '-m', 'Ciao Mario', '--id', 'order-1'], {
      home,
      env: envFor(server),
    });
    const file = writeFile(
      home,
      'rows.csv',
      'to,name,id',
      `${first},Mario,order-1`,
      `${second},Anna,order-2`,
    );
    const result = await run(['send', 'sms', '--file', file, ...hello, '--yes', '--json'], {
      home,
      env: envFor(server),
    });
    expect([result.code, server.taken]).toEqual([0, ['order-1', 'order-2']]);
    expect(result.stderr).toMatch(/1 with an id used before/);
    const status = only(parseRows(await run(['status', 'order-2', '--no-refresh', '--json'], { home })));
    expect(status).toMatchObject({ to: second, status: 'submitted' });
  });

  test.for([
    ['content', `${first},Luigi,order-1`],
    ['destination', `${second},Mario,order-1`],
  ] as const)('reports a row invalid whose id was used with another %s', async ([, row], { expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = envFor(server);
    await run(['send', 'sms', '--to', first, '-m', 'Ciao Mario', '--id', 'order-1'], { home, env });
    const file = writeFile(home, 'rows.csv', 'to,name,id', row, `${second},Anna,order-2`);
    const send = ['send', 'sms', '--file', file, ...hello, '--yes', '--json'];
    const refused = await run(send, { home, env });
    expect([refused.code, server.taken]).toEqual([2, ['order-1']]);
    expect(refused.stderr).toMatch(/line 2.*"order-1" was used before for another destination or content/);
    const rest = await run([...send, '--skip-invalid'], { home, env });
    expect([rest.code, server.taken]).toEqual([0, ['order-1', 'order-2']]);
  });

  test('does not send a row whose queued id was sent by a single command', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: (seen) => (seen.id === 'b' ? accept() : envelope(401, 'no')) });
    const file = writeFile(home, 'rows.csv', 'to,message,id', `${first},uno,a`, `${second},due,b`);
    const commandLine = ['send', 'sms', '--file', file, '--yes', '--json', '--concurrency', '1'];
    expect((await run(commandLine, { home, env: envFor(server) })).code).toBe(3);
    const single = ['send', 'sms', '--to', second, '-m', 'due', '--id', 'b'];
    expect((await run(single, { home, env: envFor(server) })).code).toBe(0);
    const otherServer = await serve();
    expect((await run(commandLine, { home, env: envFor(otherServer) })).code).toBe(0);
    expect([server.taken, otherServer.taken]).toEqual([['b'], ['a']]);
  });

  test('does not count an id queued in another bulk as sent', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: envelope(401, 'no') });
    const one = writeFile(home, 'one.csv', 'to,message,id', `${first},uno,a`);
    const two = writeFile(home, 'two.csv', 'to,message,id', `${first},uno,a`, `${second},due,b`);
    const buildArgs = (file: string) => ['send', 'sms', '--file', file, '--yes', '--json'];
    await run(buildArgs(one), { home, env: envFor(server) });
    const result = await run(buildArgs(two), { home, env: envFor(server) });
    expect([result.code, parseError(result).code]).toEqual([2, 'file.invalid']);
    expect(result.stderr).toMatch(/line 2, id: a waits in another bulk: `qlara bulk resume \S+` sends it/);
  });

  test('sends all rows after the reader of its output exits', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const file = writeRows(home, 150);
    const result = await shell(
      `set -o pipefail; qlara send sms --file '${file}' -m 'Ciao {name}' --yes --rate 200/s | head -2`,
      {
        home,
        env: envFor(server),
      },
    );
    expect([result.code, server.taken.length]).toEqual([0, 150]);
  });

  test('stops on Ctrl-C without waiting for the rest of a pipe', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const commandLine = ['send', 'sms', '--file', '-', ...hello, '--yes', '--json'];
    const child = spawn(process.execPath, [program, ...commandLine], {
      env: environment(home, envFor(server)),
    });
    child.stdin.write(`to,name\n${first},Mario\n${second},Anna\n`);
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const exit = new Promise((resolve) => child.on('close', resolve));
    await until(() => existsSync(home.state), 'the program has opened the ledger');
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(stderr).toContain('run.interrupted');
    expect(server.posts()).toEqual([]);
  });

  test('refuses a second process on one bulk', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 200),
      ...hello,
      '--yes',
      '--json',
      '--rate',
      '50/s',
    ];
    const profileArgs = ['--profile', 'shop', '--base-url', server.url];
    const env = { QLARA_API_KEY: 'key' };
    const one = start([...commandLine, ...profileArgs], { home, env });
    await until(() => server.posts().length > 5, 'the first process sends');
    const two = await run([...commandLine, ...profileArgs], { home, env });
    expect([two.code, parseError(two).code]).toEqual([3, 'bulk.running']);
    const { hint } = parseError(two);
    expect(hint).toMatch(
      /bulk show \S+ --profile shop --base-url \S+ --watch`.*bulk stop \S+ --profile shop --base-url/,
    );
    expect(hint).toContain(`--base-url ${server.url} `);
    expect([(await one.done).code, server.taken.length]).toEqual([0, 200]);
  });

  test('resumes a bulk that another process stopped', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = envFor(server);
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 240),
      ...hello,
      '--yes',
      '--json',
      '--rate',
      '60/s',
    ];
    const one = start(commandLine, { home, env });
    await until(() => server.posts().length > 5, 'the first process sends');
    const listed = JSON.parse((await run(['bulk', 'list', '--json'], { home })).stdout);
    expect(listed).toMatchObject([{ state: 'running', rows: 240 }]);
    const { id } = listed[0];
    const stopped = await run(['bulk', 'stop', id, '--json'], { home });
    expect(JSON.parse(stopped.stdout)).toMatchObject([{ id, state: 'stopped' }]);
    const exit = await one.done;
    expect([exit.code, parseError(exit).code]).toEqual([130, 'bulk.stopped']);
    const sent = server.taken.length;
    expect(sent).toBeLessThan(240);
    const rest = await run(['bulk', 'resume', id, '--yes', '--json'], { home, env });
    expect([rest.code, server.taken.length, new Set(server.taken).size]).toEqual([0, 240, 240]);
    expect(parseRows(rest)).toHaveLength(240);
    expect(readdirSync(home.state).filter((name) => name.includes(id))).toEqual([]);
  });

  test('finishes requests in progress on Ctrl-C and prints how to resume', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = envFor(server);
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 100),
      ...hello,
      '--yes',
      '--json',
      '--rate',
      '60/s',
    ];
    const one = start(commandLine, { home, env });
    await until(() => server.posts().length > 5, 'the bulk is being sent');
    one.child.kill('SIGINT');
    const exit = await one.done;
    expect([exit.code, parseError(exit).hint]).toEqual([130, expect.stringMatching(/qlara bulk resume \S+/)]);
    const rest = await run(commandLine, { home, env });
    // Nothing is in doubt, so no grace period has to pass.
    expect(rest.stderr).not.toContain('in doubt');
    expect([rest.code, server.taken.length, new Set(server.taken).size]).toEqual([0, 100, 100]);
  });
});

describe.concurrent('a gateway that refuses messages or fails', () => {
  test('stops when the key is revoked midway; the rest can be sent later', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: (_, nth) => (nth < 10 ? accept() : envelope(401, 'revoked')) });
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 200),
      ...hello,
      '--yes',
      '--json',
      '--rate',
      '1000/s',
    ];
    const result = await run(commandLine, { home, env: envFor(server) });
    expect([result.code, parseError(result).code, server.taken.length]).toEqual([
      3,
      'gateway.unauthorized',
      10,
    ]);
    const other = await serve();
    expect((await run(commandLine, { home, env: envFor(other) })).code).toBe(0);
    expect(new Set([...server.taken, ...other.taken]).size).toBe(200);
    expect(other.taken).toHaveLength(190);
  });

  test('exits with 1 for refused messages and sends the others', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: (_, nth) => (nth === 1 ? envelope(400, 'bad number') : accept()) });
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 5),
      ...hello,
      '--yes',
      '--json',
      '--concurrency',
      '1',
    ];
    const result = await run(commandLine, { home, env: envFor(server) });
    expect(result.code).toBe(1);
    expect(parseRows(result).map(({ status }) => status)).toEqual([
      'submitted',
      'rejected',
      'submitted',
      'submitted',
      'submitted',
    ]);
  });

  test('pauses all workers after a 429', async ({ expect }) => {
    const home = freshHome();
    const at: number[] = [];
    const server = await serve({
      post: (_, nth) => {
        at.push(Date.now());
        return nth === 5 ? envelope(429, 'too many', { retryAfter: 1 }) : accept();
      },
    });
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 20),
      ...hello,
      '--yes',
      '--json',
      '--concurrency',
      '2',
    ];
    const result = await run([...commandLine, '--rate', '1000/s'], { home, env: envFor(server) });
    expect([result.code, server.taken.length]).toEqual([0, 20]);
    const pause = Math.max(...at.slice(1).map((later, i) => later - (at[i] ?? later)));
    expect(pause).toBeGreaterThanOrEqual(900);
  });

  test('checks a message in doubt before sending it again', async ({ expect }) => {
    const home = freshHome({ grace: '300ms' });
    const server = await serve({
      post: (_, nth) => (nth === 2 ? reset() : nth === 4 ? { ...empty(500), takes: true } : accept()),
    });
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 10),
      ...hello,
      '--yes',
      '--json',
      '--concurrency',
      '1',
    ];
    const result = await run(commandLine, { home, env: envFor(server) });
    expect([result.code, server.taken.length, new Set(server.taken).size]).toEqual([0, 10, 10]);
    expect(server.posts()).toHaveLength(11);
  });

  test('reports rows in doubt when status requests fail', async ({ expect }) => {
    const home = freshHome({ grace: '300ms' });
    const server = await serve({ post: (_, nth) => (nth === 0 ? reset() : accept()), get: empty(503) });
    const commandLine = ['send', 'sms', '--file', writeRows(home, 3), ...hello, '--yes', '--json'];
    const result = await run(commandLine, { home, env: envFor(server), timeout: 40_000 });
    expect([result.code, parseError(result).code]).toEqual([6, 'send.in-doubt']);
    expect(server.taken).toHaveLength(2);
  }, 40_000);

  test('gives up soon on an unreachable gateway', async ({ expect }) => {
    const home = freshHome();
    const commandLine = ['send', 'sms', '--file', writeRows(home, 3), ...hello, '--yes', '--json'];
    const result = await run(commandLine, { home, env: { QLARA_API_KEY: 'key' } });
    expect([result.code, parseError(result).code]).toEqual([4, 'gateway.unreachable']);
    expect(JSON.parse((await run(['bulk', 'list', '--json'], { home })).stdout)).toMatchObject([
      { state: 'stopped', queued: 3 },
    ]);
  });

  test('reads no rows without a key', async ({ expect }) => {
    const home = freshHome();
    const result = await run(['send', 'sms', '--file', writeRows(home, 3), ...hello, '--yes', '--json'], {
      home,
    });
    expect([result.code, parseError(result).code]).toEqual([3, 'credentials.missing']);
    expect(result.stderr).not.toContain('messages by sms');
  });
});

describe.concurrent('local failures', () => {
  test('reports a state folder that is not writable', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    mkdirSync(home.state);
    chmodSync(home.state, 0o500);
    // Root ignores permissions: put a file in the place of the folder.
    const blocked = process.getuid?.() === 0 ? join(home.path, 'rows.csv', 'state') : home.state;
    const file = writeFile(home, 'rows.csv', 'to,name', `${first},Mario`);
    const result = await run(['send', 'sms', '--file', file, ...hello, '--yes', '--json'], {
      home,
      env: { ...envFor(server), QLARA_STATE_DIR: blocked },
    });
    expect([result.code, parseError(result).code, server.seen]).toEqual([3, 'ledger.unusable', []]);
  });

  const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

  test.runIf(hasPrlimit)('stops when the disk fills up', async ({ expect }) => {
    // No settings: the library that reads them exits on the signal of this limit.
    const home = freshHome();
    const server = await serve();
    const env = envFor(server);
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 400),
      ...hello,
      '--yes',
      '--json',
      '--rate',
      '200/s',
    ];
    const one = start(commandLine, { home, env });
    await until(() => server.posts().length > 20, 'the bulk is being sent');
    execFileSync('prlimit', ['--pid', String(one.child.pid), '--fsize=4096']);
    const exit = await one.done;
    expect([exit.code, parseError(exit).code]).toEqual([3, 'ledger.unusable']);
    configure(home, JSON.stringify({ profiles: { default: { grace: '300ms' } } }));
    const rest = await run(commandLine, { home, env });
    expect([rest.code, server.taken.length, new Set(server.taken).size]).toEqual([0, 400, 400]);
  });
});

describe.concurrent('waiting for delivery', () => {
  test('prints a line per change with --wait until all are final', async ({ expect }) => {
    const home = freshHome();
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 30),
      ...hello,
      '--yes',
      '-o',
      'ndjson',
      '--wait',
      '--sandbox',
    ];
    const result = await run(commandLine, { home });
    const rows = result.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { id: string; status: string });
    const last = new Map(rows.map(({ id, status }) => [id, status]));
    expect([result.code, last.size, new Set(last.values())]).toEqual([0, 30, new Set(['delivered'])]);
    expect(rows.length).toBeGreaterThan(30);
  });

  test('exits with 1 for undelivered rows and with 5 for rows that are not final in time', async ({
    expect,
  }) => {
    const home = freshHome();
    const file = writeFile(home, 'rows.csv', 'to', first, '+393901230003');
    const commandLine = ['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--json', '--sandbox'];
    expect((await run([...commandLine, '--wait'], { home })).code).toBe(1);
    const slow = await run([...commandLine, '--wait', '--timeout', '300ms', '--name', 'slow'], {
      home,
      env: { QLARA_SANDBOX_SPEED: '1' },
    });
    expect([slow.code, parseError(slow).code]).toEqual([5, 'wait.timeout']);
  });

  test('exits with 1 for failed rows even if others are not final, and reports both', async ({ expect }) => {
    const home = freshHome();
    const file = writeFile(home, 'rows.csv', 'to', '+393901230007', '+393901230012');
    const commandLine = [
      'send',
      'sms',
      '--file',
      file,
      '-m',
      'hi',
      '--yes',
      '--sandbox',
      '--wait',
      '--timeout',
      '300ms',
    ];
    const result = await run(commandLine, { home, env: { QLARA_SANDBOX_SPEED: '1' } });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^timed out: 1 of 2 messages not final$/m);
  });

  test('refuses a JSON array as a file of rows', async ({ expect }) => {
    const home = freshHome();
    const file = writeFile(home, 'rows.json', '[{"to":"+393901234567"}]');
    const result = await run(['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--json', '--sandbox'], {
      home,
    });
    expect([result.code, parseError(result).code]).toEqual([2, 'file.json-array']);
  });

  test('requests statuses in batches', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const commandLine = [
      'send',
      'sms',
      '--file',
      writeRows(home, 250),
      ...hello,
      '--yes',
      '--json',
      '--wait',
      '--rate',
      '1000/s',
    ];
    const result = await run(commandLine, { home, env: envFor(server) });
    const requests = server.gets().filter(({ path }) => path.includes('/messages/status'));
    expect([result.code, requests.length]).toEqual([0, 3]);
  });
});

test('waits for the next window when the rate limit has no calls left', async ({ expect }) => {
  const home = freshHome();
  const at: number[] = [];
  const server = await serve({
    post: (seen, nth) => {
      at.push(Date.now());
      const left = nth === 3 ? '0' : '9';
      const answer = json(
        200,
        { messageId: `m${nth}`, customerMessageId: seen.id, results: [{ accepted: true, channel: 'sms' }] },
        { 'x-ratelimit-remaining': left, 'x-ratelimit-reset': '1' },
      );
      return { ...answer, takes: true };
    },
  });
  const commandLine = [
    'send',
    'sms',
    '--file',
    writeRows(home, 8),
    ...hello,
    '--yes',
    '--concurrency',
    '1',
    '--rate',
    '1000/s',
  ];
  expect((await run(commandLine, { home, env: envFor(server) })).code).toBe(0);
  expect((at[4] ?? 0) - (at[3] ?? 0)).toBeGreaterThanOrEqual(900);
});

// Not concurrent: other tests would distort the measurement.
test('keeps to the rate', async ({ expect }) => {
  const home = freshHome();
  const at: number[] = [];
  const server = await serve({
    post: () => {
      at.push(performance.now());
      return accept();
    },
  });
  await run(['send', 'sms', '--file', writeRows(home, 101), ...hello, '--yes', '--rate', '100/s'], {
    home,
    env: envFor(server),
  });
  // A loose bound, since tests share the machine; the benchmark allows 2%.
  const elapsedMs = (at.at(-1) ?? 0) - (at[0] ?? 0);
  expect(elapsedMs).toBeGreaterThan(500);
  expect(elapsedMs).toBeLessThan(5_000);
});
