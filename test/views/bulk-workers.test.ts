import { expect, test } from 'vitest';
import { DelayStats } from '../../src/message/stats.ts';
import { unstyled } from '../../src/output/style.ts';
import { measureWidth } from '../../src/output/width.ts';
import type { BulkReport, BulkWorkerReport } from '../../src/services/bulk/report.ts';
import { reportColumns, reportPage } from '../../src/views/bulk-report.ts';
import { describeRest } from '../../src/views/bulk-workers.ts';
import { bulkSpec } from '../support/messages.ts';

const working: BulkWorkerReport = {
  host: 'one',
  pid: 7,
  since: new Date(2026, 10, 28, 4, 5, 6).getTime(),
  accepted: 1_000,
  rate: 50,
  isSilent: false,
};
const silent: BulkWorkerReport = {
  ...working,
  host: 'a-machine-with-a-name-longer-than-it-may-be',
  pid: 1_234_567,
  accepted: 1_234_567,
  isSilent: true,
};
const report: BulkReport = {
  bulk: { ...bulkSpec(), rows: 1_000, stopped: false },
  state: 'running',
  counts: [{ channel: 'sms', status: 'queued', final: false, count: 1_000 }],
  workers: [working, silent],
  reasons: [],
  delays: new DelayStats(),
};

test('a process that does not respond has no rate, which 80 columns show', () => {
  const lines = reportPage(report, 80, unstyled).split('\n');
  const start = lines.findIndex((line) => line.startsWith('at work'));
  expect(lines.slice(start, start + 3)).toEqual([
    'at work  1,000 left to send, about 20 s at this rate',
    '  one                       pid 7            1,000 sent            50/s  since …',
    '  a-machine-with-a-name-l…  pid 1234567  1,234,567 sent  not responding  since …',
  ]);
  for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(80);
});

test('the time left does not count on a process that does not respond', () => {
  expect(describeRest({ ...report, workers: [silent] })).toBe('1,000 left to send');
});

test('scripts learn that a process does not respond', () => {
  const column = reportColumns.find(({ key }) => key === 'workers');
  expect(column?.value(report)).toMatchObject([
    { pid: 7, silent: false },
    { pid: 1_234_567, silent: true },
  ]);
});
