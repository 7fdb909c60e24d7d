import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { listening, post } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseError, parseRows, until } from '../support/program.ts';
import { json, serve } from '../support/server.ts';

const number = '+393471234567';

function writeFile(home: Home, name: string, text: string): string {
  const path = join(home.path, name);
  writeFileSync(path, text);
  return path;
}

/** A cell of CSV. */
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Every place where a person gives a number: runs a command with it and returns the number that was read, or the error. */
const places: Record<string, (text: string, home: Home) => Promise<string>> = {
  'send --to': async (text, home) => {
    const args = ['send', 'sms', '--to', text, '-m', 'hi', '--country', 'IT', '--sandbox', '--json'];
    const result = await invoke(args, { home });
    return result.code === 0 ? (parseRows(result)[0]?.to ?? '') : parseError(result).message;
  },
  'send --file': async (text, home) => {
    const file = writeFile(home, 'rows.csv', `name,to\nAda,${cell(text)}\n`);
    const args = [
      'send',
      'sms',
      '--file',
      file,
      '-m',
      'hi',
      '--country',
      'IT',
      '--sandbox',
      '--yes',
      '--json',
    ];
    const result = await invoke(args, { home });
    return result.code === 0 ? (parseRows(result)[0]?.to ?? '') : result.stderr;
  },
  'send --file of JSON Lines': async (text, home) => {
    const file = writeFile(home, 'rows.jsonl', `${JSON.stringify({ name: 'Ada', to: text })}\n`);
    const args = [
      'send',
      'sms',
      '--file',
      file,
      '-m',
      'hi',
      '--country',
      'IT',
      '--sandbox',
      '--yes',
      '--json',
    ];
    const result = await invoke(args, { home });
    return result.code === 0 ? (parseRows(result)[0]?.to ?? '') : result.stderr;
  },
  'check --to': async (text, home) => {
    const result = await invoke(['check', '--to', text, '--country', 'IT', '--json'], { home });
    const [{ verdict, detail }] = parseRows<{ verdict: string; detail: string }>(result) as [never];
    return verdict === 'ok' ? String(detail).replace(' is valid', '') : detail;
  },
  'optout add': async (text, home) => {
    const result = await invoke(['optout', 'add', text, '--country', 'IT', '--json'], { home });
    return result.code === 0
      ? (parseRows<{ phone: string }>(result)[0]?.phone ?? '')
      : parseError(result).message;
  },
  'optout import': async (text, home) => {
    const file = writeFile(home, 'list.csv', `name,to\nAda,${cell(text)}\n`);
    const result = await invoke(['optout', 'import', file, '--country', 'IT', '--json'], { home });
    if (result.code !== 0) return result.stderr;
    const list = await invoke(['optout', 'list', '--json'], { home });
    return parseRows<{ phone: string }>(list)[0]?.phone ?? '';
  },
  'sandbox inbound --from': async (text, home) => {
    const args = ['sandbox', 'inbound', '--from', text, '--country', 'IT', '-m', 'hi', '--sandbox', '--json'];
    const result = await invoke(args, { home });
    return result.code === 0
      ? (parseRows<{ from: string }>(result)[0]?.from ?? '')
      : parseError(result).message;
  },
  'inbox show': async (text, home) => {
    await invoke(['sandbox', 'inbound', '--from', number, '-m', 'hi', '--sandbox'], { home });
    const result = await invoke(['inbox', 'show', text, '--country', 'IT', '--sandbox', '--json'], { home });
    return result.code === 0
      ? (parseRows<{ phone: string }>(result)[0]?.phone ?? '')
      : parseError(result).message;
  },
};

