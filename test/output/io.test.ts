import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { type ColorChoice, openIo } from '../../src/output/io.ts';
import { fakeProcess } from '../support/fake-process.ts';

/** Creates a fake process with two output streams. */
function fakeOutputs(env: NodeJS.ProcessEnv, stdout: object = {}, stderr: object = {}): NodeJS.Process {
  const out = (part: object) => Object.assign(new EventEmitter(), { write: vi.fn() }, part);
  return fakeProcess({ env, stdin: {}, stdout: out(stdout), stderr: out(stderr) });
}
const tty = { isTTY: true, columns: 120, rows: 50 };

test.each<[NodeJS.ProcessEnv, ColorChoice, boolean, boolean]>([
  [{}, 'auto', true, false],
  [{ TERM: 'xterm' }, 'auto', true, false],
  [{ TERM: 'dumb' }, 'auto', false, false],
  [{ NO_COLOR: '1' }, 'auto', false, false],
  [{ NO_COLOR: '' }, 'auto', true, false],
  [{ CLICOLOR: '0' }, 'auto', false, false],
  [{ FORCE_COLOR: '1' }, 'auto', true, true],
  [{ FORCE_COLOR: '' }, 'auto', true, true],
  [{ FORCE_COLOR: '0' }, 'auto', false, false],
  [{ FORCE_COLOR: 'false' }, 'auto', false, false],
  [{ CLICOLOR_FORCE: '1' }, 'auto', true, true],
  [{ CLICOLOR_FORCE: '0' }, 'auto', true, false],
  [{ CLICOLOR_FORCE: '' }, 'auto', true, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, 'auto', true, true],
  [{ NO_COLOR: '1', CLICOLOR_FORCE: '1' }, 'auto', true, true],
  [{ TERM: 'dumb', FORCE_COLOR: '1' }, 'auto', true, true],
  [{ NO_COLOR: '1', TERM: 'dumb' }, 'always', true, true],
  [{ FORCE_COLOR: '1', CLICOLOR_FORCE: '1' }, 'never', false, false],
])('%j with --color %s: terminal %s, pipe %s', (env, color, terminal, pipe) => {
  const io = openIo(fakeOutputs(env, tty), color);
  expect([io.stdout.color, io.stderr.color]).toEqual([terminal, pipe]);
  const other = openIo(fakeOutputs(env, {}, tty), color);
  expect([other.stdout.color, other.stderr.color]).toEqual([pipe, terminal]);
});

test.each([
  [tty, {}, 120, 50],
  [tty, { COLUMNS: '40', LINES: '10' }, 120, 50],
  [{ isTTY: true, columns: 0, rows: 0 }, { COLUMNS: '40', LINES: '10' }, 40, 10],
  [{}, { COLUMNS: '40' }, 40, 24],
  [{}, {}, 80, 24],
  [{}, { COLUMNS: '-5', LINES: 'x' }, 80, 24],
])('%j with %j is %i wide and %i high', (out, env, columns, rows) => {
  const { stdout } = openIo(fakeOutputs(env, out), 'auto');
  expect([stdout.columns, stdout.rows]).toEqual([columns, rows]);
});

test('applies a resize to each stream separately', () => {
  const out = { ...tty };
  const process = fakeOutputs({}, out);
  Object.defineProperty(process.stdout, 'columns', { get: () => out.columns });
  const io = openIo(process, 'auto');
  out.columns = 33;
  expect([io.stdout.columns, io.stderr.columns]).toEqual([33, 80]);
  expect([io.stdout.isTTY, io.stderr.isTTY]).toEqual([true, false]);
});

test('drops output to a closed pipe, on that stream only', () => {
  const broken = fakeOutputs({});
  const io = openIo(broken, 'auto');
  io.stdout.write('a');
  broken.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  io.stdout.write('b');
  io.stderr.write('c');
  expect([io.stdout.isClosed, io.stderr.isClosed]).toEqual([true, false]);
  expect(vi.mocked(broken.stdout.write).mock.calls).toEqual([['a']]);
  expect(vi.mocked(broken.stderr.write).mock.calls).toEqual([['c']]);
});
