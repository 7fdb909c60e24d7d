import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { invoke } from '../support/invoke.ts';
import { errorOf, freshHome, type Home, run } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'qlara-optout-'));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface OptOut {
  phone: string;
  at: string;
  source: string;
  note: string | null;
}

async function json(home: Home, ...words: string[]): Promise<OptOut[]> {
  const ran = await invoke(['optout', ...words, '--json'], { home });
  if (ran.stdout === '') throw new Error(ran.stderr);
  return JSON.parse(ran.stdout) as OptOut[];
}

const phonesIn = async (home: Home) => (await json(home, 'list')).map(({ phone }) => phone).sort();

describe('qlara optout', () => {
  test('adds and removes opt-outs without a key', async () => {
    const home = freshHome();
    expect(await invoke(['optout', 'list'], { home })).toMatchObject({
      code: 0,
      stdout: 'phone\tat\tsource\tnote\n',
      stderr: 'no opt-outs\n',
    });
    const words = ['+39 390 1234567', '+393901234568,+393901234569', '+393901234567'];
    const added = await json(home, 'add', ...words, '--note', 'by phone');
    expect(added).toEqual(
      ['+393901234567', '+393901234568', '+393901234569'].map((phone) => ({
        phone,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        source: 'told',
        note: 'by phone',
      })),
    );
    expect(await json(home, 'list')).toEqual(added);
    const removed = await invoke(['optout', 'remove', '3901234568', '--country', 'it', '--json'], { home });
    expect([removed.code, JSON.parse(removed.stdout)]).toEqual([0, [added[1]]]);
    expect(await phonesIn(home)).toEqual(['+393901234567', '+393901234569']);
  });

  test('adds again what is there, as it was', async () => {
    const home = freshHome();
    const [first] = await json(home, 'add', '+393901234567', '--note', 'first');
    const again = await invoke(['optout', 'add', '+393901234567', '+393901234568', '--json'], { home });
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(
      /^note: \+393901234567 had already opted out on \d{4}-\d\d-\d\d \d\d:\d\d\n$/,
    );
    expect(JSON.parse(again.stdout)).toMatchObject([first, { phone: '+393901234568', note: null }]);
  });

  test('removes what is there and names what is not', async () => {
    const home = freshHome();
    await json(home, 'add', '+393901234567');
    const ran = await invoke(['optout', 'remove', '+393901234567,+393901234568', '--json'], { home });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ phone: '+393901234567' }]);
    expect(errorOf(ran)).toMatchObject({
      code: 'optout.unknown',
      message: '+393901234568 has not opted out',
      hint: expect.stringContaining('qlara optout list'),
    });
    expect(await phonesIn(home)).toEqual([]);
  });

  test.each([
    [['add'], 'operand.missing'],
    [['add', ','], 'operand.missing'],
    [['add', '+393901234567', 'Ada'], 'phone.not-e164'],
    [['add', '3901234567'], 'phone.not-e164'],
    [['remove'], 'operand.missing'],
    [['import'], 'operand.missing'],
    [['import', join(folder, 'nowhere.csv')], 'file.unreadable'],
    [['add', '+393901234567', '--columns', 'phnoe'], 'columns.unknown'],
  ])('%j is wrong', async (words, code) => {
    const home = freshHome();
    const ran = await invoke(['optout', ...words, '--json'], { home });
    expect([ran.code, errorOf(ran).code]).toEqual([2, code]);
    expect(await phonesIn(home)).toEqual([]);
  });

  test('each profile has its own', async () => {
    const home = freshHome();
    await json(home, 'add', '+393901234567', '--sandbox');
    await json(home, 'add', '+393901234568', '--profile', 'shop');
    expect(await phonesIn(home)).toEqual([]);
    expect(await json(home, 'list', '--sandbox')).toMatchObject([{ phone: '+393901234567' }]);
    expect(await json(home, 'list', '--profile', 'shop')).toMatchObject([{ phone: '+393901234568' }]);
  });
});

