import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { invoke } from '../support/invoke.ts';
import {
  errorOf,
  freshHome,
  type Home,
  only,
  type Ran,
  type Row,
  rowsOf,
  run,
  start,
  until,
} from '../support/program.ts';
import { accepts, json, type Loopback, serve } from '../support/server.ts';

const key = { QLARA_API_KEY: 'key' };

function fileOf(home: Home, endings: readonly string[]): string {
  const path = join(home.path, 'rows.csv');
  const lines = endings.map(
    (ending, index) => `+39390${String(index).padStart(3, '0')}${ending},Ada ${index}`,
  );
  writeFileSync(path, `to,name\n${lines.join('\n')}\n`);
  return path;
}

/** A bulk that has ended, in the sandbox. Resolves to its id. */
async function ended(home: Home, endings: readonly string[], ...flags: string[]): Promise<string> {
  const line = ['send', ...flags, '--file', fileOf(home, endings), '--sandbox', '--yes', '--json', '--wait'];
  return bulkOf(await invoke(line, { home }));
}

const sms = ['sms', '-m', 'Ciao {name}'];

function bulkOf(ran: Ran): string {
  const [first] = rowsOf(ran);
  if (!first?.bulk) throw new Error(`no bulk was made: ${ran.stderr}`);
  return first.bulk;
}

const retry = (home: Home, id: string, ...flags: string[]) =>
  invoke(['bulk', 'retry', id, '--sandbox', '--yes', '--json', ...flags], { home });

const endings = (rows: readonly Row[]) => rows.map(({ to }) => to.slice(-4));

/** A gateway that refuses everything as long as `isClosed` holds. */
async function gate(): Promise<{ server: Loopback; door: { closed: boolean } }> {
  const door = { closed: true };
  const server = await serve({
    post: () => (door.closed ? json(200, { results: [{ accepted: false, reason: 'closed' }] }) : accepts()),
  });
  return { server, door };
}

