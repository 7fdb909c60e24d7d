import { expect, test } from 'vitest';
import { DelayStats } from '../../src/message/stats.ts';
import { unstyled } from '../../src/output/style.ts';
import { reportPage } from '../../src/views/bulk-report.ts';
import { bulkSpec } from '../support/messages.ts';

test.each([
  [3, true],
  [0, false],
])('a report with %i messages left lists the processes at work: %s', (queued, isListed) => {
  const page = reportPage(
    {
      bulk: { ...bulkSpec(), rows: 10, stopped: false },
      state: queued > 0 ? 'running' : 'done',
      counts: [
        { channel: 'sms', status: 'queued', final: false, count: queued },
        { channel: 'sms', status: 'submitted', final: false, count: 10 - queued },
      ],
      workers: [{ host: 'web-1', pid: 7, since: 0, accepted: 7, isSilent: false, rate: 2 }],
      reasons: [],
      delays: new DelayStats(),
    },
    80,
    unstyled,
  );
  expect(/^at work {2}[\s\S]*web-1/m.test(page)).toBe(isListed);
});