describe('qlara optout import', () => {
  const numbers = ['+393901234567', '+393901234568'];

  test.each([
    ['csv.csv', 'name,phone\nAda,+393901234567\nBob,+393901234568\n'],
    ['semicolon.csv', 'Telefono;x\n+393901234567;1\n"+39 390 1234568";2\n'],
    ['tsv.tsv', 'x\tto\n\t+393901234567\n\t+393901234568\n'],
    ['rows.jsonl', '{"to":"+393901234567"}\n{"name":"Bob","to":"+393901234568"}\n'],
    ['bare.txt', '+393901234567\n+39 390 1234568\n'],
    ['bare-crlf.csv', '\ufeff+393901234567\r\n\r\n+393901234568\r\n'],
    ['header.txt', 'to\n+393901234567\n+393901234568'],
    ['any-header.txt', 'Who wants none\n+393901234567\n+393901234568'],
    ['twice.txt', '+393901234567\n+393901234568\n+39 3901234567'],
  ])('reads %s', async (name, text) => {
    const home = freshHome();
    const ran = await invoke(['optout', 'import', file(name, text), '--json'], { home });
    const rows = name === 'twice.txt' ? 3 : 2;
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(JSON.parse(ran.stdout)).toEqual([{ rows, added: 2, known: rows - 2, invalid: 0 }]);
    expect(await phonesIn(home)).toEqual(numbers);
    expect((await json(home, 'list'))[0]).toMatchObject({ source: 'import', note: null });
  });

  test('one number alone, from a pipe, of a country, with a note', async () => {
    const home = freshHome();
    const words = ['optout', 'import', '-', '--country', 'IT', '--note', 'old system', '--json'];
    const ran = await invoke(words, { home, stdin: '3901234567' });
    expect(JSON.parse(ran.stdout)).toEqual([{ rows: 1, added: 1, known: 0, invalid: 0 }]);
    expect(await json(home, 'list')).toMatchObject([{ phone: '+393901234567', note: 'old system' }]);
    const again = await invoke(words, { home, stdin: '3901234567\n3901234568\n' });
    expect(JSON.parse(again.stdout)).toEqual([{ rows: 2, added: 1, known: 1, invalid: 0 }]);
  });

  test('a column of another name', async () => {
    const home = freshHome();
    const path = file('casa.csv', 'Casa,Ufficio\n+393901234567,+393901234599\n');
    const without = await invoke(['optout', 'import', path, '--json'], { home });
    expect([without.code, errorOf(without).code]).toEqual([2, 'file.no-destination']);
    await invoke(['optout', 'import', path, '--map', 'to=casa'], { home });
    expect(await phonesIn(home)).toEqual(['+393901234567']);
  });

  test.each([
    ['wrong.csv', 'name,phone\nAda,+393901234567\nBob,12\n', 'line 3, phone: "12" is not in E.164'],
    ['wrong.txt', '+393901234567\n+39390\n', 'line 2, to: invalid phone number "+39390"'],
    [
      'wrong-first.txt',
      '+39x901234567\n+393901234567\n',
      'line 1, to: "+39x901234567" is not a phone number',
    ],
    ['short.csv', 'name,phone\nAda,+393901234567\nBob\n', 'line 3 1 cell, the header has 2'],
  ])('%s stops the import, and with --skip-invalid only that row is skipped', async (name, text, told) => {
    const home = freshHome();
    const path = file(name, text);
    const ran = await invoke(['optout', 'import', path, '--json'], { home });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(told);
    expect(errorOf(ran)).toEqual({
      code: 'file.invalid',
      message: `${path}: 1 of 2 rows has no number; nothing was imported`,
      hint: '--skip-invalid imports the others',
    });
    expect(await phonesIn(home)).toEqual([]);
    const skipped = await invoke(['optout', 'import', path, '--skip-invalid', '--json'], { home });
    expect(skipped.code).toBe(0);
    expect(skipped.stderr).toContain(told);
    expect(JSON.parse(skipped.stdout)).toEqual([{ rows: 2, added: 1, known: 0, invalid: 1 }]);
    expect(await phonesIn(home)).toEqual(['+393901234567']);
  });

  test('a long list, of which some are known', async () => {
    const home = freshHome();
    const many = Array.from({ length: 25_000 }, (_, i) => `+3939012${String(i).padStart(5, '0')}`);
    await json(home, 'add', many[24_999] ?? '');
    const ran = await run(['optout', 'import', file('long.txt', many.join('\n')), '--json'], { home });
    expect(JSON.parse(ran.stdout)).toEqual([{ rows: 25_000, added: 24_999, known: 1, invalid: 0 }]);
    const ledger = await openLedger(join(home.state, 'default.db'));
    expect((await ledger.optOuts.findByPhone(many)).size).toBe(25_000);
    ledger.close();
  });
});
