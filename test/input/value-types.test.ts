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

const refused = (read: () => unknown): string => {
  try {
    read();
  } catch (cause) {
    if (cause instanceof Failure && cause.kind === 'usage') return cause.code;
    throw cause;
  }
  return 'accepted';
};

describe('a length of time', () => {
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
  ])('%j is %i ms', (written, milliseconds) => {
    expect(duration.read(written)).toBe(milliseconds);
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
  ])('%j is none', (written) => {
    expect(refused(() => duration.read(written))).toBe('duration.invalid');
  });

  test('any text is a number of milliseconds or refused, never NaN', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('1', '0', '.', 'm', 's', 'h', 'd', '-', ' '), maxLength: 8 }),
        (written) => {
          const code = refused(() => {
            const read = duration.read(written);
            if (typeof read !== 'number' || !(read >= 0) || !Number.isFinite(read))
              throw new Error(`${written}: ${read}`);
          });
          return code === 'accepted' || code === 'duration.invalid';
        },
      ),
    );
  });
});

describe('a moment in the past', () => {
  const kind = past(() => Date.UTC(2026, 0, 2, 12));
  test.each([
    ['1h', Date.UTC(2026, 0, 2, 11)],
    ['7d', Date.UTC(2025, 11, 26, 12)],
    ['2026-01-01T09:00:00Z', Date.UTC(2026, 0, 1, 9)],
    ['2026-01-01T09:00:00+01:00', Date.UTC(2026, 0, 1, 8)],
    ['2026-01-01', Date.UTC(2026, 0, 1)],
  ])('%j', (written, instant) => {
    expect(kind.read(written)).toBe(instant);
  });

  test.each(['yesterday', '', '2026-13-45', '2026-02-30x', '12:00', 'now'])('%j is none', (written) => {
    expect(refused(() => kind.read(written))).toMatch(/^(time|duration)\.invalid$/);
  });
});

test.each([
  ['name=Ada', ['name', 'Ada']],
  ['name=a=b', ['name', 'a=b']],
  ['name=', ['name', '']],
  [' name = Ada ', ['name', ' Ada ']],
])('%j is a value', (written, pair) => {
  expect(assignment.read(written)).toEqual(pair);
});

test.each(['name', '=x', ' =x', ''])('%j is no value', (written) => {
  expect(refused(() => assignment.read(written))).toBe('var.invalid');
});

test.each([
  ['a,b', ['a', 'b']],
  ['a,,b,', ['a', 'b']],
  ['', []],
  [' , ', []],
])('%j is %j', async (written, list) => {
  expect(await commas(text('X')).read(written)).toEqual(list);
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
])('%j between 1 and 10 is %s', (written, code) => {
  expect(refused(() => wholeNumber('N', 1, 10).read(written))).toBe(code);
});

test.each([
  ['https://host/api', 'https://host/api'],
  ['https://host/api///', 'https://host/api'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
])('%j is the address %j', (written, url) => {
  expect(httpUrl.read(written)).toBe(url);
});

test.each([
  ['host', 'url.invalid'],
  ['ftp://host', 'url.invalid'],
  ['https://', 'url.invalid'],
  ['https://user@host', 'url.credentials'],
  ['https://u:p@host', 'url.credentials'],
  ['https://host/api?key=1', 'url.invalid'],
  ['https://host/api#top', 'url.invalid'],
])('%j is refused with %s', (written, code) => {
  expect(refused(() => httpUrl.read(written))).toBe(code);
});
