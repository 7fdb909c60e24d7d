import { describe, expect, test } from 'vitest';
import type { StatusCount } from '../../src/message/bulk.ts';
import { unstyled } from '../../src/output/style.ts';
import { measureWidth } from '../../src/output/width.ts';
import { statusBreakdown } from '../../src/views/bulk-breakdown.ts';
import {
  fittingLine,
  progressParts,
  resultParts,
  type Stage,
  summaryParts,
} from '../../src/views/bulk-progress.ts';

const counts: StatusCount[] = [
  { channel: 'whatsapp', status: 'queued', final: false, count: 1_000 },
  { channel: 'whatsapp', status: 'undelivered', final: false, count: 7 },
  { channel: 'whatsapp', status: 'read', final: true, count: 80 },
  { channel: 'sms', status: 'delivered', final: true, count: 900 },
  { channel: 'sms', status: 'undelivered', final: true, count: 12 },
  { channel: 'sms', status: 'unknown', final: false, count: 1 },
];

describe('status breakdown', () => {
  test('lists channels, and rows that may still fall back separately', () => {
    expect(statusBreakdown(counts, 80, unstyled)).toEqual([
      '– queued       1,000   50.0 %    whatsapp 1,000',
      '• in doubt         1   <0.1 %                     sms   1',
      '✔ delivered      900   45.0 %                     sms 900',
      '✔ read            80    4.0 %    whatsapp    80',
      '• falling back     7    0.4 %    whatsapp     7',
      '✖ undelivered     12    0.6 %                     sms  12',
    ]);
  });

  test('omits the channel if there is only one', () => {
    const sms = counts.filter(({ channel }) => channel === 'sms');
    expect(statusBreakdown(sms, 80, unstyled)[1]).toBe('✔ delivered    900   98.6 %');
  });

  test.each([20, 30, 40, 60, 200])('fits into %i columns', (width) => {
    for (const line of statusBreakdown(counts, width, unstyled))
      expect(measureWidth(line)).toBeLessThanOrEqual(Math.max(width, 20));
  });
});

describe('progress', () => {
  const sending: Stage = {
    what: 'sending',
    underWay: 3,
    counts: [
      { channel: 'sms', status: 'queued', final: false, count: 750 },
      { channel: 'sms', status: 'submitted', final: false, count: 240 },
      { channel: 'sms', status: 'rejected', final: true, count: 10 },
    ],
  };
  const waiting: Stage = { ...sending, what: 'following' };
  const bulk = { rows: 1_000 };
  const progress = { rate: 50, fresh: 1_000, elapsed: 5_000, held: 0 };

  test.each<[string, string[], string[]]>([
    [
      'sending',
      progressParts(sending, bulk, progress),
      ['sending  250 of 1,000', '50/s', '15 s left', '3 in flight'],
    ],
    [
      'held',
      progressParts({ ...sending, underWay: 0 }, bulk, { ...progress, rate: 0, held: 400 }),
      ['sending  250 of 1,000', 'waiting 1 s'],
    ],
    ['following', progressParts(waiting, bulk, progress), ['following  10 of 1,000 final', 'for 5 s']],
    ['cut short', summaryParts(sending, bulk, progress), ['250 of 1,000 sent', '750 not sent', 'in 5 s']],
    [
      'in doubt, which resultParts tells',
      summaryParts(
        { ...sending, counts: [{ channel: 'sms', status: 'unknown', final: false, count: 750 }] },
        bulk,
        progress,
      ),
      ['250 of 1,000 sent', 'in 5 s'],
    ],
    ['sent', summaryParts({ ...sending, counts: [] }, bulk, progress), ['1,000 sent', 'in 5 s', '50/s']],
    [
      'sent in a moment',
      summaryParts({ ...sending, counts: [] }, bulk, { ...progress, elapsed: 80 }),
      ['1,000 sent', 'in 80 ms'],
    ],
    [
      'sent on',
      summaryParts({ ...sending, counts: [] }, bulk, { ...progress, fresh: 200 }),
      ['1,000 sent', '200 in this run', 'in 5 s', '50/s'],
    ],
    ['followed', summaryParts(waiting, bulk, progress), ['10 of 1,000 final', 'in 5 s']],
    ['resultParts', resultParts(sending.counts), ['10 failed']],
  ])('%s', (_, pieces, expected) => {
    expect(pieces).toEqual(expected);
  });

  test('drops the last parts if the line is short', () => {
    expect(fittingLine(['sending  250 of 1,000', '50/s', '15 s left'], 30)).toBe(
      'sending  250 of 1,000   50/s',
    );
    expect(fittingLine(['sending  250 of 1,000'], 5)).toBe('sending  250 of 1,000');
  });
});
