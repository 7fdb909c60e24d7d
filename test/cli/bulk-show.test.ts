import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, only, type Ran, rowsOf, start, until } from '../support/program.ts';
import { envelope, reset, serve } from '../support/server.ts';

/** A bulk as the contract with scripts has it. */
interface Told {
  id: string;
  state: string;
  rows: number;
  queued: number;
  open: number;
  delivered: number;
  failed: number;
  inDoubt: number;
  read: number;
  byStatus: Record<string, number>;
  byChannel: Record<string, Record<string, number>>;
  reasons: { reason: string | null; channel: string; count: number }[];
  delivery: Record<'p50' | 'p90' | 'p95' | 'p99' | 'max', number | null>;
  histogram: { upTo: number; count: number }[];
}

const told = (ran: Ran) => only(JSON.parse(ran.stdout) as Told[]);

/** A file whose destinations end so. */
function fileOf(home: Home, endings: readonly string[], more = ''): string {
  const path = join(home.path, 'rows.csv');
  const lines = endings.map((ending, index) => `+39390${String(index).padStart(3, '0')}${ending}`);
  writeFileSync(path, `to\n${lines.join('\n')}\n${more}`);
  return path;
}

/** A bulk in the sandbox, once it has ended. Resolves to its id. */
async function sent(home: Home, endings: readonly string[], ...flags: string[]): Promise<string> {
  const line = ['send', ...flags, '--file', fileOf(home, endings), '--sandbox', '--yes', '--json'];
  const ran = await invoke(line, { home });
  const [first] = rowsOf(ran);
  if (!first?.bulk) throw new Error(`no bulk was made: ${ran.stderr}`);
  return first.bulk;
}

const sms = ['sms', '-m', 'Ciao'];

describe.concurrent('in the sandbox', () => {
  test('totals, reasons and the time to delivery', async () => {
    const home = freshHome();
    const id = await sent(home, ['1000', '1001', '1002', '0003', '0003', '0006', '0006', '0007'], ...sms);
    // Slow enough for the times to be more than what recording takes on a busy machine.
    const env = { QLARA_SANDBOX_SPEED: '5' };
    const waited = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--json'], { home, env });
    const report = told(waited);
    expect(waited.code).toBe(1);
    expect(report).toMatchObject({
      id,
      state: 'done',
      rows: 8,
      queued: 0,
      open: 0,
      delivered: 3,
      failed: 5,
      inDoubt: 0,
      read: 0,
      byStatus: { queued: 0, delivered: 3, undelivered: 2, rejected: 3, expired: 0 },
      byChannel: { sms: { rows: 8, queued: 0, open: 0, delivered: 3, read: 0, failed: 5 } },
      reasons: [
        { reason: 'handset unreachable', channel: 'sms', count: 2 },
        { reason: 'phoneNumber NUMBER is not a valid destination', channel: 'sms', count: 2 },
        { reason: 'opted out', channel: 'sms', count: 1 },
      ],
    });
    const { p50, p90, p95, p99, max } = report.delivery;
    expect(p50).toBeGreaterThan(0);
    const rising = [p50, p90, p95, p99].map(Number);
    expect(rising).toEqual(rising.toSorted((a, b) => a - b));
    expect(max).toBeLessThan(20);
    expect(report.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    const again = await invoke(['bulk', 'show', id.slice(0, 14), '--sandbox', '--json'], { home });
    expect([again.code, told(again)]).toEqual([0, report]);
  });

  test('the ledger answers without a request; --refresh asks once', async () => {
    const home = freshHome();
    const id = await sent(home, ['1000', '1001'], ...sms);
    const known = await invoke(['bulk', 'show', id, '--sandbox', '--json'], { home });
    expect([known.code, known.stderr]).toEqual([0, '']);
    expect(told(known)).toMatchObject({
      open: 2,
      delivered: 0,
      delivery: { p50: null, max: null },
      histogram: [],
    });
    let fresh = known;
    while (told(fresh).open > 0)
      fresh = await invoke(['bulk', 'show', id, '--sandbox', '--json', '--refresh', '-q'], { home });
    expect(fresh.code).toBe(0);
    expect(told(fresh)).toMatchObject({ open: 0, delivered: 2 });
  });

  test('the chain is shown by channel', async () => {
    const home = freshHome();
    const flags = ['--fallback', '-m', 'Ciao', '--template', 'template_123', '--var', 'name=Ada'];
    const id = await sent(home, ['1000', '0001', '0002', '0003'], ...flags);
    const ran = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--json'], { home });
    expect(told(ran).byChannel).toMatchObject({
      whatsapp: { rows: 1, delivered: 1 },
      rcs: { rows: 1, delivered: 1 },
      sms: { rows: 2, delivered: 1, failed: 1 },
    });
  });

  test('--only prints messages, in every form', async () => {
    const home = freshHome();
    const id = await sent(home, ['1000', '0006', '0007'], ...sms);
    const line = ['bulk', 'show', id, '--sandbox', '--only', 'rejected,expired'];
    const rows = rowsOf(await invoke([...line, '--json'], { home }));
    expect(rows.map(({ to, status, bulk }) => [to.slice(-4), status, bulk])).toEqual([
      ['0006', 'rejected', id],
      ['0007', 'rejected', id],
    ]);
    const csv = await invoke([...line, '-o', 'csv'], { home });
    expect(csv.stdout.split('\r\n')).toHaveLength(4);
    const ndjson = await invoke([...line, '-o', 'ndjson'], { home });
    expect(
      ndjson.stdout
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row)),
    ).toEqual(rows);
    const plain = await invoke([...line, '--columns', 'to,status'], { home });
    expect(plain.stdout).toMatch(/^to\tstatus\n\+\d+0006\trejected\n\+\d+0007\trejected\n$/);
    const none = await invoke(['bulk', 'show', id, '--sandbox', '--only', 'read', '--json'], { home });
    expect([none.code, rowsOf(none)]).toEqual([0, []]);
  });

  test('a table for programs and a record of chosen columns', async () => {
    const home = freshHome();
    const id = await sent(home, ['1000', '0007'], ...sms);
    const plain = await invoke(['bulk', 'show', id, '--sandbox', '--columns', 'rows,failed,reasons'], {
      home,
    });
    expect(plain.stdout).toBe(
      'rows\tfailed\treasons\n2\t1\t[{"reason":"opted out","channel":"sms","count":1}]\n',
    );
    const csv = await invoke(['bulk', 'show', id, '--sandbox', '-o', 'csv', '--columns', 'id,rows'], {
      home,
    });
    expect(csv.stdout).toBe(`id,rows\r\n${id},2\r\n`);
    const wrong = await invoke(['bulk', 'show', id, '--sandbox', '--columns', 'reason', '--json'], { home });
    expect([wrong.code, errorOf(wrong).hint]).toEqual([2, 'did you mean reasons?']);
  });

  test('time that runs out', async () => {
    const home = freshHome();
    const env = { QLARA_SANDBOX_SPEED: '1' };
    const id = await sent(home, ['0012'], ...sms);
    const line = ['bulk', 'show', id, '--sandbox', '--wait', '--timeout', '300ms', '--json'];
    const ran = await invoke(line, { home, env });
    expect([ran.code, errorOf(ran).code]).toEqual([5, 'wait.timeout']);
    expect(told(ran)).toMatchObject({ open: 1 });
  });

  test('a bulk that another process is still sending is followed to its end', async () => {
    const home = freshHome();
    const path = fileOf(
      home,
      Array.from({ length: 80 }, (_, index) => String(1000 + index)),
    );
    const sending = start(
      ['send', 'sms', '-m', 'Ciao', '--file', path, '--sandbox', '--yes', '--rate', '20/s'],
      {
        home,
      },
    );
    await until(() => sending.printed.stdout.split('\n').length > 3, 'some are sent');
    const list = await invoke(['bulk', 'list', '--sandbox', '--json'], { home });
    const { id, state } = only(JSON.parse(list.stdout) as Told[]);
    expect(state).toBe('running');
    const shown = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--interval', '100ms', '--json'], {
      home,
    });
    expect(shown.code).toBe(0);
    expect(told(shown)).toMatchObject({ rows: 80, queued: 0, open: 0, delivered: 80 });
    expect((await sending.done).code).toBe(0);
  });
});

