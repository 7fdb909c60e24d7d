import fc from 'fast-check';
import examples from 'libphonenumber-js/examples.mobile.json';
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { openInboundReader } from '../../src/message/inbound-number.ts';
import { listPersonForms, toPersonKey } from '../../src/message/person.ts';
import {
  type Country,
  openPhoneParser,
  parseCountry,
  parsePhone,
  readGatewayPhone,
} from '../../src/message/phone.ts';

test.each([
  ['+393901234567', undefined, '+393901234567'],
  [' +39 390 123 4567 ', undefined, '+393901234567'],
  ['+39 (390) 123-4567', undefined, '+393901234567'],
  ['+39.390.1234567', undefined, '+393901234567'],
  ['390 1234567', 'IT', '+393901234567'],
  ['+44 7911 123456', 'IT', '+447911123456'],
  ['07911 123456', 'GB', '+447911123456'],
  ['0039 390 1234567', 'IT', '+393901234567'],
  ['+1 415 555 2671', undefined, '+14155552671'],
  ['+4407911123456', undefined, '+447911123456'],
] as const)('parses %j with country %s as %s', async (text, country, read) => {
  expect(await parsePhone(text, country)).toBe(read);
});

describe('a number from a spreadsheet', () => {
  test.each<[text: string, country: Country | undefined, read: string]>([
    ['3471234567.0', 'IT', '+393471234567'],
    ['3471234567,0', 'IT', '+393471234567'],
    ['3471234567.00', 'IT', '+393471234567'],
    ['3471234567,000', 'IT', '+393471234567'],
    ['393471234567.0', 'IT', '+393471234567'],
    ['+393471234567.0', undefined, '+393471234567'],
    ['6641234567.0', 'AT', '+436641234567'],
    ['="+393471234567"', undefined, '+393471234567'],
    ['="393471234567"', 'IT', '+393471234567'],
    ['=+393471234567', undefined, '+393471234567'],
    ['= "+39 347 123 4567"', undefined, '+393471234567'],
    ["'+393471234567", undefined, '+393471234567'],
    ['’+393471234567', undefined, '+393471234567'],
    ["'3471234567", 'IT', '+393471234567'],
    ['"+393471234567"', undefined, '+393471234567'],
    ['“+393471234567”', undefined, '+393471234567'],
    ['3.471234567E+9', 'IT', '+393471234567'],
    ['3,471234567E+09', 'IT', '+393471234567'],
    ['3.93471234567E+11', 'IT', '+393471234567'],
    ['3.934712345670e11', 'IT', '+393471234567'],
    ['3471234567E0', 'IT', '+393471234567'],
    ['\t+393471234567\r\n', undefined, '+393471234567'],
  ])('%j with country %s is %s', async (text, country, read) => {
    expect(await parsePhone(text, country)).toBe(read);
  });

  test.each([
    '3.93E+11',
    '3,93E+11',
    '4E11',
    '3.93901E+11',
    '3.9347123456E+11',
    '+3.93E+11',
    '3.93471234567E+10',
  ])('%j was shortened', async (text) => {
    await expect(parsePhone(text, 'IT')).rejects.toMatchObject({
      code: 'phone.not-e164',
      message: expect.stringContaining('a spreadsheet shortened it'),
    });
  });

  test.each([
    '3471234567.5',
    '3471234567,25',
    '+436641234567.5',
    '6641234567.50',
    '#REF!',
    '#N/A',
    '1.234,56',
  ])('%j is refused', async (text) => {
    await expect(parsePhone(text, 'AT')).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('a number in another notation', () => {
  test.each<[text: string, country: Country | undefined, read: string]>([
    ['00393471234567', undefined, '+393471234567'],
    ['0039 347 1234567', undefined, '+393471234567'],
    ['(0039) 347 1234567', undefined, '+393471234567'],
    ['00393471234567', 'US', '+393471234567'],
    ['00393471234567', 'DE', '+393471234567'],
    ['011 39 347 1234567', 'US', '+393471234567'],
    ['tel:+393471234567', undefined, '+393471234567'],
    ['TEL:+39-347-123-4567', undefined, '+393471234567'],
    ['tel: +39 347 1234567', undefined, '+393471234567'],
    ['tel:00393471234567', undefined, '+393471234567'],
    ['tel:3471234567', 'IT', '+393471234567'],
    ['(+39) 347 1234567', undefined, '+393471234567'],
    ['(+39)3471234567', undefined, '+393471234567'],
    ['+ 39 347 1234567', undefined, '+393471234567'],
    ['+39 347 1234567;', undefined, '+393471234567'],
    ['+39 347 1234567.', undefined, '+393471234567'],
    ['[+39] 347 1234567', undefined, '+393471234567'],
    ['+44 (0)7911 123456', undefined, '+447911123456'],
    ['+44 (0) 7911 123456', undefined, '+447911123456'],
    ['+39 (0)6 12345678', undefined, '+390612345678'],
    ['+39 (0)347 1234567', undefined, '+393471234567'],
    ['+49 171/1234567', undefined, '+491711234567'],
    ['0171/1234567', 'DE', '+491711234567'],
    ['0664 / 123 45 67', 'AT', '+436641234567'],
    ['+33 6.12.34.56.00', undefined, '+33612345600'],
    ['06.12.34.56.00', 'FR', '+33612345600'],
    ['+43 664 123 45 67', undefined, '+436641234567'],
    ['+1-415-555-2671', undefined, '+14155552671'],
    ['(415) 555-2671', 'US', '+14155552671'],
    ['393471234567', 'IT', '+393471234567'],
    ['393 4712345', 'IT', '+393934712345'],
    ['447911123456', 'GB', '+447911123456'],
    ['436641234567', 'AT', '+436641234567'],
  ])('%j with country %s is %s', async (text, country, read) => {
    expect(await parsePhone(text, country)).toBe(read);
  });
});

describe('invisible and foreign characters', () => {
  test.each<[name: string, text: string]>([
    ['U+200B', '+39\u200b347\u200b1234567'],
    ['U+200B around', '\u200b+393471234567\u200b'],
    ['U+200E around', '\u200e+393471234567\u200e'],
    ['U+200F before', '\u200f+393471234567'],
    ['U+202A and U+202C', '\u202a+39 347 123 4567\u202c'],
    ['U+202D and U+202C', '\u202d+393471234567\u202c'],
    ['U+2066 and U+2069', '\u2066+393471234567\u2069'],
    ['U+2068 and U+2069', '\u2068+393471234567\u2069'],
    ['U+FE0F behind', '+393471234567\ufe0f'],
    ['U+FEFF before', '\ufeff+393471234567'],
    ['soft hyphen', '+39\u00ad3471234567'],
    ['word joiner', '+39\u20603471234567'],
    ['no-break space', '+39\u00a0347\u00a01234567'],
    ['narrow no-break space', '+39\u202f347\u202f1234567'],
    ['thin space', '+39\u2009347\u20091234567'],
    ['ideographic space', '+39\u3000347\u30001234567'],
    ['non-breaking hyphen', '+39\u2011347\u20111234567'],
    ['en dash', '+39\u2013347\u20131234567'],
    ['em dash', '+39 347\u20141234567'],
    ['minus sign', '+39\u2212347\u22121234567'],
    ['full-width digits', '＋３９ ３４７ １２３４５６７'],
    ['full-width digits and signs', '（＋３９）３４７－１２３－４５６７'],
    ['Arabic digits', '+٣٩٣٤٧١٢٣٤٥٦٧'],
    ['Persian digits', '+۳۹۳۴۷۱۲۳۴۵۶۷'],
    ['marks inside quotation marks', '"\u202a+393471234567\u202c"'],
  ])('reads a number with %s', async (_, text) => {
    expect(await parsePhone(text)).toBe('+393471234567');
  });

  test.each<[name: string, text: string]>([
    ['U+200E', '+39\u200e3471234567'],
    ['U+200F', '+39 347\u200f1234567'],
    ['U+202A', '+39\u202a3471234567'],
    ['U+202C', '+39347\u202c1234567'],
    ['U+202E', '+39 347\u202e1234567'],
    ['U+2067', '+39 347\u20671234567'],
    ['U+FE0F', '+39 3\ufe0f471234567'],
    ['U+20E3', '+39 3\ufe0f\u20e3471234567'],
    ['U+1F4DE', '\u{1f4de} +39 347 1234567'],
    ['U+096D', '+39 34\u096d1234567'],
    ['U+200D', '+39 347\u200d1234567'],
    ['U+2022', '+39 347\u20221234567'],
  ])('refuses a number with %s inside, and names it', async (name, text) => {
    await expect(parsePhone(text)).rejects.toMatchObject({
      code: 'phone.not-e164',
      message: expect.stringContaining(name),
    });
  });
});

describe('more than one number', () => {
  test.each<[text: string, country?: Country]>([
    ['+43 664 1234567/8'],
    ['+43 664 1234567/68'],
    ['+43 1 58801/406'],
    ['+43 664 1234567/+43 664 1234568'],
    ['+43 664 1234567-8'],
    ['+43 664 1234567.0'],
    ['+43 1 58801-0'],
    ['0664/1234567/8', 'AT'],
    ['+393471234567 +393477654321'],
    ['+393471234567,+393477654321'],
    ['+393471234567; +393477654321'],
    ['+393471234567 / 3477654321'],
    ['+393471234567\n+393477654321'],
    ['+393471234567\n3477654321'],
    ['3471234567 3477654321', 'IT'],
    ['3471234567-3477654321', 'IT'],
    ['3471234567 o 3477654321', 'IT'],
    ['3471234567 oppure 3477654321', 'IT'],
    ['3471234567|3477654321', 'IT'],
    ['3471234567 & 3477654321', 'IT'],
    ['3471234567,3477654321', 'IT'],
    ['6641234 6645678', 'AT'],
    ['+39 (0)331 1234567'],
    ['4915123450000', 'DE'],
  ])('refuses %j', async (text, country) => {
    await expect(parsePhone(text, country)).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('digits behind a number', () => {
  test.each<[text: string, country?: Country]>([
    ['+393471234567-68'],
    ['+39 347 1234567 12', 'IT'],
    ['+39 347 1234567 12'],
    ['+39 347 1234567 1'],
    ['+39 347 1234567-1'],
    ['+39 347 1234567 (1)'],
    ['+39 347 1234567 (12)'],
    ['+39 347 1234567.12'],
    ['+393471234567 123'],
    ['+393471234567 1234'],
    ['+393471234567 ~ 68'],
    ['+393471234567 - 68'],
    ['+393471234567\u201368'],
    ['+39 347 123 4567 12'],
    ['+39 347 123 45 67 12'],
    ['+39 347 123456 78'],
    ['00393471234567 68'],
    ['0039 347 1234567-68'],
    ['(+39) 347 1234567-68'],
    ['347 1234567 12', 'IT'],
    ['3471234567-68', 'IT'],
    ['3471234567 68', 'IT'],
    ['347 1234567/68', 'IT'],
    ['393471234567-68', 'IT'],
    ['+43 664 1234567 12'],
    ['+43 664 1234567-68'],
    ['+43 664 1234567 - 68'],
    ['0664 1234567-68', 'AT'],
    ['+43 664 123456 7'],
    ['+62 812 345 678-90'],
    ['06 12345678-79', 'IT'],
    ['+44 7911 123456 78'],
    ['+1 415 555 2671 12'],
    ['+33 6 12 34 56 78 9'],
    ['+49 1512 3456789 12'],
  ])('%j with country %s is refused', async (text, country) => {
    await expect(parsePhone(text, country)).rejects.toMatchObject({ kind: 'usage' });
  });

  test.each<[text: string, country: Country | undefined, read: string]>([
    ['+39 347 123 4567', undefined, '+393471234567'],
    ['+39 347 12 34 567', undefined, '+393471234567'],
    ['+39 347 12 34 56 7', undefined, '+393471234567'],
    ['+39 347 1234 567', undefined, '+393471234567'],
    ['+39 347 123-45-67', undefined, '+393471234567'],
    ['+39 347 123456 7', undefined, '+393471234567'],
    ['347 123 45 67', 'IT', '+393471234567'],
    ['+49 151 1234 5678', undefined, '+4915112345678'],
    ['+49 151 12 34 56 78', undefined, '+4915112345678'],
    ['+49 170 123 4567', undefined, '+491701234567'],
    ['0170 123 45 67', 'DE', '+491701234567'],
    ['+43 664 1234567', undefined, '+436641234567'],
    ['+43 664 123 4567', undefined, '+436641234567'],
    ['+43 664 123 45 67', undefined, '+436641234567'],
    ['+43 664 1234 567', undefined, '+436641234567'],
    ['+43 664 12 34 567', undefined, '+436641234567'],
    ['+43 699 1234 5678', undefined, '+4369912345678'],
    ['+43 699 12 34 56 78', undefined, '+4369912345678'],
    ['0664 123 45 67', 'AT', '+436641234567'],
    ['+358 40 1234 567', undefined, '+358401234567'],
    ['+358 40 123 45 67', undefined, '+358401234567'],
    ['+62 812 3456 7890', undefined, '+6281234567890'],
    ['+62 812-3456-7890', undefined, '+6281234567890'],
    ['+55 11 98765 4321', undefined, '+5511987654321'],
    ['+55 (11) 98765-4321', undefined, '+5511987654321'],
    ['+44 7911 123 456', undefined, '+447911123456'],
    ['+33 6 12 34 56 78', undefined, '+33612345678'],
    ['+41 79 123 45 67', undefined, '+41791234567'],
    ['+34 612 34 56 78', undefined, '+34612345678'],
    ['+46 70 123 45 67', undefined, '+46701234567'],
    ['+86 131 2345 6789', undefined, '+8613123456789'],
    ['+7 912 345-67-89', undefined, '+79123456789'],
    ['+1 (415) 555-2671', undefined, '+14155552671'],
    ['+39 06 1234 5678', undefined, '+390612345678'],
    ['+49 30 1234 5678', undefined, '+493012345678'],
  ])('%j with country %s is %s', async (text, country, read) => {
    expect(await parsePhone(text, country)).toBe(read);
  });

  test('no number of any country is refused as libphonenumber writes it', async () => {
    const parsers = new Map<Country, (text: string) => string>();
    for (const country of getCountries()) parsers.set(country, await openPhoneParser(country));
    const abroad = await openPhoneParser();
    const refused: string[] = [];
    for (const [country, parse] of parsers) {
      const example = getExampleNumber(country, examples)?.number ?? '';
      for (let nth = 0; nth < 60; nth++) {
        // Other last digits, also one fewer or more where the plan allows that.
        const kept = example.slice(0, -5);
        const digits = String(Math.abs(Math.imul(nth + 7, 2_654_435_761)) % 1_000_000).padStart(6, '0');
        const number = parsePhoneNumberFromString(kept + digits.slice(0, 4 + (nth % 3)));
        if (!number?.isValid() || number.country !== country) continue;
        const isNational = number.getType() === 'MOBILE' || number.getType() === 'FIXED_LINE_OR_MOBILE';
        for (const [text, read] of [
          [number.formatInternational(), abroad],
          ...(isNational ? [[number.formatNational(), parse] as const] : []),
        ] as const)
          try {
            read(text);
          } catch (cause) {
            if (String(cause).includes('more than one number')) refused.push(text);
          }
      }
    }
    expect(refused).toEqual([]);
  });
});

describe('an extension', () => {
  test.each([
    ...['+393471234567x12', '+393471234567 x 12', '+393471234567 ext. 5', '+393471234567 ext 5'],
    ...[
      '+393471234567 extension 12',
      '+393471234567;ext=5',
      'tel:+39-347-1234567;ext=12',
      '+393471234567#12',
    ],
    ...[
      '+39 06 1234567 int. 5',
      '+39 06 1234567 interno 12',
      '+43 1 58801 DW 12',
      '+33 1 23 45 67 89 poste 4',
    ],
    ...['+39 347 1234567 Ext.12', '+393471234567 X5'],
  ])('%j is refused and named', async (text) => {
    await expect(parsePhone(text)).rejects.toMatchObject({
      code: 'phone.not-e164',
      message: expect.stringContaining('has an extension, which no message can reach'),
    });
  });
});

test.each([
  ['', 'phone.not-e164'],
  ['Ada', 'phone.not-e164'],
  ['+39 390 CALL', 'phone.not-e164'],
  ['+393901234567;ext=5', 'phone.not-e164'],
  ['+393901234567,+393901234568', 'phone.not-e164'],
  ['３９０１２３４５６７', 'phone.not-e164'],
  ['++393901234567', 'phone.not-e164'],
  ['393901234567', 'phone.not-e164'],
  ['3901234567.0', 'phone.not-e164'],
  ['+', 'phone.not-e164'],
  ['+39', 'phone.invalid'],
  ['+39390', 'phone.invalid'],
  ['+39390123456789012', 'phone.invalid'],
  ['+999123456789', 'phone.invalid'],
  ['+10000000000', 'phone.invalid'],
  ['+0039 347 1234567', 'phone.invalid'],
  ['00', 'phone.invalid'],
  ['1 '.repeat(100_000), 'phone.not-e164'],
  ['"'.repeat(100_000), 'phone.not-e164'],
  ['+39 347 1234567 '.repeat(10_000), 'phone.not-e164'],
])('refuses %j with %s', async (text, code) => {
  await expect(parsePhone(text)).rejects.toMatchObject({ kind: 'usage', code });
});

const countries = getCountries();

/** Valid mobile numbers of all countries, with other last digits. */
const validNumber = fc
  .tuple(fc.constantFrom(...countries), fc.stringMatching(/^\d{4}$/))
  .map(([country, digits]) => {
    const example = getExampleNumber(country, examples)?.number ?? '';
    const number = parsePhoneNumberFromString(example.slice(0, -4) + digits);
    return number?.isValid() ? number : undefined;
  })
  .filter((number) => number !== undefined);

type Valid = NonNullable<ReturnType<typeof parsePhoneNumberFromString>>;

/** Writes a number in a way of the tables above, with or without a country. */
const decorations: readonly ((number: Valid, noise: string) => string)[] = [
  ({ number }) => number,
  (number) => number.formatInternational(),
  (number) => number.formatNational(),
  ({ number }) => number.slice(1),
  ({ number }) => number.replace('+', '00'),
  (number) => number.formatInternational().replace('+', '00 '),
  ({ nationalNumber }) => nationalNumber,
  ({ nationalNumber }) => `${nationalNumber}.0`,
  ({ nationalNumber }) => `${nationalNumber},00`,
  ({ number }) => `${number.slice(1)}.0`,
  ({ number }) => `${number}.0`,
  ({ number }) => `="${number}"`,
  ({ number }) => `'${number}`,
  ({ number }) => `tel:${number}`,
  ({ number, countryCallingCode: code }) => `(+${code}) ${number.slice(code.length + 1)}`,
  ({ number, countryCallingCode: code }) => `+${code} (0)${number.slice(code.length + 1)}`,
  ({ number }) => number.replace(/^\+(\d)(\d+)$/, (_, first, rest) => `${first}.${rest}E+${rest.length}`),
  ({ number }) => number.replace(/^\+(\d)(\d{2})\d+$/, '$1.$2E+11'),
  ({ number }) =>
    [...number]
      .map((one) => (/\d/.test(one) ? String.fromCharCode(one.charCodeAt(0) + 0xfee0) : one))
      .join(''),
  ({ number }, noise) => number.replace(/(?<=\d{3})(?=\d{3})/, noise),
  (number, noise) => number.formatInternational().replaceAll(' ', noise),
  ({ number }, noise) => `${noise}${number}${noise}`,
  ({ number }) => `${number}.${number.slice(-1)}`,
  ({ number }) => `${number}-${number.slice(-1)}`,
  ({ number }, noise) => `${number}${noise}${number}`,
  ({ nationalNumber }, noise) => `${nationalNumber}${noise}${nationalNumber}`,
  ({ number }) => `${number}/8`,
  ({ number }) => `${number}x12`,
  ({ number }) => `${number} ext. 5`,
];

const noises = [
  ' ',
  '-',
  '.',
  '/',
  '\u00a0',
  '\u200b',
  '\u200e',
  '\u202a',
  '\u2069',
  '\ufe0f',
  '\u2011',
  '\u2013',
  ', ',
  ';',
  '\n',
  '',
  '(',
  ')',
];

test('never turns a number into another, however it is written', async () => {
  const parsers = new Map<Country | undefined, (text: string) => string>();
  for (const country of [undefined, ...countries]) parsers.set(country, await openPhoneParser(country));
  fc.assert(
    fc.property(
      validNumber,
      fc.constantFrom(...decorations.keys()),
      fc.constantFrom(...noises),
      fc.boolean(),
      (number, kind, noise, isNational) => {
        const text = decorations[kind]?.(number, noise) ?? '';
        let read: string;
        try {
          read = parsers.get(isNational ? number.country : undefined)?.(text) ?? '';
        } catch {
          return;
        }
        expect(toPersonKey(read), JSON.stringify(text)).toBe(toPersonKey(number.number));
      },
    ),
    { numRuns: 10_000 },
  );
});

test.each<[text: string, country: Country | undefined, read: string]>([
  ['+393901234567', undefined, '+393901234567'],
  ['00393901234567', undefined, '+393901234567'],
  ['393901234567', undefined, '+393901234567'],
  [' 393901234567', 'IT', '+393901234567'],
  ['tel:+393901234567', 'IT', '+393901234567'],
  ['\u202a+39 390 1234567\u202c', undefined, '+393901234567'],
  ['3901234567', 'IT', '+393901234567'],
  ['390 123 4567', 'IT', '+393901234567'],
  ['393901234567', 'IT', '+393901234567'],
  ['393901234567', 'GB', '+393901234567'],
  ['07911123456', 'GB', '+447911123456'],
  ['447911123456', 'IT', '+447911123456'],
  ['3901234567', undefined, '3901234567'],
  ['0612345678', 'IT', '+390612345678'],
  ['3472234567', 'US', '+13472234567'],
  ['6592345678', 'US', '+6592345678'],
  ['551187654321', 'IT', '+551187654321'],
  ['393901234567.0', undefined, '+393901234567'],
  ['+43 664 1234567/8', undefined, '+43 664 1234567/8'],
  ['40404', 'IT', '40404'],
  ['4840404', 'IT', '4840404'],
  ['+39 (0)347 1234568', undefined, '+393471234568'],
  ['+39 (0)347 1234568', 'IT', '+393471234568'],
  ['0039 (0)347 1234568', undefined, '+393471234568'],
  ['+44 (0)7911 123456', undefined, '+447911123456'],
  ['+44 07911 123457', undefined, '+447911123457'],
  ['+4407911123457', undefined, '+447911123457'],
  ['0044 07911 123457', 'IT', '+447911123457'],
  ['+49 (0)151 12345678', undefined, '+4915112345678'],
  ['+49 0151 12345678', undefined, '+4915112345678'],
  ['+33 06 12 34 56 78', undefined, '+33612345678'],
  ['+33 (0)6 12 34 56 78', undefined, '+33612345678'],
  ['+55 031 98123-4562', undefined, '+5531981234562'],
  ['+54 11 15 2345 6782', undefined, '+5491123456782'],
  ['+7 8 912 345 67 89', undefined, '+79123456789'],
  ['+36 06 20 123 4567', undefined, '+36201234567'],
  ['3391234564.0', 'IT', '+393391234564'],
  ['3391234564,0', 'IT', '+393391234564'],
  ['3391234564,00', 'IT', '+393391234564'],
  ['393391234566.0', undefined, '+393391234566'],
  ['393391234566,0', undefined, '+393391234566'],
  ['+393391234566.0', undefined, '+393391234566'],
  ['3.93391234566E+11', undefined, '+393391234566'],
  ['3,391234566E+09', 'IT', '+393391234566'],
  ['+39\u2013339\u20131234566', undefined, '+393391234566'],
  ['+39\u2011339\u20111234566', undefined, '+393391234566'],
  ['+39\u2212339\u22121234566', undefined, '+393391234566'],
  [
    '\uff0b\uff13\uff19\uff13\uff13\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff16',
    undefined,
    '+393391234566',
  ],
  ['\u0663\u0669\u0663\u0663\u0669\u0661\u0662\u0663\u0664\u0665\u0666\u0666', undefined, '+393391234566'],
  ['+\u06f3\u06f9\u06f3\u06f3\u06f9\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f6', 'IT', '+393391234566'],
  ["'+393391234566", undefined, '+393391234566'],
  ['’393391234566', undefined, '+393391234566'],
  ['="+393391234566"', undefined, '+393391234566'],
  ['"+393391234566"', undefined, '+393391234566'],
  ['whatsapp:+393391234566', undefined, '+393391234566'],
  ['WhatsApp:393391234566', undefined, '+393391234566'],
  ['sms:+393391234566', undefined, '+393391234566'],
  ['393391234566@c.us', undefined, '+393391234566'],
  ['393391234566@s.whatsapp.net', undefined, '+393391234566'],
  ['3391234586@c.us', 'IT', '+393391234586'],
  ['(+39) 339 1234566', undefined, '+393391234566'],
  ['00 39 339 1234566', 'DE', '+393391234566'],
  ['011 39 339 1234566', 'US', '+393391234566'],
  ['339/1234566', 'IT', '+393391234566'],
  ['3391234569', undefined, '3391234569'],
  ['339 123 4569', undefined, '3391234569'],
  ['3391234569.0', undefined, '3391234569'],
  ['03391234569', undefined, '03391234569'],
  ['07911123456', undefined, '07911123456'],
  ['0612345678', undefined, '0612345678'],
  ['612345678', undefined, '612345678'],
  ['4155552671', undefined, '4155552671'],
  ['4155552671', 'IT', '4155552671'],
  ['3612345678', undefined, '3612345678'],
  ['6641234567', undefined, '6641234567'],
  ['15112345678', undefined, '15112345678'],
  ['447911123456', undefined, '+447911123456'],
  ['14155552671', undefined, '+14155552671'],
  ['5215512345678', undefined, '+5215512345678'],
  ['5491123456782', undefined, '+5491123456782'],
  ['+551187654321', undefined, '+551187654321'],
  ['+39 339 1234566 12', undefined, '+39 339 1234566 12'],
  ['+393391234566,+393391234567', undefined, '+393391234566,+393391234567'],
  ['+39 000 1234567', undefined, '+390001234567'],
  ['+393391234566x12', undefined, '+393391234566x12'],
  ['VODAFONE', 'IT', 'VODAFONE'],
  ['Ada 2', 'IT', 'Ada 2'],
  ['', 'IT', ''],
])('reads the number %j of an inbound message with country %s as %j', async (text, country, read) => {
  expect((await openInboundReader(country))(text)).toBe(read);
});

test.each(['Ada', '40404', '', '+', '0', '+0123456789', '1234567890123456'])(
  '%j is no number of a gateway',
  (text) => {
    expect(readGatewayPhone(text)).toBeUndefined();
  },
);

test.each([
  ['+5511987654321', '+551187654321'],
  ['+525512345678', '+5215512345678'],
  ['+541123456789', '+5491123456789'],
])('%s and %s are one person', async (key, other) => {
  expect([toPersonKey(key), toPersonKey(other)]).toEqual([key, key]);
  expect(listPersonForms(other)).toEqual([key, other]);
  expect(toPersonKey(await parsePhone(other))).toBe(key);
});

test.each(['+551132654321', '+393471234567', '+5215512345', '+5491123', 'VODAFONE', '+55119876543210'])(
  '%s has no other form',
  (phone) => {
    expect([toPersonKey(phone), listPersonForms(phone)]).toEqual([phone, [phone]]);
  },
);

test.each([
  ['it', 'IT'],
  [' GB ', 'GB'],
])('parses the country %j as %s', async (text, code) => {
  expect(await parseCountry(text)).toBe(code);
});

test.each(['', 'XX', 'ITA', 'Italy', '__proto__', 'constructor'])('refuses the country %j', async (text) => {
  await expect(parseCountry(text)).rejects.toMatchObject({ kind: 'usage', code: 'country.unknown' });
});
