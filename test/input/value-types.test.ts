import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import {
  assignment,
  commas,
  duration,
  httpUrl,
  past,
  text,
  wholeNumber,
} from '../../src/input/value-types.ts';

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
  const kind = past(() => Date.UTC(2026, 0, 2, 12));
  test.each([
    ['1h', Date.UTC(2026, 0, 2, 11)],
    ['7d', Date.UTC(2025, 11, 26, 12)],
    ['2026-01-01T09:00:00Z', Date.UTC(2026, 0, 1, 9)],
    ['2026-01-01T09:00:00+01:00', Date.UTC(2026, 0, 1, 8)],
    ['2026-01-01', Date.UTC(2026, 0, 1)],
  ])('parses %j', (text, instant) => {
    expect(kind.read(text)).toBe(instant);
  });

  test.each(['yesterday', '', '2026-13-45', '2026-02-30x', '12:00', 'now'])('refuses %j', (text) => {
    expect(getErrorCode(() => kind.read(text))).toMatch(/^(time|duration)\.invalid$/);
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
