import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { past } from '../../src/input/times.ts';
import { assignment, commas, duration, httpUrl, text, wholeNumber } from '../../src/input/value-types.ts';

const getErrorCode = (value: () => unknown): string => {
  try {
    value();
  } catch (cause) {
    if (cause instanceof Failure && cause.kind === 'usage') return cause.code;
    throw cause;
  }
  return 'accepted';
};

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['2s', 2_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    [' 2s ', 2_000],
    ['0s', 0],
    ['1m1ms', 60_001],
  ])('parses %j as %i ms', (text, milliseconds) => {
    expect(duration.read(text)).toBe(milliseconds);
  });

  test.each([
    '',
    ' ',
    '5',
    's',
    '-5s',
    '5 s',
    '5sec',
    '5S',
    '1h 30m',
    '1e3s',
    '٥s',
    '.5s',
    '5s!',
    'ms',
    'Infinitys',
  ])('refuses %j', (text) => {
    expect(getErrorCode(() => duration.read(text))).toBe('duration.invalid');
  });

  test('parses any text to milliseconds or refuses it, never NaN', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('1', '0', '.', 'm', 's', 'h', 'd', '-', ' '), maxLength: 8 }),
        (text) => {
          const code = getErrorCode(() => {
            const value = duration.read(text);
            if (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value))
              throw new Error(`${text}: ${value}`);
          });
          return code === 'accepted' || code === 'duration.invalid';
        },
      ),
    );
  });
});

describe('times in the past', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const now = Date.UTC(2026, 10, 28, 12);
  const read = async (text: string, at = now) => past(() => at).read(text);

  test.each([
    ['1h', now - 3_600_000],
    ['7d', now - 7 * 86_400_000],
    [' 1h30m ', now - 5_400_000],
    ['0s', now],
    ['2026-01-01T09:00:00Z', Date.UTC(2026, 0, 1, 9)],
    ['2026-01-01T09:00:00+01:00', Date.UTC(2026, 0, 1, 8)],
    ['1764212347', 1764212347_000],
    ['1764212347123', 1764212347123],
    // The clock of the machine that wrote it may be ahead.
    ['2026-11-28T12:00:30Z', now + 30_000],
  ])('parses %j in any zone', async (text, instant) => {
    for (const TZ of ['UTC', 'America/New_York', 'Europe/Rome', 'Asia/Kolkata']) {
      vi.stubEnv('TZ', TZ);
      expect(await read(text)).toEqual({ at: instant });
    }
  });

  /** The beginning of the day before `today`, in zones and around changes of their clocks. */
  const midnights: readonly (readonly [zone: string, today: string, day: string, midnight: string])[] = [
    ['UTC', '2026-11-28T12:00Z', '2026-11-27', '2026-11-27T00:00Z'],
    ['America/New_York', '2026-11-28T12:00Z', '2026-11-27', '2026-11-27T05:00Z'],
    ['America/New_York', '2026-11-28T04:59Z', '2026-11-26', '2026-11-26T05:00Z'],
    ['America/New_York', '2026-03-09T12:00Z', '2026-03-08', '2026-03-08T05:00Z'],
    ['America/New_York', '2026-03-10T03:30Z', '2026-03-08', '2026-03-08T05:00Z'],
    ['America/New_York', '2026-11-02T12:00Z', '2026-11-01', '2026-11-01T04:00Z'],
    ['Europe/Rome', '2026-11-28T12:00Z', '2026-11-27', '2026-11-26T23:00Z'],
    ['Europe/Rome', '2026-11-28T23:30Z', '2026-11-28', '2026-11-27T23:00Z'],
    ['Europe/Rome', '2026-03-30T12:00Z', '2026-03-29', '2026-03-28T23:00Z'],
    ['Europe/Rome', '2026-10-26T12:00Z', '2026-10-25', '2026-10-24T22:00Z'],
    ['Asia/Kolkata', '2026-11-28T12:00Z', '2026-11-27', '2026-11-26T18:30Z'],
    ['Asia/Kolkata', '2026-11-28T18:31Z', '2026-11-28', '2026-11-27T18:30Z'],
    ['Africa/Cairo', '2026-04-25T12:00Z', '2026-04-24', '2026-04-23T22:00Z'],
    ['Pacific/Kiritimati', '2026-01-01T12:00Z', '2026-01-01', '2025-12-31T10:00Z'],
  ];
  test.each(midnights)('yesterday in %s at %s agrees with %s', async (zone, today, day, midnight) => {
    vi.stubEnv('TZ', zone);
    for (const text of [
      day,
      `${day}T00:00`,
      `${day} 00:00:00`,
      day.replaceAll('-', ''),
      'yesterday',
      ' Yesterday',
    ])
      expect(await read(text, Date.parse(today))).toEqual({
        at: Date.parse(midnight),
        zoneless: text.trim(),
      });
    const { at } = await read('today', Date.parse(today));
    expect(new Date(at).toLocaleTimeString('en-GB')).toBe('00:00:00');
  });

  test.each([
    ['05/06/2026', 'may be one of several dates'],
    ['5.6.26', 'may be one of several dates'],
    ['2026/06/05', 'may be one of several dates'],
    ['2026.6.5', 'may be one of several dates'],
    ['05-06-2026 10:00', 'may be one of several dates'],
    ['27/11/26', 'may be one of several dates'],
    ['2026/11/27', 'is not in the form of ISO 8601'],
    ['27/11/2026', 'is not in the form of ISO 8601'],
    ['11/27/2026', 'is not in the form of ISO 8601'],
    ['27.11.2026', 'is not in the form of ISO 8601'],
    ['27-11-2026', 'is not in the form of ISO 8601'],
    ['27.11.2026 10:00', 'is not in the form of ISO 8601'],
    ['05/05/2026', 'is not in the form of ISO 8601'],
    ['2026/05/05', 'is not in the form of ISO 8601'],
    ['27 Nov 2026', 'is not in the form of ISO 8601'],
    ['Nov 27, 2026', 'is not in the form of ISO 8601'],
    ['Fri, 27 Nov 2026 10:00:00 GMT', 'is not in the form of ISO 8601'],
    ['noon', 'is neither a time nor a duration'],
    ['24 h', 'is neither a time nor a duration'],
    ['5x', 'is neither a time nor a duration'],
    ['5', 'is neither a time nor a duration'],
    ['last week', 'is neither a time nor a duration'],
    ['2099-01-01', 'is not a time in the past'],
    ['2099-01-01T00:00:00Z', 'is not a time in the past'],
    ['20990101', 'is not a time in the past'],
    ['4070908800', 'is not a time in the past'],
    ['2026-11-28T12:02:00Z', 'is not a time in the past'],
    ['2026-11-30', 'is not a time in the past'],
    ['Tomorrow', 'is not a time in the past'],
    ['2026-02-31', 'does not exist'],
    ['20260231', 'does not exist'],
    ['2026-11-27T25:00', 'does not exist'],
    ['2026-13-45', 'does not exist'],
    ['2026-02-30x', 'is not in the form of ISO 8601'],
    ['2026-02-31T00:00:00Z', 'does not exist'],
    ['2026-11-2', 'is not in the form of ISO 8601'],
    ['2026-11', 'is not in the form of ISO 8601'],
    ['2026-11-27T09', 'is not in the form of ISO 8601'],
    ['2026-11-27 9am', 'is not in the form of ISO 8601'],
    ['2026-11-27T09:00 CET', 'is not in the form of ISO 8601'],
    ['', 'is neither a time nor a duration'],
    ['12:00', 'is neither a time nor a duration'],
    ['now', 'is neither a time nor a duration'],
    ['tomorrow', 'is not a time in the past'],
    ['-1h', 'is neither a time nor a duration'],
    ['1h30', 'is not a duration'],
    ['17642123470', 'is neither a time nor a duration'],
  ])('refuses %j, which %s', async (text, reason) => {
    await expect(read(text)).rejects.toMatchObject({
      kind: 'usage',
      code: expect.stringMatching(/^(time|duration)\.invalid$/),
      message: expect.stringContaining(reason),
    });
  });
});

