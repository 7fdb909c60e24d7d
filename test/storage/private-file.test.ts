import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writePrivateFile } from '../../src/storage/private-file.ts';
import { freshHome } from '../support/program.ts';

function createFolder(): string {
  const { state } = freshHome();
  mkdirSync(state);
  return state;
}

/** Sets a time long enough ago that no write can be in progress. */
const makeOld = (path: string) => utimesSync(path, new Date(0), new Date(0));

test('writes a complete file, readable by its owner only, and no other file', () => {
  const path = join(createFolder(), 'deep', 'a.json');
  writePrivateFile(path, 'one');
  writePrivateFile(path, 'two');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
  expect(readdirSync(join(path, '..'))).toEqual(['a.json']);
});

test('makes a file private that others could read', () => {
  const path = join(createFolder(), 'a.json');
  writeFileSync(path, 'one', { mode: 0o666 });
  writePrivateFile(path, 'two');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each(['a.json.new', `a.json.${process.pid}`, 'a.json.0123456789abcdef.new'])(
  'does not write through a planted file at %s, and removes it',
  (name) => {
    const home = createFolder();
    const victim = join(home, 'victim');
    for (const put of [
      (path: string) => symlinkSync(victim, path),
      (path: string) => writeFileSync(path, 'left', { mode: 0o666 }),
    ]) {
      writeFileSync(victim, 'precious');
      put(join(home, name));
      writePrivateFile(join(home, 'a.json'), 'secret', true);
      expect(readFileSync(victim, 'utf8')).toBe('precious');
      expect(readdirSync(home).sort()).toEqual(['a.json', 'victim']);
    }
  },
);

test('keeps recent temporary files and unrelated files, and removes old ones', () => {
  const home = createFolder();
  const names = ['a.json.0123456789abcdef.new', 'a.json.fedcba9876543210.new', 'a.json.old', 'b.json.new'];
  for (const name of names) writeFileSync(join(home, name), '');
  for (const name of names.slice(1)) makeOld(join(home, name));
  mkdirSync(join(home, 'a.json.new'));
  makeOld(join(home, 'a.json.new'));
  writePrivateFile(join(home, 'a.json'), 'one');
  expect(readdirSync(home).sort()).toEqual(
    ['a.json', 'a.json.new', 'a.json.0123456789abcdef.new', 'a.json.old', 'b.json.new'].sort(),
  );
});

test('keeps a symlink and replaces its target', () => {
  const home = createFolder();
  mkdirSync(join(home, 'dotfiles'));
  const target = join(home, 'dotfiles', 'b.json');
  writeFileSync(target, 'one');
  symlinkSync(target, join(home, 'a.json'));
  writePrivateFile(join(home, 'a.json'), 'two');
  expect(lstatSync(join(home, 'a.json')).isSymbolicLink()).toBe(true);
  expect([readFileSync(target, 'utf8'), readdirSync(join(home, 'dotfiles'))]).toEqual(['two', ['b.json']]);
});

test('leaves no temporary file if the file cannot be replaced', () => {
  const home = createFolder();
  mkdirSync(join(home, 'a.json'));
  expect(() => writePrivateFile(join(home, 'a.json'), 'one')).toThrow();
  expect([existsSync(join(home, 'a.json')), readdirSync(home)]).toEqual([true, ['a.json']]);
});
