import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseError, run } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'qlara-optout-'));

function writeFile(name: string, text: string): string {
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

async function optout(home: Home, ...args: string[]): Promise<OptOut[]> {
  const result = await invoke(['optout', ...args, '--json'], { home });
  if (result.stdout === '') throw new Error(result.stderr);
  return JSON.parse(result.stdout) as OptOut[];
}

const listPhones = async (home: Home) => (await optout(home, 'list')).map(({ phone }) => phone).sort();

describe('qlara optout', () => {
  test('adds and removes opt-outs without a key', async () => {
    const home = freshHome();
    expect(await invoke(['optout', 'list'], { home })).toMatchObject({
      code: 0,
      stdout: 'phone\tat\tsource\tnote\n',
      stderr: 'no opt-outs\n',
    });
    const args = ['+39 390 1234567', '+393901234568,+393901234569', '+393901234567'];
    const added = await optout(home, 'add', ...args, '--note', 'by phone');
    expect(added).toEqual(
      ['+393901234567', '+393901234568', '+393901234569'].map((phone) => ({
        phone,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        source: 'told',
        note: 'by phone',
      })),
    );
    expect(await optout(home, 'list')).toEqual(added);
    const removed = await invoke(['optout', 'remove', '3901234568', '--country', 'it', '--json'], { home });
    expect([removed.code, JSON.parse(removed.stdout)]).toEqual([0, [added[1]]]);
    expect(await listPhones(home)).toEqual(['+393901234567', '+393901234569']);
  });

  test('leaves existing opt-outs unchanged', async () => {
    const home = freshHome();
    const [first] = await optout(home, 'add', '+393901234567', '--note', 'first');
    const again = await invoke(['optout', 'add', '+393901234567', '+393901234568', '--json'], { home });
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(
      /^note: \+393901234567 had already opted out on \d{4}-\d\d-\d\d \d\d:\d\d\n$/,
    );
    expect(JSON.parse(again.stdout)).toMatchObject([first, { phone: '+393901234568', note: null }]);
  });

  test('removes existing opt-outs and names missing ones', async () => {
    const home = freshHome();
    await optout(home, 'add', '+393901234567');
    const result = await invoke(['optout', 'remove', '+393901234567,+393901234568', '--json'], { home });
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject([{ phone: '+393901234567' }]);
    expect(parseError(result)).toMatchObject({
      code: 'optout.unknown',
      message: '+393901234568 has not opted out',
      hint: expect.stringContaining('qlara optout list'),
    });
    expect(await listPhones(home)).toEqual([]);
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
  ])('refuses %j', async (args, code) => {
    const home = freshHome();
    const result = await invoke(['optout', ...args, '--json'], { home });
    expect([result.code, parseError(result).code]).toEqual([2, code]);
    expect(await listPhones(home)).toEqual([]);
  });

  test('keeps separate opt-outs per profile', async () => {
    const home = freshHome();
    await optout(home, 'add', '+393901234567', '--sandbox');
    await optout(home, 'add', '+393901234568', '--profile', 'shop');
    expect(await listPhones(home)).toEqual([]);
    expect(await optout(home, 'list', '--sandbox')).toMatchObject([{ phone: '+393901234567' }]);
    expect(await optout(home, 'list', '--profile', 'shop')).toMatchObject([{ phone: '+393901234568' }]);
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
    const result = await invoke(['optout', 'import', writeFile(name, text), '--json'], { home });
    const rows = name === 'twice.txt' ? 3 : 2;
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(JSON.parse(result.stdout)).toEqual([{ rows, added: 2, known: rows - 2, invalid: 0 }]);
    expect(await listPhones(home)).toEqual(numbers);
    expect((await optout(home, 'list'))[0]).toMatchObject({ source: 'import', note: null });
  });

  test('imports a single number from a pipe, with a country and a note', async () => {
    const home = freshHome();
    const args = ['optout', 'import', '-', '--country', 'IT', '--note', 'old system', '--json'];
    const result = await invoke(args, { home, stdin: '3901234567' });
    expect(JSON.parse(result.stdout)).toEqual([{ rows: 1, added: 1, known: 0, invalid: 0 }]);
    expect(await optout(home, 'list')).toMatchObject([{ phone: '+393901234567', note: 'old system' }]);
    const again = await invoke(args, { home, stdin: '3901234567\n3901234568\n' });
    expect(JSON.parse(again.stdout)).toEqual([{ rows: 2, added: 1, known: 1, invalid: 0 }]);
  });

  test('maps a column with another name', async () => {
    const home = freshHome();
    const path = writeFile('casa.csv', 'Casa,Ufficio\n+393901234567,+393901234599\n');
    const without = await invoke(['optout', 'import', path, '--json'], { home });
    expect([without.code, parseError(without).code]).toEqual([2, 'file.no-destination']);
    await invoke(['optout', 'import', path, '--map', 'to=casa'], { home });
    expect(await listPhones(home)).toEqual(['+393901234567']);
  });

  test.each([
    ['wrong.csv', 'name,phone\nAda,+393901234567\nBob,12\n', 'line 3, phone: "12" is not in E.164'],
    ['wrong.txt', '+393901234567\n+39390\n', 'line 2, to: invalid phone number "+39390"'],
    [
      'wrong-first.txt',
      '+39x901234567\n+393901234567\n',
      'line 1, to: "+39x901234567" is not a phone number',
    ],
    ['short.csv', 'name,phone\nAda,+393901234567\nBob\n', 'line 3: 1 cell, the header has 2'],
  ])('%s stops the import; --skip-invalid skips only the invalid row', async (name, text, problem) => {
    const home = freshHome();
    const path = writeFile(name, text);
    const result = await invoke(['optout', 'import', path, '--json'], { home });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(problem);
    expect(parseError(result)).toMatchObject({
      code: 'file.invalid',
      message: `${path}: 1 of 2 rows has no number; nothing was imported`,
      hint: '--skip-invalid imports the others',
      retryable: false,
    });
    expect(await listPhones(home)).toEqual([]);
    const skipped = await invoke(['optout', 'import', path, '--skip-invalid', '--json'], { home });
    expect(skipped.code).toBe(0);
    expect(skipped.stderr).toContain(problem);
    expect(JSON.parse(skipped.stdout)).toEqual([{ rows: 2, added: 1, known: 0, invalid: 1 }]);
    expect(await listPhones(home)).toEqual(['+393901234567']);
  });

  test('imports a long list that is partly known', async () => {
    const home = freshHome();
    const phones = Array.from({ length: 25_000 }, (_, i) => `+3939012${String(i).padStart(5, '0')}`);
    await optout(home, 'add', phones[24_999] ?? '');
    const result = await run(['optout', 'import', writeFile('long.txt', phones.join('\n')), '--json'], {
      home,
    });
    expect(JSON.parse(result.stdout)).toEqual([{ rows: 25_000, added: 24_999, known: 1, invalid: 0 }]);
    const ledger = await openLedger(join(home.state, 'default.db'));
    expect((await ledger.optOuts.findByPhone(phones)).size).toBe(25_000);
    ledger.close();
  });
});
