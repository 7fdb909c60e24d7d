import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { invoke } from '../support/invoke.ts';
import {
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  type Row,
  type RunResult,
  run,
  start,
  until,
} from '../support/program.ts';
import { accept, json, serve, type TestGateway } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };

function writeRows(home: Home, lastDigits: readonly string[]): string {
  const path = join(home.path, 'rows.csv');
  const lines = lastDigits.map(
    (ending, index) => `+39390${String(index).padStart(3, '0')}${ending},Ada ${index}`,
  );
  writeFileSync(path, `to,name\n${lines.join('\n')}\n`);
  return path;
}

/** Sends a bulk to the sandbox, waits for it to finish and returns its id. */
async function sendBulk(home: Home, lastDigits: readonly string[], ...flags: string[]): Promise<string> {
  const sendArgs = [
    'send',
    ...flags,
    '--file',
    writeRows(home, lastDigits),
    '--sandbox',
    '--yes',
    '--json',
    '--wait',
  ];
  return getBulkId(await invoke(sendArgs, { home }));
}

const sms = ['sms', '-m', 'Ciao {name}'];

function getBulkId(result: RunResult): string {
  const [first] = parseRows(result);
  if (!first?.bulk) throw new Error(`no bulk was made: ${result.stderr}`);
  return first.bulk;
}

const retry = (home: Home, id: string, ...flags: string[]) =>
  invoke(['bulk', 'retry', id, '--sandbox', '--yes', '--json', ...flags], { home });

const lastDigits = (rows: readonly Row[]) => rows.map(({ to }) => to.slice(-4));

/** Starts a gateway that refuses every message while `door.closed` is set. */
async function serveWithGate(): Promise<{ server: TestGateway; gate: { closed: boolean } }> {
  const gate = { closed: true };
  const server = await serve({
    post: () => (gate.closed ? json(200, { results: [{ accepted: false, reason: 'closed' }] }) : accept()),
  });
  return { server, gate };
}

describe.concurrent('in the sandbox', () => {
  test('sends failed rows again under new ids', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '0003', '1001', '0006', '0007', '0004'], ...sms);
    const result = await retry(home, id, '--name', 'again', '--rate', '50/s', '--concurrency', '2');
    const rows = parseRows(result);
    // 0007 is rejected since it opted out, so it is left out.
    expect(lastDigits(rows)).toEqual(['0003', '0006', '0004']);
    expect(result.stderr).toContain('left out   1 that opted out');
    expect(rows.every(({ bulk }) => bulk !== id && bulk === rows[0]?.bulk)).toBe(true);
    expect(result.code).toBe(1);
    const ledger = await openLedger(join(home.state, 'sandbox.db'));
    const retryBulk = await ledger.bulks.find(rows[0]?.bulk ?? '');
    expect(retryBulk).toMatchObject({
      retryOf: id,
      name: 'again',
      rate: 50,
      concurrency: 2,
      source: `bulk ${id}`,
    });
    expect(await ledger.bulks.retriedRows(id)).toEqual(new Set([2, 4, 6]));
    const texts: (string | null)[] = [];
    for await (const page of ledger.bulks.deliveries(retryBulk?.id ?? ''))
      texts.push(...page.map(({ plan }) => plan.message.text));
    expect(texts).toEqual(['Ciao Ada 1', 'Ciao Ada 3', 'Ciao Ada 5']);
    ledger.close();
  });

  test('selects rows with --only and retries the others later', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['0003', '0006', '0004'], ...sms);
    expect(lastDigits(parseRows(await retry(home, id, '--only', 'expired')))).toEqual(['0004']);
    expect(lastDigits(parseRows(await retry(home, id)))).toEqual(['0003', '0006']);
    const third = await retry(home, id);
    expect([third.code, parseRows(third)]).toEqual([0, []]);
    const invalid = await retry(home, id, '--only', 'delivered');
    expect([invalid.code, parseError(invalid).code]).toEqual([2, 'status.unknown']);
  });

  test('sends nothing when repeated, and names the earlier retry', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '0003'], ...sms);
    const first = getBulkId(await retry(home, id, '--wait'));
    const second = await retry(home, id);
    expect([second.code, parseRows(second)]).toEqual([0, []]);
    expect(second.stderr).toContain(`1 failed message was retried before, in bulk ${first}`);
    expect(second.stderr).toContain(`\`qlara bulk retry ${first} --sandbox\``);
    const list = await invoke(['bulk', 'list', '--sandbox', '--json'], { home });
    expect(JSON.parse(list.stdout)).toHaveLength(2);
  });

  test('retries a retry', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '0003', '0006'], ...sms);
    const first = getBulkId(await retry(home, id, '--wait'));
    const second = parseRows(await retry(home, first, '--wait'));
    expect(lastDigits(second)).toEqual(['0003', '0006']);
    expect(second[0]?.bulk).not.toBe(first);
    const shown = await invoke(['bulk', 'show', second[0]?.bulk ?? '', '--sandbox', '--json'], { home });
    expect(only(JSON.parse(shown.stdout))).toMatchObject({ retryOf: first, rows: 2, failed: 2 });
  });

  test('goes through all channels of the fallback chain again', async () => {
    const home = freshHome();
    const chain = ['--fallback', '-m', 'Ciao', '--template', 'template_123', '--var', 'name=Ada'];
    const id = await sendBulk(home, ['0003', '0002'], ...chain);
    const row = only(parseRows(await retry(home, id, '--wait')));
    expect(row.attempts.map(({ channel }) => channel)).toEqual(['whatsapp', 'rcs', 'sms']);
  });

  test('sends nothing when no row failed', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '1001'], ...sms);
    const result = await retry(home, id);
    expect([result.code, parseRows(result)]).toEqual([0, []]);
    expect(result.stderr).toContain(`no message of bulk ${id} has failed`);
  });

  test('requires --yes without a terminal', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['0006'], ...sms);
    const result = await invoke(['bulk', 'retry', id, '--sandbox', '--json'], { home });
    expect([result.code, parseError(result).code]).toEqual([2, 'yes.missing']);
  });
});

