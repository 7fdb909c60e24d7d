import { afterEach, describe, expect, test, vi } from 'vitest';
import { readGatewayTime, readTime } from '../../src/message/time.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const at = Date.parse('2026-11-24T02:59:07Z');

describe('a time with a zone', () => {
  test.each([
    ['2026-11-24T02:59:07Z', at],
    ['2026-11-24t02:59:07z', at],
    ['2026-11-24 02:59:07Z', at],
    ['2026-11-24T02:59:07+00:00', at],
    ['2026-11-24T02:59:07-00:00', at],
    ['2026-11-24T03:59:07+01:00', at],
    ['2026-11-24T03:59:07+0100', at],
    ['2026-11-24T03:59:07+01', at],
    ['2026-11-24 03:59:07.000+0100', at],
    ['2026-11-24 03:59:07 +0100', at],
    ['2026-11-24T08:29:07+05:30', at],
    ['2026-11-23T21:59:07-05:00', at],
    ['2026-11-24T02:59:07 UTC', at],
    ['2026-11-24 02:59:07 GMT', at],
    ['2026-11-24T03:59:07+01:00[Europe/Rome]', at],
    ['2026-11-24T02:59:07.5Z', at + 500],
    ['2026-11-24T02:59:07,5Z', at + 500],
    ['2026-11-24T02:59:07.123456789Z', at + 123],
    ['2026-11-24T02:59Z', at - 7_000],
    ['20261124T025907Z', at],
    ['20261124T035907+0100', at],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['1764212347', 1764212347_000],
    ['1764212347.25', 1764212347_250],
    ['1764212347123', 1764212347123],
    ['@1764212347', 1764212347_000],
  ])('%j', (text, expected) => {
    for (const TZ of ['UTC', 'America/New_York', 'Europe/Rome', 'Asia/Kolkata']) {
      vi.stubEnv('TZ', TZ);
      for (const zone of ['utc', 'local'] as const)
        expect(readTime(text, zone)).toEqual({ at: expected, hasZone: true });
    }
  });
});

/** Times without a zone, with their instants as UTC and in three zones, around both changes of the clocks. */
const zoneless: readonly (readonly [string, utc: string, newYork: string, rome: string, kolkata: string])[] =
  [
    ['2026-11-27', '2026-11-27T00:00Z', '2026-11-27T05:00Z', '2026-11-26T23:00Z', '2026-11-26T18:30Z'],
    ['20261127', '2026-11-27T00:00Z', '2026-11-27T05:00Z', '2026-11-26T23:00Z', '2026-11-26T18:30Z'],
    ['2026-11-27T00:00', '2026-11-27T00:00Z', '2026-11-27T05:00Z', '2026-11-26T23:00Z', '2026-11-26T18:30Z'],
    ['2026-11-27 09:30', '2026-11-27T09:30Z', '2026-11-27T14:30Z', '2026-11-27T08:30Z', '2026-11-27T04:00Z'],
    [
      '2026-11-27 09:30:15.250',
      '2026-11-27T09:30:15.250Z',
      '2026-11-27T14:30:15.250Z',
      '2026-11-27T08:30:15.250Z',
      '2026-11-27T04:00:15.250Z',
    ],
    [
      '20261127093015',
      '2026-11-27T09:30:15Z',
      '2026-11-27T14:30:15Z',
      '2026-11-27T08:30:15Z',
      '2026-11-27T04:00:15Z',
    ],
    ['20261127T0930', '2026-11-27T09:30Z', '2026-11-27T14:30Z', '2026-11-27T08:30Z', '2026-11-27T04:00Z'],
    ['2026-07-01T09:30', '2026-07-01T09:30Z', '2026-07-01T13:30Z', '2026-07-01T07:30Z', '2026-07-01T04:00Z'],
    // The day of the change in Rome: 02:30 does not exist.
    ['2026-03-29', '2026-03-29T00:00Z', '2026-03-29T04:00Z', '2026-03-28T23:00Z', '2026-03-28T18:30Z'],
    ['2026-03-29T02:30', '2026-03-29T02:30Z', '2026-03-29T06:30Z', '2026-03-29T01:30Z', '2026-03-28T21:00Z'],
    ['2026-03-30', '2026-03-30T00:00Z', '2026-03-30T04:00Z', '2026-03-29T22:00Z', '2026-03-29T18:30Z'],
    // 02:30 exists twice in Rome: the first one counts.
    ['2026-10-25T02:30', '2026-10-25T02:30Z', '2026-10-25T06:30Z', '2026-10-25T00:30Z', '2026-10-24T21:00Z'],
    ['2026-10-26', '2026-10-26T00:00Z', '2026-10-26T04:00Z', '2026-10-25T23:00Z', '2026-10-25T18:30Z'],
    // The same in New York.
    ['2026-03-08T02:30', '2026-03-08T02:30Z', '2026-03-08T07:30Z', '2026-03-08T01:30Z', '2026-03-07T21:00Z'],
    ['2026-11-01T01:30', '2026-11-01T01:30Z', '2026-11-01T05:30Z', '2026-11-01T00:30Z', '2026-10-31T20:00Z'],
  ];

