import { afterEach, expect, test, vi } from 'vitest';
import { formatDuration, formatDurationExactly, formatPercent, formatZone } from '../../src/output/units.ts';

test.each([
  [0, 10, '0 %'],
  [10, 10, '100 %'],
  [1, 3, '33.3 %'],
  [1, 100_000, '<0.1 %'],
  [99_999, 100_000, '>99.9 %'],
  [0, 0, '0 %'],
])('%i of %i is %s', (count, total, text) => {
  expect(formatPercent(count, total)).toBe(text);
});

test.each([
  [0, '0 s', '0 ms'],
  [450, '0 s', '450 ms'],
  [1_500, '2 s', '1.5 s'],
  [9_980, '10 s', '10 s'],
  [90_000, '90 s', '90 s'],
  [300_000, '5 min', '5 min'],
  [7_200_000, '2 h', '2 h'],
  [7_800_000, '2 h 10 min', '2 h 10 min'],
  [30 * 86_400_000, '30 d', '30 d'],
])('%i ms is %s, or %s', (milliseconds, rough, exact) => {
  expect([formatDuration(milliseconds), formatDurationExactly(milliseconds)]).toEqual([rough, exact]);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([
  ['UTC', '2026-11-27T12:00Z', 'UTC (UTC+00:00)'],
  ['Europe/Rome', '2026-11-27T12:00Z', 'Europe/Rome (UTC+01:00)'],
  ['Europe/Rome', '2026-07-01T12:00Z', 'Europe/Rome (UTC+02:00)'],
  ['America/New_York', '2026-03-08T06:59Z', 'America/New_York (UTC-05:00)'],
  ['America/New_York', '2026-03-08T07:00Z', 'America/New_York (UTC-04:00)'],
  ['America/St_Johns', '2026-01-01T12:00Z', 'America/St_Johns (UTC-03:30)'],
  ['Asia/Kolkata', '2026-11-27T12:00Z', 'Asia/Kolkata (UTC+05:30)'],
])('the zone %s at %s is %s', (TZ, instant, text) => {
  vi.stubEnv('TZ', TZ);
  expect(formatZone(Date.parse(instant), TZ)).toBe(text);
  // Without a name, or with one that does not exist, the name is that of Node.
  for (const name of [undefined, '', 'Nowhere/Never'])
    expect(formatZone(Date.parse(instant), name)).toMatch(/^[A-Za-z_/]+ \(UTC[+-]\d\d:\d\d\)$/);
});

test.each(['Foo/Bar', 'Nowhere', 'ABC', '???'])(
  'the zone TZ=%s, which does not exist, is shown as an offset',
  (TZ) => {
    vi.stubEnv('TZ', TZ);
    expect(formatZone(Date.parse('2026-11-27T12:00Z'), TZ)).toMatch(
      /^(?:(?:Etc\/)?[A-Z][\w/]* \()?UTC[+-]\d\d:\d\d\)?$/,
    );
  },
);