describe.concurrent('exactly one attempt per row', () => {
  test('resumes a killed retry without sending a row twice', async () => {
    const home = freshHome({ grace: '200ms' });
    const { server, gate } = await serveWithGate();
    const env = { ...key, QLARA_BASE_URL: server.url };
    const file = writeRows(
      home,
      Array.from({ length: 60 }, (_, index) => String(1000 + index)),
    );
    const sendArgs = ['send', 'sms', '-m', 'Ciao', '--file', file, '--yes', '--json', '--rate', '500/s'];
    const id = getBulkId(await invoke(sendArgs, { home, env }));
    gate.closed = false;
    const retryArgs = ['bulk', 'retry', id, '--yes', '--json', '--rate', '60/s'];
    const killed = start(retryArgs, { home, env });
    await until(() => server.taken.length > 10, 'more than 10 messages are accepted');
    killed.child.kill('SIGKILL');
    await killed.done;
    const result = await invoke(retryArgs, { home, env });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('in a retry that is not done yet');
    expect(server.taken).toHaveLength(60);
    expect(new Set(server.taken).size).toBe(60);
    const third = await invoke(retryArgs, { home, env });
    expect([third.code, parseRows(third)]).toEqual([0, []]);
    expect(server.taken).toHaveLength(60);
  });

  test('creates one retry for concurrent commands', async () => {
    const home = freshHome();
    const { server, gate } = await serveWithGate();
    const env = { ...key, QLARA_BASE_URL: server.url };
    const file = writeRows(
      home,
      Array.from({ length: 30 }, (_, index) => String(1000 + index)),
    );
    const sendArgs = ['send', 'sms', '-m', 'Ciao', '--file', file, '--yes', '--json', '--rate', '500/s'];
    const id = getBulkId(await invoke(sendArgs, { home, env }));
    gate.closed = false;
    const retryArgs = ['bulk', 'retry', id, '--yes', '--json', '--rate', '100/s'];
    await Promise.all([1, 2, 3].map(() => run(retryArgs, { home, env })));
    expect(server.taken).toHaveLength(30);
    const list = await invoke(['bulk', 'list', '--json'], { home });
    expect(JSON.parse(list.stdout)).toHaveLength(2);
  });
});
