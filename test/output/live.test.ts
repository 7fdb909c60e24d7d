import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLive } from '../../src/output/live.ts';
import { measureWidth } from '../../src/output/width.ts';
import { fakeStream, screenAfter, utf8 } from './screen.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('paints in place and keeps the last frame and the cursor', async () => {
  const stream = fakeStream();
  const live = await openLive(stream, utf8);
  live.paint(() => 'one\ntwo\nthree');
  expect(screenAfter(stream.written)).toEqual({ lines: ['one', 'two', 'three', ''], cursor: false });
  vi.advanceTimersByTime(200);
  live.paint(() => 'one\n2\nthree');
  expect(screenAfter(stream.written).lines).toEqual(['one', '2', 'three', '']);
  live.paint(() => 'last\n');
  live.done();
  live.done();
  const { lines, cursor } = screenAfter(stream.written);
  expect(lines.filter((line) => line !== '')).toEqual(['last']);
  expect(cursor).toBe(true);
});

test.each([
  ['fewer', 'head\n1\n2\n3\nfoot', 'head\n1\n3\nfoot'],
  ['more', 'head\n1\n3\nfoot', 'head\n1\n2\n3\nfoot'],
  ['no middle', 'head\n1\nfoot', 'head\nfoot'],
])('repaints a frame with %s lines above a fixed last one', async (_, before, after) => {
  const stream = fakeStream();
  const live = await openLive(stream, utf8);
  live.paint(() => before);
  vi.advanceTimersByTime(200);
  live.paint(() => after);
  live.done();
  expect(screenAfter(stream.written).lines.filter((line) => line !== '')).toEqual(after.split('\n'));
});

test('repaints the frame after a notice, and removes a dropped frame', async () => {
  const stream = fakeStream();
  const live = await openLive(stream, utf8);
  live.paint(() => 'frame');
  live.clear();
  stream.write('note\n');
  live.paint(() => 'frame');
  expect(screenAfter(stream.written).lines).toEqual(['note', 'frame', '']);
  live.paint(() => 'late');
  live.discard();
  vi.advanceTimersByTime(1000);
  const { lines, cursor } = screenAfter(stream.written);
  expect([lines.filter((line) => line !== ''), cursor]).toEqual([['note'], true]);
});

test('paints at most ten frames a second, and always the last one', async () => {
  const stream = fakeStream();
  const live = await openLive(stream, utf8);
  let frameCount = 0;
  for (let count = 1; count <= 1000; count++) {
    live.paint(() => {
      frameCount++;
      return `frame ${count}`;
    });
    vi.advanceTimersByTime(1);
  }
  expect(frameCount).toBeGreaterThan(8);
  expect(frameCount).toBeLessThanOrEqual(11);
  vi.advanceTimersByTime(100);
  expect(screenAfter(stream.written).lines[0]).toBe('frame 1000');
  live.done();
  expect(vi.getTimerCount()).toBe(0);
});

test('paints nothing after the end', async () => {
  const stream = fakeStream();
  const live = await openLive(stream, utf8);
  live.paint(() => 'a');
  live.paint(() => 'b');
  live.done();
  live.paint(() => 'c');
  vi.advanceTimersByTime(1000);
  expect(screenAfter(stream.written).lines).toEqual(['b', '']);
});

test('truncates a frame that is too high, with a notice, or too wide', async () => {
  const stream = fakeStream({ rows: 5, columns: 12 });
  const live = await openLive(stream, utf8);
  live.paint(() => Array.from({ length: 20 }, (_, n) => `line ${n} 日本語日本語`).join('\n'));
  const { lines } = screenAfter(stream.written);
  expect(lines).toEqual(['line 0 日本…', 'line 1 日本…', 'line 2 日本…', '… 17 more', '']);
  for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(12);
  live.done();
});

test('applies a resize to the next frame', async () => {
  const stream = fakeStream();
  const live = await openLive(stream, utf8);
  live.paint(() => 'a long line');
  stream.columns = 6;
  vi.advanceTimersByTime(100);
  live.paint(() => 'a long line');
  expect(screenAfter(stream.written).lines[0]).toBe('a lon…');
  live.done();
});

test.each([
  ['a pipe', { isTTY: false }, utf8],
  ['a dumb terminal', {}, { TERM: 'dumb' }],
])('writes only the last frame to %s', async (_, part, env) => {
  const stream = fakeStream(part);
  const live = await openLive(stream, env);
  live.paint(() => 'one');
  live.paint(() => 'two');
  expect(stream.written).toBe('');
  live.done();
  live.done();
  expect(stream.written).toBe('two\n');
});

test('removes its listeners', async () => {
  const before = process.listenerCount('exit');
  const live = await openLive(fakeStream(), utf8);
  live.done();
  expect(process.listenerCount('exit')).toBe(before);
});