describe('a time without a zone', () => {
  test.each(zoneless)('%j', (text, utc, ...local) => {
    for (const [index, TZ] of ['America/New_York', 'Europe/Rome', 'Asia/Kolkata', 'UTC'].entries()) {
      vi.stubEnv('TZ', TZ);
      expect(readTime(text, 'utc')).toEqual({ at: Date.parse(utc), hasZone: false });
      expect(readTime(text, 'local')).toEqual({ at: Date.parse(local[index] ?? utc), hasZone: false });
    }
  });

  test('at a midnight that the clocks skip is the beginning of the day', () => {
    vi.stubEnv('TZ', 'Africa/Cairo');
    for (const text of ['2026-04-24', '2026-04-24T00:00', '2026-04-24 01:00'])
      expect(readTime(text, 'local')?.at).toBe(Date.parse('2026-04-23T22:00Z'));
  });
});

test.each([
  // Which is the day, and which the month?
  '05/06/2026',
  '5/6/2026',
  '05/06/26',
  '05-06-2026',
  '05.06.2026',
  '5.6.2026',
  '2026/06/05',
  '06/2026',
  '27/11/2026',
  '05/06/2026 09:00',
  '05-06-2026T09:00:00Z',
  // Dates and times that do not exist.
  '2026-02-31',
  '2026-02-29',
  '2027-02-29T00:00Z',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-11-00',
  '2026-11-32',
  '2026-02-31T00:00:00Z',
  '20260231',
  '20261301093000',
  '2026-11-27T24:00',
  '2026-11-27T25:00Z',
  '2026-11-27T09:60',
  '2026-11-27T09:00:60Z',
  '2026-11-27T09:00+25:00',
  '2026-11-27T09:00+01:60',
  '2026-11-27T09:00-99:00',
  // Too few or too many parts.
  '',
  ' ',
  '2026',
  '2026-11',
  '2026-11-2',
  '2026-1-27',
  '202611',
  '2026-1127',
  '202611-27',
  '2026-11-27T',
  '2026-11-27T09',
  '2026-11-2709:00',
  '2026-11-27T9:00',
  '2026-11-27T09:0',
  '2026-11-27T09:00:0',
  '2026-11-27T09:00:00.',
  '09:00',
  '2026-W48-5',
  '2026-331',
  '12026-11-27',
  '-2026-11-27',
  '+2026-11-27',
  '0026-11-27',
  '2026-11-27T09:00:00ZZ',
  '2026-11-27T09:00 CET',
  '2026-11-27T09:00 EST',
  '2026-11-27T09:00 PM',
  '2026-11-27T09:00+1',
  '2026-11-27T09:00+1:00',
  // Numbers that may be anything.
  '0',
  '1',
  '-1',
  '1e9',
  '1764212',
  '176421234',
  '17642123470',
  '176421234712',
  '17642123471234567',
  '1764212347.',
  '1764212347123.5',
  '0x69',
  'NaN',
  'Infinity',
  '@',
  '@1h',
  // Words.
  'now',
  'soon',
  'tomorrow',
  'Fri',
  'November 27',
  '27 Nov 2026',
  'Fri, 27 Nov 2026 09:00:00 GMT',
  '２０２６-11-27',
  'constructor',
])('%j has no or more than one meaning', (text) => {
  for (const zone of ['utc', 'local'] as const) expect(readTime(text, zone)).toBeUndefined();
});

describe('a time of a gateway', () => {
  test.each<readonly [string, string]>([
    ...zoneless.map(([text, utc]) => [text, utc] as const),
    ['Tue, 24 Nov 2026 02:59:07 GMT', '2026-11-24T02:59:07Z'],
    ['Tue, 24 Nov 2026 02:59:07', '2026-11-24T02:59:07Z'],
    ['Tue, 24 Nov 2026 03:59:07 +0100', '2026-11-24T02:59:07Z'],
    ['Tuesday, 24-Nov-26 02:59:07 GMT', '2026-11-24T02:59:07Z'],
    [' 2026-11-24T02:59:07 ', '2026-11-24T02:59:07Z'],
  ])('%j is in UTC', (text, expected) => {
    for (const TZ of ['UTC', 'America/New_York', 'Europe/Rome', 'Asia/Kolkata']) {
      vi.stubEnv('TZ', TZ);
      expect(readGatewayTime(text)).toBe(Date.parse(expected));
    }
  });

  test.each(['', 'Tue', 'Tue, soon', 'Nov 24, 2026', '24/11/2026', '2026-02-31T00:00:00'])(
    '%j is none',
    (text) => {
      expect(readGatewayTime(text)).toBeUndefined();
    },
  );
});
