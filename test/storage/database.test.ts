import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase, type Schema } from '../../src/storage/database.ts';

const schema: Schema = {
  durability: 'full',
  steps: ['CREATE TABLE words (n INTEGER PRIMARY KEY, word TEXT)'],
};
const createPath = () => join(mkdtempSync(join(tmpdir(), 'qlara-')), 'deep', 'words.db');

test('stores data for its owner only', async () => {
  const path = createPath();
  const one = await openDatabase(path, schema);
  one.write((sql) => sql.run('INSERT INTO words (word) VALUES (?)', 'ciao'));
  for (const file of [path, `${path}-wal`, `${path}.lock`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  one.close();
  const two = await openDatabase(path, schema);
  expect(two.read.all('SELECT word FROM words')).toMatchObject([{ word: 'ciao' }]);
  expect(two.read.get('SELECT word FROM words WHERE n = ?', 7)).toBeUndefined();
  two.close();
});

test('rolls back a transaction that throws', async () => {
  const path = createPath();
  const database = await openDatabase(path, schema);
  expect(() =>
    database.write((sql) => {
      sql.run('INSERT INTO words (word) VALUES (?)', 'lost');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(database.read.all('SELECT * FROM words')).toEqual([]);
  database.close();
});

test.skipIf(process.platform !== 'linux')('reports a folder that cannot be created', async () => {
  await expect(openDatabase('/proc/nowhere/deep/words.db', schema)).rejects.toThrow('/proc/nowhere');
});

test('refuses a file of a newer version', async () => {
  const path = createPath();
  (
    await openDatabase(path, { ...schema, steps: [...schema.steps, 'CREATE TABLE more (n INTEGER)'] })
  ).close();
  await expect(openDatabase(path, schema)).rejects.toThrow('newer version');
});
