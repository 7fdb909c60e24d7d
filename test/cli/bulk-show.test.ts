import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import {
  freshHome,
  type Home,
  only,
  parseError,
  parseRows,
  type RunResult,
  start,
  until,
} from '../support/program.ts';
import { envelope, reset, serve } from '../support/server.ts';

/** A bulk in JSON output, as scripts rely on it. */
interface BulkReport {
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

const parseReport = (result: RunResult) => only(JSON.parse(result.stdout) as BulkReport[]);

/** Writes a CSV file of phone numbers with these last digits. */
function writeRows(home: Home, endings: readonly string[], more = ''): string {
  const path = join(home.path, 'rows.csv');
  const lines = endings.map((ending, index) => `+39390${String(index).padStart(3, '0')}${ending}`);
  writeFileSync(path, `to\n${lines.join('\n')}\n${more}`);
  return path;
}

/** Sends a bulk to the sandbox and returns its id. */
async function sendBulk(home: Home, endings: readonly string[], ...flags: string[]): Promise<string> {
  const args = ['send', ...flags, '--file', writeRows(home, endings), '--sandbox', '--yes', '--json'];
  const result = await invoke(args, { home });
  const [first] = parseRows(result);
  if (!first?.bulk) throw new Error(`no bulk was made: ${result.stderr}`);
  return first.bulk;
}

const sms = ['sms', '-m', 'Ciao'];

describe.concurrent('in the sandbox', () => {
  test('reports totals, reasons and delivery times', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '1001', '1002', '0003', '0003', '0006', '0006', '0007'], ...sms);
    // Slow enough that delivery times exceed the time to record them on a busy machine.
    const env = { QLARA_SANDBOX_SPEED: '5' };
    const shown = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--json'], { home, env });
    const report = parseReport(shown);
    expect(shown.code).toBe(1);
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
    expect([again.code, parseReport(again)]).toEqual([0, report]);
  });

  test('reads from the ledger without requests; --refresh makes one', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '1001'], ...sms);
    const stored = await invoke(['bulk', 'show', id, '--sandbox', '--json'], { home });
    expect([stored.code, stored.stderr]).toEqual([0, '']);
    expect(parseReport(stored)).toMatchObject({
      open: 2,
      delivered: 0,
      delivery: { p50: null, max: null },
      histogram: [],
    });
    let refreshed = stored;
    while (parseReport(refreshed).open > 0)
      refreshed = await invoke(['bulk', 'show', id, '--sandbox', '--json', '--refresh', '-q'], { home });
    expect(refreshed.code).toBe(0);
    expect(parseReport(refreshed)).toMatchObject({ open: 0, delivered: 2 });
  });

  test('reports a fallback chain by channel', async () => {
    const home = freshHome();
    const flags = ['--fallback', '-m', 'Ciao', '--template', 'template_123', '--var', 'name=Ada'];
    const id = await sendBulk(home, ['1000', '0001', '0002', '0003'], ...flags);
    const result = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--json'], { home });
    expect(parseReport(result).byChannel).toMatchObject({
      whatsapp: { rows: 1, delivered: 1 },
      rcs: { rows: 1, delivered: 1 },
      sms: { rows: 2, delivered: 1, failed: 1 },
    });
  });

  test('lists messages with --only in every format', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '0006', '0007'], ...sms);
    const args = ['bulk', 'show', id, '--sandbox', '--only', 'rejected,expired'];
    const rows = parseRows(await invoke([...args, '--json'], { home }));
    expect(rows.map(({ to, status, bulk }) => [to.slice(-4), status, bulk])).toEqual([
      ['0006', 'rejected', id],
      ['0007', 'rejected', id],
    ]);
    const csv = await invoke([...args, '-o', 'csv'], { home });
    expect(csv.stdout.split('\r\n')).toHaveLength(4);
    const ndjson = await invoke([...args, '-o', 'ndjson'], { home });
    expect(
      ndjson.stdout
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row)),
    ).toEqual(rows);
    const plain = await invoke([...args, '--columns', 'to,status'], { home });
    expect(plain.stdout).toMatch(/^to\tstatus\n\+\d+0006\trejected\n\+\d+0007\trejected\n$/);
    const none = await invoke(['bulk', 'show', id, '--sandbox', '--only', 'read', '--json'], { home });
    expect([none.code, parseRows(none)]).toEqual([0, []]);
  });

  test('prints a plain table, and a record with selected columns', async () => {
    const home = freshHome();
    const id = await sendBulk(home, ['1000', '0007'], ...sms);
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
    const invalid = await invoke(['bulk', 'show', id, '--sandbox', '--columns', 'reason', '--json'], {
      home,
    });
    expect([invalid.code, parseError(invalid).hint]).toEqual([2, 'did you mean reasons?']);
  });

  test('exits with 5 when --timeout expires', async () => {
    const home = freshHome();
    const env = { QLARA_SANDBOX_SPEED: '1' };
    const id = await sendBulk(home, ['0012'], ...sms);
    const args = ['bulk', 'show', id, '--sandbox', '--wait', '--timeout', '300ms', '--json'];
    const result = await invoke(args, { home, env });
    expect([result.code, parseError(result).code]).toEqual([5, 'wait.timeout']);
    expect(parseReport(result)).toMatchObject({ open: 1 });
  });

  test('follows a bulk that another process is sending to its end', async () => {
    const home = freshHome();
    const path = writeRows(
      home,
      Array.from({ length: 80 }, (_, index) => String(1000 + index)),
    );
    const sending = start(
      ['send', 'sms', '-m', 'Ciao', '--file', path, '--sandbox', '--yes', '--rate', '20/s'],
      {
        home,
      },
    );
    await until(() => sending.printed.stdout.split('\n').length > 3, 'more than 2 rows are printed');
    const list = await invoke(['bulk', 'list', '--sandbox', '--json'], { home });
    const { id, state } = only(JSON.parse(list.stdout) as BulkReport[]);
    expect(state).toBe('running');
    const shown = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--interval', '100ms', '--json'], {
      home,
    });
    expect(shown.code).toBe(0);
    expect(parseReport(shown)).toMatchObject({ rows: 80, queued: 0, open: 0, delivered: 80 });
    expect((await sending.done).code).toBe(0);
  });
});

