import { expect, test } from 'vitest';
import type { Country } from '../../src/message/phone.ts';
import { describeTypedPhone } from '../../src/message/phone-hint.ts';

const startHint = 'begin with + and the country code, as in +39 390 123 4567';

test.each<[typed: string, remark: string, home?: Country]>([
  ['', startHint],
  ['', 'of Italy, or with + and another country code', 'IT'],
  ['+', 'the country code comes first'],
  ['+3', 'the country code comes first'],
  ['+39', 'Italy or Vatican City'],
  ['+44', 'country code +44'],
  ['+999', 'no country has this code'],
  ['+393', 'Italy, mobile: 8 digits more?'],
  ['+39 390 1230', 'Italy, mobile: 2 digits more?'],
  ['+3939012300', 'Italy, mobile: 1 digit more?'],
  ['+3939012345678', 'Italy, mobile: 1 digit too many?'],
  ['+39066', 'Italy, landline: 3 digits more?'],
  ['+1 212', 'United States: 7 digits more?'],
  ['+12', 'not yet a number'],
  ['+77', 'Kazakhstan, mobile: 9 digits more?'],
  ['+447700900123', 'not a number so far: check the digits'],
  ['+39390123456789012', 'not a number so far: check the digits'],
  ['390', startHint],
  ['00393901234567', 'valid: Italy, mobile'],
  ['00', 'the country code comes first'],
  ['0039 390 1230', 'Italy, mobile: 2 digits more?'],
  ['(+39', 'Italy or Vatican City'],
  ['(+39) 390 1230', 'Italy, mobile: 2 digits more?'],
  ['(+39) 390 1234567', 'valid: Italy, mobile'],
  ['+43 664 1234567/8', 'more than one number, or an extension?'],
  ['0039390123456', 'valid: Italy, mobile', 'IT'],
  ['390 123', 'Italy, mobile: 3 digits more?', 'IT'],
  ['Ada', 'not a phone number'],
  ['++39', 'not a phone number'],
  ['39+', 'not a phone number', 'IT'],
  ['３９', startHint],
  ['+３９', 'Italy or Vatican City'],
  ['+39 06 1234 5678', 'valid: Italy, landline; messages go to mobile phones'],
  ['+800 1234 5678', 'valid: toll-free'],
])('describes %j: %s', async (typed, remark, home) => {
  expect((await (await describeTypedPhone(home))(typed)).hint).toBe(remark);
});

test('describes a number as sent and in its national format', async () => {
  const describePhone = await describeTypedPhone('IT');
  expect(await describePhone(' 390-1234567 ')).toMatchObject({
    number: '+393901234567',
    formatted: '+39 390 123 4567',
  });
  expect(await describePhone('390')).toMatchObject({ number: null, formatted: '390' });
});

test('responds without delay', async () => {
  const describePhone = await describeTypedPhone();
  await describePhone('+1');
  const startHint = performance.now();
  for (let length = 1; length <= 13; length++) await describePhone('+393901234567'.slice(0, length));
  // Above about 50 ms a keystroke feels slow; these are thirteen, and tests share the machine.
  expect(performance.now() - startHint).toBeLessThan(2_000);
});