describe.concurrent('elsewhere', () => {
  test('control characters in a gateway’s reasons are removed', async () => {
    const home = freshHome();
    const server = await serve({ post: envelope(400, 'no \u001b[2J\u009b31m\u202eway') });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const line = ['send', 'sms', '-m', 'Ciao', '--file', fileOf(home, ['1000']), '--yes', '--json'];
    const id = only(rowsOf(await invoke(line, { home, env }))).bulk ?? '';
    for (const form of ['json', 'ndjson', 'csv', 'table']) {
      const ran = await invoke(['bulk', 'show', id, '-o', form], { home, env });
      expect([form, ran.code, ran.stdout.match(/[\u001b\u0080-\u009f\u202e]/)]).toEqual([form, 0, null]);
      expect(ran.stdout).toContain('way');
    }
  });

  test('a gateway that cannot be asked ends it with 4, after what is known', async () => {
    const home = freshHome();
    const server = await serve({ get: () => reset() });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const file = fileOf(home, ['1000', '1001']);
    const made = await invoke(['send', 'sms', '-m', 'Ciao', '--file', file, '--yes', '--json'], {
      home,
      env,
    });
    const id = rowsOf(made)[0]?.bulk ?? '';
    const ran = await invoke(['bulk', 'show', id, '--refresh', '--json'], { home, env });
    expect(ran.code).toBe(4);
    expect(told(ran)).toMatchObject({ rows: 2, open: 2 });
  });

  test('an unknown bulk', async () => {
    const ran = await invoke(['bulk', 'show', 'nothing', '--sandbox', '--json'], {});
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'bulk.unknown']);
  });

  test('a stopped bulk is not waited for', async () => {
    const home = freshHome();
    const path = fileOf(
      home,
      Array.from({ length: 60 }, (_, index) => String(1000 + index)),
    );
    const sending = start(
      ['send', 'sms', '-m', 'Ciao', '--file', path, '--sandbox', '--yes', '--rate', '10/s'],
      {
        home,
      },
    );
    await until(() => sending.printed.stdout.split('\n').length > 3, 'some are sent');
    const list = await invoke(['bulk', 'list', '--sandbox', '--json'], { home });
    const { id } = only(JSON.parse(list.stdout) as Told[]);
    await invoke(['bulk', 'stop', id, '--sandbox'], { home });
    await sending.done;
    const ran = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([5, 'wait.not-sent']);
    expect(told(ran)).toMatchObject({ state: 'stopped', open: 0 });
  });
});