describe.concurrent('outside the sandbox', () => {
  test('removes control characters from the gateway’s reasons', async () => {
    const home = freshHome();
    const server = await serve({ post: envelope(400, 'no \u001b[2J\u009b31m\u202eway') });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const args = ['send', 'sms', '-m', 'Ciao', '--file', writeRows(home, ['1000']), '--yes', '--json'];
    const id = only(parseRows(await invoke(args, { home, env }))).bulk ?? '';
    for (const form of ['json', 'ndjson', 'csv', 'table']) {
      const result = await invoke(['bulk', 'show', id, '-o', form], { home, env });
      expect([form, result.code, result.stdout.match(/[\u001b\u0080-\u009f\u202e]/)]).toEqual([
        form,
        0,
        null,
      ]);
      expect(result.stdout).toContain('way');
    }
  });

  test('exits with 4 after the known state when the gateway is unreachable', async () => {
    const home = freshHome();
    const server = await serve({ get: () => reset() });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const file = writeRows(home, ['1000', '1001']);
    const sent = await invoke(['send', 'sms', '-m', 'Ciao', '--file', file, '--yes', '--json'], {
      home,
      env,
    });
    const id = parseRows(sent)[0]?.bulk ?? '';
    const result = await invoke(['bulk', 'show', id, '--refresh', '--json'], { home, env });
    expect(result.code).toBe(4);
    expect(parseReport(result)).toMatchObject({ rows: 2, open: 2 });
  });

  test('reports an unknown bulk', async () => {
    const result = await invoke(['bulk', 'show', 'nothing', '--sandbox', '--json'], {});
    expect([result.code, parseError(result).code]).toEqual([2, 'bulk.unknown']);
  });

  test('does not wait for a stopped bulk', async () => {
    const home = freshHome();
    const path = writeRows(
      home,
      Array.from({ length: 60 }, (_, index) => String(1000 + index)),
    );
    const sending = start(
      ['send', 'sms', '-m', 'Ciao', '--file', path, '--sandbox', '--yes', '--rate', '10/s'],
      {
        home,
      },
    );
    await until(() => sending.printed.stdout.split('\n').length > 3, 'more than 2 rows are printed');
    const list = await invoke(['bulk', 'list', '--sandbox', '--json'], { home });
    const { id } = only(JSON.parse(list.stdout) as BulkReport[]);
    await invoke(['bulk', 'stop', id, '--sandbox'], { home });
    await sending.done;
    const result = await invoke(['bulk', 'show', id, '--sandbox', '--wait', '--json'], { home });
    expect([result.code, parseError(result).code]).toEqual([5, 'wait.not-sent']);
    expect(parseReport(result)).toMatchObject({ state: 'stopped', open: 0 });
  });
});