describe.concurrent.each(Object.entries(places))('%s', (place, read) => {
  test.for([
    '3471234567.0',
    '0039 347 1234567',
    'tel:+39-347-1234567',
    '="+393471234567"',
    "'+393471234567",
    '(+39) 347 1234567',
    '3.471234567E+9',
    '\u202a+39\u00a0347\u20111234567\u202c',
    '＋３９３４７１２３４５６７',
  ])('reads %j', async (text, { expect }) => {
    expect(await read(text, freshHome())).toBe(number);
  });

  test.for([
    '3.47E+09',
    '+43 664 1234567/8',
    '+39 347 1234567 ext. 5',
    '+39\u200e3471234567',
    '3471234567 3477654321',
  ])('refuses %j and repeats it', async (text, { expect }) => {
    const message = await read(text, freshHome());
    // A terminal does not show it.
    const shown = (one: string) => one.replaceAll('\u200e', '');
    expect(shown(message)).toContain(shown(text));
    if (text !== shown(text)) expect(message).toContain('U+200E');
    if (place.includes('--to') && place.includes('send')) expect(message).toMatch(/^--to: /);
    if (place.includes('--from')) expect(message).toMatch(/^--from: /);
    if (place.includes('file') || place.includes('import')) expect(message).toMatch(/line \d, to: "/);
  });
});

test.for([
  ['3.93E+11', undefined],
  ['3.93471234567E+11', number],
  ['393471234567', number],
  ['3471234567.0', number],
] as const)('reads the number %s of JSON Lines as %s', async ([literal, read], { expect }) => {
  const home = freshHome();
  const file = writeFile(home, 'rows.jsonl', `{"to": ${literal}, "name": "Ada"}\n`);
  const args = ['optout', 'import', file, '--country', 'IT'];
  expect((await invoke(args, { home })).code).toBe(read === undefined ? 2 : 0);
  const list = await invoke(['optout', 'list', '--json'], { home });
  expect(parseRows<{ phone: string }>(list)[0]?.phone).toBe(read);
});

test('reads a formula of a number in a file of numbers', async ({ expect }) => {
  const home = freshHome();
  const file = writeFile(home, 'rows.csv', `to,name\n="${number}",Ada\n`);
  const result = await invoke(['check', '--file', file, '-m', 'hi', '--json'], { home });
  expect(result.code).toBe(0);
  await invoke(['optout', 'import', writeFile(home, 'list.txt', `="${number}"\n`)], { home });
  const list = await invoke(['optout', 'list', '--json'], { home });
  expect(parseRows<{ phone: string }>(list).map(({ phone }) => phone)).toEqual([number]);
});

describe.concurrent.each(Object.entries(places))('a number with a comma: %s', (place, read) => {
  test.for(['3471234567,0', '393471234567,00', '+393471234567,0', '3,471234567E+09', '3,93471234567E+11'])(
    'reads %j',
    async (text, { expect }) => {
      expect(await read(text, freshHome())).toBe(number);
    },
  );

  test.for([
    ['3,47E+09', 'a spreadsheet shortened it'],
    ['3.93E+11', 'a spreadsheet shortened it'],
    ['3471234567,25', 'it has decimals'],
    ['+393471234567,12', 'may hold more than one number, or an extension'],
  ] as const)('refuses %j: %s', async ([text, reason], { expect }) => {
    expect(await read(text, freshHome())).toContain(reason);
  });

  test('refuses two numbers, or takes both', async ({ expect }) => {
    const message = await read('3471234567,3471234568', freshHome());
    if (/--to|optout add/.test(place)) expect(message).toContain(number);
    else expect(message).toContain('holds more than one number');
  });

  test.for(['+393471234567-68', '+39 347 1234567 12', '3471234567 68', '06 12345678-79'])(
    'refuses %j',
    async (text, { expect }) => {
      expect(await read(text, freshHome())).toContain(JSON.stringify(text).replaceAll('"', ''));
    },
  );
});

describe.concurrent('a list of numbers without a header', () => {
  test.for<[name: string, list: string, code: number, out: string[] | RegExp]>([
    [
      'with a comma',
      `${number}\n3471234568,0\n"3471234569"\n`,
      0,
      [number, '+393471234568', '+393471234569'],
    ],
    ['that begins with a comma', '3471234567,0\r\n3,471234568E+09\r\n', 0, [number, '+393471234568']],
    ['of formulas', `="${number}"\n\n'3471234568\n`, 0, [number, '+393471234568']],
    [
      'with a short number',
      `${number}\n3,47E+09\n`,
      2,
      /line 2, to: "3,47E\+09" is not a phone number: a spread/,
    ],
    [
      'with two numbers',
      `${number}\n3471234568,3471234569\n`,
      2,
      /line 2, to: .* holds more than one number/,
    ],
    [
      'with two numbers and ;',
      `${number}\n3471234568;3471234569\n`,
      2,
      /line 2, to: .* more than one number/,
    ],
    ['that begins with a short number', `3,47E+09\n${number}\n`, 2, /line 1, to: "3,47E\+09" is not a phone/],
  ])('%s', async ([, list, code, out], { expect }) => {
    const home = freshHome();
    const result = await invoke(['optout', 'import', '-', '--country', 'IT'], { home, stdin: list });
    expect([result.code, result.stderr]).toEqual([
      code,
      out instanceof RegExp ? expect.stringMatching(out) : expect.anything(),
    ]);
    if (out instanceof RegExp) return;
    const listed = await invoke(['optout', 'list', '--json'], { home });
    expect(parseRows<{ phone: string }>(listed).map(({ phone }) => phone)).toEqual(out);
  });
});

describe.concurrent('the hint of a refused number', () => {
  test.for([
    'Ada',
    '+39 347 CALL',
    '+39\u200e3471234567',
    '3471234567x12',
    '3.47E+09',
    '3471234567 3471234568',
  ])('for %j with a country does not name --country', async (text, { expect }) => {
    const args = ['send', 'sms', '--to', text, '-m', 'hi', '--country', 'IT', '--sandbox', '--json'];
    const { hint } = parseError(await invoke(args, { home: freshHome() }));
    expect(hint).not.toContain('--country');
  });

  test('for a national number without a country names --country', async ({ expect }) => {
    const args = ['send', 'sms', '--to', '3471234567', '-m', 'hi', '--sandbox', '--json'];
    expect(parseError(await invoke(args, { home: freshHome() })).hint).toContain('--country IT');
  });
});

describe.concurrent('an inbound message from a national number', () => {
  const form = (originator: string) =>
    String(
      new URLSearchParams({ originator, destination: '3399999', text: 'STOP', date_time: '20260115143000' }),
    );

  test.for([
    ['3471234567', number],
    ['347 123 4567', number],
    ['393471234567', number],
    [number, number],
    ['00393471234567', number],
    ['40404', '40404'],
  ] as const)('%s takes the country of the profile', async ([originator, phone], { expect }) => {
    const home = freshHome({ country: 'IT' });
    const listener = await listening([], { home });
    await post(listener.url, form(originator), 'application/x-www-form-urlencoded');
    await until(() => listener.lines().length > 0, 'the message is printed');
    listener.child.kill('SIGINT');
    await listener.done;
    const list = await invoke(['optout', 'list', '--json'], { home });
    expect(parseRows<{ phone: string }>(list)).toMatchObject([{ phone }]);
    // As it is listed, it can be removed.
    const removed = await invoke(['optout', 'remove', phone, '--json'], { home });
    expect([removed.code, parseRows<{ phone: string }>(removed)]).toMatchObject([0, [{ phone }]]);
  });

  test('takes it in the inbox of the gateway too', async ({ expect }) => {
    const home = freshHome({ country: 'IT' });
    const chat = { chatId: 'c-1', channel: 'SMS', phoneNumber: '3471234567', lastMessage: 'hi' };
    const server = await serve({
      get: ({ path }) => json(200, path.includes('messages') ? [] : [chat]),
    });
    const list = await invoke(['inbox', 'list', '--json'], {
      home,
      env: { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url },
    });
    expect(parseRows<{ phone: string }>(list)).toMatchObject([{ phone: number }]);
  });
});