test.each([
  ['name=Ada', ['name', 'Ada']],
  ['name=a=b', ['name', 'a=b']],
  ['name=', ['name', '']],
  [' name = Ada ', ['name', ' Ada ']],
])('parses the variable %j', (text, pair) => {
  expect(assignment.read(text)).toEqual(pair);
});

test.each(['name', '=x', ' =x', ''])('refuses the variable %j', (text) => {
  expect(getErrorCode(() => assignment.read(text))).toBe('var.invalid');
});

test.each([
  ['a,b', ['a', 'b']],
  ['a,,b,', ['a', 'b']],
  ['', []],
  [' , ', []],
])('parses the list %j as %j', async (input, list) => {
  expect(await commas(text('X')).read(input)).toEqual(list);
});

test.each([
  ['0', 'number.invalid'],
  ['1', 'accepted'],
  ['10', 'accepted'],
  ['11', 'number.invalid'],
  ['1.0', 'number.invalid'],
  ['0x1', 'number.invalid'],
  ['-1', 'number.invalid'],
  ['', 'number.invalid'],
])('parses %j between 1 and 10: %s', (text, code) => {
  expect(getErrorCode(() => wholeNumber('N', 1, 10).read(text))).toBe(code);
});

test.each([
  ['https://host/api', 'https://host/api'],
  ['https://host/api///', 'https://host/api'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
])('parses the URL %j as %j', (text, url) => {
  expect(httpUrl.read(text)).toBe(url);
});

test.each([
  ['host', 'url.invalid'],
  ['ftp://host', 'url.invalid'],
  ['https://', 'url.invalid'],
  ['https://user@host', 'url.credentials'],
  ['https://u:p@host', 'url.credentials'],
  ['https://host/api?key=1', 'url.invalid'],
  ['https://host/api#top', 'url.invalid'],
])('refuses the URL %j with %s', (text, code) => {
  expect(getErrorCode(() => httpUrl.read(text))).toBe(code);
});
