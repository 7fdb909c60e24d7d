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

function folder(): string {
  const { state } = freshHome();
  mkdirSync(state);
  return state;
}

/** Long ago enough that no draft of then can be under way. */
const age = (path: string) => utimesSync(path, new Date(0), new Date(0));

test('a private file is complete, readable by its owner only, and alone in its folder', () => {
  const path = join(folder(), 'deep', 'a.json');
  writePrivateFile(path, 'one');
  writePrivateFile(path, 'two');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
  expect(readdirSync(join(path, '..'))).toEqual(['a.json']);
});

test('a file that others could read becomes private', () => {
  const path = join(folder(), 'a.json');
  writeFileSync(path, 'one', { mode: 0o666 });
  writePrivateFile(path, 'two');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each(['a.json.new', `a.json.${process.pid}`, 'a.json.0123456789abcdef.new'])(
  'what was put at %s is not written through, and goes',
  (name) => {
    const home = folder();
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

test('a draft that may be under way stays, an old one goes, and what is no draft stays', () => {
  const home = folder();
  const names = ['a.json.0123456789abcdef.new', 'a.json.fedcba9876543210.new', 'a.json.old', 'b.json.new'];
  for (const name of names) writeFileSync(join(home, name), '');
  for (const name of names.slice(1)) age(join(home, name));
  mkdirSync(join(home, 'a.json.new'));
  age(join(home, 'a.json.new'));
  writePrivateFile(join(home, 'a.json'), 'one');
  expect(readdirSync(home).sort()).toEqual(
    ['a.json', 'a.json.new', 'a.json.0123456789abcdef.new', 'a.json.old', 'b.json.new'].sort(),
  );
});

test('a link at the path itself stays one, and what it points to is replaced', () => {
  const home = folder();
  mkdirSync(join(home, 'dotfiles'));
  const target = join(home, 'dotfiles', 'b.json');
  writeFileSync(target, 'one');
  symlinkSync(target, join(home, 'a.json'));
  writePrivateFile(join(home, 'a.json'), 'two');
  expect(lstatSync(join(home, 'a.json')).isSymbolicLink()).toBe(true);
  expect([readFileSync(target, 'utf8'), readdirSync(join(home, 'dotfiles'))]).toEqual(['two', ['b.json']]);
});

test('a file that cannot be replaced leaves no temporary file', () => {
  const home = folder();
  mkdirSync(join(home, 'a.json'));
  expect(() => writePrivateFile(join(home, 'a.json'), 'one')).toThrow();
  expect([existsSync(join(home, 'a.json')), readdirSync(home)]).toEqual([true, ['a.json']]);
});