describe.concurrent('in the sandbox', () => {
  test('failed rows are sent once more, under new ids', async () => {
    const home = freshHome();
    const id = await ended(home, ['1000', '0003', '1001', '0006', '0007', '0004'], ...sms);
    const ran = await retry(home, id, '--name', 'again', '--rate', '50/s', '--concurrency', '2');
    const rows = rowsOf(ran);
    expect(endings(rows)).toEqual(['0003', '0006', '0007', '0004']);
    expect(rows.every(({ bulk }) => bulk !== id && bulk === rows[0]?.bulk)).toBe(true);
    expect(ran.code).toBe(1);
    const ledger = await openLedger(join(home.state, 'sandbox.db'));
    const made = await ledger.bulks.find(rows[0]?.bulk ?? '');
    expect(made).toMatchObject({
      retryOf: id,
      name: 'again',
      rate: 50,
      concurrency: 2,
      source: `bulk ${id}`,
    });
    expect(await ledger.bulks.retriedRows(id)).toEqual(new Set([2, 4, 5, 6]));
    const texts: (string | null)[] = [];
    for await (const page of ledger.bulks.deliveries(made?.id ?? ''))
      texts.push(...page.map(({ plan }) => plan.message.text));
    expect(texts).toEqual(['Ciao Ada 1', 'Ciao Ada 3', 'Ciao Ada 4', 'Ciao Ada 5']);
    ledger.close();
  });

  test('--only narrows, and the rest can follow', async () => {
    const home = freshHome();
    const id = await ended(home, ['0003', '0006', '0004'], ...sms);
    expect(endings(rowsOf(await retry(home, id, '--only', 'expired')))).toEqual(['0004']);
    expect(endings(rowsOf(await retry(home, id)))).toEqual(['0003', '0006']);
    const third = await retry(home, id);
    expect([third.code, rowsOf(third)]).toEqual([0, []]);
    const wrong = await retry(home, id, '--only', 'delivered');
    expect([wrong.code, errorOf(wrong).code]).toEqual([2, 'status.unknown']);
  });

  test('run again it sends nothing, and names the retry that did', async () => {
    const home = freshHome();
    const id = await ended(home, ['1000', '0003'], ...sms);
    const first = bulkOf(await retry(home, id, '--wait'));
    const second = await retry(home, id);
    expect([second.code, rowsOf(second)]).toEqual([0, []]);
    expect(second.stderr).toContain(`1 failed message was retried before, in bulk ${first}`);
    expect(second.stderr).toContain(`\`qlara bulk retry ${first} --sandbox\``);
    const list = await invoke(['bulk', 'list', '--sandbox', '--json'], { home });
    expect(JSON.parse(list.stdout)).toHaveLength(2);
  });

  test('a retry can be retried', async () => {
    const home = freshHome();
    const id = await ended(home, ['1000', '0003', '0006'], ...sms);
    const first = bulkOf(await retry(home, id, '--wait'));
    const second = rowsOf(await retry(home, first, '--wait'));
    expect(endings(second)).toEqual(['0003', '0006']);
    expect(second[0]?.bulk).not.toBe(first);
    const shown = await invoke(['bulk', 'show', second[0]?.bulk ?? '', '--sandbox', '--json'], { home });
    expect(only(JSON.parse(shown.stdout))).toMatchObject({ retryOf: first, rows: 2, failed: 2 });
  });

  test('the chain goes through its channels again', async () => {
    const home = freshHome();
    const chain = ['--fallback', '-m', 'Ciao', '--template', 'template_123', '--var', 'name=Ada'];
    const id = await ended(home, ['0003', '0002'], ...chain);
    const row = only(rowsOf(await retry(home, id, '--wait')));
    expect(row.attempts.map(({ channel }) => channel)).toEqual(['whatsapp', 'rcs', 'sms']);
  });

  test('where nothing failed, nothing is sent', async () => {
    const home = freshHome();
    const id = await ended(home, ['1000', '1001'], ...sms);
    const ran = await retry(home, id);
    expect([ran.code, rowsOf(ran)]).toEqual([0, []]);
    expect(ran.stderr).toContain(`no message of bulk ${id} has failed`);
  });

  test('without a terminal --yes is required', async () => {
    const home = freshHome();
    const id = await ended(home, ['0006'], ...sms);
    const ran = await invoke(['bulk', 'retry', id, '--sandbox', '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'yes.missing']);
  });
});

describe.concurrent('sent once', () => {
  test('a killed retry resumes without sending a row twice', async () => {
    const home = freshHome({ grace: '200ms' });
    const { server, door } = await gate();
    const env = { ...key, QLARA_BASE_URL: server.url };
    const file = fileOf(
      home,
      Array.from({ length: 60 }, (_, index) => String(1000 + index)),
    );
    const line = ['send', 'sms', '-m', 'Ciao', '--file', file, '--yes', '--json', '--rate', '500/s'];
    const id = bulkOf(await invoke(line, { home, env }));
    door.closed = false;
    const again = ['bulk', 'retry', id, '--yes', '--json', '--rate', '60/s'];
    const killed = start(again, { home, env });
    await until(() => server.taken.length > 10, 'some are sent');
    killed.child.kill('SIGKILL');
    await killed.done;
    const ran = await invoke(again, { home, env });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('in a retry that is not done yet');
    expect(server.taken).toHaveLength(60);
    expect(new Set(server.taken).size).toBe(60);
    const third = await invoke(again, { home, env });
    expect([third.code, rowsOf(third)]).toEqual([0, []]);
    expect(server.taken).toHaveLength(60);
  });

  test('concurrent retries make one retry', async () => {
    const home = freshHome();
    const { server, door } = await gate();
    const env = { ...key, QLARA_BASE_URL: server.url };
    const file = fileOf(
      home,
      Array.from({ length: 30 }, (_, index) => String(1000 + index)),
    );
    const line = ['send', 'sms', '-m', 'Ciao', '--file', file, '--yes', '--json', '--rate', '500/s'];
    const id = bulkOf(await invoke(line, { home, env }));
    door.closed = false;
    const again = ['bulk', 'retry', id, '--yes', '--json', '--rate', '100/s'];
    await Promise.all([1, 2, 3].map(() => run(again, { home, env })));
    expect(server.taken).toHaveLength(30);
    const list = await invoke(['bulk', 'list', '--json'], { home });
    expect(JSON.parse(list.stdout)).toHaveLength(2);
  });
});
